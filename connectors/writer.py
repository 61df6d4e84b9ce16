"""Writing a declared request as the contract's elements: order, namespaces, choices and types are the contract's, values the declaration's.

A mapping names what stands below an element:

- an element by its local name; where two differ in their namespace alone, as `{namespace}name`; a list repeats it;
- an attribute by its name, or `@name` where an element has that name too;
- `_value_1`: the text of an element that has attributes, or is mixed; as a list of mappings, the occurrences of a repeated group;
- `xsi:type`: the type that stands here instead of the declared one; `xsi:nil: true`: nothing stands here, and that is said;
- `xml`: XML as text, where the contract admits any element; where it wants a text, that text is XML.
"""

from collections.abc import Iterator, Mapping
from typing import TypeGuard

from lxml import etree

from connectors.content_model import Models, Undefined
from connectors.errors import Problem
from connectors.given import TEXT, Given
from connectors.onboarding.xsd import XSD
from connectors.particles import (
    Element,
    Group,
    Kind,
    Particle,
    Wildcard,
    bare,
    can_be_absent,
    has,
    listed,
    names,
    wanted,
)
from connectors.raw_xml import RawXml, nested, parsed
from connectors.scope import Path
from connectors.template import Holes
from connectors.texts import text_of

__all__ = ["Writer"]

_XSI = "http://www.w3.org/2001/XMLSchema-instance"
_NIL, _TYPE = f"{{{_XSI}}}nil", f"{{{_XSI}}}type"
_BUILT_IN = ("xs:", "xsd:")


