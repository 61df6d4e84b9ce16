"""A declared value as the text of an element or attribute."""

from collections.abc import Callable, Mapping
from datetime import date, datetime, time
from decimal import Decimal

from connectors.scope import Path
from connectors.template import Holes, Unsendable, as_xml

__all__ = ["text_of"]


def text_of(
    value: object, holes: Holes, path: Path, problem: Callable[[Path, str], None], *, is_list: bool
) -> str:
    """The text, with stand-ins for its variables. A list is one text only where the type is a list; `problem` takes what is wrong."""
    if isinstance(value, list) and is_list:
        return " ".join(
            text_of(one, holes, (*path, index), problem, is_list=False) for index, one in enumerate(value)
        )
    if isinstance(value, Mapping | list):
        problem(path, "the contract has a single value here, no elements")
        return ""
    if not isinstance(value, str):
        return _plain(value)
    try:
        as_xml(value)
    except Unsendable:
        problem(path, "holds characters that XML cannot carry")
        return ""
    return str(holes.put(value, path))


def _plain(value: object) -> str:
    """What YAML reads as something else than text, as XML Schema writes it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return f"{Decimal(repr(value)):f}"
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    return "" if value is None else str(value)
