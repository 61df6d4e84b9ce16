"""From what stands in a reply to the typed value of an attribute.

An empty text, a null and an absent element are the same: the source does not hold the value. A value that is there but not
of its declared type raises `Unfit`; nothing is guessed, nothing becomes silently empty.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, tzinfo
from decimal import Context, Decimal
from typing import Any, TypeAlias

from connectors.source import Value

__all__ = [
    "Convert",
    "Rule",
    "Scalar",
    "Select",
    "Unfit",
    "amount",
    "boolean",
    "code",
    "partial_date",
    "text",
]

Scalar: TypeAlias = str | int | float | bool | None
"""What a leaf of a reply can be, before it has a type. XML gives strings (and what XPath functions compute)."""

Convert = Callable[[Scalar], str | bool | None]
"""Gives a leaf its type; `None` when the source holds nothing. Raises `Unfit`."""

Select = Callable[[Any], Sequence[Any]]
"""A compiled path: the items that it finds from one point of a reply. Raises `Unfit`."""


class Unfit(Exception):
    """What stands in a reply is not what was declared. Its text never holds the value."""


def _string(raw: Scalar) -> str | None:
    """A leaf as stripped text; JSON's numbers as they are written."""
    if raw is None:
        return None
    if isinstance(raw, str):
        stripped = raw.strip()
        if "\x00" in stripped or not _encodable(stripped):
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
    if value.isascii():
        return True
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def text() -> Convert:
    """Text as the source writes it, without space around it."""
    return _string


def code(mapping: Mapping[str, str] | None = None) -> Convert:
    """A code; with a mapping, ours for theirs, and one that is not listed is unfit."""
    if mapping is None:
        return _string

    def convert(raw: Scalar) -> str | None:
        found = _string(raw)
        if found is None:
            return None
        if found not in mapping:
            raise Unfit("is a code that is not declared")
        return mapping[found]

    return convert


_BOOLEANS = {"true": True, "1": True, "false": False, "0": False}


def boolean(mapping: Mapping[str, bool] | None = None) -> Convert:
    """Yes or no: JSON's booleans, and the texts of XML Schema or of the mapping."""
    words = mapping or _BOOLEANS

    def convert(raw: Scalar) -> bool | None:
        if isinstance(raw, bool):
            return raw
        found = _string(raw)
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

    def convert(raw: Scalar) -> str | None:
        found = _plain_number(raw) if isinstance(raw, float) else _string(raw)
        if found is None:
            return None
        if not _AMOUNT.fullmatch(found):
            raise Unfit("is no amount")
        value = Decimal(found).scaleb(scale, _EXACT)
        rounded = value.quantize(Decimal(1).scaleb(-decimals), context=_EXACT)
        if rounded != value:
            raise Unfit(f"has more than {decimals} decimals")
        return f"{abs(rounded) if rounded == 0 else rounded:f}"

    return convert


def _plain_number(raw: float) -> str:
    """A binary number as the decimal that was written; beyond 15 digits that is not known any more."""
    written = Decimal(repr(raw))
    if not written.is_finite() or len(written.as_tuple().digits) > 15 or abs(raw) >= 1e15:
        raise Unfit("is no amount that can be read exactly")
    return f"{written:f}"


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
        found = _string(raw)
        if found is None:
            return None
        match = pattern.fullmatch(found)
        if match is None:
            raise Unfit("is no date")
        year, month, day = (int(match[g] or 0) for g in groups)
        return _reduced(year, month, day)

    return convert


def _reduced(year: int, month: int, day: int) -> str | None:
    """ISO 8601 of reduced precision; the parts after an unknown one cannot be said."""
    if not year:
        if month or day:
            raise Unfit("is a date without a year")
        return None
    try:
        whole = date(year, month or 1, day or 1)
    except ValueError:
        raise Unfit("is a date that does not exist") from None
    return whole.isoformat()[: 4 if not month else 7 if not day else 10]


def _from_epoch(raw: Scalar, zone: tzinfo) -> str | None:
    found = _string(raw)
    if found is None:
        return None
    try:
        return datetime.fromtimestamp(int(found), zone).date().isoformat()
    except (ValueError, OverflowError, OSError):
        raise Unfit("is no count of seconds") from None


def _nothing(_raw: Scalar) -> None:
    return None


@dataclass(frozen=True, slots=True)
class Rule:
    """How one attribute, or one field of an object, is read."""

    select: Select | None
    """Where it stands; `None`: where its parent stands (objects only)."""
    scalar: Callable[[Any], Scalar]
    """What a found item is as a leaf."""
    convert: Convert = _nothing
    many: bool = False
    join: str | None = None
    required: bool = False
    fields: Mapping[str, "Rule"] = field(default_factory=dict)

    def read(self, points: Sequence[Any]) -> Value | None:
        """The value, seen from some points of a reply; `None` when the source does not hold it. Raises `Unfit`."""
        select = self.select
        if select is None:
            items = points
        elif len(points) == 1:
            items = select(points[0])
        else:
            items = [item for point in points for item in select(point)]
        value = self._together(items) if items else None
        if value is None and self.required:
            raise Unfit("is required and absent")
        return value

    def _together(self, items: Sequence[Any]) -> Value | None:
        """What the found items are together."""
        single = len(items) == 1 and not self.many  # by far the most, and `join` makes no difference to it
        if single:
            return self._item(items[0])
        return self._one([value for value in map(self._item, items) if value is not None])

    def _item(self, item: Any) -> Value | None:
        """One found item with its type."""
        if not self.fields:
            return self.convert(self.scalar(item))
        found = {}
        for name, rule in self.fields.items():
            if (value := rule.read((item,))) is not None:
                found[name] = value
        return found or None

    def _one(self, values: list[Value]) -> Value | None:
        """What several values are together."""
        if not values:
            return None
        if self.many:
            return values
        if self.join is not None:
            return self.join.join(str(value) for value in values)
        if len(values) > 1:
            raise Unfit("stands more than once where one was declared")
        return values[0]
