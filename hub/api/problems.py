"""Errors on the wire: `application/problem+json` as the Belgif REST guide has it.

A problem never repeats what was sent, for that may be a national number: FastAPI's own 422 does, so it is replaced.
"""

import uuid
from collections.abc import Iterable, Mapping
from typing import Any, Final

import structlog
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from hub.api.json import dumps
from hub.identity import (
    ClientRefused,
    ClientRevoked,
    ClientsUnavailable,
    CrossSite,
    IdentityError,
    LevelTooLow,
    LoginUnavailable,
    ScopeMissing,
    SessionOver,
    TokenExpired,
    TokenMissing,
    TooManyTries,
)
from hub.services import errors

MEDIA_TYPE: Final = "application/problem+json"
_BELGIF: Final = "urn:problem-type:belgif:"
_OWN: Final = "urn:problem-type:onlyonce:"
_NOT_BELGIF: Final = frozenset(
    {"crossSite", "levelTooLow", "methodNotAllowed", "notSignedYet", "requestTimeout", "unsupportedMediaType"}
)
_INPUT: Final = f"{_BELGIF}input-validation:"
_RETRY_AFTER_S: Final = 2
_log = structlog.get_logger("hub.api")

_TITLES: Final = {
    "badRequest": (400, "Bad Request"),
    "noAccessToken": (401, "No Access Token"),
    "invalidAccessToken": (401, "Invalid Access Token"),
    "expiredAccessToken": (401, "Expired Access Token"),
    "missingScope": (403, "Missing Scope"),
    "missingPermission": (403, "Missing Permission"),
    "crossSite": (403, "Cross-Site Request"),
    "levelTooLow": (403, "Level Too Low"),
    "resourceNotFound": (404, "Resource Not Found"),
    "methodNotAllowed": (405, "Method Not Allowed"),
    "requestTimeout": (408, "Request Timeout"),
    "notSignedYet": (409, "Not Signed Yet"),
    "payloadTooLarge": (413, "Payload Too Large"),
    "unsupportedMediaType": (415, "Unsupported Media Type"),
    "tooManyRequests": (429, "Too Many Requests"),
    "internalServerError": (500, "Internal Server Error"),
    "serviceUnavailable": (503, "Service Unavailable"),
}
_BY_STATUS: Final = {
    400: "badRequest",
    404: "resourceNotFound",
    405: "methodNotAllowed",
    413: "payloadTooLarge",
    415: "unsupportedMediaType",
}


def problem(kind: str, detail: str, headers: Mapping[str, str] | None = None, **members: Any) -> Response:
    """One problem response: of a Belgif type (`badRequest`, …), or of the hub's own where Belgif has none."""
    status, title = _TITLES[kind]
    body = {
        "type": (_OWN if kind in _NOT_BELGIF else _BELGIF) + kind, "title": title, "status": status, "detail": detail,
        "instance": f"urn:uuid:{uuid.uuid4()}", **members,
    }  # fmt: skip
    return Response(dumps(body), status, headers=dict(headers or {}), media_type=MEDIA_TYPE)


def issue(kind: str, name: str, detail: str, where: str = "body", value: str | None = None) -> dict[str, str]:
    """One entry of `issues[]`. `value` is only given where it cannot be personal."""
    entry = {"type": _INPUT + kind, "title": _ISSUE_TITLES[kind], "detail": detail, "in": where, "name": name}
    return entry if value is None else {**entry, "value": value}


_ISSUE_TITLES: Final = {
    "schemaViolation": "Input isn't valid with respect to schema",
    "invalidInput": "Invalid input",
    "unknownInput": "Unknown input",
    "referencedResourceNotFound": "Referenced resource not found",
}


def bad_request(issues: Iterable[Mapping[str, str]]) -> Response:
    """A 400 with its issues."""
    return problem("badRequest", "The input message is incorrect", issues=list(issues))


def unauthorised(error: IdentityError) -> Response:
    """What a caller gets who did not prove who they are, or may not be here."""
    other = _forbidden(error) or _not_now(error)
    if other is not None:
        return other
    kind, detail, challenge = (
        "invalidAccessToken",
        "The access token does not hold",
        'Bearer error="invalid_token"',
    )
    if isinstance(error, TokenMissing):
        kind, detail, challenge = "noAccessToken", "No access token was sent", "Bearer"
    elif isinstance(error, SessionOver):
        kind, detail = "expiredAccessToken", "The session is over: log in again"
    elif isinstance(error, TokenExpired):
        kind, detail = "expiredAccessToken", "The access token has expired"
    elif isinstance(error, ClientRevoked):
        detail = "The client was revoked, and its access tokens with it"
    return problem(kind, detail, {"WWW-Authenticate": challenge})


def _not_now(error: IdentityError) -> Response | None:
    """Who cannot be asked for a proof at the moment."""
    if isinstance(error, LoginUnavailable):
        return _later("The issuer of the login cannot be reached, so its token cannot be checked")
    if isinstance(error, ClientsUnavailable):
        return _later("Clients cannot be authenticated at the moment")
    if isinstance(error, TooManyTries):
        return problem(
            "tooManyRequests", "Too many proofs of this client did not hold", {"Retry-After": str(error.retry_after_s)},
            retryAfterSec=error.retry_after_s,
        )  # fmt: skip
    return None


