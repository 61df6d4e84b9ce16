"""One operation of a WSDL as a call needs it: SOAP version, style, address, and the parts of its messages.

WSDL 1.1 §3 with the WS-I Basic Profile 1.1: literal use alone; attachments and encoded messages are refused by name.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from lxml import etree

from connectors.onboarding.wsdl import MIME, SOAP_VERSIONS, WSDL, Definitions, soap_child
from connectors.onboarding.xsd import qualified

__all__ = ["Bound", "NotCallable", "Part", "find_operation"]

_HTTP = frozenset(
    {"http://schemas.xmlsoap.org/soap/http", "http://www.w3.org/2003/05/soap/bindings/HTTP/", "", None}
)
_ADDRESSING = (
    "{http://www.w3.org/2007/05/addressing/metadata}",
    "{http://www.w3.org/2006/05/addressing/wsdl}",
    "{http://schemas.xmlsoap.org/ws/2004/08/addressing}",
)
_POLICIES = ("{http://schemas.xmlsoap.org/ws/2004/09/policy}", "{http://www.w3.org/ns/ws-policy}")
_ID = "{http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd}Id"
_OPTIMIZED = (
    "{http://schemas.xmlsoap.org/ws/2004/09/policy/optimizedmimeserialization}OptimizedMimeSerialization"
)


class NotCallable(Exception):
    """The contract does not offer the operation in a way that can be called. Its text says why."""


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a message: an element, or a name with a type (names in Clark notation)."""

    name: str
    element: str | None
    type: str | None


@dataclass(frozen=True, slots=True)
class Bound:
    """An operation at a port."""

    name: str
    version: str
    """SOAP `1.1` or `1.2`."""
    address: str
    action: str
    """The SOAPAction; empty if there is none."""
    addressing: str | None
    """The action of WS-Addressing, where the contract wants its headers."""
    wrapper: str | None
    """The element around the parts of a request, in rpc style; `None` in document style."""
    answer_wrapper: str | None
    request: tuple[Part, ...]
    headers: tuple[Part, ...]
    answer: tuple[Part, ...]


def find_operation(definitions: Definitions, name: str, service: str | None, port: str | None) -> Bound:
    """The first SOAP port's operation of that name, at the service and port that are named; without them, that of a binding will do.

    Raises `NotCallable`.
    """
    found: list[str] = []
    for port_node, binding in _ports(definitions, service, port):
        version, soap = soap_child(binding, "binding")
        if soap is None or soap.get("transport") not in _HTTP:
            continue
        for bound in binding.iterchildren(f"{WSDL}operation"):
            found.append(bound.get("name", ""))
            if bound.get("name") == name:
                return _Reader(definitions, port_node, binding, bound, version).read()
    names = ", ".join(sorted(set(found))) or "none"
    raise NotCallable(f"the contract has no such SOAP operation there; it has: {names}")


def _ports(
    definitions: Definitions, service: str | None, port: str | None
) -> Iterator[tuple[etree._Element, etree._Element]]:
    """The ports that a declaration admits, with their bindings."""
    for node in definitions.parts["service"].values():
        if service in {None, node.get("name")}:
            for one in node.iterchildren(f"{WSDL}port"):
                binding = definitions.get("binding", one, one.get("binding"))
                if port in {None, one.get("name")} and binding is not None:
                    yield one, binding
    if service is None and port is None:  # many contracts are published without saying where they are served
        for binding in definitions.parts["binding"].values():
            yield etree.Element(f"{WSDL}port"), binding


