"""A source that speaks JSON over HTTP."""

import re
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from connectors import json_reply
from connectors.access.gate import Bound
from connectors.declared import DeclaredSource
from connectors.errors import ContractBroken, DeclarationInvalid, SourceError
from connectors.http import Answer, Outgoing
from connectors.openapi_check import check_openapi
from connectors.pages import gather
from connectors.reply_rule import ORDER
from connectors.rest_errors import codes_in, is_error
from connectors.rest_request import SSIN, RestRequest
from connectors.rest_shape import Shapes
from connectors.security.rotating import Rotating, Unusable
from connectors.template import Unsendable

__all__ = ["RestSource"]


_JSON = re.compile(r"application/(?:[\w.+-]+\+)?json", re.ASCII)


class RestSource(DeclaredSource):
    """A declared REST source: templates make the request, compiled JMESPath reads the answer."""

    _named: frozenset[str]
    _shapes: Callable[[], Shapes]
    _rotating: Rotating[Shapes] | None = None

    def _build(self) -> None:
        request, declaration = self._declaration.request, self._declaration
        assert isinstance(request, RestRequest)  # noqa: S101 - read_declaration made it so
        if problems := tuple(check_openapi(declaration)):
            raise DeclarationInvalid(self._id, problems)
        base = str(self._checked(self._address or declaration.address or "")).rstrip("/")
        self._named = request.variables
        if request.secrets:
            self._rotating = Rotating(
                self._id, ("request",), request.secrets, self._secrets, partial(_shaped, request, base)
            )
            self._shapes = self._rotating.current
        else:
            shapes = Shapes(request, base, {})
            self._shapes = lambda: shapes

    @property
    def troubles(self) -> Mapping[str, str]:
        """Why a changed secret is not in use and the one before it still is, by the key that names it; empty if all is well."""
        trouble = self._rotating.trouble if self._rotating is not None else None
        return {**super().troubles, **({"request": trouble} if trouble else {})}

    async def _exchange(self, request: Outgoing) -> Answer:
        """Ask for the pages that follow, too, where the declaration has pages."""
        exchange, rule = super()._exchange, self._declaration.pages
        if rule is None or not isinstance(request, Bound):
            return await exchange(request)
        secret = request.values.get("subject") if SSIN in self._declaration.schemes else None
        bound = self._declaration.limits.body_bytes

        async def again(page: Outgoing) -> Answer:
            await self._guard.another()
            return await exchange(page)

        return await gather(
            self._id, rule, request, exchange, again, bound=bound, secret=secret, hold=self._wire.hold
        )

    def _needed(self) -> frozenset[str]:
        return self._named

    def _fill(self, values: Mapping[str, str]) -> Outgoing:
        return self._shapes().fill(values)

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
        failure = None
        if document is not None:
            failure = self._failures.of_codes(document, answer) or self._shaped_error(document, answer)
        if failure is None and answer.status != 200:
            failure = self._failures.of_status(answer, understood=is_json or not answer.body)
        if failure is None and document is None:
            failure = ContractBroken(self._id, "its answer is empty" if is_json else "its answer is not JSON")
        if failure is not None:
            raise failure
        return document

    def _shaped_error(self, document: Any, answer: Answer) -> SourceError | None:
        """What the codes in an error of the declared shape mean. Where none of them was declared, the HTTP status counts."""
        shape = self._rule.shape
        if shape is None or not is_error(answer):
            return None
        meant = [(m, code) for code in codes_in(shape, document) if (m := self._rule.meaning_of(code))]
        if not meant:
            return ContractBroken(self._id, "its answer is a problem") if answer.status == 200 else None
        meaning, code = min(meant, key=lambda pair: ORDER.index(pair[0]))
        return self._failures.meant(meaning, self._failures.cause_of(code), answer)


def _shaped(request: RestRequest, base: str, *secrets: str) -> Shapes:
    """The shapes of a request with these secrets. Raises `Unusable`."""
    try:
        return Shapes(request, base, dict(zip(request.secrets, secrets, strict=True)))
    except Unsendable as error:
        raise Unusable(str(error)) from None
