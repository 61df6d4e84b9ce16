"""From what stands in a reply to the typed value of an attribute.

An empty text, a null and an absent element are the same: the source does not hold the value. A value that is there but not
of its declared type raises `Unfit`; nothing is guessed, nothing becomes silently empty.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, tzinfo
from decimal import Context, Decimal
from typing import Any, TypeAlias

__all__ = [
    "Convert",
    "Scalar",
    "Select",
    "Unfit",
    "amount",
    "boolean",
    "code",
    "number",
    "partial_date",
    "text",
    "written",
    "year",
]

Scalar: TypeAlias = str | int | float | bool | None
"""What a leaf of a reply can be, before it has a type. XML gives strings (and what XPath functions compute)."""

Convert = Callable[[Scalar], str | int | bool | None]
"""Gives a leaf its type; `None` when the source holds nothing. Raises `Unfit`."""

Select = Callable[[Any], Sequence[Any]]
"""A compiled path: the items that it finds from one point of a reply. Raises `Unfit`."""


class Unfit(Exception):
    """What stands in a reply is not what was declared. Its text never holds the value.

    `at` are the fields, from the outermost on, inside the attribute where it stands.
    """

    def __init__(self, cause: str, at: tuple[str, ...] = ()) -> None:
        """Say what is wrong, as the end of a sentence whose subject is the attribute."""
        super().__init__(cause)
        self.cause, self.at = cause, at

    def of(self, name: str) -> str:
        """The sentence about an attribute: `person.address.postCode is no number`."""
        return f"{'.'.join((name, *self.at))} {self.cause}"


def written(raw: Scalar) -> str | None:
    """A leaf as stripped text; JSON's numbers as they are written. Raises `Unfit`."""
    if raw is None:
        return None
    if isinstance(raw, str):
        stripped = raw.strip()
        if "\x00" in stripped or not (stripped.isascii() or _encodable(stripped)):
            raise Unfit("holds characters that are no text")
        return stripped or None
    if isinstance(raw, bool):
        raise Unfit("is a boolean")
    if isinstance(raw, float):
        if not raw.is_integer() or abs(raw) >= 1e15:
            raise Unfit("is a number that is not whole")
        raw = int(raw)
    return str(raw)


def _encodable(value: str) -> bool:
    """Whether a string is Unicode text: JSON can smuggle lone surrogates in."""
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def text() -> Convert:
    """Text as the source writes it, without space around it."""
    return written


def code(mapping: Mapping[str, str] | None = None, unlisted: str | None = None) -> Convert:
    """A code; with a mapping, ours for theirs. One that is not listed becomes `unlisted`, and without that is unfit."""
    if mapping is None:
        return written

    def convert(raw: Scalar) -> str | None:
        found = written(raw)
        if found is None:
            return None
        ours = mapping.get(found, unlisted)
        if ours is None:
            raise Unfit("is a code that is not declared")
        return ours

    return convert


_BOOLEANS = {"true": True, "1": True, "false": False, "0": False}


def boolean(mapping: Mapping[str, bool] | None = None) -> Convert:
    """Yes or no: JSON's booleans, and the texts of XML Schema or of the mapping."""
    words = mapping or _BOOLEANS

    def convert(raw: Scalar) -> bool | None:
        if isinstance(raw, bool):
            return raw
        found = written(raw)
        if found is None:
            return None
        if found not in words:
            raise Unfit("is neither yes nor no")
        return words[found]

    return convert


_EXACT = Context(prec=80)
"""Wider than any amount that fits the pattern below, so that no digit is ever rounded away unseen."""
_AMOUNT = re.compile(r"([+-]?)(\d{1,20})(?:\.(\d{1,20}))?", re.ASCII)


def amount(decimals: int = 2, scale: int = 0) -> Convert:
    """A decimal number as text with a fixed number of decimals, times 10^`scale` (-2: the source counts in cents).

    Digits that do not fit into the decimals are unfit, not rounded away.
    """
    last = Decimal(1).scaleb(-decimals)

    def convert(raw: Scalar) -> str | None:
        found = _plain_number(raw) if isinstance(raw, float) else written(raw)
        if found is None:
            return None
        if not _AMOUNT.fullmatch(found):
            raise Unfit("is no amount")
        value = Decimal(found).scaleb(scale, _EXACT) if scale else Decimal(found)
        rounded = value.quantize(last, context=_EXACT)
        if rounded != value:
            raise Unfit(f"has more than {decimals} decimals")
        return f"{abs(rounded) if rounded == 0 else rounded:f}"

    return convert


