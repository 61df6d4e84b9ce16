"""What every request passes first: its address, a bound on its body, its content type; and a trace id on the way out.

An address that holds a national number goes no further, for what stands in an address gets into traces and logs. A caller's
trace context stays outside for the same reason; the Belgif guide has `BelGov-Related-Trace-Id` for it.

Plain ASGI, because it is on the path of each prefill.
"""

import re
import uuid
from typing import Final
from urllib.parse import parse_qsl

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from hub.api.problems import bad_request, issue, problem
from hub.catalogue import holds_ssin

_SECURITY: Final = [
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
]
_JSON: Final = re.compile(rb"application/(?:[\w.+-]+\+)?json(?:\s*;|$)", re.IGNORECASE)
_FORM: Final = re.compile(rb"application/x-www-form-urlencoded(?:\s*;|$)", re.IGNORECASE)
_FORM_PATHS: Final = frozenset({"/oauth2/token"})
_TRACE_CONTEXT: Final = frozenset({b"traceparent", b"tracestate", b"baggage"})
_NO_SSIN: Final = "must not hold what is written like a national number"


class Door:
    """Wraps the whole application.

    Args:
        app: what stands behind the door.
        max_body_bytes: a larger body is answered 413, read no further than that.
    """

    def __init__(self, app: ASGIApp, *, max_body_bytes: int) -> None:
        self._app, self._limit = app, max_body_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        trace = str(uuid.uuid4()).encode()

        async def traced(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], (b"belgov-trace-id", trace), *_SECURITY]
            await send(message)

        scope["headers"] = [one for one in scope["headers"] if one[0] not in _TRACE_CONTEXT]
        wrong = _wrong_address(scope)
        if wrong is not None:
            await bad_request([wrong])(scope, receive, traced)
            return
        if scope["method"] not in {"POST", "PUT", "PATCH"}:
            await self._app(scope, receive, traced)
            return
        body = await self._read(receive)
        if body is None:
            refusal = problem("payloadTooLarge", f"A request body may have {self._limit} bytes at most")
            await refusal(scope, receive, traced)
        elif body and not _acceptable(scope):
            where = (
                "application/x-www-form-urlencoded" if scope["path"] in _FORM_PATHS else "application/json"
            )
            refusal = bad_request([issue("invalidInput", "Content-Type", f"must be {where}", "header")])
            await refusal(scope, receive, traced)
        else:
            await self._app(scope, _replay(body, receive), traced)

    async def _read(self, receive: Receive) -> bytes | None:
        """The whole body, or nothing where it is too large."""
        parts: list[bytes] = []
        size = 0
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                return b"".join(parts)
            part = message.get("body", b"")
            size += len(part)
            if size > self._limit:
                return None
            parts.append(part)
            if not message.get("more_body"):
                return b"".join(parts)


def _wrong_address(scope: Scope) -> dict[str, str] | None:
    """What no address may hold: a national number, or the same parameter twice."""
    if holds_ssin(scope["path"]):
        return issue("invalidInput", "(path)", _NO_SSIN, "path")
    host = next((value for name, value in scope["headers"] if name == b"host"), b"")
    if holds_ssin(host.decode("latin-1")):
        return issue("invalidInput", "Host", _NO_SSIN, "header")
    query = scope["query_string"].decode("latin-1")
    if not query:
        return None
    pairs = parse_qsl(query, keep_blank_values=True)
    if any(holds_ssin(name) or holds_ssin(value) for name, value in pairs):
        return issue("invalidInput", "(query)", _NO_SSIN, "query")
    if len(dict(pairs)) < len(pairs):
        return issue("invalidInput", "(query)", "a parameter may be given once", "query")
    return None


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
