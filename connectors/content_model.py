"""What an element of a contract may hold: the content models of XML Schema 1.0, as far as writing a request needs them.

Structure alone is kept here. What a text may be (patterns, enumerations, bounds) is libxml2's affair: see `connectors.request_check`.
"""

from collections.abc import Iterator
from dataclasses import replace

from lxml import etree

from connectors.onboarding.xsd import XSD, Component, Origin, Schemas, local, qualified
from connectors.particles import Attribute, Element, Group, Kind, Particle, Wildcard

__all__ = ["Models", "Undefined"]

_DEEPEST = 100
"""How deep groups, extensions and references may be nested in one type; beyond, the contract is a loop."""
_MOST_STEPS = 50_000
"""How many groups and attributes may be looked up in all: groups that hold others twice double at each level."""
_MOST_DIGITS = 9
_SWA_REF = "{http://ws-i.org/profiles/basic/1.1/xsd}swaRef"
"""A reference to an attachment (WS-I Attachments Profile 1.0 §4.4)."""
_LISTS = frozenset({"NMTOKENS", "IDREFS", "ENTITIES"})
_UR_TYPES = frozenset({"anyType", "ur-type"})


class Undefined(Exception):
    """The contract uses something that it does not define. Its text says what."""


_TEXT = Kind(text=True)
_ANYTHING = Kind(text=False, anything=True, mixed=True, open_attributes=True)