class _Reader:
    """Reads one operation of one binding."""

    def __init__(
        self,
        definitions: Definitions,
        port: etree._Element,
        binding: etree._Element,
        bound: etree._Element,
        version: str,
    ) -> None:
        self._definitions, self._port, self._binding, self._bound = definitions, port, binding, bound
        self._version = version
        self._space = next(space for space, known in SOAP_VERSIONS.items() if known == version)
        self._name = bound.get("name", "")

    def read(self) -> Bound:
        """The operation. Raises `NotCallable`."""
        abstract = self._abstract()
        soap = self._bound.find(f"{self._space}operation")
        binding = self._binding.find(f"{self._space}binding")
        style = (soap.get("style") if soap is not None else None) or (
            binding.get("style") if binding is not None else None
        )
        action = (soap.get("soapAction") if soap is not None else None) or ""
        self._refuse_optimized()
        request, headers, wrapper = self._message(abstract, "input")
        answer, _, answer_wrapper = self._message(abstract, "output")
        is_rpc = style == "rpc"
        return Bound(
            self._name,
            self._version,
            self._address(),
            action,
            self._addressing(abstract, action),
            wrapper if is_rpc else None,
            f"{answer_wrapper}Response" if is_rpc else None,
            request,
            headers,
            answer,
        )

    def _abstract(self) -> etree._Element:
        port_type = self._definitions.get("portType", self._binding, self._binding.get("type"))
        operations = [] if port_type is None else port_type.iterchildren(f"{WSDL}operation")
        for operation in operations:
            if operation.get("name") == self._name:
                return operation
        raise NotCallable("the contract binds this operation, but its port type does not have it")

    def _address(self) -> str:
        node = self._port.find(f"{self._space}address")
        return "" if node is None else node.get("location", "").strip()

    def _message(
        self, abstract: etree._Element, direction: str
    ) -> tuple[tuple[Part, ...], tuple[Part, ...], str]:
        """The parts in the Body and in the Header, and the name that rpc style gives what is around them."""
        what = "request" if direction == "input" else "answer"
        spoken = abstract.find(f"{WSDL}{direction}")
        if spoken is None:
            raise NotCallable(f"the contract gives this operation no {what}")
        message = self._definitions.get("message", spoken, spoken.get("message"))
        if message is None:
            raise NotCallable(f"the contract does not define the message of its {what}")
        holder = self._bound.find(f"{WSDL}{direction}")
        body = self._body(holder, what)
        if body is not None and body.get("use") == "encoded":
            raise NotCallable(
                f"its {what} is encoded (SOAP section 5), which the WS-I Basic Profile forbids; only literal ones are supported"
            )
        parts = {part.get("name", ""): _part(part) for part in message.iterchildren(f"{WSDL}part")}
        headers = list(self._headers(holder))
        if body is not None and body.get("parts") is not None:
            chosen = [parts[name] for name in body.get("parts", "").split() if name in parts]
        else:
            taken = {part.name for where, part in headers if where is message}
            chosen = [part for name, part in parts.items() if name not in taken]
        space = body.get("namespace", "") if body is not None else ""
        wrapper = f"{{{space}}}{self._name}" if space else self._name
        return tuple(chosen), tuple(part for _, part in headers), wrapper

    def _body(self, holder: etree._Element | None, what: str) -> etree._Element | None:
        """`soap:body`, which may stand in the first part of a multipart that has no others."""
        if holder is None:
            return None
        if next(holder.iter(f"{MIME}content"), None) is not None:
            raise NotCallable(f"its {what} has attachments (MIME), which are not supported")
        return next(holder.iter(f"{self._space}body"), None)

    def _headers(self, holder: etree._Element | None) -> Iterator[tuple[etree._Element, Part]]:
        """The header parts, each with its message."""
        for header in [] if holder is None else holder.iter(f"{self._space}header"):
            message = self._definitions.get("message", header, header.get("message"))
            for part in [] if message is None else message.iterchildren(f"{WSDL}part"):
                if part.get("name") == header.get("part") and message is not None:
                    yield message, _part(part)

    def _addressing(self, abstract: etree._Element, action: str) -> str | None:
        """The action that the contract names for WS-Addressing, or its SOAPAction where that is required."""
        spoken = abstract.find(f"{WSDL}input")
        for space in _ADDRESSING:
            if spoken is not None and (named := spoken.get(f"{space}Action")):
                return named
            for holder in (self._binding, self._port):
                using = holder.find(f"{space}UsingAddressing")
                if using is not None and action and _true(using.get(f"{WSDL}required")):
                    return action
        return None

    def _refuse_optimized(self) -> None:
        """A policy that makes MTOM a duty asks for multipart messages both ways."""
        root = self._binding.getroottree().getroot()
        wanted = {
            reference.get("URI", "").lstrip("#")
            for space in _POLICIES
            for reference in self._binding.iter(f"{space}PolicyReference")
        }
        for space in _POLICIES:
            for policy in root.iter(f"{space}Policy"):
                inside = policy in set(self._binding.iter(f"{space}Policy"))
                if not inside and policy.get(_ID) not in wanted:
                    continue
                for node in policy.iter(_OPTIMIZED):
                    if not any(_true(node.get(f"{one}Optional")) for one in _POLICIES):
                        raise NotCallable(
                            "its policy makes attachments (MTOM) a duty, which are not supported"
                        )


def _part(node: etree._Element) -> Part:
    element, kind = node.get("element"), node.get("type")
    return Part(
        node.get("name", ""),
        qualified(node, element) if element else None,
        qualified(node, kind) if kind else None,
    )


def _true(text: str | None) -> bool:
    return text in {"true", "1"}
