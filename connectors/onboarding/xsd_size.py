"""How large the types of a contract are once every group is put in its place, without putting it there.

Groups that hold others twice double at each level: forty of them are more than any reader can take.
"""

from collections.abc import Iterator

from lxml import etree

from connectors.onboarding.xsd import XSD, Component, Schemas, local, qualified

__all__ = ["largest_type"]

_DEEPEST = 100
_ENDLESS = 1 << 30
_HOLDERS = frozenset(
    {"sequence", "choice", "all", "complexContent", "simpleContent", "extension", "restriction"}
)
_MEASURED = ("complexType", "simpleType", "group", "attributeGroup")
_LEAVES = frozenset({"element", "any", "attribute"})


def largest_type(schemas: Schemas) -> int:
    """The number of elements and attributes in the largest type, those of its groups and of the types it extends included.

    Of a union, the number of types that it is made of in the end.
    """
    sizes = _Sizes(schemas)
    types = (
        Component(node, schema.origin)
        for schema in schemas.taken
        for node in schema.node.iter(*(f"{{{XSD}}}{name}" for name in _MEASURED))
    )
    return max((sizes.of(one, 0) for one in types), default=0)


class _Sizes:
    """Sizes, each found once."""

    def __init__(self, schemas: Schemas) -> None:
        self._schemas = schemas
        self._known: dict[etree._Element, int] = {}

    def of(self, holder: Component, depth: int) -> int:
        """The size of a type or group; a loop adds nothing, and is refused elsewhere."""
        if holder.node not in self._known:
            self._known[holder.node] = 0
            if depth > _DEEPEST:
                return _ENDLESS
            self._known[holder.node] = min(sum(self._parts(holder, depth)), _ENDLESS)
        return self._known[holder.node]

    def _parts(self, holder: Component, depth: int) -> Iterator[int]:
        if local(holder.node) == "simpleType":
            yield from self._members(holder, depth)
            return
        for child in holder.node.iterchildren(etree.Element):
            kind, inner = local(child), Component(child, holder.origin)
            if kind in _LEAVES:
                yield 1
            elif kind in _HOLDERS:
                yield from self._parts(inner, depth)
            if (above := self._referred(inner, kind)) is not None:
                yield 1 + self.of(above, depth + 1)  # an empty group is work too

    def _members(self, holder: Component, depth: int) -> Iterator[int]:
        """What a simple type is made from."""
        for made in holder.node.iterchildren(f"{{{XSD}}}union", f"{{{XSD}}}restriction", f"{{{XSD}}}list"):
            for key in ("memberTypes", "base", "itemType"):
                for name in made.get(key, "").split():
                    found = self._schemas.types.get(qualified(made, name, holder.origin.namespace))
                    yield 1 if found is None else self.of(found, depth + 1) or 1
            for inner in made.iterchildren(f"{{{XSD}}}simpleType"):
                yield self.of(Component(inner, holder.origin), depth + 1)

    def _referred(self, child: Component, kind: str) -> Component | None:
        """What a reference to a group, or the base of an extension, stands for."""
        tables = {
            "group": ("ref", self._schemas.groups),
            "attributeGroup": ("ref", self._schemas.attribute_groups),
            "extension": ("base", self._schemas.types),
        }
        key, table = tables.get(kind, ("", {}))
        return (
            table.get(qualified(child.node, child.node.get(key, ""), child.origin.namespace)) if key else None
        )
