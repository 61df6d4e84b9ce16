"""What a declaration may do to a text before it gets its type: a small closed set of steps, each exact.

A text that a step leaves empty is unfit: the source did say something, so the attribute does not silently become one that it does not
hold. Patterns are RE2's, whose time is linear in the text, so that no answer can hold the hub up.
"""

import re
import unicodedata
from collections.abc import Callable, Sequence

import re2

from connectors.values import Convert, Scalar, Unfit, written

__all__ = ["STEPS", "Pattern", "pad_zeros", "prepared"]

Step = Callable[[str], str]
_LONGEST_PATTERN = 500
_PATTERN_MEMORY = 1 << 20
_DOTS_AND_SPACES = re.compile(r"[.\s'\u2019]")
_LEADING_ZEROS = re.compile(r"^0+(?=.)", re.DOTALL)
_NO_DIGITS = re.compile(r"[^0-9]")


def _title(value: str) -> str:
    """Each letter after none in upper case, the others in lower case; a mark that combines belongs to its letter."""
    letters, inside = [], False
    for letter in value:
        letters.append(letter.lower() if inside else letter.upper())
        inside = letter.isalpha() or (inside and unicodedata.combining(letter) != 0)
    return "".join(letters)


def _unaccent(value: str) -> str:
    """Canonical decomposition without its combining marks, composed again."""
    parts = unicodedata.normalize("NFD", value)
    return unicodedata.normalize("NFC", "".join(c for c in parts if unicodedata.category(c) != "Mn"))


STEPS: dict[str, Step] = {
    "collapseSpaces": lambda value: " ".join(value.split()),
    "removeSpaces": lambda value: "".join(value.split()),
    "upper": str.upper,
    "lower": str.lower,
    "title": _title,
    "stripLeadingZeros": lambda value: _LEADING_ZEROS.sub("", value),
    "unaccent": _unaccent,
    "compose": lambda value: unicodedata.normalize("NFC", value),
    "digitsOnly": lambda value: _NO_DIGITS.sub("", value),
    "decimalComma": lambda value: _DOTS_AND_SPACES.sub("", value).replace(",", "."),
}
"""The steps of `normalise` by name; `docs/connectors.md` says what each does."""


def pad_zeros(width: int) -> Step:
    """Zeros before a text, up to a width: what a number loses when it is sent as one."""
    return lambda value: value.rjust(width, "0")


class Pattern:
    """A regular expression of a declaration."""

    def __init__(self, text: str) -> None:
        """Compile. Raises `ValueError` with what is wrong with it."""
        options = re2.Options()
        options.log_errors = False
        options.max_mem = _PATTERN_MEMORY
        if len(text) > _LONGEST_PATTERN:
            raise ValueError(f"a pattern has {_LONGEST_PATTERN} characters at most")
        try:
            self._compiled = re2.compile(text, options)
        except (re2.error, UnicodeEncodeError) as error:
            cause = error.args[0].decode() if error.args and isinstance(error.args[0], bytes) else "not text"
            raise ValueError(f"not a pattern of RE2: {cause}") from None

    @property
    def groups(self) -> int:
        """How many groups it has."""
        return int(self._compiled.groups)

    def matches(self, value: str) -> bool:
        """Whether it is all of a text."""
        return self._compiled.fullmatch(value) is not None

    def found_in(self, value: str) -> str | None:
        """What its one group has in the whole text; `None` if it does not match."""
        match = self._compiled.fullmatch(value)
        return None if match is None else match[1]


def prepared(
    convert: Convert,
    *,
    absent: frozenset[str],
    extract: Pattern | None,
    steps: Sequence[Step],
    match: Pattern | None,
) -> Convert:
    """A conversion that first does what the declaration says to the text, in this order.

    1. One of the `absent` texts: the source holds nothing.
    2. `extract`: the whole text must match; its group goes on.
    3. Each step.
    4. `match`: the whole text must match.
    """

    def convert_prepared(raw: Scalar) -> str | int | bool | None:
        found = written(raw)
        if found is None or found in absent:
            return None
        if extract is not None:
            found = extract.found_in(found)
            if found is None:
                raise Unfit("has nothing of the declared pattern in it")
        for step in steps:
            found = step(found)
        found = found.strip()
        if not found:
            raise Unfit("is empty once normalised")
        if match is not None and not match.matches(found):
            raise Unfit("is not of the declared pattern")
        return convert(found)

    return convert_prepared
