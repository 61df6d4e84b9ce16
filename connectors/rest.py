"""A source that speaks JSON over HTTP."""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from yarl import URL

from connectors import json_reply
from connectors.declared import DeclaredSource
from connectors.errors import ContractBroken
from connectors.http import Answer, Outgoing
from connectors.request_rule import RestRequest
from connectors.template import Holes, Template, as_header, as_json, as_path_segment, as_query
from connectors.values import Scalar
from connectors.variables import SECRET

__all__ = ["RestSource"]


_JSON = re.compile(r"application/(?:[\w.+-]+\+)?json", re.ASCII)


class RestSource(DeclaredSource):
    """A declared REST source: templates make the request, compiled JMESPath reads the answer."""

    _base: str
    _path: Template
    _query: Mapping[str, Template]
    _headers: Mapping[str, Template]
    _body: Template | None
    _variables: frozenset[str]

    def _build(self) -> None:
        request, declaration = self._declaration.request, self._declaration
        assert isinstance(request, RestRequest)  # noqa: S101 - read_declaration made it so
        address = self._address or declaration.address or ""
        self._base = str(self._checked(address)).rstrip("/")
        self._method, self._path = request.method, request.path
        self._query = {as_query(name).decode(): template for name, template in request.query.items()}
        self._headers = {name: self._settled(t, as_header) for name, t in request.headers.items()}
        self._headers = {"Accept": Template((b"application/json",), ()), **self._headers}
        self._body = None
        if request.body is not None:
            holes = Holes()
            text = json.dumps(holes.put(request.body)).encode()
            self._body = self._settled(holes.cut(text), as_json)
            self._headers = {"Content-Type": Template((b"application/json",), ()), **self._headers}
        parts = [self._path, *self._query.values(), *self._headers.values()]
        self._variables = frozenset(
            v for part in [*parts, *filter(None, [self._body])] for v in part.variables
        )

    def _settled(self, template: Template, escape: Callable[[str], bytes]) -> Template:
        names = {name for name in template.variables if name.startswith(SECRET)}
        return template.settle({name: self._secret(name) for name in names}, escape)

    def _needed(self) -> frozenset[str]:
        return self._variables

    def _fill(self, values: Mapping[str, str]) -> Outgoing:
        url = self._base + self._path.fill(values, as_path_segment).decode()
        if self._query:
            url += "?" + "&".join(f"{k}={t.fill(values, as_query).decode()}" for k, t in self._query.items())
        headers = {name: t.fill(values, as_header).decode() for name, t in self._headers.items()}
        body = None if self._body is None else self._body.fill(values, as_json)
        return Outgoing(self._method, URL(url, encoded=True), headers, body)

    def _open(self, answer: Answer) -> Any:
        """The whole document, once status, content type and the source's own error codes are looked at."""
        is_json = bool(_JSON.fullmatch(answer.media_type))
        document: Any = None
        try:
            if is_json and answer.body:
                document = json_reply.parse(answer.body)
        except json_reply.NotJson as error:
            is_json = False
            if answer.status == 200:
                raise ContractBroken(self._id, f"its answer {error}") from None
        failure = None if document is None else self._code_error(document, answer)
        if failure is None and answer.status != 200:
            failure = self._status_error(answer, understood=is_json or not answer.body)
        if failure is None and document is None:
            failure = ContractBroken(self._id, "its answer is empty" if is_json else "its answer is not JSON")
        if failure is not None:
            raise failure
        return document

    def _says_none(self, found: Sequence[Any]) -> bool:
        return isinstance(found, list)  # a null or an absent key is an empty tuple

    @staticmethod
    def _scalar(item: Any) -> Scalar:
        return json_reply.scalar(item)

    @staticmethod
    def _is_node(item: Any) -> bool:
        return isinstance(item, dict)
