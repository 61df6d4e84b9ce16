"""Paths through a reply: XPath 1.0 for XML, JMESPath for JSON."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Protocol

from connectors.onboarding.leaves import Trail
from connectors.onboarding.shape import Node

__all__ = ["JsonPaths", "Paths", "XmlPaths"]

_IDENTIFIER = re.compile(r"[A-Za-z_]\w*", re.ASCII)


class Paths(Protocol):
    """How places of a reply are written as paths."""

    @property
    def namespaces(self) -> Mapping[str, str]:
        """Prefix → namespace, of the prefixes that were needed so far."""
        ...

    def answer(self, trail: Trail) -> str:
        """The path of a node from where the paths of an answer start."""
        ...

    def below(self, trail: Trail, above: int) -> str:
        """The path of a node from one above it, whose trail is that long."""
        ...

    def together(self, trails: Sequence[Trail], above: int) -> str:
        """The path of several texts of one element, from one above it."""
        ...

    def anywhere(self, trails: Sequence[Trail], condition: str) -> str:
        """The path of error codes, wherever they stand. `condition`: a predicate of the node that holds the code."""
        ...


class XmlPaths:
    """XPath, with the prefixes that it needs."""

    def __init__(self, nodes: Iterable[Node]) -> None:
        """Give each namespace of some nodes a prefix."""
        self._prefixes: dict[str, str] = {}
        self._used: set[str] = set()
        for node in nodes:
            if node.namespace and node.namespace not in self._prefixes:
                self._prefixes[node.namespace] = self._new(node.namespace)

    @property
    def namespaces(self) -> dict[str, str]:
        """Prefix → namespace, of the prefixes that were needed so far."""
        return {prefix: space for space, prefix in self._prefixes.items() if prefix in self._used}

    def _new(self, space: str) -> str:
        """A prefix after the last word of a namespace."""
        words = [
            w
            for w in re.split(r"[^A-Za-z]+", space)
            if len(w) > 1 and w.lower() not in {"http", "https", "www", "urn", "xsd"}
        ]
        base = (words[-1] if words else "ns").lower()[:8]
        taken = set(self._prefixes.values())
        return (
            base
            if base not in taken
            else next(f"{base}{n}" for n in range(2, 999) if f"{base}{n}" not in taken)
        )

    def step(self, node: Node) -> str:
        """One node's name, with its prefix."""
        name = node.name
        if node.namespace:
            prefix = self._prefixes[node.namespace]
            self._used.add(prefix)
            name = f"{prefix}:{node.name}"
        return f"@{name}" if node.attribute else name

    def answer(self, trail: Trail) -> str:
        """From the element in the Body: `.` is that element."""
        return self.below(trail, 1)

    def below(self, trail: Trail, above: int) -> str:
        """Steps from one element to another."""
        return "/".join(map(self.step, trail[above:])) or "."

    def together(self, trails: Sequence[Trail], above: int) -> str:
        """A union, in the order of the document."""
        return " | ".join(self.below(trail, above) for trail in trails)

    def anywhere(self, trails: Sequence[Trail], condition: str) -> str:
        """Everywhere in the reply, in a Fault's detail too."""
        found = [f"//{self.step(t[-2])}{condition}/{self.step(t[-1])}" for t in trails if len(t) > 1]
        return " | ".join(dict.fromkeys(found))


class JsonPaths:
    """JMESPath."""

    namespaces: Mapping[str, str] = MappingProxyType({})
    """JSON has none."""

    def answer(self, trail: Trail) -> str:
        """From the document: `@` is the document."""
        return self.below(trail, 1)

    def below(self, trail: Trail, above: int) -> str:
        """Steps from one object to another; those in a list are all meant."""
        path = ""
        for position, node in enumerate(trail[above:], above):
            if node.name == "[]":
                path += "[]"
                continue
            name = node.name if _IDENTIFIER.fullmatch(node.name) else json.dumps(node.name)
            path += f"{'.' if path else ''}{name}"
            if (node.most is None or node.most > 1) and (position < len(trail) - 1 or node.children):
                path += "[]"
        return path or "@"

    def together(self, trails: Sequence[Trail], above: int) -> str:
        """A list of them, below the object that has them."""
        names = ", ".join(self.below(trail, len(trail) - 1) for trail in trails)
        before = self.below(trails[0][:-1], above)
        return f"[{names}]" if before == "@" else f"{before}.[{names}]"

    def anywhere(self, trails: Sequence[Trail], _condition: str) -> str:
        """The first such place, from the document."""
        return self.below(trails[0], 1)
