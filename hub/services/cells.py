"""Tables as CSV (RFC 4180): what stands in a cell is text, also to a spreadsheet."""

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Any, Final

_FORMULA: Final = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20", "\t", "\r", "\n")


def cell(value: Any) -> str:
    """A value as the text of one cell, which no spreadsheet takes for a formula (OWASP, CSV injection)."""
    if isinstance(value, Mapping):
        value = [f"{name}: {why}" for name, why in value.items()]
    text = "; ".join(map(str, value)) if isinstance(value, list) else "" if value is None else str(value)
    return f"'{text}" if text.lstrip(" ").startswith(_FORMULA) else text


def row(cells: Sequence[str]) -> bytes:
    """One row, in UTF-8."""
    buffer = io.StringIO()
    csv.writer(buffer, quoting=csv.QUOTE_ALL, lineterminator="\r\n").writerow(cells)
    return buffer.getvalue().encode()
