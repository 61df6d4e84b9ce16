"""The request's envelope: built once from the contract, with stand-ins where a call's values will go."""

from collections.abc import Mapping
from dataclasses import dataclass

from lxml import etree

from connectors.binding import Bound, Part
from connectors.content_model import Models, Undefined
from connectors.errors import Problem
from connectors.given import TEXT, Given
from connectors.particles import Element
from connectors.request_rule import SoapRequest
from connectors.template import Holes, Template
from connectors.writer import Writer

__all__ = ["SOAP_ENVELOPES", "Built", "build_envelope"]

SOAP_ENVELOPES = {
    "1.1": "http://schemas.xmlsoap.org/soap/envelope/",
    "1.2": "http://www.w3.org/2003/05/soap-envelope",
}
_WSA = "http://www.w3.org/2005/08/addressing"


@dataclass(frozen=True, slots=True)
class Built:
    """An envelope with stand-ins, and the HTTP headers that the binding wants."""

    envelope: etree._Element
    headers: Mapping[str, str]
    holes: Holes
    writer: Writer

    def blocks(self) -> list[etree._Element]:
        """What the contract describes in the envelope: the Body's content, and the header blocks that it defines."""
        return [
            block
            for part in self.envelope
            for block in part
            if self.writer.places.get(block, ("request",))[:2] != ("header", "xml")
            and not _is_addressing(block)
        ]

    def template(self) -> Template:
        """The envelope with holes where its stand-ins are."""
        return self.holes.cut(etree.tostring(self.envelope, encoding="UTF-8", xml_declaration=True))


def build_envelope(
    models: Models, bound: Bound, request: SoapRequest, address: str
) -> tuple[list[Problem], Built]:
    """Build the envelope of a request; and say everything that does not fit the contract."""
    space = SOAP_ENVELOPES[bound.version]
    envelope = etree.Element(f"{{{space}}}Envelope", nsmap={"soap": space})
    holes = Holes()
    writer = Writer(models, holes)
    header = etree.SubElement(envelope, f"{{{space}}}Header")
    _write_header(writer, bound, request.header, header)
    if bound.addressing and not any(map(_is_addressing, header)):
        _address(header, bound.addressing, address, holes)
    if not len(header):
        envelope.remove(header)
    body = etree.SubElement(envelope, f"{{{space}}}Body")
    _write_body(writer, bound, request.body, body)
    return writer.problems, Built(envelope, _http_headers(bound), holes, writer)


def _http_headers(bound: Bound) -> dict[str, str]:
    """SOAP 1.1 §6.1.1: `SOAPAction` is always there, quoted; SOAP 1.2 part 2 §6.5: a parameter of the media type, if it is known."""
    if bound.version == "1.1":
        return {"Content-Type": "text/xml; charset=utf-8", "SOAPAction": f'"{bound.action}"'}
    action = f'; action="{bound.action}"' if bound.action else ""
    return {"Content-Type": f"application/soap+xml; charset=utf-8{action}"}


def _element(models: Models, part: Part) -> Element:
    """What a part is written as. Raises `Undefined`."""
    if part.element is not None:
        return models.element(part.element)
    if part.type is None:
        raise Undefined(f"the contract gives the part {part.name} neither an element nor a type")
    return Element(part.name, "", part.type)


def _write_body(writer: Writer, bound: Bound, body: Mapping[str, object], node: etree._Element) -> None:
    if bound.wrapper is not None:
        _write_parts(writer, bound.request, body, etree.SubElement(node, bound.wrapper))
    elif len(bound.request) == 1:
        _write_single(writer, bound.request[0], body, node)
    else:
        _write_parts(writer, bound.request, body, node)


def _write_single(writer: Writer, part: Part, body: Mapping[str, object], node: etree._Element) -> None:
    """The one element of a Body. Where it is a bare text, the request names it, for want of anything inside it to name."""
    try:
        element = _element(writer.models, part)
        is_text = writer.models.kind(element).text
    except Undefined as error:
        writer.problem(("operation",), str(error))
        return
    if (
        is_text
        and not {TEXT, "xml"} & body.keys()
        and len(body) == 1
        and body.keys() <= {part.name, element.name}
    ):
        ((name, value),) = body.items()
        writer.element(node, element, value, ("request", name))
    elif is_text and not {TEXT, "xml"} & body.keys():
        writer.problem(("request",), f"the contract has a single value here: `{element.name}`")
    else:
        writer.element(node, element, body, ("request",))


def _write_parts(
    writer: Writer, parts: tuple[Part, ...], body: Mapping[str, object], node: etree._Element
) -> None:
    """Each part by its name, or its element's; all are there in every message (WS-I R2301)."""
    given = Given(body, ("request",))
    for part in parts:
        if not _write_part(writer, part, given, node):
            writer.problem(("request",), f"the part `{part.name}` is missing")
    _left_over(writer, parts, given)


def _write_header(writer: Writer, bound: Bound, header: Mapping[str, object], node: etree._Element) -> None:
    """The header blocks that the contract defines, then those that the declaration writes as XML."""
    given = Given(header, ("header",))
    for part in bound.headers:
        _write_part(writer, part, given, node)
    if (xml := given.pop("xml")) is not None:
        writer.raw(node, xml, ("header", "xml"))
    _left_over(writer, bound.headers, given)


def _left_over(writer: Writer, parts: tuple[Part, ...], given: Given) -> None:
    has = ", ".join(part.name for part in parts) or "none"
    for path, again in given.left():
        said = (
            "stands more often than the contract admits"
            if again
            else f"the contract has no such part; it has: {has}"
        )
        writer.problem(path, said)


def _write_part(writer: Writer, part: Part, given: Given, node: etree._Element) -> bool:
    """Write a part if it is given."""
    try:
        element = _element(writer.models, part)
    except Undefined as error:
        writer.problem(given.path, str(error))
        return True
    for name in (part.name, element.name):
        for path, value in given.take(name, element.clark, 1):
            writer.element(node, element, value, path)
            return True
    return False


def _address(header: etree._Element, action: str, address: str, holes: Holes) -> None:
    """WS-Addressing 1.0 §3.2: the message's own id is new in each call."""
    texts = {"Action": action, "MessageID": f"urn:uuid:{holes.stand_in('uuid')}", "To": address}
    for name, text in texts.items():
        etree.SubElement(header, f"{{{_WSA}}}{name}", nsmap={"wsa": _WSA}).text = text


def _is_addressing(block: etree._Element) -> bool:
    return str(block.tag).startswith(f"{{{_WSA}}}")
