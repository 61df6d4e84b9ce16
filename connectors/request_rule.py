"""How a subject becomes a request: the part of a declaration that describes what is sent."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from connectors.scope import Path, Scope
from connectors.template import Template, parse, variables_in
from connectors.variables import BUILT_IN, SECRET

__all__ = ["RestRequest", "SoapRequest", "read_rest_request", "read_soap_request"]

_HEADER = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_OURS = frozenset(
    {
        "host",
        "content-length",
        "transfer-encoding",
        "connection",
        "content-encoding",
        "accept-encoding",
        "cookie",
    }
)


@dataclass(frozen=True, slots=True)
class SoapRequest:
    """An operation of the contract, and the values of its request."""

    operation: str
    service: str | None
    port: str | None
    body: Mapping[str, object] = field(repr=False)
    header: Mapping[str, object] = field(repr=False)


@dataclass(frozen=True, slots=True)
class RestRequest:
    """An HTTP request; its parts are templates. `body` is JSON, still nested."""

    method: str
    path: Template
    query: Mapping[str, Template]
    headers: Mapping[str, Template]
    body: object | None = field(repr=False)


def read_soap_request(scope: Scope, parameters: frozenset[str]) -> SoapRequest:
    """Read `operation`, `service`, `port`, `request` and `header`."""
    operation = scope.text("operation", required=True)
    service, port = scope.text("service"), scope.text("port")
    body, header = _structure(scope, "request", required=True), _structure(scope, "header", required=False)
    for key, part in (("request", body), ("header", header)):
        _check_variables(scope, part, (key,), parameters)
    if "subject" not in {name for _, name in _variables(body)}:
        scope.problem("no {subject} stands in the request", "request")
    return SoapRequest(operation or "", service, port, body, header)


def _structure(scope: Scope, key: str, *, required: bool) -> Mapping[str, object]:
    value = scope.take(key, required=required)
    if value is None or isinstance(value, Mapping):
        return value or {}
    scope.problem("expected a mapping, nested as the contract says", key)
    return {}


def read_rest_request(scope: Scope, schemes: frozenset[str], parameters: frozenset[str]) -> RestRequest:
    """Read `request`. A national number (`ssin`) may stand in the body alone: never in path, query or headers."""
    below = scope.scope("request", required=True) or Scope({}, ("request",), [])
    method = below.choice("method", ("GET", "POST"), "GET") or "GET"
    path = below.text("path", required=True) or "/"
    if not path.startswith("/") or not path.isascii() or re.search(r"[\s?#]|/\.{1,2}(/|$)", path):
        below.problem("expected a plain path that starts with /", "path")
    query, headers = below.mapping_of_texts("query"), below.mapping_of_texts("headers")
    for name in headers:
        if not _HEADER.fullmatch(name) or name.lower() in _OURS:
            below.problem("is no header that a declaration may set", "headers", name)
    body = below.take("body")
    if body is not None and (method == "GET" or not isinstance(body, Mapping | list)):
        below.problem("expected a mapping or a list, and method POST", "body")
    below.done()
    open_parts = {"path": path, "query": query, "headers": headers}
    _check_variables(below, open_parts, (), parameters, secret_in="headers")  # noqa: S106 - a place
    _check_variables(below, body, ("body",), parameters)
    _check_subject(below, open_parts, body, schemes)
    return RestRequest(
        method=method,
        path=_template(path),
        query={k: _template(v) for k, v in query.items()},
        headers={k: _template(v) for k, v in headers.items()},
        body=body,
    )


def _check_subject(scope: Scope, open_parts: object, body: object, schemes: frozenset[str]) -> None:
    """A national number never appears in a URL or a header (Belgif: sensitive data goes in a body)."""
    in_the_open = [path for path, name in _variables(open_parts) if name == "subject"]
    if "ssin" in schemes:
        for path in in_the_open:
            scope.problem("a national number may not stand here: send it in the body of a POST", *path)
    if not in_the_open and "subject" not in {name for _, name in _variables(body)}:
        scope.problem("no {subject} stands in the request")


def _template(text: str) -> Template:
    try:
        return parse(text)
    except ValueError:  # reported by _check_variables
        return Template((b"",), ())


def _variables(node: object) -> Iterator[tuple[Path, str]]:
    try:
        yield from variables_in(node)
    except ValueError:  # reported by _check_variables
        return


def _check_variables(
    scope: Scope, node: object, at: Path, parameters: frozenset[str], *, secret_in: str | None = None
) -> None:
    """Every variable of a part of the request must exist; a secret never stands in a URL."""
    for path, text in _texts(node):
        try:
            names = parse(text).variables
        except ValueError as error:
            scope.problem(str(error), *at, *path)
            continue
        for name in names:
            if name.startswith(SECRET):
                if secret_in is not None and path[0] != secret_in:
                    scope.problem("a secret may stand in headers and body alone", *at, *path)
            elif name not in BUILT_IN and name not in parameters:
                scope.problem(f"{{{name}}} is neither built in nor one of the parameters", *at, *path)


def _texts(node: object, path: Path = ()) -> Iterator[tuple[Path, str]]:
    if isinstance(node, str):
        yield path, node
    elif isinstance(node, Mapping):
        for key, value in node.items():
            yield from _texts(value, (*path, key))
    elif isinstance(node, list):
        for index, value in enumerate(node):
            yield from _texts(value, (*path, index))
