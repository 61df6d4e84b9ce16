"""How a subject becomes an HTTP request: the part of a REST declaration that describes what is sent.

A name that ends in `?` is left out of a request in which all variables of its value are empty.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from connectors.request_rule import check_variables, variables_of
from connectors.scope import Scope
from connectors.template import NUMBER, Template, parse
from connectors.variables import SECRET

__all__ = ["SSIN", "Field", "RestRequest", "left_out", "pruned", "read_rest_request"]

SSIN = "ssin"
"""The scheme of national numbers."""
_HEADER = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_PLAIN = re.compile(r"[\t\x20-\x7e]*")
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
class Field:
    """A query parameter, header or form field: one text, or several under one name."""

    texts: tuple[Template, ...]
    optional: bool

    def present(self, empty: frozenset[str]) -> tuple[Template, ...]:
        """The texts that a request has in which these variables are empty."""
        if not self.optional:
            return self.texts
        return tuple(text for text in self.texts if not left_out(text.variables, empty))


@dataclass(frozen=True, slots=True)
class RestRequest:
    """An HTTP request; its parts are templates. `body` is JSON, still nested."""

    method: str
    path: Template
    query: Mapping[str, Field]
    headers: Mapping[str, Field]
    body: object | None = field(repr=False)
    form: Mapping[str, Field] | None = None
    """Fields of an `application/x-www-form-urlencoded` body."""

    def sets(self, header: str) -> bool:
        """Whether it declares this header."""
        return header.lower() in map(str.lower, self.headers)

    @property
    def variables(self) -> frozenset[str]:
        """The variables that each call must know: all but the secrets."""
        return _without_secrets(self._all())

    @property
    def secrets(self) -> tuple[str, ...]:
        """The names of the secrets that it holds."""
        return tuple(sorted(name.removeprefix(SECRET) for name in self._all() if name.startswith(SECRET)))

    @property
    def optional(self) -> frozenset[str]:
        """The variables on which it depends whether something is left out."""
        fields = {v for one in self._fields() if one.optional for text in one.texts for v in text.variables}
        members = {name for value in _optional_members(self.body) for name in _names(value)}
        return _without_secrets(fields | members)

    def _all(self) -> set[str]:
        fields = {name for one in self._fields() for text in one.texts for name in text.variables}
        return {*self.path.variables, *fields, *_names(self.body)}

    def _fields(self) -> list[Field]:
        return [*self.query.values(), *self.headers.values(), *(self.form or {}).values()]


def read_rest_request(scope: Scope, schemes: frozenset[str], parameters: frozenset[str]) -> RestRequest:
    """Read `request`. A national number (`ssin`) may stand in the body alone: never in path, query or headers."""
    below = scope.scope("request", required=True) or Scope({}, ("request",), [])
    method = below.choice("method", ("GET", "POST"), "GET") or "GET"
    path = below.text("path", required=True) or "/"
    if not path.startswith("/") or not path.isascii() or re.search(r"[\s?#]|/\.{1,2}(/|$)", path):
        below.problem("expected a plain path that starts with /", "path")
    open_parts = {"path": path, "query": below.peek("query"), "headers": below.peek("headers")}
    query, headers = _fields(below, "query"), _headers(below)
    body, form = below.take("body"), below.peek("form")
    fields = _fields(below, "form") if form is not None else None
    _check_body(below, method, body, form)
    below.done()
    check_variables(below, open_parts, (), parameters, secret_in="headers")  # noqa: S106 - a place
    check_variables(below, {"body": body, "form": form}, (), parameters, numbers_in="body")
    _check_subject(below, open_parts, [body, form], schemes)
    return RestRequest(method, template_of(path), query, headers, body, fields)


def template_of(text: str) -> Template:
    """A text's template; an empty one where `check_variables` reports a brace that stands alone."""
    try:
        return parse(text)
    except ValueError:
        return Template((b"",), ())


def left_out(variables: tuple[str, ...], empty: frozenset[str]) -> bool:
    """Whether an optional part with these variables is left out where those are empty."""
    return bool(variables) and empty.issuperset(variables)


def pruned(node: object, empty: frozenset[str]) -> object:
    """A nested body without its optional members whose variables are all empty, and without the marks of the others."""
    if isinstance(node, Mapping):
        return {
            _bare(key): pruned(value, empty)
            for key, value in node.items()
            if not (_is_optional(key) and left_out(tuple(_names(value)), empty))
        }
    if isinstance(node, list):
        return [pruned(value, empty) for value in node]
    return node


def _fields(scope: Scope, key: str) -> dict[str, Field]:
    below = scope.scope(key)
    found: dict[str, Field] = {}
    for name in below.names() if below is not None else ():
        texts = _texts_of(below, name) if below is not None else ()
        optional = _is_optional(name)
        if _bare(name) in found:
            scope.problem("stands here twice", key, name)
        if optional and not any(text.variables for text in texts):
            scope.problem("has no variable, so it can never be left out", key, name)
        found[_bare(name)] = Field(texts, optional)
    return found


def _texts_of(scope: Scope, key: str) -> tuple[Template, ...]:
    """One text or a list of them."""
    texts = scope.texts(key) if isinstance(scope.peek(key), list) else (scope.text(key),)
    return tuple(template_of(text) for text in texts if text is not None)


def _headers(scope: Scope) -> dict[str, Field]:
    found = _fields(scope, "headers")
    for name, one in found.items():
        if not _HEADER.fullmatch(name) or name.lower() in _OURS:
            scope.problem("is no header that a declaration may set", "headers", name)
        for text in one.texts:
            if not all(_PLAIN.fullmatch(part.decode()) for part in text.literals):
                scope.problem("holds characters that a header cannot carry", "headers", name)
    return found


def _check_body(scope: Scope, method: str, body: object, form: object) -> None:
    if body is not None and (method == "GET" or not isinstance(body, Mapping | list)):
        scope.problem("expected a mapping or a list, and method POST", "body")
    if form is not None and (method == "GET" or body is not None):
        scope.problem("needs method POST, and no `body` beside it", "form")
    for value in _optional_members(body):
        if not any(_names(value)):
            scope.problem("an optional member has no variable, so it can never be left out", "body")


def _check_subject(scope: Scope, open_parts: object, bodies: object, schemes: frozenset[str]) -> None:
    """A national number never appears in a URL or a header (Belgif: sensitive data goes in a body)."""
    in_the_open = [path for path, name in variables_of(open_parts) if name == "subject"]
    if SSIN in schemes:
        for path in in_the_open:
            scope.problem("a national number may not stand here: send it in the body of a POST", *path)
    if not in_the_open and "subject" not in _names(bodies):
        scope.problem("no {subject} stands in the request")


def _names(node: object) -> list[str]:
    return [name.removeprefix(NUMBER) for _, name in variables_of(node)]


def _without_secrets(names: set[str]) -> frozenset[str]:
    return frozenset(name for name in names if not name.startswith(SECRET))


def _optional_members(node: object) -> Iterator[object]:
    """The values of a nested body's optional members."""
    for key, value in node.items() if isinstance(node, Mapping) else ():
        if _is_optional(key):
            yield value
    children = node.values() if isinstance(node, Mapping) else node if isinstance(node, list) else ()
    for child in children:
        yield from _optional_members(child)


def _is_optional(key: object) -> bool:
    return isinstance(key, str) and key.endswith("?")


def _bare(key: object) -> str:
    return str(key).removesuffix("?")
