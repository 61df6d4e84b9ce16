"""How a subject becomes a request: what an operation of a contract is sent, and the variables that any request may hold."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from connectors.scope import Path, Scope
from connectors.template import NUMBER, parse, variables_in
from connectors.variables import BUILT_IN, SECRET

__all__ = ["SoapRequest", "check_variables", "read_soap_request", "variables_of"]


@dataclass(frozen=True, slots=True)
class SoapRequest:
    """An operation of the contract, and the values of its request."""

    operation: str
    service: str | None
    port: str | None
    body: Mapping[str, object] = field(repr=False)
    header: Mapping[str, object] = field(repr=False)


def read_soap_request(scope: Scope, parameters: frozenset[str]) -> SoapRequest:
    """Read `operation`, `service`, `port`, `request` and `header`."""
    operation = scope.text("operation", required=True)
    service, port = scope.text("service"), scope.text("port")
    body, header = _structure(scope, "request", required=True), _structure(scope, "header", required=False)
    for key, part in (("request", body), ("header", header)):
        check_variables(scope, part, (key,), parameters)
    if "subject" not in {name for part in (body, header) for _, name in variables_of(part)}:
        scope.problem("no {subject} stands in the request", "request")
    return SoapRequest(operation or "", service, port, body, header)


def _structure(scope: Scope, key: str, *, required: bool) -> Mapping[str, object]:
    value = scope.take(key, required=required)
    if value is None or isinstance(value, Mapping):
        return value or {}
    scope.problem("expected a mapping, nested as the contract says", key)
    return {}


def variables_of(node: object) -> Iterator[tuple[Path, str]]:
    """Each variable of a part of a request, with its path."""
    try:
        yield from variables_in(node)
    except ValueError:  # reported by check_variables
        return


def check_variables(
    scope: Scope,
    node: object,
    at: Path,
    parameters: frozenset[str],
    *,
    secret_in: str | None = None,
    numbers_in: str | None = None,
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
            elif name.startswith(NUMBER) and (path[0] != numbers_in or text != f"{{{name}}}"):
                scope.problem("a number stands alone, in a JSON body", *at, *path)
            elif name.removeprefix(NUMBER) not in BUILT_IN and name.removeprefix(NUMBER) not in parameters:
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
