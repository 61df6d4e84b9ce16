"""The schemas of a contract: every global component by its name, over all documents that are imported or included.

XML Schema 1.0 (https://www.w3.org/TR/xmlschema-1/). zeep keeps neither documentation nor enumerations, so the documents are read here.
"""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from lxml import etree

from connectors.errors import Problem
from connectors.onboarding.documents import Documents
from connectors.onboarding.shape import ContractUnreadable
from connectors.onboarding.tree import shortened

__all__ = ["KNOWN", "XSD", "Component", "Origin", "Schemas", "documentation_of", "local", "qualified"]

XSD = "http://www.w3.org/2001/XMLSchema"
_XML = "http://www.w3.org/XML/1998/namespace"
KNOWN = frozenset(
    {_XML, XSD, "http://schemas.xmlsoap.org/soap/encoding/", "http://schemas.xmlsoap.org/wsdl/"}
)
"""Namespaces that contracts import by their address out of habit: what they define is known here, or not supported."""
_TABLES = {
    "element": "elements",
    "complexType": "types",
    "simpleType": "types",
    "group": "groups",
    "attribute": "attributes",
    "attributeGroup": "attribute_groups",
}
_FETCHED = frozenset({"import", "include", "redefine", "override"})
_REPLACING = frozenset({"redefine", "override"})


@dataclass(frozen=True, slots=True)
class Origin:
    """What the schema around a component says for all in it."""

    namespace: str
    qualified_elements: bool
    qualified_attributes: bool


@dataclass(frozen=True, slots=True, eq=False)
class Component:
    """A definition or declaration, and the schema that it stands in."""

    node: etree._Element
    origin: Origin


def local(node: etree._Element) -> str:
    """The name of an element of XML Schema; empty for one of another namespace."""
    space, _, name = str(node.tag).rpartition("}")
    return name if space == f"{{{XSD}" else ""


def qualified(node: etree._Element, name: str, default: str = "") -> str:
    """A QName as written at `node`, in Clark notation. A prefix that stands for nothing is kept as it is."""
    prefix, _, bare = name.strip().rpartition(":")
    space = node.nsmap.get(prefix or None)
    if space is None:
        space = _XML if prefix == "xml" else prefix or default
    return f"{{{space}}}{bare}" if space else bare


def documentation_of(node: etree._Element) -> str:
    """What `xsd:annotation/xsd:documentation` says; else the titles in `xsd:appinfo`, where X-Road has them."""
    found = node.findall(f"{{{XSD}}}annotation/{{{XSD}}}documentation")
    found = found or node.findall(f"{{{XSD}}}annotation/{{{XSD}}}appinfo/{{*}}title")
    return shortened(" ".join("".join(map(str, one.itertext())) for one in found))


def _replaces(node: etree._Element) -> bool:
    """Whether a definition stands in a redefinition."""
    parent = node.getparent()
    return parent is not None and local(parent) in _REPLACING


