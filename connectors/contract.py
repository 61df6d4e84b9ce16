"""Reading a WSDL inside its folder only, and building from it what the calls of one source need.

Both happen at start, in a thread: reading takes tens of milliseconds. Nothing of the contract is kept but what `SoapContract` holds.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from lxml import etree

from connectors.answer_check import check_answer
from connectors.binding import Bound, NotCallable, find_operation
from connectors.content_model import Models
from connectors.declaration import SourceDeclaration
from connectors.envelope import build_envelope
from connectors.errors import DeclarationInvalid, Problem
from connectors.folder import Folder, Outside
from connectors.onboarding.documents import Documents
from connectors.onboarding.shape import ContractUnreadable
from connectors.onboarding.wsdl import Definitions, collect
from connectors.onboarding.xsd import Schemas
from connectors.onboarding.xsd_size import largest_type
from connectors.openapi_check import check_openapi
from connectors.reply_schema import reply_schema, wrappers
from connectors.request_check import check_request
from connectors.request_rule import SoapRequest
from connectors.security.header import Unfitting, secure
from connectors.template import Template
from connectors.zeep_writer import zeep_template

__all__ = ["SoapContract", "check_against_contract", "read_contract"]

_LARGEST_TYPE = 1000
"""What libxml2 is given at most: its time grows with the third power of a type's optional elements, 2.5 s for a thousand."""
_MOST_SUBSTITUTES = 5000
"""Elements that may stand for others: its time grows with the square of their number."""


@dataclass(frozen=True, slots=True)
class SoapContract:
    """What calls need of a contract."""

    address: str
    headers: Mapping[str, str]
    """Content-Type and SOAPAction, as the binding has them."""
    template: Template
    answer: str | None
    """The element that the Body of an answer holds, in Clark notation; `None` where the contract leaves it open."""
    whole_body: bool
    """An answer is the Body itself, for it holds several parts."""
    schema: etree.XMLSchema | None
    """The schema of answers, where the declaration asks for validation."""


def check_against_contract(declaration: SourceDeclaration) -> tuple[Problem, ...]:
    """What only the contract can tell about a declaration. Reads files and takes a while; opens no connection."""
    try:
        if declaration.protocol == "soap":
            contract = read_contract(declaration)
            if declaration.security is not None:
                secure(contract.template, declaration.security)
            return tuple(_check_answer(declaration))
    except DeclarationInvalid as error:
        return error.problems
    except Unfitting as error:
        return (error.problem,)
    return tuple(check_openapi(declaration))


def _check_answer(declaration: SourceDeclaration) -> Iterator[Problem]:
    """The paths of a SOAP source against the answer that the contract describes."""
    request = declaration.request
    assert isinstance(request, SoapRequest)  # noqa: S101 - read_declaration made it so
    definitions, schemas = _documents(declaration)
    bound = find_operation(definitions, request.operation, request.service, request.port)
    yield from check_answer(declaration.declared, Models(schemas), bound)


def read_contract(declaration: SourceDeclaration, address: str | None = None) -> SoapContract:
    """Read the contract of a SOAP source and build its request's template, for `address` if that is not the declared one.

    Raises `DeclarationInvalid`. Blocks: call it in a thread.
    """
    try:
        problems, found = _read(declaration, address)
    except (Outside, NotCallable, ContractUnreadable) as error:
        problems, found = _refused(error), None
    if found is None or problems:
        raise DeclarationInvalid(declaration.id, tuple(problems))
    return found


def _refused(error: Outside | NotCallable | ContractUnreadable) -> list[Problem]:
    """What keeps a contract from being used, as problems of the declaration."""
    if isinstance(error, NotCallable):
        return [Problem(("operation",), str(error))]
    if isinstance(error, ContractUnreadable):
        return [Problem(("contract",), f"{'/'.join(map(str, p.path))}: {p.message}") for p in error.problems]
    return [Problem(("contract",), str(error))]


def _read(declaration: SourceDeclaration, address: str | None) -> tuple[list[Problem], SoapContract | None]:
    request = declaration.request
    assert isinstance(request, SoapRequest)  # noqa: S101 - read_declaration made it so
    definitions, schemas = _documents(declaration)
    bound = find_operation(definitions, request.operation, request.service, request.port)
    where = address or declaration.address or bound.address
    problems, built = build_envelope(Models(schemas), bound, request, where)
    if not where:
        problems.append(Problem(("address",), "the contract names no address: it must be declared"))
    schema, unusable = _schema(declaration, bound, schemas)
    if not problems and schema is not None:
        problems = list(check_request(built, schema, declaration.schemes, declaration.parameters))
    if problems:
        return problems, None
    if declaration.validate_reply and unusable is not None:
        raise unusable
    several = bound.answer_wrapper is None and len(bound.answer) != 1
    contract = SoapContract(
        where,
        built.headers,
        zeep_template(declaration, bound, built, where) or built.template(),
        _answer(bound),
        several,
        schema if declaration.validate_reply else None,
    )
    return [], contract


def _schema(
    declaration: SourceDeclaration, bound: Bound, schemas: Schemas
) -> tuple[etree.XMLSchema | None, Outside | None]:
    """The contract's schema, or why libxml2 does not take it: it refuses some that services live with."""
    if (size := largest_type(schemas)) > _LARGEST_TYPE:
        return None, Outside(
            f"its schemas cannot be used: a type holds {size:,} parts, those of its groups and unions included"
        )
    if (count := sum(map(len, schemas.substitutes.values()))) > _MOST_SUBSTITUTES:
        return None, Outside(f"its schemas cannot be used: {count:,} elements may stand for others")
    try:
        schema = reply_schema(str(declaration.contract), Folder(declaration.folder), wrappers(bound))
    except Outside as error:
        return None, error
    return schema, None


def _documents(declaration: SourceDeclaration) -> tuple[Definitions, Schemas]:
    """The contract with all that it imports. Raises `ContractUnreadable`."""
    documents, definitions = Documents(declaration.folder), Definitions()
    schemas = Schemas(documents)
    assert declaration.contract is not None  # noqa: S101 - read_declaration made it so
    collect(declaration.contract, documents, definitions, schemas)
    if schemas.problems:
        raise ContractUnreadable(tuple(schemas.problems))
    return definitions, schemas


def _answer(bound: Bound) -> str | None:
    """The element of the answer; an RPC answer's name is a mere custom, and a Body of several parts has none."""
    if bound.answer_wrapper is not None or len(bound.answer) != 1:
        return None
    return bound.answer[0].element