def _forbidden(error: IdentityError) -> Response | None:
    """Who proved who they are, and may not do this so."""
    if isinstance(error, ScopeMissing):
        return problem("missingScope", "The access token lacks a scope", requiredScopes=list(error.required))
    if isinstance(error, CrossSite):
        return problem(
            "crossSite",
            "A change with a session needs its token in X-CSRF-Token, and to be asked by a page of the hub",
        )
    if isinstance(error, LevelTooLow):
        return problem(
            "levelTooLow", "This needs a stronger login", requiredLevel=error.required, loginHref=f"/login?level={error.required}"
        )  # fmt: skip
    return None


def _later(detail: str) -> Response:
    return problem(
        "serviceUnavailable", detail, {"Retry-After": str(_RETRY_AFTER_S)}, retryAfterSec=_RETRY_AFTER_S
    )


def of_service(error: errors.ServiceError) -> Response:  # noqa: C901, PLR0911 - a table
    """The problem that a service's refusal is."""
    match error:
        case errors.RequestInvalid():
            return bad_request(
                issue(fault.kind, fault.name, fault.detail, fault.where, fault.value)
                for fault in error.faults
            )
        case errors.NotPermitted():
            return problem("missingPermission", error.told)
        case errors.NotFound():
            return problem("resourceNotFound", "There is no such resource")
        case errors.TooMany():
            return problem(
                "tooManyRequests", error.told,
                {"Retry-After": str(error.retry_after_s)}, limit=error.limit, retryAfterSec=error.retry_after_s,
            )  # fmt: skip
        case errors.Altered():
            return problem("internalServerError", "What is kept is not what was signed: somebody changed it")
        case errors.DeliveryDropped():
            return _later("The answer was ready too late to be sent safely. Ask again")
        case errors.NotSignedYet():
            return problem(
                "notSignedYet", "What is to be proven was recorded just now and is not signed yet. Ask again",
                {"Retry-After": str(_RETRY_AFTER_S)}, retryAfterSec=_RETRY_AFTER_S,
            )  # fmt: skip
        case errors.RepresentationUnavailable():
            return _later("The register that says whom you may represent does not answer at the moment")
        case errors.NoDecision():
            return _later("The access rules cannot be checked at the moment, so nothing is disclosed")
        case _:
            return _later("The usage log cannot be written at the moment, so nothing is disclosed")


def _of_validation(error: RequestValidationError) -> Response:
    issues = []
    for entry in error.errors():
        where, *path = [str(part) for part in entry["loc"]]
        kind = _KINDS.get(entry["type"], "schemaViolation")
        where = where if where in {"body", "query", "path", "header"} else "body"
        # A JSON decoder's message can quote what it stumbled on; the place of a broken document is no use either.
        broken = entry["type"] == "json_invalid"
        name = "" if broken else _dotted(path, unknown=kind == "unknownInput")
        issues.append(
            issue(kind, name, "is not JSON" if broken else _DETAILS.get(entry["type"], _safe(entry)), where)
        )
    return bad_request(issues)


_KINDS: Final = {
    "extra_forbidden": "unknownInput",
    "holds_ssin": "invalidInput",
    "one_purpose": "invalidInput",
}
_DETAILS: Final = {
    "holds_ssin": "must not hold what is written like a national number",
    "missing": "is required",
    "one_purpose": "must be one processing activity: a consent is to one purpose, ask for each by itself",
    "extra_forbidden": "is not known here",
    "string_type": "must be a string",
    "string_pattern_mismatch": "does not have the form that the specification gives",
    "model_attributes_type": "must be an object",
    "dict_type": "must be an object",
    "list_type": "must be a list",
    "literal_error": "is not one of the values that the specification gives",
}


def _safe(entry: Mapping[str, Any]) -> str:
    """A message that says what is wrong by its kind alone, never by the input."""
    return str(entry["type"]).replace("_", " ")


def _dotted(path: list[str], *, unknown: bool) -> str:
    # The name of an unknown member is the caller's own text: it is named only where it looks like a member's name.
    if (
        unknown
        and path
        and not (path[-1].isidentifier() and not any(c.isdigit() for c in path[-1]) and len(path[-1]) <= 64)
    ):
        path = [*path[:-1], "(a member)"]
    return ".".join(path)


def _of_http(error: HTTPException) -> Response:
    if error.status_code == 400:  # FastAPI could not even try to read the body
        return bad_request([issue("schemaViolation", "", "is not JSON")])
    kind = _BY_STATUS.get(
        error.status_code, "badRequest" if error.status_code < 500 else "serviceUnavailable"
    )
    return problem(kind, _TITLES[kind][1], error.headers)


def install(app: FastAPI) -> None:
    """Give an application the hub's problems for everything that can go wrong."""

    @app.exception_handler(errors.ServiceError)
    async def _service(_: Request, error: errors.ServiceError) -> Response:
        return of_service(error)

    @app.exception_handler(IdentityError)
    async def _identity(_: Request, error: IdentityError) -> Response:
        if isinstance(error, ClientRefused):
            return problem("invalidAccessToken", "The client could not be authenticated")
        return unauthorised(error)

    @app.exception_handler(RequestValidationError)
    async def _validation(_: Request, error: RequestValidationError) -> Response:
        return _of_validation(error)

    @app.exception_handler(HTTPException)
    async def _http(_: Request, error: HTTPException) -> Response:
        return _of_http(error)

    @app.exception_handler(Exception)
    async def _unexpected(_: Request, error: Exception) -> Response:
        # The text of an unforeseen error may quote data, so only its kind and place are logged.
        frames = error.__traceback__
        while frames is not None and frames.tb_next is not None:
            frames = frames.tb_next
        place = f"{frames.tb_frame.f_code.co_name}:{frames.tb_lineno}" if frames else "?"
        _log.error("unexpected error", error=type(error).__name__, place=place)
        return problem("internalServerError", "Something went wrong in the hub")
