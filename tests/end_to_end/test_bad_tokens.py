"""Who brings no token, or not the right one, is let in nowhere."""

import base64
import json
import time
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey

from tests.end_to_end.house import PREFILLS, House
from tests.end_to_end.refusals import (
    CONSENTS,
    NUMBER,
    SOMEBODY,
    USAGE,
    check,
    prefill_body,
)

pytestmark = pytest.mark.asyncio(loop_scope="session")


def tampered(token: str) -> str:
    head, claims, signature = token.split(".")
    return f"{head}.{claims}.{signature[:-4]}{'AAAA' if signature[-4:] != 'AAAA' else 'BBBB'}"


def unsigned(audience: str) -> str:
    def part(value: Any) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()

    claims = {"aud": audience, "egovNRN": NUMBER, "exp": int(time.time()) + 60}
    return f"{part({'alg': 'none', 'typ': 'at+jwt'})}.{part(claims)}."


Token = Callable[[House], Awaitable[str]]


async def _other_key(house: House) -> str:
    claims = {
        "iss": house.hub,
        "aud": f"{house.hub}/api/prefill",
        "client_id": "grants-portal",
        "sub": "grants-portal",
    }
    times = {"iat": int(time.time()), "exp": int(time.time()) + 60, "jti": "x", "scope": "prefill"}
    key = ECKey.generate_key("P-256", auto_kid=True)
    return jwt.encode({"alg": "ES256", "typ": "at+jwt"}, {**claims, **times}, key, algorithms=["ES256"])


async def _said(house: House, text: str) -> str:
    return text


WRONG_CLIENT_TOKENS: dict[str, tuple[Token, int, str]] = {
    "a citizen's token": (lambda house: house.login(SOMEBODY), 401, "invalidAccessToken"),
    "an actor's token": (lambda house: house.login(SOMEBODY, "prefill"), 401, "invalidAccessToken"),
    "another key's": (_other_key, 401, "invalidAccessToken"),
    "a number": (lambda house: _said(house, NUMBER), 401, "invalidAccessToken"),
    "nonsense": (lambda house: _said(house, "a.b.c"), 401, "invalidAccessToken"),
    "a very long one": (lambda house: _said(house, "a" * 60_000), 401, "invalidAccessToken"),
    "an unsigned one": (lambda house: _said(house, unsigned(f"{house.hub}/api/prefill")), 401, "invalidAccessToken"),
    "one of the hub for citizens": (
        lambda house: _said(house, house.forged_client_token(audience=f"{house.hub}/api/citizen")), 401, "invalidAccessToken"),
    "an expired one": (
        lambda house: _said(house, house.forged_client_token(age=timedelta(hours=1))), 401, "expiredAccessToken"),
    "one without the scope": (lambda house: _said(house, house.forged_client_token(scopes=())), 403, "missingScope"),
    "one of another scope": (
        lambda house: _said(house, house.forged_client_token(scopes=("audit",))), 403, "missingScope"),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG_CLIENT_TOKENS)
async def test_the_prefill_door_stays_shut_for(small: House, name: str) -> None:
    make, status, kind = WRONG_CLIENT_TOKENS[name]
    token = await make(small)
    reply = await small.call("POST", PREFILLS, token=token, body=prefill_body())
    check(reply, status, kind)
    if status == 401:
        assert dict(reply.headers)["www-authenticate"].startswith("Bearer")
    if kind == "missingScope":
        assert reply.json["requiredScopes"] == ["prefill"]
    assert token.encode() not in reply.raw


async def test_a_tampered_token_opens_nothing(small: House) -> None:
    check(
        await small.call("POST", PREFILLS, token=tampered(await small.client_token()), body=prefill_body()),
        401,
        "invalidAccessToken",
    )
    check(
        await small.call("GET", USAGE, token=tampered(await small.login(SOMEBODY))), 401, "invalidAccessToken"
    )


WRONG_CITIZEN_TOKENS: dict[str, tuple[Token, str]] = {
    "a client's token": (lambda house: house.client_token(), "invalidAccessToken"),
    "an actor's token": (lambda house: house.login(SOMEBODY, "prefill"), "invalidAccessToken"),
    "a token for another service": (lambda house: house.login(SOMEBODY, "https://other.example"), "invalidAccessToken"),
    "a token of the hub itself": (
        lambda house: _said(house, house.forged_client_token(audience=f"{house.hub}/api/citizen")), "invalidAccessToken"),
    "an expired one": (lambda house: house.login(SOMEBODY, age=3600), "expiredAccessToken"),
    "an unsigned one": (lambda house: _said(house, unsigned(f"{house.hub}/api/citizen")), "invalidAccessToken"),
    "a number": (lambda house: _said(house, NUMBER), "invalidAccessToken"),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG_CITIZEN_TOKENS)
async def test_the_citizens_door_stays_shut_for(small: House, name: str) -> None:
    make, kind = WRONG_CITIZEN_TOKENS[name]
    token = await make(small)
    for path in (USAGE, CONSENTS):
        reply = await small.call("GET", path, token=token)
        check(reply, 401, kind)
        assert token.encode() not in reply.raw


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer  ", f"Basic {NUMBER}", "bearer\tx", NUMBER])
async def test_a_header_without_a_bearer_token_is_no_token(small: House, header: str) -> None:
    reply = await small.call("POST", PREFILLS, headers={"Authorization": header}, body=prefill_body())
    check(reply, 401, "noAccessToken")


async def test_an_actors_token_for_another_audience_is_refused(small: House) -> None:
    actor = {"role": "citizen", "token": await small.login(SOMEBODY, "citizen")}
    reply = await small.call(
        "POST", PREFILLS, token=await small.client_token(), body=prefill_body(actor=actor)
    )
    check(reply, 400, "badRequest")
    assert reply.json["issues"][0]["name"] == "actor.token"
