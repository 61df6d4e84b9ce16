"""The independent reader: what each declared MAGDA attribute should be, taken from zeep's own parsed objects.

It shares nothing with the connectors: no XPath, no rules, another parser of types.
"""

import re
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import zeep
from lxml import etree

Expected = Mapping[str, object]
Read = Callable[[Any], object]


@cache
def _operation(contract: Path, name: str) -> tuple[Any, Any]:
    client = zeep.Client(str(contract))  # type: ignore[no-untyped-call]
    return client.service._binding.get(name), client.wsdl.types


def zeep_object(contract: Path, operation: str, recorded: bytes, *, keep_comments: bool = False) -> Any:
    """zeep's object of one recorded answer."""
    root = etree.fromstring(recorded, etree.XMLParser(remove_comments=not keep_comments))
    found, types = _operation(contract, operation)
    return found.output.body.parse(root, types)


def leaves(point: Any, path: str = "") -> list[Any]:
    """All that stands at a path of element names below a zeep object, lists flattened, nothing where nothing stands."""
    points = [p for p in (point if isinstance(point, list) else [point]) if p is not None]
    if path:
        step, _, rest = path.partition("/")
        return [leaf for p in points for leaf in leaves(getattr(p, step, None), rest)]
    return points


def text(leaf: Any) -> str | None:
    """A leaf as a person would write it down."""
    leaf = getattr(leaf, "_value_1", leaf)
    if isinstance(leaf, date):
        return leaf.isoformat()
    return (str(leaf).strip() or None) if leaf is not None else None


def texts(point: Any, path: str) -> list[str]:
    return [t for leaf in leaves(point, path) if (t := text(leaf)) is not None]


def one(path: str) -> Read:
    def read(point: Any) -> object:
        found = texts(point, path)
        assert len(found) <= 1, path
        return found[0] if found else None

    return read


def many(path: str) -> Read:
    return lambda point: texts(point, path) or None


def joined(path: str, by: str) -> Read:
    return lambda point: by.join(texts(point, path)) or None


def day(path: str) -> Read:
    def read(point: Any) -> object:
        found = one(path)(point)
        return None if found is None else re.sub(r"(-00)+$", "", str(found))

    return read


def days(path: str) -> Read:
    return lambda point: [re.sub(r"(-00)+$", "", t) for t in texts(point, path)] or None


def word(path: str, words: Mapping[str, object]) -> Read:
    def read(point: Any) -> object:
        found = one(path)(point)
        return None if found is None else words[str(found)]

    return read


def cents(leaf: str) -> str:
    return str(Decimal(leaf) / 100 + Decimal("0.00"))


def objects(path: str, **fields: Read) -> Read:
    def read(point: Any) -> object:
        return [o for leaf in leaves(point, path) if (o := _object(leaf, fields))] or None

    return read


def an_object(path: str, **fields: Read) -> Read:
    def read(point: Any) -> object:
        found = leaves(point, path)
        assert len(found) <= 1, path
        return (_object(found[0], fields) or None) if found else None

    return read


def _object(point: Any, fields: Mapping[str, Read]) -> dict[str, object]:
    return {name: value for name, read in fields.items() if (value := read(point)) is not None}


def either(first: Read, second: Read) -> Read:
    def read(point: Any) -> object:
        found = first(point)
        return second(point) if found is None else found

    return read


def read_all(point: Any, readers: Mapping[str, Read]) -> dict[str, object]:
    """Every attribute that the answer holds."""
    return _object(point, readers)
