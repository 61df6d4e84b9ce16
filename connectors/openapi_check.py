"""Whether a REST declaration fits its OpenAPI: the operation, its parameters, what is sent and what is read.

What the contract leaves open is not judged. Headers that it does not know are no fault, for gateways ask for headers of their own.
"""

import difflib
import re
from collections.abc import Collection, Iterator, Mapping
from urllib.parse import urlsplit

from connectors.declaration import SourceDeclaration
from connectors.errors import Problem
from connectors.json_check import check_body, check_reply, check_text
from connectors.onboarding import inspect_contract
from connectors.onboarding.documents import Documents
from connectors.onboarding.shape import ContractUnreadable, Node, Operation
from connectors.rest_request import Field, RestRequest
from connectors.template import Template

__all__ = ["check_openapi"]

_METHODS = ("get", "post", "put", "patch", "delete", "head", "options", "trace")
_IMPLIED = frozenset({"accept", "content-type", "authorization"})
"""Headers that an OpenAPI does not describe as parameters (OpenAPI 3.1 §4.8.12.2)."""
_MOST_NAMED = 30


def check_openapi(declaration: SourceDeclaration) -> Iterator[Problem]:
    """Each way in which a declaration does not fit its contract. Reads files; opens no connection."""
    request = declaration.request
    if declaration.contract is None or not isinstance(request, RestRequest):
        return
    try:
        found = _operation(declaration, request)
    except ContractUnreadable as error:
        yield from (Problem(("contract",), str(problem)) for problem in error.problems)
        return
    if isinstance(found, Problem):
        yield found
        return
    yield from _request(found, request)
    if found.reply is not None:
        yield from check_reply(found.reply, declaration.declared)


def _operation(declaration: SourceDeclaration, request: RestRequest) -> Operation | Problem:
    """The operation that a declaration calls, or why there is none. Raises `ContractUnreadable`."""
    assert declaration.contract is not None  # noqa: S101 - the caller looked
    _, root = Documents(declaration.folder).data(str(declaration.contract), declaration.contract.name)
    paths = root.get("paths") if isinstance(root, Mapping) else None
    if not isinstance(paths, Mapping):
        return Problem(("contract",), "is no OpenAPI: it has no paths")
    known = {str(path): item for path, item in paths.items()}
    ours, base = _shown(request.path), _base_of(declaration.address or "")
    fitting = [
        path
        for path in known
        if any(_fits(there + path, here + ours) for there in _bases(root) for here in ("", base))
    ]
    if not fitting:
        return Problem(("request", "path"), _no_path(ours, list(known)))
    path = min(fitting, key=lambda one: (request.method.lower() not in _keys(known[one]), one.count("{")))
    name = f"{request.method} {path}"
    contract = inspect_contract(declaration.contract, folder=declaration.folder, operation=name)
    operation = next((o for o in contract.operations if (o.method, o.path) == (request.method, path)), None)
    if operation is None:
        has = ", ".join(method.upper() for method in _METHODS if method in _keys(known[path])) or "none"
        return Problem(("request", "method"), f"the contract has no {request.method} there; it has: {has}")
    return operation


def _keys(item: object) -> Collection[object]:
    return item.keys() if isinstance(item, Mapping) else ()


def _shown(path: Template) -> str:
    """A path as the contract would write it."""
    text = path.literals[0].decode()
    for literal in path.literals[1:]:
        text += "{}" + literal.decode()
    return text


def _bases(root: Mapping[str, object]) -> list[str]:
    """What the contract's servers have before each path."""
    servers = root.get("servers")
    urls = (
        [one.get("url") for one in servers if isinstance(one, Mapping)] if isinstance(servers, list) else []
    )
    return list(
        dict.fromkeys(
            [
                "",
                *(_base_of(url) for url in urls if isinstance(url, str)),
                str(root.get("basePath") or "").rstrip("/"),
            ]
        )
    )


def _base_of(url: str) -> str:
    try:
        return urlsplit(url).path.rstrip("/")
    except ValueError:
        return ""


def _fits(theirs: str, ours: str) -> bool:
    """Whether a declared path is one of the contract's: `/person/{subject}` of `/person/{id}`."""
    left, right = theirs.split("/"), ours.split("/")
    return len(left) == len(right) and all(_segment_fits(a, b) for a, b in zip(left, right, strict=True))


def _segment_fits(theirs: str, ours: str) -> bool:
    if "{" not in theirs:
        return theirs == ours
    pattern = "".join(
        re.escape(part) if n % 2 == 0 else ".+" for n, part in enumerate(re.split(r"(\{[^{}]*\})", theirs))
    )
    return re.fullmatch(pattern, ours) is not None


def _no_path(ours: str, known: list[str]) -> str:
    close = difflib.get_close_matches(ours, known, n=3, cutoff=0.3) or known[:3]
    return f"the contract has no such path; it has: {', '.join(close) or 'none'}" + (
        ", …" if len(known) > len(close) else ""
    )


def _request(operation: Operation, request: RestRequest) -> Iterator[Problem]:
    nodes = {
        place: [n for n in operation.parameters if n.place == place]
        for place in ("query", "header", "cookie")
    }
    yield from _parameters(nodes["query"], request.query, "query")
    yield from _unknown(nodes["query"], request.query)
    wanted = [node for node in nodes["header"] if node.name.lower() not in _IMPLIED]
    yield from _parameters(wanted, request.headers, "headers")
    for node in nodes["cookie"]:
        if node.least:
            yield Problem(
                ("request",), f"the contract requires the cookie {node.name}, and cookies are not sent"
            )
    if request.form is not None:
        return
    if operation.unsupported is not None:
        yield Problem(("request",), f"the contract's operation cannot be called: {operation.unsupported}")
    elif operation.request is not None and request.body is not None:
        yield from check_body(operation.request, request.body, ("request", "body"))
    elif request.body is not None:
        yield Problem(("request", "body"), "the contract has no JSON body here")


def _parameters(nodes: list[Node], fields: Mapping[str, Field], key: str) -> Iterator[Problem]:
    """What is sent under each name that the contract has, and what it requires."""
    by_name = {name.lower() if key == "headers" else name: (name, field) for name, field in fields.items()}
    for node in nodes:
        name, field = by_name.get(node.name.lower() if key == "headers" else node.name, ("", None))
        if field is None:
            if node.least and not _is_spread(node):
                yield Problem(("request", key), f"the contract requires `{node.name}` here")
            continue
        at = ("request", key, f"{name}?" if field.optional else name)
        if field.optional and node.least:
            yield Problem(at, "the contract requires it, so it cannot be left out")
        if len(field.texts) > 1 and node.most is not None:
            yield Problem(at, "the contract has a single value here")
        for text in field.texts:
            if not text.variables:
                yield from check_text(node, text.literals[0].decode(), at)


def _unknown(nodes: list[Node], fields: Mapping[str, Field]) -> Iterator[Problem]:
    """Query parameters that the contract does not have; an object stands there by its properties, or as `name[property]`."""
    known = {node.name for node in nodes}
    spread = {child.name for node in nodes if _is_spread(node) for child in node.children}
    for name, field in fields.items():
        if name in known | spread or "*" in spread or name.partition("[")[0] in known:
            continue
        has = ", ".join(sorted(known | spread)[:_MOST_NAMED]) or "none"
        at = f"{name}?" if field.optional else name
        yield Problem(("request", "query", at), f"the contract has no such query parameter; it has: {has}")


def _is_spread(node: Node) -> bool:
    return bool(node.children) and node.most is not None