class Schemas:
    """All global components of a contract, in Clark notation."""

    def __init__(self, documents: Documents) -> None:
        """Start empty."""
        self.elements: dict[str, Component] = {}
        self.types: dict[str, Component] = {}
        self.groups: dict[str, Component] = {}
        self.attributes: dict[str, Component] = {}
        self.attribute_groups: dict[str, Component] = {}
        self.substitutes: dict[str, list[str]] = {}
        """The elements that may stand for an element, by its name."""
        self.derived: dict[str, list[str]] = {}
        """The complex types that are made from a type directly, by its name."""
        self.redefined: dict[tuple[str, str], Component] = {}
        """First definitions that others replaced (`xsd:redefine`), by the kind and name of what they define."""
        self._documents = documents
        self._seen: set[tuple[Path, str | None]] = set()
        self.problems: list[Problem] = []
        self.taken: list[Component] = []
        """Every `xsd:schema`."""

    def add(self, schema: etree._Element, path: Path) -> None:
        """Take in a schema that stands in a document, and all that it imports; what cannot be read becomes a problem."""
        waiting = deque([(schema, path, schema.get("targetNamespace", ""))])
        while waiting:
            node, at, namespace = waiting.popleft()
            waiting.extend(self._take(node, at, namespace))

    def above(self, table: str, name: str, node: etree._Element) -> Component | None:
        """What a reference at `node` to a type or group stands for. In the redefinition of it, that is the first definition."""
        known: dict[str, Component] = getattr(self, table)
        found = known.get(name)
        if found is not None and _replaces(found.node) and found.node in node.iterancestors():
            return self.redefined.get((table, name))
        return found

    def file(self, location: str, asked_by: Path) -> None:
        """Take in a schema that is a document of its own."""
        found = self._fetched(location, asked_by, None)
        if found is not None:
            self.add(found[0], found[1])

    def _take(
        self, schema: etree._Element, path: Path, namespace: str
    ) -> Iterator[tuple[etree._Element, Path, str]]:
        """Note one schema's components; yield the schemas that it asks for."""
        origin = Origin(
            namespace,
            schema.get("elementFormDefault") == "qualified",
            schema.get("attributeFormDefault") == "qualified",
        )
        self.taken.append(Component(schema, origin))
        for node in schema.iterchildren(etree.Element):
            kind = local(node)
            if kind in _FETCHED:
                yield from self._follow(node, path, namespace, kind)
            if kind in _REPLACING:
                for inner in node.iterchildren(etree.Element):
                    self._note(inner, origin, replacing=True)
            else:
                self._note(node, origin)

    def _follow(
        self, node: etree._Element, path: Path, namespace: str, kind: str
    ) -> Iterator[tuple[etree._Element, Path, str]]:
        location = node.get("schemaLocation")
        if not location or (node.get("namespace") in KNOWN and "://" in location):
            return  # the namespace is defined elsewhere in the contract, or known
        found = self._fetched(location, path, None if kind == "import" else namespace)
        if found is not None:
            schema, at = found
            yield schema, at, schema.get("targetNamespace", "" if kind == "import" else namespace)

    def _fetched(
        self, location: str, asked_by: Path, namespace: str | None
    ) -> tuple[etree._Element, Path] | None:
        """The schema at a location; `None` if it was taken before, is a problem, or is the asking document itself."""
        try:
            path, root = self._documents.xml(self._documents.beside(asked_by, location), asked_by.name)
        except ContractUnreadable as error:
            self.problems.extend(p for p in error.problems if p not in self.problems)
            return None
        key = (path, None if root.get("targetNamespace") else namespace)
        if key in self._seen:
            return None
        self._seen.add(key)
        if local(root) != "schema":
            self.problems.append(Problem((path.name,), "is imported as a schema, and is none"))
            return None
        return root, path

    def _define(self, table: str, name: str, here: Component, *, replacing: bool) -> None:
        """Take in a definition. The first of a name counts, unless a redefinition replaces it."""
        known: dict[str, Component] = getattr(self, table)
        before = known.get(name)
        if before is None or replacing:
            known[name] = here
        if before is not None and (replacing or _replaces(before.node)):
            self.redefined.setdefault((table, name), before if replacing else here)

    def _note(self, node: etree._Element, origin: Origin, *, replacing: bool = False) -> None:
        table, name = _TABLES.get(local(node)), node.get("name")
        if table is None or not name:
            return
        full = f"{{{origin.namespace}}}{name}" if origin.namespace else name
        self._define(table, full, Component(node, origin), replacing=replacing)
        if heads := node.get("substitutionGroup"):
            for head in heads.split():
                self.substitutes.setdefault(qualified(node, head, origin.namespace), []).append(full)
        for way in ("extension", "restriction"):
            for base in node.iterfind(f"{{{XSD}}}complexContent/{{{XSD}}}{way}"):
                whole = qualified(base, base.get("base", ""), origin.namespace)
                self.derived.setdefault(whole, []).append(full)
