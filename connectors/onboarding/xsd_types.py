"""What a type of XML Schema is, as far as a tree says it: the built-in type of its text, its name, its values, its content."""

from dataclasses import dataclass, replace

from lxml import etree

from connectors.onboarding.tree import MOST_VALUES
from connectors.onboarding.xsd import XSD, Component, Origin, Schemas, documentation_of, local, qualified

__all__ = ["ANY", "TypeFacts", "Types"]

_MOST_STEPS = 64
"""How long a chain of derivations may be before it counts as a loop."""
_MOST_IN_UNION = 50
_FACETS = ("pattern", "length", "minLength", "maxLength", "minInclusive", "maxInclusive")


@dataclass(frozen=True, slots=True)
class TypeFacts:
    """A type, seen from outside."""

    type: str
    """The built-in type of its text (`xs:date`), or the name of a complex type without text."""
    named: str = ""
    documentation: str = ""
    values: tuple[str, ...] = ()
    cut: bool = False
    facets: str = ""
    """What else is asked of its text."""
    content: Component | None = None
    """The complex type, if it is one."""
    key: object = None
    """What tells it from other types."""


ANY = TypeFacts("any")


class Types:
    """The facts of every type of some schemas; those of named types are found once."""

    def __init__(self, schemas: Schemas) -> None:
        """Look types up in `schemas`."""
        self._schemas = schemas
        self._known: dict[str, TypeFacts] = {}

    def of(self, holder: etree._Element, origin: Origin) -> TypeFacts | None:
        """The type that an element or attribute declares; `None` if it declares none."""
        if name := holder.get("type"):
            return self.named(qualified(holder, name, origin.namespace))
        for child in holder.iterchildren(f"{{{XSD}}}complexType", f"{{{XSD}}}simpleType"):
            return self._facts(Component(child, origin), "", 0)
        return None

    def named(self, name: str, steps: int = 0) -> TypeFacts:
        """A type by its name in Clark notation; one that the contract lacks is known by its name alone."""
        space, _, bare = name.rpartition("}")
        if space == f"{{{XSD}":
            return ANY if bare in {"anyType", "ur-type"} else TypeFacts(f"xs:{bare}")
        if name not in self._known:
            component = self._schemas.types.get(name)
            facts = TypeFacts(bare, named=bare)
            if component is not None and steps < _MOST_STEPS:
                facts = self._facts(component, bare, steps)
            self._known[name] = facts
        return self._known[name]

    def _facts(self, component: Component, name: str, steps: int) -> TypeFacts:
        node = component.node
        found = (
            self._complex(component, steps)
            if local(node) == "complexType"
            else self._simple(component, steps)
        )
        return replace(found, named=name, documentation=documentation_of(node))

    def _complex(self, component: Component, steps: int) -> TypeFacts:
        """A complex type; one of simple content has the type of its text."""
        node, origin = component.node, component.origin
        facts = TypeFacts(node.get("name") or "", content=component, key=node)
        for way in ("extension", "restriction"):
            for derived in node.iterfind(f"{{{XSD}}}simpleContent/{{{XSD}}}{way}"):
                text = self._restricted(derived, origin, steps)
                facts = replace(facts, type=text.type, values=text.values, cut=text.cut, facets=text.facets)
        return facts

    def _simple(self, component: Component, steps: int) -> TypeFacts:
        node, origin = component.node, component.origin
        for child in node.iterchildren(etree.Element):
            kind = local(child)
            if kind == "restriction":
                return self._restricted(child, origin, steps)
            if kind == "list":
                inner = self._inner(child, "itemType", origin, steps)
                return TypeFacts(f"list of {inner[0].type if inner else 'xs:string'}")
            if kind == "union":
                return self._union(self._inner(child, "memberTypes", origin, steps))
        return TypeFacts("xs:string")

    def _restricted(self, node: etree._Element, origin: Origin, steps: int) -> TypeFacts:
        """The facts of the base, with the enumeration that stands here, if one does."""
        inner = self._inner(node, "base", origin, steps)
        base = inner[-1] if inner else TypeFacts("xs:string")
        values, cut = base.values, base.cut
        found: list[str] = []
        for one in node.iterchildren(f"{{{XSD}}}enumeration"):
            if len(found) >= MOST_VALUES:
                cut = True
                break
            found.append(one.get("value", "")[:200])
        return TypeFacts(
            base.type, values=tuple(found) or values, cut=cut, facets=facets_of(node) or base.facets
        )

    def _inner(self, node: etree._Element, key: str, origin: Origin, steps: int) -> list[TypeFacts]:
        """The types that a derivation is made from: those it names, and those that stand in it."""
        if steps >= _MOST_STEPS:
            return []
        names = node.get(key, "").split()[:_MOST_IN_UNION]
        found = [self.named(qualified(node, name, origin.namespace), steps + 1) for name in names]
        inside = list(node.iterchildren(f"{{{XSD}}}simpleType"))[:_MOST_IN_UNION]
        return found + [self._facts(Component(child, origin), "", steps + 1) for child in inside]

    @staticmethod
    def _union(members: list[TypeFacts]) -> TypeFacts:
        """A union: one type if all members have it; its values are known only if every member's are."""
        names = list(dict.fromkeys(member.type for member in members))
        name = " | ".join(names[:8]) or "xs:string"
        closed = all(member.values for member in members)
        values = tuple(value for member in members for value in member.values) if closed else ()
        return TypeFacts(name, values=values[:MOST_VALUES], cut=len(values) > MOST_VALUES)


def facets_of(restriction: etree._Element) -> str:
    """What a restriction asks of a text, in words; several patterns stand for each other."""
    said: dict[str, list[str]] = {}
    for one in restriction.iterchildren(*(f"{{{XSD}}}{name}" for name in _FACETS)):
        said.setdefault(local(one), []).append(one.get("value", "")[:80])
    return ", ".join(f"{name} {' or '.join(values[:3])}" for name, values in said.items())[:200]
