"""Estonia's contract for reading data usage: `findUsage` 2.1.0 of its Data Tracker (Andmejälgija), for portals that speak it.

The contract puts national numbers into addresses and headers. So this stands before everything else: what serves other requests, traces and
measures them never sees these, and of what the server itself may write the numbers are taken out before anything is answered.

Mutual TLS ends at a proxy. It hands the client's certificate on as RFC 9440 has it (`Client-Cert`), and is known by its address; the certificate is pinned.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from urllib.parse import parse_qsl

import structlog
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from connectors import Identifier
from hub.api.client_cert import certificate_in, from_proxy
from hub.api.json import answer, present
from hub.api.languages import preferred
from hub.api.problems import of_service, problem, unauthorised
from hub.catalogue import IdentifierInvalid, check_identifier
from hub.identity import IdentityError, Portals
from hub.services.errors import Fault, NotPermitted, RequestInvalid, ServiceError
from hub.services.health import Health
from hub.services.portal_usage import FURTHEST, MOST_AT_ONCE, PortalQuestion, PortalUsage, Received

PREFIX: Final = "/api/dataTracker"
PATHS: Final = frozenset({"/v2/findUsage", "/v2/usagePeriod", "/v2/heartbeat"})
_NUMBER: Final = re.compile(r"(?:BE)?([0-9]{10,11})")
_COUNT: Final = re.compile(r"[0-9]{1,9}")
_KNOWN: Final = frozenset({"userCode", "periodStart", "periodEnd", "offset", "limit"})
_SSIN_DIGITS: Final = 11
_log = structlog.get_logger("hub.api")


@dataclass(frozen=True, slots=True)
class _Request:
    """What was asked, out of the scope by now. Its `repr` is never made."""

    query: bytes
    headers: Mapping[bytes, bytes]


class PortalDoor:
    """Answers portals, and lets everything else through.

    Args:
        app: what everything else goes to.
        usage: what is asked.
        portals: who may ask.
        proxies: the addresses from which a client's certificate is believed.
        health: of the hub.
        admit_test_numbers: whether test persons are admitted.
    """

    def __init__(
        self, app: ASGIApp, usage: PortalUsage, *, portals: Portals, proxies: frozenset[str], health: Health, admit_test_numbers: bool
    ) -> None:  # fmt: skip
        self._app, self._usage, self._portals, self._proxies = app, usage, portals, proxies
        self._health, self._admit_test_numbers = health, admit_test_numbers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http" or not scope["path"].startswith(PREFIX):
            await self._app(scope, receive, send)
            return
        request = _taken_out(scope)
        response = await self._answer(scope, request)
        response.headers["X-Content-Type-Options"] = "nosniff"
        await response(scope, receive, send)

    async def _answer(self, scope: Scope, request: _Request | None) -> Response:
        try:
            return await self._serve(scope, request)
        except (ServiceError, IdentityError) as error:
            return _refusal(error)
        except Exception as error:  # noqa: BLE001 - nobody above may see what this request was
            _log.error("unexpected error", error=type(error).__name__, place="portals")
            return problem("internalServerError", "Something went wrong in the hub")

    async def _serve(self, scope: Scope, request: _Request | None) -> Response:
        if request is None:
            raise NotPermitted("a header that counts stands there twice")
        portal = self._portal(scope, request)
        path = scope["path"].removeprefix(PREFIX)
        if path not in PATHS:
            return problem("resourceNotFound", "There is no such resource")
        if scope["method"] != "GET":
            return problem("methodNotAllowed", "Only GET is known here", {"Allow": "GET"})
        if path == "/v2/findUsage":
            return await self._find_usage(portal, request)
        if request.query:
            raise RequestInvalid(
                Fault("(query)", "no query parameter is known here", "unknownInput", where="query")
            )
        return await (self._usage_period() if path == "/v2/usagePeriod" else self._heartbeat())

    def _portal(self, scope: Scope, request: _Request) -> str:
        """Who asks.

        Raises:
            NotPermitted: nobody that is known: no proxy of ours brought the request, or the certificate is not pinned, or not valid now.
        """
        shown = certificate_in(request.headers.items()) if from_proxy(scope, self._proxies) else None
        name = None if shown is None else self._portals.named(shown)
        if name is None:
            raise NotPermitted("the client's certificate is not pinned")
        return name

    async def _find_usage(self, portal: str, request: _Request) -> Response:
        query = _query(request)
        token = request.headers.get(b"authorization", b"").decode("latin-1")
        kind, _, bearer = token.partition(" ")
        asked = PortalQuestion(
            portal=portal,
            user=self._number(
                request.headers.get(b"x-road-userid", b"").decode("latin-1"), "X-Road-UserId", "header"
            ),
            subject=self._number(query.get("userCode", ""), "userCode", "query"),
            token=bearer.strip() or None if kind.lower() == "bearer" else None,
            since=_moment(query, "periodStart"),
            until=_moment(query, "periodEnd"),
            offset=_count(query, "offset", 0, FURTHEST),
            limit=_count(query, "limit", MOST_AT_ONCE, MOST_AT_ONCE),
            language=preferred(request.headers.get(b"accept-language", b"").decode("latin-1")),
        )
        if asked.user.scheme != "ssin":
            raise RequestInvalid(
                Fault("X-Road-UserId", "must be a national number", "invalidInput", where="header")
            )
        total, found = await self._usage.find(asked)
        return answer({"totalUsages": total, "usages": [_written(one) for one in found]})

    async def _usage_period(self) -> Response:
        began = await self._usage.began()
        return answer({"periodStart": began.isoformat(timespec="milliseconds")})

    async def _heartbeat(self) -> Response:
        status = await self._health()
        return answer({"status": "FAIL" if status == "DOWN" else "OK", "message": status})

    def _number(self, code: str, name: str, where: str) -> Identifier:
        found = _NUMBER.fullmatch(code)
        if found is not None:
            scheme = "ssin" if len(found[1]) == _SSIN_DIGITS else "enterpriseNumber"
            try:
                check_identifier(scheme, found[1], admit_test_numbers=self._admit_test_numbers)
            except IdentifierInvalid:
                found = None
            else:
                return Identifier(scheme, found[1])
        raise RequestInvalid(
            Fault(name, "must be BE and a national or an enterprise number", "invalidInput", where=where)
        )


def _refusal(error: ServiceError | IdentityError) -> Response:
    """The contract knows 200, 400 and 500; who may not ask at all gets 401 or 403."""
    if isinstance(error, IdentityError):
        return unauthorised(error)
    if isinstance(error, RequestInvalid | NotPermitted):
        return of_service(error)
    return problem("internalServerError", "The log cannot be read or written at the moment")


def _taken_out(scope: Scope) -> _Request | None:
    """What of a request can hold a number, taken out of the scope that the server keeps; None where a header that counts comes twice."""
    headers = dict(scope["headers"])
    counted = {b"x-road-userid", b"client-cert", b"authorization"}
    twice = any(sum(name == one for name, _ in scope["headers"]) > 1 for one in counted)
    request = _Request(scope["query_string"], headers)
    scope["query_string"], scope["headers"] = b"", []
    if scope["path"].removeprefix(PREFIX) not in PATHS:
        scope["path"] = PREFIX
    scope["raw_path"] = scope["path"].encode()
    return None if twice else request


def _query(request: _Request) -> dict[str, str]:
    try:
        pairs = parse_qsl(request.query.decode("latin-1"), keep_blank_values=True, max_num_fields=50)
    except ValueError:
        raise RequestInvalid(Fault("(query)", "has too many parameters", where="query")) from None
    if len(dict(pairs)) < len(pairs):
        raise RequestInvalid(Fault("(query)", "a parameter may be given once", where="query"))
    if not {name for name, _ in pairs} <= _KNOWN:
        raise RequestInvalid(
            Fault("(query)", "has a parameter that is not known here", "unknownInput", where="query")
        )
    return dict(pairs)


def _moment(query: Mapping[str, str], name: str) -> datetime | None:
    if name not in query:
        return None
    try:
        found = datetime.fromisoformat(query[name].replace(" ", "+"))  # a plus that was not encoded
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        raise RequestInvalid(Fault(name, "must be a time with its offset (ISO 8601)", where="query"))
    return found


def _count(query: Mapping[str, str], name: str, default: int, most: int) -> int:
    text = query.get(name, str(default))
    if not _COUNT.fullmatch(text) or int(text) > most:
        raise RequestInvalid(Fault(name, f"must be a number up to {most}", where="query"))
    return int(text)


def _written(one: Received) -> dict[str, Any]:
    return present(
        logtime=one.at.isoformat(timespec="milliseconds"),
        action=one.action,
        receiverCode=one.receiver_code,
        receiverName=one.receiver_name,
        receiverSystem=one.receiver_system,
    )
