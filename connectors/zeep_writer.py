"""The request as zeep writes it, which is what is sent wherever zeep can write it.

zeep and `connectors.writer` read the same contract apart. Where both say the same, zeep's envelope goes out; where zeep cannot read the
contract, cannot write the request, or says something else, ours does, which libxml2 has judged (docs/decisions/0008). zeep is imported
when a contract is read: that takes a fifth of a second, and a contract up to 360 ms; both happen at start, in a thread.
"""

import warnings
from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias

from lxml import etree

from connectors.binding import Bound
from connectors.declaration import SourceDeclaration
from connectors.envelope import Built
from connectors.folder import Folder
from connectors.request_rule import SoapRequest
from connectors.template import Holes, Template

__all__ = ["zeep_template"]

_MESSAGE_ID = "{http://www.w3.org/2005/08/addressing}MessageID"
_Said: TypeAlias = tuple[str, tuple[tuple[str, str], ...], str, tuple["_Said", ...]]
"""An element: its name, its attributes, its text, what it holds. Prefixes do not count."""


def zeep_template(declaration: SourceDeclaration, bound: Bound, ours: Built, address: str) -> Template | None:
    """The template of zeep's envelope, if zeep says the same as our writer; `None` otherwise. Blocks: call it in a thread."""
    request, holes = declaration.request, Holes()
    assert isinstance(request, SoapRequest)  # noqa: S101 - read_declaration made it so
    try:
        client = _client(declaration)
        binding = next(_bindings(client, bound, request))
        envelope = _envelope(client, binding, request, holes, address)
    except Exception:  # noqa: BLE001 - the contract is a stranger's: at what it cannot read or write, zeep raises almost anything
        return None
    template = holes.cut(etree.tostring(envelope, encoding="UTF-8", xml_declaration=True))
    names = {name: f"{{{name}}}" for name in (*template.variables, *ours.template().variables)}
    same = _said(envelope, holes, names) == _said(ours.envelope, ours.holes, names)
    return template if same else None


def _client(declaration: SourceDeclaration) -> Any:
    import zeep  # noqa: PLC0415 - slow to import: see the module's text

    warnings.filterwarnings(
        "ignore", module=r"zeep\."
    )  # what it warns of, `connectors.binding` names where it matters
    settings = zeep.Settings(
        strict=True, forbid_dtd=True, forbid_entities=True, forbid_external=True, xml_huge_tree=False
    )
    return zeep.Client(str(declaration.contract), transport=Folder(declaration.folder), settings=settings)  # type: ignore[no-untyped-call]


def _bindings(client: Any, bound: Bound, request: SoapRequest) -> Iterator[Any]:
    """The bindings that zeep has for the operation, of the SOAP version that was chosen."""
    from zeep.wsdl.bindings import Soap11Binding, Soap12Binding  # noqa: PLC0415 - slow to import

    version = Soap11Binding if bound.version == "1.1" else Soap12Binding
    for service in client.wsdl.services.values():
        for port in service.ports.values():
            binding: Any = port.binding
            if (
                request.service in {None, service.name}
                and request.port in {None, port.name}
                and isinstance(binding, version)
                and request.operation in binding.all()  # type: ignore[no-untyped-call]
            ):
                yield binding


def _envelope(client: Any, binding: Any, request: SoapRequest, holes: Holes, address: str) -> etree._Element:
    values = dict(holes.put(request.body, ("request",)))  # type: ignore[call-overload]
    if request.header:
        values["_soapheaders"] = holes.put(request.header, ("header",))
    envelope: etree._Element
    envelope, _ = binding._create(  # noqa: SLF001 - `create_message` takes no address and leaves out what addressing needs
        request.operation, (), values, client=client, options={"address": address}
    )
    for element in envelope.iter(_MESSAGE_ID):  # zeep's own is made once, each call needs a new one
        element.text = f"urn:uuid:{holes.stand_in('uuid')}"
    return envelope


def _said(
    envelope: etree._Element, holes: Holes, names: Mapping[str, str]
) -> list[tuple[str, tuple[_Said, ...]]]:
    """What an envelope says: the blocks of its Header, if it has any, and of its Body."""
    parts = [(str(part.tag), _content(part, holes, names)) for part in envelope]
    return [(tag, content) for tag, content in parts if content]


def _content(parent: etree._Element, holes: Holes, names: Mapping[str, str]) -> tuple[_Said, ...]:
    def text(written: str | None) -> str:
        return holes.sampled(written or "", names)[0]

    return tuple(
        (
            str(element.tag),
            tuple(sorted((str(name), text(str(value))) for name, value in element.attrib.items())),
            text(element.text),
            _content(element, holes, names),
        )
        for element in parent
    )
