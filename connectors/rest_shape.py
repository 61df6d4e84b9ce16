"""The shape of an HTTP request: built once for each set of parts that are left out, filled per call."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from urllib.parse import quote

from yarl import URL

from connectors.http import Outgoing
from connectors.rest_request import Field, RestRequest, pruned
from connectors.template import (
    NUMBER,
    Holes,
    Template,
    as_header,
    as_json,
    as_number,
    as_path_segment,
    as_query,
)
from connectors.variables import SECRET

__all__ = ["Shape", "Shapes", "shape_of"]

_UNRESERVED = "!$'()*,/:;?@"
"""What RFC 3986 lets stand in a query besides letters and digits, and no form decoder reads as anything else."""
_NOTHING: frozenset[str] = frozenset()
_JSON = (("Accept", "application/json"), ("Content-Type", "application/json"))
_FORM = (("Accept", "application/json"), ("Content-Type", "application/x-www-form-urlencoded"))


@dataclass(frozen=True, slots=True)
class Shape:
    """A request with holes. Secrets are filled in already, so it has no `repr`."""

    method: str
    base: str
    path: Template = field(repr=False)
    query: Template | None = field(repr=False)
    fixed: Mapping[str, str] = field(repr=False)
    """Headers that hold no variable."""
    headers: Mapping[str, Template] = field(repr=False)
    body: Template | None = field(repr=False)
    escape: Callable[[str], bytes]
    """How a value stands in the body."""
    numbers: tuple[str, ...]
    """The variables of the body that stand there as numbers."""

    def fill(self, values: Mapping[str, str]) -> Outgoing:
        """The request with the values of its variables. Raises `Unsendable`."""
        url = self.base + self.path.fill(values, as_path_segment).decode()
        if self.query is not None:
            url += "?" + self.query.fill(values, as_query).decode()
        headers = dict(self.fixed)
        for name, text in self.headers.items():
            headers[name] = text.fill(values, as_header).decode()
        if self.numbers:
            values = {
                **values,
                **{name: as_number(values[name.removeprefix(NUMBER)]) for name in self.numbers},
            }
        body = None if self.body is None else self.body.fill(values, self.escape)
        return Outgoing(self.method, URL(url, encoded=True), headers, body)


class Shapes:
    """The shapes of one request, for the secrets as they are at one time."""

    def __init__(self, request: RestRequest, base: str, secrets: Mapping[str, str]) -> None:
        """Build the one in which nothing is left out. Raises `Unsendable` at a secret that cannot stand where it should."""
        self._request, self._base, self._secrets = request, base, secrets
        self._optional = request.optional
        self._made = {_NOTHING: shape_of(request, base, _NOTHING, secrets)}
        """By the variables that are empty: at most one for each set of parts that can be left out."""

    def fill(self, values: Mapping[str, str]) -> Outgoing:
        """The request with the values of its variables. Raises `Unsendable`."""
        empty = frozenset(name for name in self._optional if not values[name]) if self._optional else _NOTHING
        shape = self._made.get(empty)
        if shape is None:
            shape = self._made[empty] = shape_of(self._request, self._base, empty, self._secrets)
        return shape.fill(values)


def shape_of(request: RestRequest, base: str, empty: frozenset[str], secrets: Mapping[str, str]) -> Shape:
    """The shape of a request in which these variables are empty. `secrets` has those that it names."""
    query = _pairs(request.query, empty)
    present = {name: one.present(empty) for name, one in request.headers.items()}
    headers = {name: _settled(_joined(texts), as_header, secrets) for name, texts in present.items() if texts}
    body, escape, kinds = _body(request, empty, secrets)
    set_already = {name.lower() for name in headers}
    fixed = {name: value for name, value in kinds if name.lower() not in set_already}
    fixed |= {name: text.literals[0].decode() for name, text in headers.items() if not text.variables}
    varying = {name: text for name, text in headers.items() if text.variables}
    numbers = tuple({v for v in body.variables if v.startswith(NUMBER)}) if body is not None else ()
    return Shape(request.method, base, request.path, query, fixed, varying, body, escape, numbers)


def _body(
    request: RestRequest, empty: frozenset[str], secrets: Mapping[str, str]
) -> tuple[Template | None, Callable[[str], bytes], tuple[tuple[str, str], ...]]:
    """The body's template, how values are escaped in it, and the headers that go with it."""
    if request.form is not None:
        form = _pairs(request.form, empty) or Template((b"",), ())
        return _settled(form, as_query, secrets), as_query, _FORM
    if request.body is None:
        return None, as_json, _JSON[:1]
    holes = Holes()
    text = json.dumps(holes.put(pruned(request.body, empty))).encode()
    return _settled(holes.cut(holes.bare(text)), as_json, secrets), as_json, _JSON


def _pairs(fields: Mapping[str, Field], empty: frozenset[str]) -> Template | None:
    """`name=value&…`, a name once for each of its texts; `None` if there is nothing."""
    literals: list[bytes] = [b""]
    variables: list[str] = []
    for name, one in fields.items():
        for text in one.present(empty):
            start = b"&" if literals[-1] or variables else b""
            literals[-1] += start + quote(name, safe="").encode() + b"=" + _quoted(text.literals[0])
            literals += map(_quoted, text.literals[1:])
            variables += text.variables
    return Template(tuple(literals), tuple(variables)) if literals[0] else None


def _quoted(literal: bytes) -> bytes:
    return quote(literal, safe=_UNRESERVED).encode()


def _joined(texts: tuple[Template, ...]) -> Template:
    """Several texts of one header are one, with commas (RFC 9110 §5.3)."""
    literals, variables = list(texts[0].literals), list(texts[0].variables)
    for text in texts[1:]:
        literals[-1] += b", " + text.literals[0]
        literals += text.literals[1:]
        variables += text.variables
    return Template(tuple(literals), tuple(variables))


def _settled(template: Template, escape: Callable[[str], bytes], secrets: Mapping[str, str]) -> Template:
    names = {name for name in template.variables if name.startswith(SECRET)}
    return template.settle({name: secrets[name.removeprefix(SECRET)] for name in names}, escape)
