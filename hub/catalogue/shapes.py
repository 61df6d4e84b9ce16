"""The shape of an attribute's value, as its record declares it, and whether what a source gives is of that shape.

`many` and `fields` may be left unsaid: then the source alone decides. What is said must agree.
"""

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any, Final

import connectors
from hub.catalogue.model import Shape
from hub.catalogue.records import Record

_DEEPEST: Final = 5
Fault = tuple[tuple[str, ...], str]
"""Where in a source's rule, and what."""


def read_shape(record: Record, *, depth: int = _DEEPEST) -> Shape:
    """`type`, `many` and `fields` of an attribute, or of one field of an object."""
    kind = record.choice("type", connectors.VALUE_TYPES)
    many = record.flag("many", default=False) if record.node.get("many") is not None else None
    return Shape(kind, many, _read_fields(record, kind, depth))


def _read_fields(record: Record, kind: str, depth: int) -> Mapping[str, Shape] | None:
    inner = record.inner("fields", required=False)
    if inner is None:
        return None
    if kind != "object" or depth == 0:
        record.offend("only an object has fields" if depth else "objects are nested too deep", "fields")
        return None
    if not inner.node:
        inner.offend("there is no field")
    found = {}
    for name in inner.node:
        if isinstance(inner.node[name], str):  # `street: text` says it in a word
            found[str(name)] = Shape(inner.choice(str(name), connectors.VALUE_TYPES), None, None)
        elif (one := inner.inner(str(name))) is not None:
            one.only(("type", "many", "fields"))
            found[str(name)] = read_shape(one, depth=depth - 1)
            inner.settle(one)
    record.settle(inner)
    return MappingProxyType(found)


def disagreements(shape: Shape, rule: Mapping[Any, Any], what: str, declared: str) -> Iterator[Fault]:
    """Where a source's rule is not of a declared shape. `what` is the attribute or field, `declared` the place of its record."""
    kind = rule.get("type", "text")
    if isinstance(kind, str) and kind != shape.type:
        yield ("type",), f"'{what}' is read as {kind} here, and declared as {shape.type} ({declared})"
        return
    many = rule.get("many", False)
    if shape.many is not None and isinstance(many, bool) and many != shape.many:
        here, there = ("a list", "one value") if many else ("one value", "a list")
        yield ("many",), f"'{what}' is {here} here, and declared as {there} ({declared})"
    fields = rule.get("fields")
    if shape.fields is None or not isinstance(fields, Mapping):
        return
    for name, below in fields.items():
        if name not in shape.fields:
            has = ", ".join(shape.fields)
            yield (
                ("fields", str(name)),
                f"'{what}' is declared without a field '{name}' ({declared}); it has: {has}",
            )
        elif isinstance(below, Mapping):
            for path, message in disagreements(shape.fields[name], below, f"{what}.{name}", declared):
                yield ("fields", str(name), *path), message
