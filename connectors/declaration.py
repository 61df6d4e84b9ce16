"""A source's declaration: what it may hold, checked whole, and compiled. `docs/connectors.md` describes every key."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import tzinfo
from pathlib import Path
from zoneinfo import ZoneInfo

from connectors import json_reply, xml
from connectors.access import Authentication, read_authentication
from connectors.address import check_address
from connectors.attribute_rule import read_attributes
from connectors.blanks import UNFILLED, blanks_in
from connectors.errors import DeclarationInvalid, Problem
from connectors.guard.rule import Limits, read_limits
from connectors.page_rule import PageRule, read_pages
from connectors.parameters import Parameter, read_parameters
from connectors.reply_rule import ReplyRule, read_reply
from connectors.request_rule import SoapRequest, read_soap_request
from connectors.rest_request import RestRequest, read_rest_request
from connectors.rule import PathLanguage, Rule
from connectors.scope import Scope
from connectors.security import Security, Tls, read_security, read_tls
from connectors.variables import BUILT_IN, FOLLOWED

__all__ = ["SourceDeclaration", "read_declaration"]

_PROTOCOLS = ("soap", "rest")


@dataclass(frozen=True, slots=True)
class SourceDeclaration:
    """A source as declared: checked, its paths compiled. Made by `read_declaration` only."""

    id: str
    name: Mapping[str, str]
    controller: str | None
    folder: Path
    contract: Path | None
    contract_url: str | None
    """Where the live contract is, if it is not at the address with `?wsdl`."""
    address: str | None
    schemes: frozenset[str]
    request: SoapRequest | RestRequest
    parameters: Mapping[str, Parameter]
    """The source's own request variables."""
    zone: tzinfo
    reply: ReplyRule
    language: PathLanguage
    attributes: Mapping[str, Rule]
    limits: Limits
    validate_reply: bool
    security: Security | None
    tls: Tls | None
    authentication: Authentication | None
    pages: PageRule | None
    declared: Mapping[str, object] = field(repr=False)
    """What it was read from."""

    @property
    def protocol(self) -> str:
        """`soap` or `rest`."""
        return "soap" if isinstance(self.request, SoapRequest) else "rest"

    @property
    def operation(self) -> str:
        """What is called: the operation's name, or `POST /v1/persons/get`, with its variables by name."""
        if isinstance(self.request, SoapRequest):
            return self.request.operation
        path = self.request.path
        names = [f"{{{name}}}" for name in path.variables]
        text = "".join(
            part
            for pair in zip(path.literals, [*names, ""], strict=True)
            for part in (pair[0].decode(), pair[1])
        )
        return f"{self.request.method} {text}"


def read_declaration(source_id: str, mapping: Mapping[str, object], *, folder: Path) -> SourceDeclaration:
    """Read and compile one source's declaration. Paths in it are relative to `folder` and may not leave it.

    Nothing is opened but code lists: what only the contract can tell, `check_against_contract` finds. Raises `DeclarationInvalid` with every
    problem.
    """
    problems: list[Problem] = []
    scope = Scope(mapping, (), problems)
    protocol = scope.choice("protocol", _PROTOCOLS)
    name = _name(scope)
    controller = scope.text("controller")
    schemes = frozenset(scope.texts("subject", required=True))
    contract = _contract(scope, folder, required=protocol == "soap")
    contract_url = _contract_url(scope)
    address = _address(scope, required=protocol == "rest")
    parameters = read_parameters(scope, BUILT_IN, FOLLOWED)
    zone = _zone(scope)
    request: SoapRequest | RestRequest
    if protocol == "rest":
        request = read_rest_request(scope, schemes, frozenset(parameters))
        language = json_reply.LANGUAGE
    else:
        request = read_soap_request(scope, frozenset(parameters))
        language = xml.language(_namespaces(scope))
    reply = read_reply(scope, language.compile, zone, is_xml=protocol == "soap")
    attributes = read_attributes(scope, language, zone=zone, folder=folder)
    limits = read_limits(scope)
    pages = read_pages(scope) if protocol == "rest" else None
    authentication = read_authentication(scope, parameters, request)
    validate = scope.flag("validateReply") if protocol == "soap" else False
    security = read_security(scope) if protocol == "soap" else None
    tls = _tls(scope, address)
    scope.done()
    for path in blanks_in(mapping):
        scope.problem(UNFILLED, *path)
    if problems:
        raise DeclarationInvalid(source_id, tuple(problems))
    return SourceDeclaration(
        id=source_id, name=name, controller=controller, folder=folder.resolve(), contract=contract,
        contract_url=contract_url, address=address, schemes=schemes, request=request, parameters=parameters, zone=zone, reply=reply,
        language=language, attributes=attributes, limits=limits, validate_reply=validate, security=security, tls=tls,
        authentication=authentication, pages=pages, declared=mapping,
    )  # fmt: skip


def _name(scope: Scope) -> dict[str, str]:
    """The name per language; a plain text stands for all."""
    if isinstance(value := scope.take("name"), str):
        return {"": value}
    below = Scope({} if value is None else value, ("name",), scope.problems)
    return {language: text for language in below.names() if (text := below.text(language))}


def _contract(scope: Scope, folder: Path, *, required: bool) -> Path | None:
    text = scope.text("contract", required=required)
    if text is None:
        return None
    root = folder.resolve()
    path = (root / text).resolve()
    if "://" in text or not path.is_relative_to(root):
        scope.problem("a contract is a file inside the folder of the declaration", "contract")
    return path


def _contract_url(scope: Scope) -> str | None:
    url = scope.text("contractUrl")
    if url is not None and (problem := check_address(url.partition("?")[0])):
        scope.problem(problem, "contractUrl")
    return url


def _address(scope: Scope, *, required: bool) -> str | None:
    address = scope.text("address", required=required)
    if address is not None and (problem := check_address(address)):
        scope.problem(problem, "address")
    return address


def _tls(scope: Scope, address: str | None) -> Tls | None:
    tls = read_tls(scope)
    if tls is not None and address is not None and not address.startswith("https:"):
        scope.problem("expected an https address, since `tls` is declared", "address")
    return tls


def _zone(scope: Scope) -> tzinfo:
    name = scope.text("timeZone")
    try:
        return ZoneInfo(name or "UTC")
    except (OSError, ValueError, KeyError):  # ZoneInfoNotFoundError is a KeyError
        scope.problem("expected a time zone such as Europe/Brussels", "timeZone")
        return ZoneInfo("UTC")


def _namespaces(scope: Scope) -> dict[str, str]:
    """`reply.namespaces`, looked at before the paths that need them."""
    reply = scope.peek("reply")
    found = reply.get("namespaces") if isinstance(reply, Mapping) else None
    if not isinstance(found, Mapping):
        return {}
    return {str(k): v for k, v in found.items() if isinstance(v, str)}
