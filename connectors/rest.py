"""A source that speaks JSON over HTTP."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from connectors import json_reply
from connectors.declared import DeclaredSource
from connectors.errors import ContractBroken
from connectors.http import Answer, Outgoing
from connectors.rest_request import RestRequest
from connectors.rest_shape import Shape, shape_of

__all__ = ["RestSource"]


_NOTHING: frozenset[str] = frozenset()
_JSON = re.compile(r"application/(?:[\w.+-]+\+)?json", re.ASCII)


class RestSource(DeclaredSource):
    """A declared REST source: templates make the request, compiled JMESPath reads the answer."""

    _variables: frozenset[str]
    _optional: frozenset[str]
    _shapes: dict[frozenset[str], Shape]
    """By the variables that are empty: at most one for each set of parts that can be left out."""

    def _build(self) -> None:
        request, declaration = self._declaration.request, self._declaration
        assert isinstance(request, RestRequest)  # noqa: S101 - read_declaration made it so
        self._what = request
        self._base = str(self._checked(self._address or declaration.address or "")).rstrip("/")
        self._optional = request.optional
        self._variables = request.variables
        self._shapes = {}
        self._settle()

    def _settle(self) -> None:
        """Build the shape in which nothing is left out, with the secrets as they are now. Raises `DeclarationInvalid`."""
        self._shapes = {_NOTHING: shape_of(self._what, self._base, _NOTHING, self._secret)}

    def _needed(self) -> frozenset[str]:
        return self._variables

    def _fill(self, values: Mapping[str, str]) -> Outgoing:
        empty = frozenset(name for name in self._optional if not values[name]) if self._optional else _NOTHING
        shape = self._shapes.get(empty)
        if shape is None:
            shape = self._shapes[empty] = shape_of(self._what, self._base, empty, self._secret)
        return shape.fill(values)

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
