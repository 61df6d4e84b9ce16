"""Messages that are valid by the schemas of a contract, drawn by chance from a seed: any service becomes one that can be tried."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from random import Random

from lxml import etree

from connectors.binding import Bound, Part, find_operation
from connectors.content_model import Models
from connectors.onboarding.documents import Documents
from connectors.onboarding.wsdl import Definitions, collect
from connectors.onboarding.xsd import XSD, Component, Schemas, local, qualified
from connectors.particles import Element, Group, Kind, Particle, Wildcard
from tests.support.texts import Texts

DEEP = 9
"""From here on, nothing optional is written: schemas may hold themselves."""
XSI = "{http://www.w3.org/2001/XMLSchema-instance}"
SPACES = {
    "1.1": "http://schemas.xmlsoap.org/soap/envelope/",
    "1.2": "http://www.w3.org/2003/05/soap-envelope",
}


class Answers:
    """Draws the answers and requests of one operation."""

    def __init__(
        self, contract: Path, folder: Path, operation: str, *, seed: int, port: str | None = None
    ) -> None:
        documents, definitions = Documents(folder), Definitions()
        self._schemas = Schemas(documents)
        collect(contract, documents, definitions, self._schemas)
        assert not self._schemas.problems
        self.bound: Bound = find_operation(definitions, operation, None, port)
        self.models, self._random = Models(self._schemas), Random(seed)
        self._texts = Texts(self._schemas, self._random)

    def envelope(self) -> etree._Element:
        """A whole answer."""
        return self._message(self.bound.answer_wrapper, self.bound.answer)

    def request(self) -> etree._Element:
        """A whole request, without headers."""
        return self._message(self.bound.wrapper, self.bound.request)

    def _message(self, wrapper: str | None, parts: tuple[Part, ...]) -> etree._Element:
        space = SPACES[self.bound.version]
        root = etree.Element(f"{{{space}}}Envelope", nsmap={"s": space})
        holder = body = etree.SubElement(root, f"{{{space}}}Body")
        if wrapper is not None:
            holder = etree.SubElement(body, wrapper)
        for part in parts:
            self._element(holder, self.part(part), 0)
        return root

    def of_file(self, schema: Path, name: str) -> etree._Element:
        """A global element of a schema that the contract does not import."""
        self._schemas.file(str(schema), schema)
        assert not self._schemas.problems
        root = etree.Element("root")
        self._element(root, self.models.element(name), 0)
        return root[0]

    def part(self, part: Part) -> Element:
        """The element that a part of a message is."""
        if part.element is not None:
            return self.models.element(part.element)
        return Element(part.name, "", part.type or "")

    def _element(self, parent: etree._Element, element: Element, depth: int) -> None:
        chosen = self._random.choice(element.admitted())
        node = etree.SubElement(parent, chosen.clark)
        if instead := self._concrete(chosen):
            node.set(f"{XSI}type", etree.QName(instead))  # type: ignore[arg-type] # lxml finds the prefix
            chosen = replace(chosen, holder=instead)
        kind = self.models.kind(chosen)
        if chosen.nillable and self._random.random() < 0.2:
            node.set(f"{XSI}nil", "true")
            self._attributes(node, chosen, kind)
            return
        self._attributes(node, chosen, kind)
        if kind.text:
            fixed = chosen.holder.node.get("fixed") if isinstance(chosen.holder, Component) else None
            node.text = fixed or self._text(chosen.holder)
        elif kind.content is not None:
            self._particle(node, kind.content, depth)
        if kind.mixed and not kind.anything:
            node.text = "mixed"

    def _concrete(self, element: Element) -> str | None:
        """The name of a type that is made from the declared one, if that is abstract."""
        found = (
            self._schemas.types.get(element.holder)
            if isinstance(element.holder, str)
            else self._type(element.holder)
        )
        while found is not None and found.node.get("abstract") in {"true", "1"}:
            space = f"{{{found.origin.namespace}}}" if found.origin.namespace else ""
            name = self._random.choice(self._schemas.derived[f"{space}{found.node.get('name')}"])
            found = self._schemas.types[name]
            if found.node.get("abstract") not in {"true", "1"}:
                return name
        return None

    def _text(self, holder: Component | str) -> str:
        if isinstance(holder, str):
            return self._texts.named(holder)
        if name := holder.node.get("type"):
            return self._texts.named(qualified(holder.node, name, holder.origin.namespace))
        for child in holder.node.iterchildren(f"{{{XSD}}}simpleType", f"{{{XSD}}}complexType"):
            return self._texts.of(Component(child, holder.origin))
        return "anything"

    def _attributes(self, node: etree._Element, element: Element, kind: Kind) -> None:
        for name, holder in self._declared(element):
            if name in kind.attributes and (kind.attributes[name].required or self._random.random() < 0.6):
                node.set(name, holder.node.get("fixed") or self._text(holder))

    def _declared(self, element: Element) -> Iterator[tuple[str, Component]]:
        """The declarations of a type's attributes, those of its bases too, the nearest last."""
        holder: Component | None
        if isinstance(element.holder, str):
            holder = self._schemas.types.get(element.holder)
        else:
            holder = self._type(element.holder)
        chain: list[Component] = []
        while holder is not None and local(holder.node) == "complexType":
            chain.insert(0, holder)
            derived = next(holder.node.iterfind(f"{{{XSD}}}*/{{{XSD}}}extension"), None)
            derived = (
                derived
                if derived is not None
                else next(holder.node.iterfind(f"{{{XSD}}}*/{{{XSD}}}restriction"), None)
            )
            base = (
                None
                if derived is None
                else qualified(derived, derived.get("base", ""), holder.origin.namespace)
            )
            holder = None if base is None else self._schemas.types.get(base)
        for one in chain:
            paths = (f"{{{XSD}}}attribute", f"{{{XSD}}}*/{{{XSD}}}*/{{{XSD}}}attribute")
            for node in [node for path in paths for node in one.node.iterfind(path)]:
                yield from self._attribute(node, one)

    def _attribute(self, node: etree._Element, holder: Component) -> Iterator[tuple[str, Component]]:
        origin = holder.origin
        if ref := node.get("ref"):
            name = qualified(node, ref, origin.namespace)
            if name in self._schemas.attributes:
                yield name, self._schemas.attributes[name]
        elif node.get("use") != "prohibited":
            is_qualified = node.get("form", "qualified" if origin.qualified_attributes else "") == "qualified"
            name = node.get("name", "")
            yield (f"{{{origin.namespace}}}{name}" if is_qualified else name), Component(node, origin)

    def _type(self, holder: Component) -> Component | None:
        if name := holder.node.get("type"):
            return self._schemas.types.get(qualified(holder.node, name, holder.origin.namespace))
        inner = next(holder.node.iterchildren(f"{{{XSD}}}complexType"), None)
        return None if inner is None else Component(inner, holder.origin)

    def _particle(self, node: etree._Element, particle: Particle, depth: int) -> None:
        for _ in range(self._times(particle, depth)):
            if isinstance(particle, Element):
                self._element(node, particle, depth + 1)
            elif isinstance(particle, Group):
                self._group(node, particle, depth)
            elif isinstance(particle, Wildcard):
                etree.SubElement(node, f"{{urn:any:{self._random.randint(0, 9)}}}Any").text = "any"

    def _group(self, node: etree._Element, group: Group, depth: int) -> None:
        members = list(group.members)
        if group.kind == "choice":
            members = [self._random.choice(members)] if members else []
        elif group.kind == "all":
            self._random.shuffle(members)
        for member in members:
            self._particle(node, member, depth)

    def _times(self, particle: Particle, depth: int) -> int:
        if depth >= DEEP or (isinstance(particle, Wildcard) and particle.least == 0):
            return particle.least
        most = particle.least + 2 if particle.most is None else min(particle.most, particle.least + 2)
        return self._random.randint(particle.least, most)