def _plain_number(raw: float) -> str:
    """A binary number as the decimal that was written; beyond 15 digits that is not known any more."""
    if raw.is_integer() and abs(raw) < 1e15:
        return str(int(raw))
    exact = Decimal(repr(raw))
    if not exact.is_finite() or len(exact.as_tuple().digits) > 15 or abs(raw) >= 1e15:
        raise Unfit("is no amount that can be read exactly")
    return f"{exact:f}"


_WHOLE = re.compile(r"([+-]?\d{1,16})(?:\.0{1,20})?", re.ASCII)
_EXACT_IN_JSON = 2**53 - 1
"""Beyond this, readers of JSON need not agree on a number (RFC 7493, section 2.2)."""


def number() -> Convert:
    """A whole number, such as a count. A number with decimals is an `amount`."""

    def convert(raw: Scalar) -> int | None:
        found = written(raw)
        if found is None:
            return None
        match = _WHOLE.fullmatch(found)
        if match is None or abs(value := int(match[1])) > _EXACT_IN_JSON:
            raise Unfit("is no whole number")
        return value

    return convert


_YEAR = re.compile(r"(\d{4})(?:Z|[+-]\d\d:\d\d)?", re.ASCII)


def year() -> Convert:
    """A year alone, such as an income year: `2025`. `0000` is no year at all."""

    def convert(raw: Scalar) -> str | None:
        found = written(raw)
        if found is None:
            return None
        match = _YEAR.fullmatch(found)
        if match is None:
            raise Unfit("is no year")
        return match[1] if match[1] != "0000" else None

    return convert


_ISO = re.compile(
    r"(\d{4})(?:-(\d\d)(?:-(\d\d)(?:T\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?)?)?)?(?:Z|[+-]\d\d:\d\d)?", re.ASCII
)
_SHAPES = {
    "iso": (_ISO, (1, 2, 3)),
    "compact": (re.compile(r"(\d{4})(?:(\d\d)(\d\d)?)?", re.ASCII), (1, 2, 3)),
    "dayFirst": (re.compile(r"(?:(?:(\d\d)[./-])?(\d\d)[./-])?(\d{4})", re.ASCII), (3, 2, 1)),
}
DATE_FORMATS = (*_SHAPES, "epochSeconds")


def partial_date(shape: str = "iso", zone: tzinfo = UTC) -> Convert:
    """A date as precise as the source knows it: `1985`, `1985-06` or `1985-06-02`.

    Unknown parts are left out or zero (`1985-00-00`); `0000-00-00` is no date at all. A time or offset after the date is
    dropped, for the date is the one written. `epochSeconds` counts from 1970 and is the date in `zone`.
    """
    if shape == "epochSeconds":
        return lambda raw: _from_epoch(raw, zone)
    pattern, groups = _SHAPES[shape]

    def convert(raw: Scalar) -> str | None:
        found = written(raw)
        if found is None:
            return None
        match = pattern.fullmatch(found)
        if match is None:
            raise Unfit("is no date")
        year, month, day = match.group(*groups)
        return _reduced(int(year), int(month or 0), int(day or 0))

    return convert


def _reduced(year: int, month: int, day: int) -> str | None:
    """ISO 8601 of reduced precision; the parts after an unknown one cannot be said."""
    if not year:
        if month or day:
            raise Unfit("is a date without a year")
        return None
    try:
        whole = date(year, month or 1, day or 1).isoformat()
    except ValueError:
        raise Unfit("is a date that does not exist") from None
    return whole if month and day else whole[: 7 if month else 4]


def _from_epoch(raw: Scalar, zone: tzinfo) -> str | None:
    found = written(raw)
    if found is None:
        return None
    try:
        return datetime.fromtimestamp(int(found), zone).date().isoformat()
    except (ValueError, OverflowError, OSError):
        raise Unfit("is no count of seconds") from None
