"""Writing YAML for people: lines with comments, texts quoted only where they must be."""

import json
import re
from collections.abc import Mapping

__all__ = ["Sheet", "constant", "flow", "one_line", "scalar"]

_WIDTH = 118
_PLAIN = re.compile(r"[A-Za-z_/.][\w/.@()+-]*(?::[\w*][\w/.@()+-]*)*(?: [\w/.@()+-]+)*", re.ASCII)
_WORDS = frozenset({"true", "false", "null", "yes", "no", "on", "off", "y", "n", "~"})


def scalar(value: object) -> str:
    """A value as YAML, in one line."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    text = str(value)
    if _PLAIN.fullmatch(text) and text.lower() not in _WORDS and not text.startswith((".", "-")):
        return text
    return "".join(c if c.isprintable() else _escaped(c) for c in json.dumps(text, ensure_ascii=False))


def _escaped(character: str) -> str:
    """A character that a YAML file may not hold as it is."""
    code = ord(character)
    return f"\\U{code:08x}" if code > 0xFFFF else f"\\u{code:04x}"


def constant(value: str) -> str:
    """A text of a contract as part of a request: its braces are no variables."""
    return scalar(value.replace("{", "{{").replace("}", "}}"))


def flow(mapping: Mapping[str, object]) -> str:
    """A mapping in one line."""
    parts = [
        f"{scalar(key)}: {flow(v) if isinstance(v, Mapping) else scalar(v)}" for key, v in mapping.items()
    ]
    return "{" + ", ".join(parts) + "}"


def one_line(text: str, most: int) -> str:
    """A text of a contract as part of a comment: in one line, without what is not printable."""
    flat = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return flat if len(flat) <= most else flat[: most - 1] + "…"


class Sheet:
    """Lines of YAML, made from top to bottom."""

    def __init__(self) -> None:
        """Start empty."""
        self._lines: list[str] = []

    def put(self, depth: int, text: str, note: str = "", *, off: bool = False) -> None:
        """One line. `off`: as a comment that a person can turn on. A note too long for its line stands above it."""
        margin = "  " * depth
        line = f"{margin}{'# ' if off else ''}{text}"
        note = one_line(note, 140)
        if not note:
            self._lines.append(line)
        elif len(line) + len(note) + 4 <= _WIDTH:
            self._lines.append(f"{line}  # {note}")
        else:
            self._lines += [f"{margin}# {note}", line]

    def say(self, depth: int, text: str) -> None:
        """A comment of its own, wrapped."""
        margin = "  " * depth + "# "
        line = margin
        for word in one_line(text, 2000).split():
            if len(line) + len(word) > _WIDTH and line != margin:
                self._lines.append(line.rstrip())
                line = margin
            line += word + " "
        self._lines.append(line.rstrip())

    def gap(self) -> None:
        """An empty line."""
        self._lines.append("")

    @property
    def lines(self) -> tuple[str, ...]:
        """All lines so far."""
        return tuple(self._lines)
