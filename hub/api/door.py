"""What every request passes first: its address, a bound on its body, its content type; and a trace id on the way out.

An address that holds a national number goes no further, for what stands in an address gets into traces and logs. A caller's
trace context stays outside for the same reason; the Belgif guide has `BelGov-Related-Trace-Id` for it.

Plain ASGI, because it is on the path of each prefill.
"""

import asyncio
import re
from typing import Final
from urllib.parse import parse_qsl

from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from hub.api.client_cert import HEADERS, from_proxy
from hub.api.cookies import GIVEN
from hub.api.problems import bad_request, issue, problem
from hub.catalogue import holds_ssin
from hub.randomness import new_uuid

BODY_WITHIN_S: Final = 10.0
_SECURITY: Final = [
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
]
_PAGES: Final = frozenset({"/verify.html"})
"""What people open in a browser. Such a page comes with a policy of its own."""
_SECURITY_OF_PAGES: Final = _SECURITY[:2]
_JSON: Final = re.compile(rb"application/(?:[\w.+-]+\+)?json(?:\s*;|$)", re.IGNORECASE)
_FORM: Final = re.compile(rb"application/x-www-form-urlencoded(?:\s*;|$)", re.IGNORECASE)
_FORM_PATHS: Final = frozenset({"/oauth2/token", "/logout", "/logout/backchannel"})
_TRACE_CONTEXT: Final = frozenset({b"traceparent", b"tracestate", b"baggage"})
_NOT_BELIEVED: Final = _TRACE_CONTEXT | HEADERS
"""What stays outside where no proxy of ours brings it: a caller's certificate too, for anybody can write one down."""
_WITH_REQUEST_ID: Final = "/access/"
"""Where a caller names its requests, and answers repeat the name (AuthZEN 1.0, section 10.1)."""
_NAMES: Final = {b"host": "Host", b"x-request-id": "X-Request-ID"}
_NO_SSIN: Final = "must not hold what is written like a national number"


class Door:
    """Wraps the whole application.

    Args:
        app: what stands behind the door.
        max_body_bytes: a larger body is answered 413, read no further than that.
        body_within_s: a body that is not whole by then, in seconds, is answered 408.
        proxies: the addresses from which a client's certificate is believed (`Client-Cert`).
    """

    def __init__(
        self, app: ASGIApp, *, max_body_bytes: int, body_within_s: float = BODY_WITHIN_S, proxies: frozenset[str] = frozenset()
    ) -> None:  # fmt: skip
        self._app, self._limit, self._within, self._proxies = app, max_body_bytes, body_within_s, proxies

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        trace = new_uuid().encode()
        given: dict[str, str] = {}
        scope[GIVEN] = given
        repeated = _request_id(scope)

        async def traced(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [
                    *message["headers"],
                    (b"belgov-trace-id", trace),
                    *(_SECURITY if scope["path"] not in _PAGES else _SECURITY_OF_PAGES),
                    *repeated,
                    *((b"set-cookie", one.encode()) for one in given.values()),
                ]
            await send(message)

        outside = _TRACE_CONTEXT if from_proxy(scope, self._proxies) else _NOT_BELIEVED
        scope["headers"] = [one for one in scope["headers"] if one[0] not in outside]
        wrong = _wrong_address(scope)
        if wrong is not None:
            repeated.clear()
            await bad_request([wrong])(scope, receive, traced)
            return
        if scope["method"] not in {"POST", "PUT", "PATCH"}:
            await self._app(scope, receive, traced)
            return
        body = await self._body(scope, receive)
        if isinstance(body, bytes):
            await self._app(scope, _replay(body, receive), traced)
        elif body is not None:
            await body(scope, receive, traced)

    async def _body(self, scope: Scope, receive: Receive) -> bytes | Response | None:
        """The whole body, or the answer to a wrong one, or nothing where the caller left before it was whole."""
        try:
            async with asyncio.timeout(self._within):
                body = await self._read(receive)
        except TimeoutError:
            # Whoever is this slow may go on sending for ever: the connection ends with this answer.
            late = f"The request body did not come within {self._within:g} seconds"
            return problem("requestTimeout", late, {"Connection": "close"})
        except _TooLarge:
            return problem("payloadTooLarge", f"A request body may have {self._limit} bytes at most")
        if body and not _acceptable(scope):
            where = (
                "application/x-www-form-urlencoded" if scope["path"] in _FORM_PATHS else "application/json"
            )
            return bad_request([issue("invalidInput", "Content-Type", f"must be {where}", "header")])
        return body

    async def _read(self, receive: Receive) -> bytes | None:
        parts: list[bytes] = []
        size = 0
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                return None
            part = message.get("body", b"")
            size += len(part)
            if size > self._limit:
                raise _TooLarge
            parts.append(part)
            if not message.get("more_body"):
                return b"".join(parts)


class _TooLarge(Exception):
    """The body has more bytes than are read."""


def _wrong_address(scope: Scope) -> dict[str, str] | None:
    """What no address may hold: a national number, or the same host or parameter twice."""
    if holds_ssin(scope["path"]):
        return issue("invalidInput", "(path)", _NO_SSIN, "path")
    wrong = _wrong_header(scope)
    if wrong is not None:
        return wrong
    query = scope["query_string"].decode("latin-1")
    if not query:
        return None
    pairs = parse_qsl(query, keep_blank_values=True)
    if any(holds_ssin(name) or holds_ssin(value) for name, value in pairs):
        return issue("invalidInput", "(query)", _NO_SSIN, "query")
    if len(dict(pairs)) < len(pairs):
        return issue("invalidInput", "(query)", "a parameter may be given once", "query")
    return None


def _wrong_header(scope: Scope) -> dict[str, str] | None:
    """A host or a name of a request that may not be: it holds a national number, or there is a second host (RFC 9112, section 3.2)."""
    hosts = [one for one in scope["headers"] if one[0] == b"host"]
    if len(hosts) > 1:
        return issue("invalidInput", "Host", "may be given once", "header")
    for name, value in (*hosts, *_request_id(scope)):
        if holds_ssin(value.decode("latin-1")):
            return issue("invalidInput", _NAMES[name], _NO_SSIN, "header")
    return None


def _request_id(scope: Scope) -> list[tuple[bytes, bytes]]:
    """The header by which a caller names its request, where it is known."""
    if not scope["path"].startswith(_WITH_REQUEST_ID):
        return []
    return [one for one in scope["headers"] if one[0] == b"x-request-id"][:1]


def _acceptable(scope: Scope) -> bool:
    wanted = _FORM if scope["path"] in _FORM_PATHS else _JSON
    given = next((value for name, value in scope["headers"] if name == b"content-type"), b"")
    return wanted.match(given) is not None


def _replay(body: bytes, receive: Receive) -> Receive:
    sent = False

    async def replay() -> Message:
        nonlocal sent
        if sent:
            return await receive()
        sent = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replay
