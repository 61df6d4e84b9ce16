"""Who may pass: each route names one of these guards, and a test finds the route that names none.

Each guard says which role it lets pass, and to whose data; docs/identity.md has the table that is made of it.
"""

from typing import Annotated, Final

from fastapi import Depends, Request
from starlette.types import Scope

from hub.api.parts import Parts
from hub.api.roles import ANYONE, AUDITOR, CITIZEN, CLIENT, DPO, HUB_DPO, PASSAGES, Whose, lets
from hub.identity import ClientToken, Person, TokenMissing
from hub.services.errors import Fault, RequestInvalid
from hub.services.inspection import Officer

PREFILL_SCOPE: Final = "prefill"
EVALUATE_SCOPE: Final = "evaluate"


def parts_of(request: Request) -> Parts:
    """What the application was put together from."""
    parts: Parts = request.app.state.parts
    return parts


def bearer(scope: Scope) -> str:
    """The bearer token of a request.

    Raises:
        TokenMissing: there is none.
    """
    for name, value in scope["headers"]:
        if name == b"authorization":
            kind, _, token = value.decode("latin-1").partition(" ")
            if kind.lower() == "bearer" and token.strip():
                return str(token.strip())
    raise TokenMissing


@lets(CLIENT, Whose.ASKED)
async def prefill_client(request: Request) -> ClientToken:
    """A client with an access token of this hub for prefilling."""
    parts = parts_of(request)
    return parts.tokens.verify(
        bearer(request.scope), audience=parts.settings.prefill_audience, scope=PREFILL_SCOPE
    )


@lets(CLIENT, Whose.NONE)
async def evaluate_client(request: Request) -> ClientToken:
    """A client with an access token of this hub for asking what the rules would say."""
    parts = parts_of(request)
    return parts.tokens.verify(
        bearer(request.scope), audience=parts.settings.prefill_audience, scope=EVALUATE_SCOPE
    )


@lets(CITIZEN, Whose.OWN, Whose.REPRESENTED)
async def citizen(request: Request) -> Person:
    """A person who logged in."""
    parts = parts_of(request)
    return await parts.logins.verify(bearer(request.scope), audience=parts.settings.citizen_audience)


@lets(DPO, Whose.ORGANISATION)
@lets(HUB_DPO, Whose.ALL)
async def dpo(request: Request) -> Officer:
    """A data protection officer who logged in."""
    parts = parts_of(request)
    person = await parts.logins.verify(bearer(request.scope), audience=parts.settings.dpo_audience)
    return parts.inspections.officer(person)


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
Evaluator = Annotated[ClientToken, Depends(evaluate_client)]
Citizen = Annotated[Person, Depends(citizen)]
OfficerHere = Annotated[Officer, Depends(dpo)]
Open = Depends(anyone)
Proofs = Depends(auditor)
NoQuery = Depends(no_query)
NoBody = Depends(no_body)
