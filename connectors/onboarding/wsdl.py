"""A WSDL 1.1 as a contract: every SOAP operation of every port, with its messages as trees (https://www.w3.org/TR/wsdl)."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from lxml import etree

from connectors.onboarding.documents import Documents, unreadable
from connectors.onboarding.shape import Contract, ContractUnreadable, Node, Operation
from connectors.onboarding.tree import Allowance, shortened
from connectors.onboarding.xsd import XSD, Schemas, local, qualified
from connectors.onboarding.xsd_tree import Trees

__all__ = ["MIME", "SOAP_VERSIONS", "WSDL", "Definitions", "collect", "read_wsdl", "soap_child"]

WSDL = "{http://schemas.xmlsoap.org/wsdl/}"
MIME = "{http://schemas.xmlsoap.org/wsdl/mime/}"
SOAP_VERSIONS = {
    "{http://schemas.xmlsoap.org/wsdl/soap/}": "1.1",
    "{http://schemas.xmlsoap.org/wsdl/soap12/}": "1.2",
}
_KINDS = ("message", "portType", "binding", "service")


@dataclass(slots=True)
class Definitions:
    """The parts of a WSDL and of those it imports, by kind and name in Clark notation."""

    parts: dict[str, dict[str, etree._Element]] = field(default_factory=lambda: {k: {} for k in _KINDS})
    seen: set[Path] = field(default_factory=set)

    def get(self, kind: str, holder: etree._Element, name: str | None) -> etree._Element | None:
        """The part that a QName at `holder` names; one without a prefix may mean its document's own namespace."""
        known = self.parts[kind]
        found = known.get(qualified(holder, name or ""))
        if found is None and name and ":" not in name:
            space = holder.getroottree().getroot().get("targetNamespace")
            found = known.get(f"{{{space}}}{name}" if space else name)
        return found


def read_wsdl(path: Path, documents: Documents, only: str | None = None) -> Contract:
    """Read the WSDL at `path`; with `only`, nothing but the operations of that name. Raises `ContractUnreadable`."""
    definitions, schemas = Definitions(), Schemas(documents)
    root = collect(path, documents, definitions, schemas)
    if schemas.problems:
        raise ContractUnreadable(tuple(schemas.problems))
    reader = _Reader(definitions, Trees(schemas, Allowance()), only)
    operations = tuple(reader.operations())
    title = root.get("name") or next(iter(_names(definitions)), path.stem)
    return Contract("wsdl", title, root.get("targetNamespace", ""), operations)


def _names(definitions: Definitions) -> Iterator[str]:
    return (str(service.get("name")) for service in definitions.parts["service"].values())


def collect(path: Path, documents: Documents, into: Definitions, schemas: Schemas) -> etree._Element:
    """Take in a WSDL and all that it imports; give its root."""
    first: etree._Element | None = None
    waiting = [(str(path), path.name)]
    while waiting:
        at, root = documents.xml(*waiting.pop(0))
        if at in into.seen:
            continue
        into.seen.add(at)
        if first is not None and local(root) == "schema":  # some import their schemas like this
            schemas.add(root, at)
            continue
        if root.tag != f"{WSDL}definitions":
            raise unreadable(at.name, _what_it_is(root))
        first = root if first is None else first
        _note(root, at, into, schemas)
        asked = filter(None, (one.get("location") for one in root.iterchildren(f"{WSDL}import")))
        waiting.extend((documents.beside(at, location), at.name) for location in asked)
    assert first is not None  # noqa: S101 - the first document is one, or has raised
    return first


def _what_it_is(root: etree._Element) -> str:
    if root.tag == "{http://www.w3.org/ns/wsdl}description":
        return "is a WSDL 2.0; only 1.1 is read"
    return "is no WSDL 1.1: its root is not `definitions`"


def _note(root: etree._Element, path: Path, into: Definitions, schemas: Schemas) -> None:
    space = root.get("targetNamespace", "")
    for kind in _KINDS:
        for part in root.iterchildren(f"{WSDL}{kind}"):
            name = f"{{{space}}}{part.get('name')}" if space else str(part.get("name"))
            into.parts[kind].setdefault(name, part)
    for schema in root.iterfind(f"{WSDL}types/{{{XSD}}}schema"):
        schemas.add(schema, path)


def _said(node: etree._Element | None) -> str:
    """What `wsdl:documentation` says."""
    found = None if node is None else node.find(f"{WSDL}documentation")
    return "" if found is None else shortened("".join(map(str, found.itertext())))


def soap_child(node: etree._Element | None, name: str) -> tuple[str, etree._Element | None]:
    """The SOAP extension of that name, and its version."""
    for space, version in SOAP_VERSIONS.items():
        found = None if node is None else node.find(f"{space}{name}")
        if found is not None:
            return version, found
    return "", None


