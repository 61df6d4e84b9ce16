"""`/login`, `/logout` and `/session`: how a browser gets a session and loses it."""

import contextlib
from collections.abc import Callable, Coroutine, Mapping
from typing import Any, Final
from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response
from fastapi.routing import APIRoute

from hub.api.guards import Citizen, NoQuery, Open, parts_of, session_of
from hub.api.json import answer, present
from hub.api.login import pages, texts
from hub.api.login.local import is_local
from hub.api.problems import problem, unauthorised
from hub.api.same_site import form_of
from hub.identity import (
    CrossSite,
    IdentityError,
    LevelTooLow,
    LoginFailed,
    LoginUnavailable,
    Person,
    Session,
    TokenExpired,
    TokenInvalid,
)
from hub.services.errors import NotFound


class PageRoute(APIRoute):
    """A route at which a person, who asks for a page, is told on a page what is wrong."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The handler, which answers so."""
        original = super().get_route_handler()

        async def handler(request: Request) -> Response:
            try:
                return await original(request)
            except IdentityError as error:
                if pages.asks_json(request, otherwise=True):
                    raise
                return _refused(request, error)

        return handler


router = APIRouter(include_in_schema=False, route_class=PageRoute)
_KNOWN: Final = frozenset({"provider", "level", "next"})
_LEVELS: Final = range(1, 501)
_TICKET_S: Final = 600
_STATUS: Final = {
    "address": 400,
    "ticket": 400,
    "cancelled": 400,
    "refused": 403,
    "unreadable": 403,
    "number": 403,
    "level": 403,
}


@router.get("/login", dependencies=[Open])
async def login(request: Request) -> Response:
    """Send a browser to the provider. Where there are several, and none is named, it is asked which."""
    parts = parts_of(request)
    try:
        asked, level = _asked(request.query_params)
        providers = {one.id: one.name for one in parts.catalogue.logins.values()}
        if "provider" not in asked and len(providers) > 1 and not pages.asks_json(request):
            return pages.choice(
                request,
                providers,
                {one: f"/login?{urlencode({**asked, 'provider': one})}" for one in providers},
            )
        chosen = asked.get("provider") or next(iter(providers), "")
        begun = await parts.logging_in.begin(
            chosen, next_=asked.get("next"), level=level, language=pages.language_of(request)
        )
    except (IdentityError, NotFound) as error:
        return _failed(request, error)
    parts.cookies.give(request.scope, parts.cookies.login, begun.ticket, seconds=_TICKET_S)
    return _go(begun.address)


@router.get("/login/callback", dependencies=[Open])
async def callback(request: Request) -> Response:
    """Where a provider sends the browser back to."""
    parts = parts_of(request)
    cookies = parts.cookies
    before: Session | None = None
    with contextlib.suppress(IdentityError):
        before = await session_of(request)
    try:
        ticket = cookies.read(request.scope, cookies.login)
        found, following = await parts.logging_in.finish(dict(request.query_params), ticket, before=before)
    except IdentityError as error:
        cookies.remove(request.scope, cookies.login)
        return _failed(request, error)
    cookies.remove(request.scope, cookies.login)
    cookies.give(request.scope, cookies.session, found.cookie or "")
    return _go(f"{parts.settings.public_url}{following}")


@router.get("/login/jwks", dependencies=[Open, NoQuery])
async def keys(request: Request) -> Response:
    """The public keys by which the providers know the hub (`private_key_jwt`)."""
    return answer(parts_of(request).login_keys)


@router.post("/logout", dependencies=[NoQuery])
async def logout(_: Citizen, request: Request) -> Response:
    """End the session, here and at the provider. A caller with an access token has none."""
    parts = parts_of(request)
    session: Session | None = getattr(request.state, "session", None)
    if session is None:
        return Response(status_code=204)
    address = await parts.logging_in.log_out(session)
    parts.cookies.remove(request.scope, parts.cookies.session)
    return answer({"next": address}) if pages.asks_json(request) else _go(address)


@router.post("/logout/backchannel", dependencies=[Open, NoQuery])
async def backchannel(request: Request) -> Response:
    """A provider says that somebody logged out (OpenID Connect Back-Channel Logout 1.0)."""
    try:
        await parts_of(request).logging_in.logged_out((await form_of(request)).get("logout_token", ""))
    except (TokenInvalid, TokenExpired):
        return answer(
            {"error": "invalid_request", "error_description": "the logout token does not hold"}, 400
        )
    return Response(status_code=200, headers={"Cache-Control": "no-store"})


@router.get("/session", dependencies=[NoQuery])
async def session(person: Citizen, request: Request) -> Response:
    """Who is logged in: in what roles, how strongly, until when, and the token for changes. Never their number."""
    held: Session | None = getattr(request.state, "session", None)
    if held is not None and not pages.asks_json(request, otherwise=True):
        return pages.here(request, held)
    return answer(
        present(
            name=held.said.name if held else None,
            provider=held.said.provider if held else None,
            roles=roles_of(person),
            assuranceLevel=person.assurance_level,
            expiresAt=person.expires_at.isoformat(timespec="seconds"),
            csrfToken=held.csrf if held else None,
        )
    )


def roles_of(person: Person) -> list[str]:
    """In which roles somebody may act, as their login says."""
    more = (("representative", person.enterprises), ("agent", person.agent_of), ("dpo", person.dpo_of))
    return ["citizen", *(role for role, held in more if held)]


def _asked(query: Mapping[str, str]) -> tuple[dict[str, str], int | None]:
    """What a browser asks `/login` for.

    Raises:
        LoginFailed: something that is not understood, or a way out of the hub.
    """
    asked = dict(query)
    level = asked.get("level")
    understood = level is None or (
        level.isascii() and level.isdigit() and len(level) <= 3 and int(level) in _LEVELS
    )
    if not understood or not asked.keys() <= _KNOWN or not is_local(asked.get("next", "/")):
        raise LoginFailed("address")
    return asked, int(level) if level is not None else None


def _failed(request: Request, error: IdentityError | NotFound) -> Response:
    """Why somebody is not logged in, and what to do."""
    json = pages.asks_json(request)
    if isinstance(error, LoginFailed):
        again = f"/login?level={error.level}" if error.level is not None else "/login"
        return (
            _problem(error)
            if json
            else pages.message(request, texts.FAILED[error.reason], _STATUS[error.reason], again=again)
        )
    if isinstance(error, TokenInvalid):
        return _failed(request, LoginFailed("ticket"))
    if isinstance(error, LoginUnavailable | IdentityError):
        return unauthorised(error) if json else pages.message(request, texts.UNAVAILABLE, 503)
    return (
        problem("resourceNotFound", "Nobody can log in there")
        if json
        else pages.message(request, texts.FAILED["address"], 404, again=None)
    )


def _refused(request: Request, error: IdentityError) -> Response:
    """Why somebody may not do this here."""
    if isinstance(error, CrossSite):
        return pages.message(request, texts.FAILED["address"], 403, again=None)
    return pages.message(request, texts.NOT_HERE, 401)


def _problem(error: LoginFailed) -> Response:
    if error.level is not None:
        return unauthorised(LevelTooLow(error.level))
    kind = "badRequest" if _STATUS[error.reason] == 400 else "missingPermission"
    return problem(kind, texts.FAILED[error.reason]["en"][0], reason=error.reason)


def _go(address: str) -> Response:
    return Response(status_code=303, headers={"Location": address, "Cache-Control": "no-store"})
