"""Who may pass: each route names one of these guards, and a test finds the route that names none.

Each guard says which role it lets pass, and to whose data; docs/identity.md has the table that is made of it.
"""

from typing import Annotated, Final

from fastapi import Depends, Request
from starlette.types import Scope

from hub.api.client_cert import certificate_in
from hub.api.parts import Parts
from hub.api.roles import ANYONE, AUDITOR, CITIZEN, CLIENT, DPO, HUB_DPO, PASSAGES, Whose, lets
from hub.api.same_site import check_same_site
from hub.identity import ClientToken, Person, Session, SessionOver, TokenInvalid, TokenMissing, thumbprint
from hub.services.errors import Fault, RequestInvalid
from hub.services.inspection import Officer
from hub.services.stepping_up import ROUTES, demand

PREFILL_SCOPE: Final = "prefill"
EVALUATE_SCOPE: Final = "evaluate"
CONSENTS_SCOPE: Final = "consents"


def parts_of(request: Request) -> Parts:
    """What the application was put together from."""
    parts: Parts = request.app.state.parts
    return parts


def bearer(scope: Scope) -> str:
    """The bearer token of a request.

    Raises:
        TokenMissing: there is none.
        TokenInvalid: there are two headers for it: who stands before the hub may have looked at the other one.
    """
    shown = [value for name, value in scope["headers"] if name == b"authorization"]
    if len(shown) > 1:
        raise TokenInvalid
    for value in shown:
        kind, _, token = value.decode("latin-1").partition(" ")
        if kind.lower() == "bearer" and token.strip():
            return str(token.strip())
    raise TokenMissing


def _thumbprint(scope: Scope) -> str | None:
    """That of the caller's certificate. The door lets the header in from the proxies alone."""
    shown = certificate_in(scope["headers"])
    return None if shown is None else thumbprint(shown)


async def _client(request: Request, scope: str, *audiences: str) -> ClientToken:
    """A client with an access token of this hub for this scope and one of these audiences, that is not revoked and does not come too often."""
    parts = parts_of(request)
    token = await parts.callers.verify(bearer(request.scope), audiences=audiences, scope=scope)
    if token.bound_to is not None and token.bound_to != _thumbprint(request.scope):
        raise TokenInvalid
    await parts.revoked.check(token.client_id)
    parts.rates.admit(token.client_id)
    return token


@lets(CLIENT, Whose.ASKED)
async def prefill_client(request: Request) -> ClientToken:
    """A client with an access token of this hub for prefilling."""
    return await _client(request, PREFILL_SCOPE, parts_of(request).settings.prefill_audience)


@lets(CLIENT, Whose.ORGANISATION)
async def consents_client(request: Request) -> ClientToken:
    """A client with an access token of this hub for asking people for consents, and seeing those that its controller has."""
    return await _client(request, CONSENTS_SCOPE, parts_of(request).settings.prefill_audience)


@lets(CLIENT, Whose.NONE)
async def evaluate_client(request: Request) -> ClientToken:
    """A client with an access token of this hub for asking what the rules would say."""
    settings = parts_of(request).settings
    return await _client(request, EVALUATE_SCOPE, settings.access_audience, settings.prefill_audience)


async def session_of(request: Request) -> Session | None:
    """The session whose cookie a request brings; None where it brings none, or a bearer token, which counts alone.

    The answer gets the session's next cookie where one is due, and loses one that opens nothing.

    Raises:
        TokenInvalid, SessionOver: the cookie is no session's.
    """
    if "authorization" in request.headers:
        return None
    parts = parts_of(request)
    cookies = parts.cookies
    try:
        cookie = cookies.read(request.scope, cookies.session)
        if cookie is None:
            return None
        found = await parts.sessions.look(cookie)
    except (TokenInvalid, SessionOver):
        cookies.remove(request.scope, cookies.session)
        raise
    if found.cookie is not None:
        cookies.give(request.scope, cookies.session, found.cookie)
    return found.session


async def _person(request: Request, audience: str) -> Person:
    """Who logged in: by a session, or by an access token for this audience."""
    parts = parts_of(request)
    session = await session_of(request)
    if session is None:
        person = await parts.logins.verify(bearer(request.scope), audience=audience)
    else:
        await check_same_site(request, parts, session)
        request.state.session, person = session, session.person
    demand(person, ROUTES.get(f"{request.method} {request.scope['route'].path}", 0))
    return person


@lets(CITIZEN, Whose.OWN, Whose.REPRESENTED)
async def citizen(request: Request) -> Person:
    """A person who logged in."""
    return await _person(request, parts_of(request).settings.citizen_audience)


@lets(DPO, Whose.ORGANISATION)
@lets(HUB_DPO, Whose.ALL)
async def dpo(request: Request) -> Officer:
    """A data protection officer who logged in."""
    parts = parts_of(request)
    return parts.inspections.officer(await _person(request, parts.settings.dpo_audience))


@lets(ANYONE, Whose.NONE)
async def anyone() -> None:
    """Nobody is asked who they are: said in so many words, so that it was not forgotten."""


@lets(AUDITOR, Whose.NONE)
async def auditor() -> None:
    """Nobody is asked who they are: what is behind it are proofs, in which no personal data is."""


async def no_query(request: Request) -> None:
    """Refuse a query where none is known."""
    if request.scope["query_string"]:
        raise RequestInvalid(
            Fault("(query)", "no query parameter is known here", "unknownInput", where="query")
        )


async def no_body(request: Request) -> None:
    """Refuse a body where none is known; an empty object says nothing."""
    if (await request.body()).strip() not in {b"", b"{}"}:
        raise RequestInvalid(Fault("(body)", "no body is known here", "unknownInput"))


GUARDS: Final = tuple(PASSAGES)
"""All of them."""
Client = Annotated[ClientToken, Depends(prefill_client)]
ConsentsClient = Annotated[ClientToken, Depends(consents_client)]
Evaluator = Annotated[ClientToken, Depends(evaluate_client)]
Citizen = Annotated[Person, Depends(citizen)]
OfficerHere = Annotated[Officer, Depends(dpo)]
Open = Depends(anyone)
Proofs = Depends(auditor)
NoQuery = Depends(no_query)
NoBody = Depends(no_body)
