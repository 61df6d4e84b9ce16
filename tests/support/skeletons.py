"""Filling in a skeleton's blanks as a person would: by what the comment beside each says."""

import re

BLANK = "FILL-IN"
_BY_TYPE = (
    (r"\bone of: ([^,]+?)(?:,|$)", None),
    (r"^XML\b", "<x/>"),
    (r"^list of int\b", "1 2"),
    (r"\btrue or false", "true"),
    (r"\bten digits", '"0001000781"'),
    (r"\ban http or https address", '"http://127.0.0.1:9"'),
    (r"\bpattern \\d\{10\}", '"0001000781"'),
    (r"\bpattern \[A-Za-z\]\{2\}|\bpattern \[0a-z\]\{2\}", "nl"),
    (r"\bpattern \[A-Z_\]", "RR"),
    (r"\blength 10\b", '"02.00.0000"'),
    (r"\bwho keeps the source; the catalogue has: ([\w-]+)", None),
    (r"^(?:unsigned|positive|nonNegative)?(?:[Ii]nt|[Ii]nteger|[Ss]hort|[Ll]ong|[Bb]yte|number)\b", "1"),
    (r"^(?:decimal|double|float)", '"1.0"'),
    (r"^date\b", '"2026-01-01"'),
)


def filled(text: str, **given: str) -> str:
    """The skeleton with its blanks filled; `given`: by the key that stands before a blank."""
    lines: list[str] = []
    for line in text.splitlines():
        code, _, note = line.partition("  # ")
        if BLANK in code and not code.lstrip().startswith("#"):
            above = (
                lines[-1].strip().removeprefix("# ") if lines and lines[-1].lstrip().startswith("# ") else ""
            )
            key = code.strip().removeprefix("- ").partition(":")[0].strip('"')
            value = given.get(key) or _value(note or above)
            lines.append(code.replace(BLANK, value.strip('"') if f'"{BLANK}"' in code else value))
        else:
            lines.append(line)
    return "\n".join(lines) + "\n"


def _value(note: str) -> str:
    for pattern, value in _BY_TYPE:
        if (match := re.search(pattern, note)) is not None:
            return value or f'"{match[1].strip()}"'
    return "x"