class _Reader:
    """Makes the operations of a WSDL."""

    def __init__(self, definitions: Definitions, trees: Trees, only: str | None) -> None:
        self._definitions, self._trees, self._only = definitions, trees, only

    def operations(self) -> Iterator[Operation]:
        """Those of each SOAP port of each service; then those of bindings that no port has."""
        bound: set[int] = set()
        for service in self._definitions.parts["service"].values():
            for port in service.iterchildren(f"{WSDL}port"):
                binding = self._definitions.get("binding", port, port.get("binding"))
                if binding is not None:
                    bound.add(id(binding))
                    yield from self._of_binding(binding, service, port)
        for binding in self._definitions.parts["binding"].values():
            if id(binding) not in bound:
                yield from self._of_binding(binding, None, None)

    def _of_binding(
        self, binding: etree._Element, service: etree._Element | None, port: etree._Element | None
    ) -> Iterator[Operation]:
        version, soap = soap_child(binding, "binding")
        if soap is None:
            return
        address = soap_child(port, "address")[1]
        port_type = self._definitions.get("portType", binding, binding.get("type"))
        abstract = _abstract(port_type)
        for bound in binding.iterchildren(f"{WSDL}operation"):
            name = bound.get("name", "")
            if self._only in {None, name}:
                found = _Bound(self._definitions, self._trees, bound, abstract.get(name), soap)
                yield Operation(
                    name,
                    "soap",
                    None if service is None else service.get("name"),
                    None if port is None else port.get("name"),
                    version,
                    found.style,
                    address=None if address is None else address.get("location"),
                    action=found.action,
                    documentation=found.documentation,
                    request=found.message("input"),
                    headers=found.headers(),
                    reply=found.message("output"),
                    faults=found.faults(),
                    unsupported=found.unsupported(),
                )


def _abstract(port_type: etree._Element | None) -> dict[str, etree._Element]:
    """The operations of a port type by name; of several, the first."""
    found: dict[str, etree._Element] = {}
    for operation in [] if port_type is None else port_type.iterchildren(f"{WSDL}operation"):
        found.setdefault(operation.get("name", ""), operation)
    return found


class _Bound:
    """One operation of one binding."""

    def __init__(
        self,
        definitions: Definitions,
        trees: Trees,
        bound: etree._Element,
        abstract: etree._Element | None,
        binding: etree._Element,
    ) -> None:
        self._definitions, self._trees, self._bound, self._abstract = definitions, trees, bound, abstract
        soap = soap_child(bound, "operation")[1]
        own = None if soap is None else soap.get("style")
        self.style = own or binding.get("style") or "document"
        self.action = None if soap is None else soap.get("soapAction")
        self.documentation = _said(abstract) or _said(bound)

    def message(self, direction: str) -> Node | None:
        """What the Body of one direction holds."""
        abstract = None if self._abstract is None else self._abstract.find(f"{WSDL}{direction}")
        if abstract is None:
            return None
        message = self._definitions.get("message", abstract, abstract.get("message"))
        if message is None:
            return None
        body = self._body(direction)
        parts = self._parts(message, body, direction)
        found = tuple(filter(None, (self._part(part) for part in parts)))
        if self.style == "rpc":
            name = str(self._bound.get("name")) + ("Response" if direction == "output" else "")
            return Node(name, body.get("namespace") if body is not None else None, name, children=found)
        return found[0] if len(found) == 1 else Node("Body", None, "Body", children=found)

    def headers(self) -> tuple[Node, ...]:
        """The header blocks of the request."""
        holder = self._bound.find(f"{WSDL}input")
        found: list[Node] = []
        for space in SOAP_VERSIONS:
            for header in [] if holder is None else holder.iter(f"{space}header"):
                message = self._definitions.get("message", header, header.get("message"))
                parts = [] if message is None else message.iterchildren(f"{WSDL}part")
                found += filter(None, (self._part(p) for p in parts if p.get("name") == header.get("part")))
        return tuple(found)

    def faults(self) -> tuple[Node, ...]:
        """What the detail of each declared fault holds."""
        found: list[Node] = []
        for fault in [] if self._abstract is None else self._abstract.iterchildren(f"{WSDL}fault"):
            message = self._definitions.get("message", fault, fault.get("message"))
            parts = [] if message is None else message.iterchildren(f"{WSDL}part")
            found += filter(None, map(self._part, parts))
        return tuple(found)

    def unsupported(self) -> str | None:
        """Why the operation cannot be called."""
        if self._abstract is None:
            return "its port type does not have it"
        for direction, name in (("input", "request"), ("output", "answer")):
            if self._abstract.find(f"{WSDL}{direction}") is None:
                return f"it has no {name}"
        return self._beyond("input") or self._beyond("output")

    def _beyond(self, direction: str) -> str | None:
        """What is not supported in one direction."""
        body, holder = self._body(direction), self._bound.find(f"{WSDL}{direction}")
        if body is not None and body.get("use") == "encoded":
            return "it is of the use `encoded` (SOAP section 5), which the WS-I Basic Profile forbids"
        if holder is not None and next(holder.iter(f"{MIME}content"), None) is not None:
            return "it has attachments (MIME)"
        return None

    def _body(self, direction: str) -> etree._Element | None:
        holder = self._bound.find(f"{WSDL}{direction}")
        for space in SOAP_VERSIONS:
            for body in [] if holder is None else holder.iter(f"{space}body"):
                return body
        return None

    def _parts(
        self, message: etree._Element, body: etree._Element | None, direction: str
    ) -> list[etree._Element]:
        """The parts that the Body holds: those that it names, else those that no header takes."""
        parts = list(message.iterchildren(f"{WSDL}part"))
        if body is not None and body.get("parts") is not None:
            named = body.get("parts", "").split()
            return [part for part in parts if part.get("name") in named]
        holder = self._bound.find(f"{WSDL}{direction}")
        taken = set()
        for space in SOAP_VERSIONS:
            for header in [] if holder is None else holder.iter(f"{space}header"):
                if self._definitions.get("message", header, header.get("message")) is message:
                    taken.add(header.get("part"))
        return [part for part in parts if part.get("name") not in taken]

    def _part(self, part: etree._Element) -> Node | None:
        """The tree of a part: an element, or a name with a type."""
        if element := part.get("element"):
            full = qualified(part, element)
            space, _, bare = full.rpartition("}")
            return self._trees.element(full) or Node(bare, space[1:] or None, "any")
        return self._trees.part(part.get("name", ""), qualified(part, part.get("type", "")))