class Models:
    """The content models of one contract. Every method raises `Undefined`."""

    def __init__(self, schemas: Schemas) -> None:
        """Look components up in `schemas`."""
        self._schemas = schemas
        self._named: dict[str, Kind] = {}
        self._steps = _MOST_STEPS

    def _step(self) -> None:
        self._steps -= 1
        if self._steps < 0:
            raise Undefined("the groups of the contract are too many to be told apart")

    def element(self, name: str) -> Element:
        """A global element by its name in Clark notation."""
        return self._global(name, 0)

    def kind(self, element: Element) -> Kind:
        """The type of an element."""
        if isinstance(element.holder, str):
            return self.named(element.holder)
        return self._declared_kind(element.holder, 0)

    def all_kinds(self, element: Element) -> list[Kind]:
        """The type of an element, and those that `xsi:type` may put in its place."""
        name = element.holder
        if not isinstance(name, str):
            name = qualified(name.node, name.node.get("type", ""), name.origin.namespace)
        names, waiting = [], [name] if name else []
        while waiting:
            self._step()
            fresh = [one for one in self._schemas.derived.get(waiting.pop(), ()) if one not in names]
            names += fresh
            waiting += fresh
        return [self.kind(element), *map(self.named, names)]

    def types_called(self, name: str) -> list[str]:
        """The types of the contract with a local name, or the one, built in or not, with a name in Clark notation."""
        if name.startswith("{"):
            built_in = name.removeprefix(f"{{{XSD}}}")
            return [name] if name in self._schemas.types or (built_in != name and built_in.isalnum()) else []
        return [one for one in self._schemas.types if one.rpartition("}")[2] == name]

    def named(self, name: str, depth: int = 0) -> Kind:
        """A type by its name in Clark notation."""
        space, _, bare = name.rpartition("}")
        if space == f"{{{XSD}":
            return _ANYTHING if bare in _UR_TYPES else Kind(text=True, is_list=bare in _LISTS)
        if name == _SWA_REF:
            raise Undefined("the contract wants an attachment here (swaRef), which is not supported")
        if name not in self._named:
            component = self._schemas.types.get(name)
            if component is None or depth > _DEEPEST:
                raise Undefined(f"the contract does not define the type {name}")
            self._named[name] = self._kind(component, depth)
        return self._named[name]

    def _declared_kind(self, holder: Component, depth: int) -> Kind:
        """The type that an element or attribute declares; without one, that of the element it may stand for (§3.3.2)."""
        node, origin = holder.node, holder.origin
        if name := node.get("type"):
            return self.named(qualified(node, name, origin.namespace), depth)
        for child in node.iterchildren(f"{{{XSD}}}complexType", f"{{{XSD}}}simpleType"):
            return self._kind(Component(child, origin), depth)
        head = self._schemas.elements.get(
            qualified(node, node.get("substitutionGroup", ""), origin.namespace)
        )
        if head is not None and depth < _DEEPEST:
            return self._declared_kind(head, depth + 1)
        return _ANYTHING

    def _kind(self, component: Component, depth: int) -> Kind:
        if local(component.node) == "simpleType":
            return Kind(text=True, is_list=self._is_list(component, depth))
        return self._complex(component, depth)

    def _is_list(self, component: Component, depth: int) -> bool:
        for child in component.node.iterchildren(etree.Element):
            if local(child) == "list":
                return True
            if local(child) == "restriction":
                return self._base(child, component.origin, depth).is_list
        return False

    def _base(self, node: etree._Element, origin: Origin, depth: int) -> Kind:
        """The type that a restriction or extension starts from."""
        if written := node.get("base"):
            name = qualified(node, written, origin.namespace)
            known, found = self._schemas.types.get(name), self._schemas.above("types", name, node)
            if found is known:
                return self.named(name, depth + 1)
            return Kind() if found is None else self._kind(found, depth + 1)
        for inner in node.iterchildren(f"{{{XSD}}}simpleType"):
            return self._kind(Component(inner, origin), depth + 1)
        return _TEXT

    def _complex(self, component: Component, depth: int) -> Kind:
        node, origin = component.node, component.origin
        mixed = node.get("mixed") in {"true", "1"}
        for content in node.iterchildren(f"{{{XSD}}}simpleContent", f"{{{XSD}}}complexContent"):
            mixed = mixed or content.get("mixed") in {"true", "1"}
            for derived in content.iterchildren(f"{{{XSD}}}extension", f"{{{XSD}}}restriction"):
                return self._derived(Component(derived, origin), depth, mixed=mixed)
        own = self._own(component, depth)
        return replace(own, mixed=mixed)

    def _derived(self, derived: Component, depth: int, *, mixed: bool) -> Kind:
        """A type made from another. An extension's content stands after its base's; attributes are inherited either way."""
        node, origin = derived.node, derived.origin
        base = self._base(node, origin, depth)
        own = self._own(derived, depth)
        attributes = {**base.attributes, **own.attributes}
        for gone in node.iterchildren(f"{{{XSD}}}attribute"):
            if gone.get("use") == "prohibited":
                attributes.pop(gone.get("name", ""), None)
        content = own.content
        if local(node) == "extension" and not base.anything:
            parts = tuple(group for group in (base.content, own.content) if group is not None)
            content = parts[0] if len(parts) == 1 else Group("sequence", 1, 1, parts) if parts else None
        return Kind(
            text=base.text,
            is_list=base.is_list,
            mixed=mixed or (base.mixed and not base.anything),
            content=content,
            attributes=attributes,
            open_attributes=own.open_attributes or (base.open_attributes and not base.anything),
        )

    def _own(self, holder: Component, depth: int) -> Kind:
        """What a type or derivation says itself."""
        content = None
        attributes: dict[str, Attribute] = {}
        is_open = False
        for child in holder.node.iterchildren(etree.Element):
            kind, inner = local(child), Component(child, holder.origin)
            if kind in {"sequence", "choice", "all", "group"}:
                content = self._group(inner, depth)
            elif kind == "anyAttribute":
                is_open = True
            elif kind in {"attribute", "attributeGroup"}:
                found, more = self._attributes(inner, depth)
                attributes |= found
                is_open = is_open or more
        return Kind(content=content, attributes=attributes, open_attributes=is_open)

    def _attributes(self, holder: Component, depth: int) -> tuple[dict[str, Attribute], bool]:
        """An attribute, or those of a group, by name; and whether there may be others."""
        self._step()
        node, origin = holder.node, holder.origin
        if local(node) == "attributeGroup":
            name = qualified(node, node.get("ref", ""), origin.namespace)
            group = self._schemas.attribute_groups.get(name)
            if group is None or depth > _DEEPEST:
                raise Undefined(f"the contract does not define the attribute group {name}")
            own = self._own(group, depth + 1)
            return dict(own.attributes), own.open_attributes
        if node.get("use") == "prohibited":
            return {}, False
        if ref := node.get("ref"):
            name = qualified(node, ref, origin.namespace)
        else:
            name = node.get("name", "")
            if (
                node.get("form") == "qualified" or (node.get("form") is None and origin.qualified_attributes)
            ) and (origin.namespace):
                name = f"{{{origin.namespace}}}{name}"
        return {name: Attribute(name, node.get("use") == "required")}, False

    def _group(self, holder: Component, depth: int) -> Group:
        """A sequence, a choice, an all, or what a reference to a group stands for."""
        self._step()
        node, origin = holder.node, holder.origin
        if depth > _DEEPEST:
            raise Undefined("the groups of the contract are nested too deep")
        least, most = _times(node)
        if local(node) == "group":
            name = qualified(node, node.get("ref", ""), origin.namespace)
            group = self._schemas.above("groups", name, node)
            if group is None:
                raise Undefined(f"the contract does not define the group {name}")
            for child in group.node.iterchildren(f"{{{XSD}}}sequence", f"{{{XSD}}}choice", f"{{{XSD}}}all"):
                return Group(
                    "sequence", least, most, (self._group(Component(child, group.origin), depth + 1),)
                )
            return Group("sequence", least, most, ())
        members = tuple(self._members(holder, depth + 1))
        return Group(local(node), least, most, members)

    def _members(self, holder: Component, depth: int) -> Iterator[Particle]:
        for child in holder.node.iterchildren(etree.Element):
            kind, inner = local(child), Component(child, holder.origin)
            if child.get("maxOccurs") == "0":
                continue
            if kind == "element":
                yield self._local_element(inner, depth)
            elif kind == "any":
                yield Wildcard(*_times(child))
            elif kind in {"sequence", "choice", "all", "group"}:
                yield self._group(inner, depth)

    def _local_element(self, holder: Component, depth: int) -> Element:
        node, origin = holder.node, holder.origin
        least, most = _times(node)
        if ref := node.get("ref"):
            return replace(
                self._global(qualified(node, ref, origin.namespace), depth), least=least, most=most
            )
        form = node.get("form") or ("qualified" if origin.qualified_elements else "unqualified")
        space = origin.namespace if form == "qualified" else ""
        nillable = node.get("nillable") in {"true", "1"}
        return Element(node.get("name", ""), space, holder, least, most, nillable)

    def _global(self, name: str, depth: int) -> Element:
        component = self._schemas.elements.get(name)
        if component is None:
            raise Undefined(f"the contract does not define the element {name}")
        node, origin = component.node, component.origin
        substitutes = (
            tuple(self._global(one, _DEEPEST) for one in self._substitutes(name)) if depth < _DEEPEST else ()
        )
        return Element(
            node.get("name", ""),
            origin.namespace,
            component,
            nillable=node.get("nillable") in {"true", "1"},
            abstract=node.get("abstract") in {"true", "1"},
            substitutes=substitutes,
        )

    def _substitutes(self, name: str) -> list[str]:
        """All that may stand for an element, directly or through another."""
        found, waiting = [name], [name]
        while waiting:
            fresh = [one for one in self._schemas.substitutes.get(waiting.pop(), ()) if one not in found]
            found += fresh
            waiting += fresh
        return found[1:]


def _times(node: etree._Element) -> tuple[int, int | None]:
    """How often a particle occurs; `None`: without bound, or beyond any number that matters."""
    least, most = node.get("minOccurs", "1").strip(), node.get("maxOccurs", "1").strip()
    if most == "unbounded" or (most.isdecimal() and len(most) > _MOST_DIGITS):
        return _count(least), None
    return _count(least), _count(most)


def _count(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= _MOST_DIGITS else 1
