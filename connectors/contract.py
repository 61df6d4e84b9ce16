"""Reading a WSDL with zeep, inside its folder only.

zeep is imported when a contract is read: it takes a fifth of a second, and a contract up to 360 ms; both happen at start, in a
thread. Nothing of zeep is kept: a call needs the template of its request and four facts.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from lxml import etree

from connectors.declaration import SourceDeclaration
from connectors.envelope import build_envelope
from connectors.errors import DeclarationInvalid, Problem
from connectors.folder import Folder, Outside
from connectors.reply_schema import reply_schema
from connectors.request_rule import SoapRequest
from connectors.template import Template

__all__ = ["SoapContract", "check_against_contract", "read_contract"]


@dataclass(frozen=True, slots=True)
class SoapContract:
    """What calls need of a contract."""

    address: str
    headers: Mapping[str, str]
    """Content-Type and SOAPAction, as the binding has them."""
    template: Template
    answer: str | None
    """The element that the Body of an answer holds, in Clark notation; `None` where the contract leaves it open."""
    schema: etree.XMLSchema | None
    """The schema of answers, where the declaration asks for validation."""


def check_against_contract(declaration: SourceDeclaration) -> tuple[Problem, ...]:
    """What only the contract can tell about a declaration. Reads files and takes a while; opens no connection."""
    try:
        if declaration.protocol == "soap":
            read_contract(declaration)
        elif declaration.contract is not None:
            Folder(declaration.folder).read(str(declaration.contract))
    except DeclarationInvalid as error:
        return error.problems
    except Outside as error:
        return (Problem(("contract",), str(error)),)
    return ()


def read_contract(declaration: SourceDeclaration, address: str | None = None) -> SoapContract:
    """Read the contract of a SOAP source and build its request's template, for `address` if that is not the declared one.

    Raises `DeclarationInvalid`. Blocks: call it in a thread.
    """
    try:
        problems, found = _read(declaration, address)
    except Outside as error:
        problems, found = [Problem(("contract",), str(error))], None
    if found is None or problems:
        raise DeclarationInvalid(declaration.id, tuple(problems))
    return found


def _read(declaration: SourceDeclaration, address: str | None) -> tuple[list[Problem], SoapContract | None]:
    request, folder = declaration.request, Folder(declaration.folder)
    assert isinstance(request, SoapRequest)  # noqa: S101 - read_declaration made it so
    client = _client(str(declaration.contract), folder)
    ports = list(_ports(client, request))
    port = next((p for p in ports if request.operation in p.binding.all()), None)
    if port is None:
        names = ", ".join(sorted({name for p in ports for name in p.binding.all()})) or "none"
        return [
            Problem(("operation",), f"the contract has no such SOAP operation there; it has: {names}")
        ], None
    operation = port.binding.get(request.operation)
    where = address or declaration.address or port.binding_options["address"]
    problems, built = build_envelope(client, port.binding, operation, request, where)
    if built is None:
        return problems, None
    schema = reply_schema(str(declaration.contract), folder) if declaration.validate_reply else None
    return [], SoapContract(where, built.headers, built.template, _answer(operation), schema)


def _client(contract: str, folder: Folder) -> Any:
    """Zeep's view of a contract. zeep raises almost anything at a bad one."""
    import zeep  # noqa: PLC0415 - slow to import: see the module's text

    settings = zeep.Settings(
        strict=True, forbid_dtd=True, forbid_entities=True, forbid_external=True, xml_huge_tree=False
    )
    try:
        return zeep.Client(contract, transport=folder, settings=settings)  # type: ignore[no-untyped-call]
    except Outside:
        raise
    except zeep.exceptions.ExternalReferenceForbidden:
        raise Outside(
            "it imports a document by its address: copy that into the folder, name it by a relative path"
        ) from None
    except Exception as error:  # noqa: BLE001 - the contract is a stranger's, and zeep checks little of it
        raise Outside(f"not a usable WSDL ({type(error).__name__}: {str(error)[:200]})") from None


def _ports(client: Any, request: SoapRequest) -> Iterator[Any]:
    """The SOAP ports of the contract that the declaration admits."""
    from zeep.wsdl.bindings import Soap11Binding, Soap12Binding  # noqa: PLC0415 - slow to import

    for service in client.wsdl.services.values():
        for port in service.ports.values():
            if (
                request.service in {None, service.name}
                and request.port in {None, port.name}
                and isinstance(port.binding, Soap11Binding | Soap12Binding)
            ):
                yield port


def _answer(operation: Any) -> str | None:
    """The element of the answer; an RPC answer's name is a mere custom, and a Body of several parts has none."""
    body = operation.output.body if operation.output is not None and operation.style == "document" else None
    if body is None or operation.output._is_body_wrapped:  # noqa: SLF001 - zeep says it nowhere else
        return None
    return str(body.qname.text)