class Writer:
    """Writes elements; what does not fit the contract becomes a problem at its place in the declaration."""

    def __init__(self, models: Models, holes: Holes) -> None:
        """Write by `models`, with stand-ins for variables from `holes`."""
        self.problems: list[Problem] = []
        self.places: dict[etree._Element, Path] = {}
        """Where in the declaration each written element comes from."""
        self.models, self._holes = models, holes

    def problem(self, path: Path, message: str) -> None:
        """Note a problem."""
        self.problems.append(Problem(path, message))

    def element(self, parent: etree._Element, element: Element, value: object, path: Path) -> None:
        """Write one element below `parent`."""
        node = etree.SubElement(parent, element.clark)
        self.places[node] = path
        try:
            self._fill(node, element, value, path)
        except Undefined as error:
            self.problem(path, str(error))

    def raw(self, parent: etree._Element, value: object, path: Path) -> None:
        """Write one or more elements that stand in the declaration as XML."""
        for below, text in _each(value, path):
            try:
                node = parsed(text, self._holes, below)
            except RawXml as error:
                self.problem(below, str(error))
            else:
                parent.append(node)
                self.places[node] = below

    def _fill(self, node: etree._Element, element: Element, value: object, path: Path) -> None:
        kind = self.models.kind(element)
        given = Given(value, path) if isinstance(value, Mapping) else None
        if given is not None and (named := given.pop("xsi:type")) is not None:
            kind = self._typed(node, named, (*path, "xsi:type")) or kind
        if value is None or (given is not None and given.pop("xsi:nil") is True):
            self._nil(node, element, path)
            kind = Kind(attributes=kind.attributes, open_attributes=kind.open_attributes)
        if given is None:
            self._single(node, kind, value, path)
            return
        if kind.text:
            self._text_of_mapping(node, kind, given)
        else:
            self._content(node, kind, given)
        self._attributes(node, kind, given)
        self._left_over(kind, given)

    def _nil(self, node: etree._Element, element: Element, path: Path) -> None:
        if not element.nillable:
            self.problem(path, "the contract does not let this element be nil")
        node.set(_NIL, "true")

    def _typed(self, node: etree._Element, named: object, path: Path) -> Kind | None:
        """The type that `xsi:type` names, written down."""
        name = (
            str(self._holes.put(named)) if isinstance(named, str) else ""
        )  # `{{` is a brace here as everywhere
        for prefix in _BUILT_IN:
            if name.startswith(prefix):
                name = f"{{{XSD}}}{name.removeprefix(prefix)}"
        found = self.models.types_called(name if name.startswith("{") else name.rpartition(":")[2])
        if len(found) != 1:
            what = "several types of that name: write {{namespace}}name" if found else "no such type"
            self.problem(path, f"the contract has {what}")
            return None
        node.set(_TYPE, etree.QName(found[0]))  # type: ignore[arg-type] # lxml finds the prefix
        return self.models.named(found[0])

    def _single(self, node: etree._Element, kind: Kind, value: object, path: Path) -> None:
        """A value that is no mapping."""
        if kind.text or kind.mixed:
            node.text = self._text(value, kind, path)
        elif value not in (None, ""):
            self.problem(path, f"expected a mapping; the contract has here: {has(kind)}")
        self._missing_attributes(kind, set(), path)
        if not kind.text and kind.content is not None:
            self._group(node, kind.content, Given({}, path))

    def _text_of_mapping(self, node: etree._Element, kind: Kind, given: Given) -> None:
        """A text that has attributes, or that is XML itself."""
        if (xml := given.pop("xml")) is not None:
            try:
                node.text = nested(xml, self._holes, (*given.path, "xml"))
            except RawXml as error:
                self.problem((*given.path, "xml"), str(error))
        elif (value := given.pop(TEXT)) is not None:
            node.text = self._text(value, kind, (*given.path, TEXT))

    def _content(self, node: etree._Element, kind: Kind, given: Given) -> None:
        if kind.mixed and not given.is_list(TEXT) and (value := given.pop(TEXT)) is not None:
            node.text = self._text(value, Kind(text=True), (*given.path, TEXT))
        if kind.content is not None:
            self._group(node, kind.content, given)
        elif kind.anything:
            self._wildcard(node, Wildcard(0, None), given)

    def _attributes(self, node: etree._Element, kind: Kind, given: Given) -> None:
        seen = set()
        for name in kind.attributes:
            found = given.attribute(name)
            if found is not None:
                seen.add(name)
                path, value = found
                node.set(name, self._text(value, Kind(text=True, is_list=True), path))
        self._missing_attributes(kind, seen, given.path)
        if kind.open_attributes:
            for path, name, value in given.open_attributes():
                self._open_attribute(node, name, value, path)

    def _open_attribute(self, node: etree._Element, name: str, value: object, path: Path) -> None:
        try:
            node.set(name, self._text(value, Kind(text=True), path))
        except ValueError:
            self.problem(path, "is no name of an attribute")

    def _missing_attributes(self, kind: Kind, seen: set[str], path: Path) -> None:
        for attribute in kind.attributes.values():
            if attribute.required and attribute.name not in seen:
                self.problem(path, f"the attribute `{bare(attribute.name)}` is missing")

    def _left_over(self, kind: Kind, given: Given) -> None:
        left = list(given.left())
        if left and kind.text and not kind.attributes:
            self.problem(given.path, "the contract has a single value here, no elements")
            return
        known = f"`{TEXT}`, {has(kind)}" if kind.text else has(kind)
        for path, again in left:
            said = "stands more often than the contract admits"
            self.problem(path, said if again else f"the contract has no such element here; it has: {known}")

    def _group(self, node: etree._Element, group: Group, given: Given) -> None:
        """A sequence, choice or all, as often as there is something for it."""
        if group.most != 1 and given.is_list(TEXT):
            for path, value in _each(given.pop(TEXT), (*given.path, TEXT)):
                below = Given(value, path) if isinstance(value, Mapping) else None
                if below is None:
                    self.problem(path, "expected a mapping")
                    continue
                self._once(node, group, below)
                self._left_over(Kind(content=group), below)
            return
        if group.least == 0 and not wanted(group, given):
            return
        times = 0
        while times == 0 or ((group.most is None or times < group.most) and wanted(group, given)):
            before = given.count()
            self._once(node, group, given)
            times += 1
            if given.count() == before:
                break

    def _once(self, node: etree._Element, group: Group, given: Given) -> None:
        if group.kind == "choice":
            self._choice(node, group, given)
            return
        for member in group.members:
            self._particle(node, member, given)

    def _particle(self, node: etree._Element, particle: Particle, given: Given) -> None:
        if isinstance(particle, Element):
            self._elements(node, particle, given)
        elif isinstance(particle, Wildcard):
            self._wildcard(node, particle, given)
        else:
            self._group(node, particle, given)

    def _choice(self, node: etree._Element, group: Group, given: Given) -> None:
        """The one branch that most of what is given fits; of equals, the one that is given first."""
        options = [(member, wanted(member, given)) for member in group.members]
        branches = [(member, keys) for member, keys in options if keys]
        if not branches:
            if group.members and not any(can_be_absent(member) for member in group.members):
                missing = listed(name for member in group.members for name in names(member))
                self.problem(given.path, f"one of these is missing: {missing}")
            return
        order = given.order()
        repeated = group.most != 1
        member, keys = min(
            branches, key=lambda pair: (0 if repeated else -len(pair[1]), min(order[key] for key in pair[1]))
        )
        self._particle(node, member, given)
        if not repeated:
            others = sorted({key for _, other in branches for key in other} - keys, key=order.__getitem__)
            for key in others:
                given.pop(key)
                self.problem(
                    (*given.path, key), f"excludes {', '.join(sorted(keys))}: the contract has a choice here"
                )

    def _elements(self, node: etree._Element, element: Element, given: Given) -> None:
        """All occurrences of an element that are given, or its absence."""
        written = 0
        is_list = element.most == 1 and self._is_list(element)
        for one in element.admitted():
            room = None if element.most is None else element.most - written
            for path, value in given.take(one.name, one.clark, room, whole=is_list):
                if value is None and (element.least == 0 or not one.nillable):
                    continue
                self.element(node, one, value, path)
                written += 1
        if written < element.least:
            self._too_few(element, written, given)

    def _is_list(self, element: Element) -> bool:
        try:
            return self.models.kind(element).is_list
        except Undefined:
            return False

    def _too_few(self, element: Element, written: int, given: Given) -> None:
        admitted = element.admitted()
        if written:
            said = f"the contract wants `{element.name}` at least {element.least} times"
        elif len(admitted) == 1:
            said = f"the element `{admitted[0].name}` is missing"
        else:
            said = f"one of these is missing: {listed(one.name for one in admitted) or element.name}"
        self.problem(given.path, said)

    def _wildcard(self, node: etree._Element, wildcard: Wildcard, given: Given) -> None:
        """Elements that the content model does not name: as XML, or global elements of the contract by their full name."""
        if (xml := given.pop("xml")) is not None:
            self.raw(node, xml, (*given.path, "xml"))
            return
        for name in given.full_names():
            try:
                element = self.models.element(name)
            except Undefined:
                continue
            for path, value in given.take(None, name, wildcard.most):
                self.element(node, element, value, path)

    def _text(self, value: object, kind: Kind, path: Path) -> str:
        """A value as text, with stand-ins for its variables."""
        return text_of(value, self._holes, path, self.problem, is_list=kind.is_list)


def _each(value: object, path: Path) -> Iterator[tuple[Path, object]]:
    if _is_list(value):
        for index, one in enumerate(value):
            yield (*path, index), one
    else:
        yield path, value


def _is_list(value: object) -> TypeGuard[list[object]]:
    return isinstance(value, list)
