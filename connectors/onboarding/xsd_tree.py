"""Trees of elements, as schemas define them: particles flattened into children, with how often each occurs."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import count

from lxml import etree

from connectors.onboarding.shape import Node
from connectors.onboarding.tree import Allowance, Draft, grow
from connectors.onboarding.xsd import XSD, Component, Schemas, documentation_of, local, qualified
from connectors.onboarding.xsd_times import Times, any_of, counted
from connectors.onboarding.xsd_types import ANY, TypeFacts, Types

__all__ = ["Trees"]

_MOST_NESTED = 100
"""How deep groups, extensions and substitutions may be nested in one type."""
_DERIVED = ("extension", "restriction")


class Trees:
    """Makes trees from the schemas of one contract."""

    def __init__(self, schemas: Schemas, allowance: Allowance) -> None:
        """Grow at most what is allowed."""
        self._schemas, self._types, self._allowance = schemas, Types(schemas), allowance
        self._choices = count(1)
        self._made: dict[str, tuple[Node, int]] = {}

    def element(self, name: str) -> Node | None:
        """The tree of a global element, by its name in Clark notation."""
        component = self._schemas.elements.get(name)
        if component is None:
            return None
        if name in self._made:  # several ports have the same messages
            made, size = self._made[name]
            return made if self._allowance.again(size) else replace(made, children=(), cut=True)
        left = self._allowance.left
        made = self._grown(self._declared(component, Times(), frozenset(), of_schema=True))
        self._made[name] = made, left - self._allowance.left
        return made

    def part(self, name: str, type_name: str) -> Node:
        """The tree of a message part that has a type: an element without a namespace (WSDL 1.1 §3.5)."""
        facts = self._types.named(type_name)
        return self._grown(self._draft(Node(name, None, facts.type), facts, frozenset()))

    def _grown(self, draft: Draft) -> Node:
        return grow(draft, self._children, self._allowance)

    def _children(self, draft: Draft) -> Iterator[Draft]:
        content: Component = draft.source
        yield from self._attributes(content, 0)
        yield from self._content(content, draft.open, 0)
        if content.node.get("abstract") in {"true", "1"}:
            yield from self._made_of(content, draft.open)

    def _made_of(self, content: Component, above: frozenset[object]) -> Iterator[Draft]:
        """What the types that are made of an abstract one add: one of them stands in its place (`xsi:type`)."""
        name, space = content.node.get("name", ""), content.origin.namespace
        full = f"{{{space}}}{name}" if space else name
        choice = next(self._choices)
        for branch, one in enumerate(_below(full, self._schemas.derived)):
            made = self._schemas.types.get(one)
            for own in (
                [] if made is None else made.node.iterfind(f"{{{XSD}}}complexContent/{{{XSD}}}extension")
            ):
                times = Times(choice=choice, branch=branch)
                yield from self._particles(Component(own, made.origin), times, above | {made.node}, 0)  # type: ignore[union-attr]

    def _draft(self, node: Node, facts: TypeFacts, above: frozenset[object]) -> Draft:
        """A draft of a node of a type, cut where the type is open already."""
        node = replace(
            node,
            type=facts.type,
            named=facts.named,
            values=node.values or facts.values,
            facets=facts.facets,
            cut=facts.cut,
            documentation=node.documentation or facts.documentation,
        )
        if facts.content is None:
            return Draft(node)
        if facts.key in above:
            return Draft(replace(node, recursive=True))
        return Draft(node, facts.content, above | {facts.key})

    def _content(self, content: Component, above: frozenset[object], nested: int) -> Iterator[Draft]:
        """The elements of a complex type: those of the type it extends come first."""
        node, origin = content.node, content.origin
        for derived in node.iterfind(f"{{{XSD}}}complexContent/*"):
            if local(derived) == "extension" and nested < _MOST_NESTED:
                name = qualified(derived, derived.get("base", ""), origin.namespace)
                base = self._schemas.above("types", name, derived)
                if base is not None and base.node is not node:
                    yield from self._content(base, above, nested + 1)
            node = derived
        yield from self._particles(Component(node, origin), Times(), above, 0)

    def _particles(
        self, group: Component, times: Times, above: frozenset[object], nested: int
    ) -> Iterator[Draft]:
        """The elements of a sequence, a choice, a group, or a type."""
        if nested > _MOST_NESTED:
            return
        is_choice = local(group.node) == "choice"
        if is_choice and times.choice is None:
            times = replace(times, choice=next(self._choices))
        for position, child in enumerate(group.node.iterchildren(etree.Element)):
            inner = replace(times, branch=position) if is_choice else times
            yield from self._particle(Component(child, group.origin), inner, above, nested)

    def _particle(
        self, particle: Component, times: Times, above: frozenset[object], nested: int
    ) -> Iterator[Draft]:
        self._allowance.step()
        node, kind = particle.node, local(particle.node)
        if kind not in {"element", "any", "sequence", "choice", "all", "group"}:
            return
        times = times.of(node)
        if times.most == 0:
            return
        if kind == "element":
            yield from self._element(particle, times, above)
        elif kind == "any":
            yield Draft(any_of(node, times))
        elif kind == "group":
            group = self._schemas.groups.get(qualified(node, node.get("ref", ""), particle.origin.namespace))
            if group is not None:
                yield from self._particles(group, times, above, nested + 1)
        else:
            if kind == "choice":
                times = replace(times, choice=None, branch=None)
            yield from self._particles(particle, times, above, nested + 1)

    def _element(self, particle: Component, times: Times, above: frozenset[object]) -> Iterator[Draft]:
        """An element, or all that may stand for it: then they are a choice."""
        node, origin = particle.node, particle.origin
        ref = node.get("ref")
        if ref is None:
            yield self._declared(particle, times, above, of_schema=False)
            return
        name = qualified(node, ref, origin.namespace)
        heads = self._admitted(name)
        if len(heads) > 1:
            times = replace(times, choice=times.choice or next(self._choices))
        for position, head in enumerate(heads):
            one = times if len(heads) == 1 else replace(times, branch=(times.branch or 0) * 1000 + position)
            yield self._global(head, one, node, above)

    def _global(self, name: str, times: Times, ref: etree._Element, above: frozenset[object]) -> Draft:
        component = self._schemas.elements.get(name)
        if component is None:  # the contract does not say what it is
            space, _, bare = name.rpartition("}")
            return Draft(counted(Node(bare, space[1:] or None, "any"), times))
        draft = self._declared(component, times, above, of_schema=True)
        if said := documentation_of(ref):
            draft.node = replace(draft.node, documentation=said)
        return draft

    def _admitted(self, name: str) -> list[str]:
        """An element and those that may stand for it; an abstract one stands for nothing itself."""
        found = []
        for one in [name, *_below(name, self._schemas.substitutes)]:
            component = self._schemas.elements.get(one)
            if component is None or component.node.get("abstract") not in {"true", "1"}:
                found.append(one)
        return found or [name]

    def _declared(
        self, component: Component, times: Times, above: frozenset[object], *, of_schema: bool
    ) -> Draft:
        """An element's own declaration."""
        node, origin = component.node, component.origin
        form = node.get("form") or ("qualified" if origin.qualified_elements else "unqualified")
        namespace = origin.namespace if of_schema or form == "qualified" else None
        found = Node(
            node.get("name", ""),
            namespace or None,
            "",
            nillable=node.get("nillable") in {"true", "1"},
            documentation=documentation_of(node),
            values=_fixed(node),
        )
        return self._draft(counted(found, times), self._type(component), above)

    def _type(self, component: Component) -> TypeFacts:
        """An element's type; without one, that of the element it may stand for (XML Schema 1 §3.3.2)."""
        for _ in range(_MOST_NESTED):
            node, origin = component.node, component.origin
            if (facts := self._types.of(node, origin)) is not None:
                return facts
            head = qualified(node, node.get("substitutionGroup", ""), origin.namespace)
            above = self._schemas.elements.get(head)
            if above is None:
                break
            component = above
        return ANY

    def _attributes(self, holder: Component, nested: int) -> Iterator[Draft]:
        """The attributes of a type or attribute group, those of the types it is made from included."""
        node, origin = holder.node, holder.origin
        own: dict[str, Draft | None] = {}
        for child in self._attribute_nodes(node):
            own |= self._attribute(Component(child, origin), nested)
        for derived in node.iterfind(f"{{{XSD}}}complexContent/*"):
            yield from self._inherited(derived, holder, own, nested)
        for derived in node.iterfind(f"{{{XSD}}}simpleContent/*"):
            yield from self._inherited(derived, holder, own, nested)
        yield from filter(None, own.values())

    def _inherited(
        self, derived: etree._Element, holder: Component, own: dict[str, Draft | None], nested: int
    ) -> Iterator[Draft]:
        name = qualified(derived, derived.get("base", ""), holder.origin.namespace)
        base = self._schemas.above("types", name, derived)
        if base is not None and base.node is not holder.node and nested < _MOST_NESTED:
            for draft in self._attributes(base, nested + 1):
                if draft.node.name not in own:
                    yield draft

    @staticmethod
    def _attribute_nodes(node: etree._Element) -> Iterator[etree._Element]:
        """Where a type keeps its attributes: in itself, or in its extension or restriction."""
        kinds = (f"{{{XSD}}}attribute", f"{{{XSD}}}attributeGroup", f"{{{XSD}}}anyAttribute")
        yield from node.iterchildren(*kinds)
        for content in node.iterchildren(f"{{{XSD}}}complexContent", f"{{{XSD}}}simpleContent"):
            for derived in content.iterchildren(etree.Element):
                yield from derived.iterchildren(*kinds)

    def _attribute(self, holder: Component, nested: int) -> dict[str, Draft | None]:
        """An attribute by its name, or a group's; `None`: it is prohibited here."""
        self._allowance.step()
        node, origin, kind = holder.node, holder.origin, local(holder.node)
        if kind == "anyAttribute":
            return {"*": Draft(replace(any_of(node, Times(least=0)), attribute=True))}
        if kind == "attributeGroup":
            group = self._schemas.attribute_groups.get(qualified(node, node.get("ref", ""), origin.namespace))
            if group is None or nested > _MOST_NESTED:
                return {}
            return {d.node.name: d for d in self._attributes(group, nested + 1)}
        form = node.get("form") or ("qualified" if origin.qualified_attributes else "unqualified")
        space = origin.namespace if form == "qualified" else ""
        declared: Component | None = holder
        name = node.get("name", "")
        if ref := node.get("ref"):
            full = qualified(node, ref, origin.namespace)
            declared = self._schemas.attributes.get(full)
            space, name = full.rpartition("}")[0][1:], full.rpartition("}")[2]
        if node.get("use") == "prohibited":
            return {name: None}
        facts = declared and self._types.of(declared.node, declared.origin)
        said = documentation_of(node) or (documentation_of(declared.node) if declared else "")
        found = Node(
            name,
            space or None,
            "xs:string",
            int(node.get("use") == "required"),
            attribute=True,
            documentation=said,
            values=_fixed(node) or (_fixed(declared.node) if declared else ()),
        )
        return {name: self._draft(found, facts or TypeFacts("xs:string"), frozenset())}


def _fixed(node: etree._Element) -> tuple[str, ...]:
    """The one value that an element or attribute may have, if it is fixed."""
    value = node.get("fixed")
    return () if value is None else (value[:200],)


def _below(name: str, table: Mapping[str, list[str]]) -> list[str]:
    """All that a table leads to from a name, directly or through others, each once; bounded."""
    found, waiting = [name], [name]
    while waiting and len(found) < _MOST_NESTED:
        fresh = [one for one in dict.fromkeys(table.get(waiting.pop(0), ())) if one not in found]
        found += fresh
        waiting += fresh
    return found[1:]
