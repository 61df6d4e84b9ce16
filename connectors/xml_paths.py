"""Plain paths, such as `Name/Family` or `Born/@date`: all that start from one point are found in one pass over its children.

XPath costs about a microsecond per path and call, however plain it is; most of a declaration's paths are plain.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from connectors.rule import OnePass
from connectors.values import Select

__all__ = ["PlainPath", "one_pass", "plain"]

_STEP = r"(?:[A-Za-z_][\w.-]*:)?[A-Za-z_][\w.-]*"
_ELEMENTS = rf"{_STEP}(?:/{_STEP})*"
_PLAIN = re.compile(rf"{_ELEMENTS}(?:\s*\|\s*{_ELEMENTS})*|(?:{_ELEMENTS}/)?@{_STEP}", re.ASCII)
_WORTH_IT = 2


@dataclass(frozen=True, slots=True)
class PlainPath:
    """A path of child elements, perhaps with an attribute at its end, or several of elements (`a | b`).

    Called by itself, it is the XPath that it is.
    """

    select: Select
    routes: frozenset[tuple[str, ...]]
    attribute: str | None

    def __call__(self, point: Any) -> Sequence[Any]:
        """What it finds from a point."""
        return self.select(point)


def plain(path: str, namespaces: Mapping[str, str], select: Select) -> Select:
    """The path as a `PlainPath` if it is one, else `select` as it is. Its prefixes are among the namespaces."""
    if not _PLAIN.fullmatch(path):
        return select
    elements, at, attribute = path.partition("@")
    routes = frozenset(
        tuple(_clark(step, namespaces) for step in route.strip().split("/") if step)
        for route in elements.split("|")
    )
    return PlainPath(select, routes, _clark(attribute, namespaces) if at else None)


def _clark(name: str, namespaces: Mapping[str, str]) -> str:
    prefix, colon, local = name.rpartition(":")
    return f"{{{namespaces[prefix]}}}{local}" if colon else name


@dataclass(slots=True)
class _Node:
    """What is wanted of an element: itself in these places, these of its attributes, and its children by tag."""

    places: list[int] = field(default_factory=list)
    attributes: list[tuple[str, int]] = field(default_factory=list)
    below: dict[str, "_Node"] = field(default_factory=dict)


Wanted: TypeAlias = dict[str, tuple[tuple[int, ...], tuple[tuple[str, int], ...], Any]]


def one_pass(paths: Sequence[Select]) -> tuple[OnePass, list[int | None]] | None:
    """A pass for the plain ones of some paths. Items come in the order of the document, as XPath gives them."""
    root, count = _Node(), 0
    places: list[int | None] = []
    for path in paths:
        if not isinstance(path, PlainPath):
            places.append(None)
            continue
        for route in path.routes:
            node = root
            for step in route:
                node = node.below.setdefault(step, _Node())
            if path.attribute is None:
                node.places.append(count)
            else:
                node.attributes.append((path.attribute, count))
        places.append(count)
        count += 1
    return None if count < _WORTH_IT else (_pass(root, count), places)


def _pass(root: _Node, count: int) -> OnePass:
    wanted, own = _settled(root.below), tuple(root.attributes)
    nothing: tuple[Any, ...] = ()

    def find(point: Any) -> list[Sequence[Any]]:
        found: list[Any] = [nothing] * count
        _take(point, own, found)
        _visit(point, wanted, found)
        return found

    return find


def _settled(below: Mapping[str, _Node]) -> Wanted:
    return {
        tag: (tuple(node.places), tuple(node.attributes), _settled(node.below)) for tag, node in below.items()
    }


def _visit(element: Any, wanted: Wanted, found: list[Any]) -> None:
    for child in element:
        here = wanted.get(child.tag)
        if here is None:
            continue
        places, attributes, below = here
        for place in places:
            if found[place]:
                found[place].append(child)
            else:
                found[place] = [child]
        if attributes:
            _take(child, attributes, found)
        if below:
            _visit(child, below, found)


def _take(element: Any, attributes: tuple[tuple[str, int], ...], found: list[Any]) -> None:
    for name, place in attributes:
        value = element.get(name)
        if value is None:
            continue
        if found[place]:
            found[place].append(value)
        else:
            found[place] = [value]
