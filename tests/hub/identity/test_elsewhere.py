"""Clients' tokens of another issuer: which are good, for which clients, and until when."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from hub.identity import (
    AccessTokens,
    ClientsUnavailable,
    ClientToken,
    ClientTokens,
    ScopeMissing,
    TokenExpired,
    TokenInvalid,
    TokensElsewhere,
)
from tests.hub.identity.conftest import DOOR, HUB, Issuer, Time, ec_key, part, unsigned

AT = {"typ": "at+jwt"}
ALLOWED = {"forms": frozenset({"prefill", "evaluate"})}


def token(issuer: Issuer, header: dict[str, Any] | None = None, **other: Any) -> str:
    claims: dict[str, Any] = {
        "aud": HUB, "client_id": "forms", "scope": "openid prefill consents", "jti": "1", "egovNRN": None, "acr": None,
        "enterpriseNumbers": None,
    }  # fmt: skip
    return issuer.token(header=AT if header is None else header, **(claims | other))


def made(issuer: Issuer, time: Time, **other: Any) -> TokensElsewhere:
    usual: dict[str, Any] = {
        "issuer": issuer.url, "jwks_uri": issuer.jwks_uri, "audience": HUB, "claim": "client_id", "person": "egovNRN",
        "clients": ALLOWED.get, "clock": time,
    }  # fmt: skip
    return TokensElsewhere(**(usual | other))


@pytest.fixture
async def callers(issuer: Issuer, time: Time, tokens: AccessTokens) -> AsyncIterator[ClientTokens]:
    callers = ClientTokens(tokens, made(issuer, time))
    await callers.start()
    yield callers
    await callers.close()


async def verify(callers: ClientTokens, shown: str, scope: str = "prefill") -> ClientToken:
    return await callers.verify(shown, audiences=(DOOR,), scope=scope)


async def test_a_token_opens_what_it_says_and_the_catalogue_lets_the_client_do(
    callers: ClientTokens, issuer: Issuer
) -> None:
    said = await verify(callers, token(issuer))
    assert (said.client_id, said.scopes) == ("forms", frozenset({"prefill"}))
    assert (await verify(callers, token(issuer, scope=["evaluate"]), "evaluate")).scopes == {"evaluate"}
    for scope in ("consents", "evaluate"):
        with pytest.raises(ScopeMissing):
            await verify(callers, token(issuer), scope)


async def test_the_hubs_own_tokens_are_good_beside_them(callers: ClientTokens, tokens: AccessTokens) -> None:
    own = tokens.issue("portal", ["prefill"], DOOR).token
    assert (await verify(callers, own)).client_id == "portal"
    with pytest.raises(ScopeMissing):
        await verify(callers, own, "evaluate")


@pytest.mark.parametrize(
    "other",
    [
        {"aud": DOOR}, {"aud": None}, {"iss": "https://elsewhere.example"}, {"iss": HUB}, {"client_id": "portal"}, {"client_id": None},
        {"client_id": 7}, {"client_id": ["forms"]}, {"jti": None}, {"iat": None}, {"exp": None}, {"scope": 7}, {"scope": [7]},
        {"cnf": {"jkt": "x"}}, {"header": {"typ": "JWT"}}, {"header": {}}, {"header": {"typ": "logout+jwt"}},
        {"key": ec_key("first")}, {"egovNRN": "85073003328"}, {"egovNRN": ""},
    ],
)  # fmt: skip
async def test_any_other_token_is_refused(
    callers: ClientTokens, issuer: Issuer, other: dict[str, Any]
) -> None:
    with pytest.raises(TokenInvalid):
        await verify(callers, token(issuer, **other))


async def test_an_unsigned_token_is_refused(callers: ClientTokens, issuer: Issuer) -> None:
    claims = {"iss": issuer.url, "aud": HUB, "client_id": "forms", "scope": "prefill"}
    for shown in (unsigned(claims), f"{part({**AT, 'alg': 'none'})}.{part(claims)}.AAAA"):
        with pytest.raises(TokenInvalid):
            await verify(callers, shown)


async def test_a_second_look_asks_nobody_and_honours_the_expiry(
    callers: ClientTokens, issuer: Issuer, time: Time, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = token(issuer, exp=time.seconds(120))
    first = await verify(callers, shown)
    with monkeypatch.context() as patched:
        patched.setattr(
            "hub.identity.jose.verified", lambda *_: pytest.fail("the signature was checked again")
        )
        assert await verify(callers, shown) == first
    assert issuer.fetched == 1
    time.pass_by(seconds=120)
    with pytest.raises(TokenExpired):
        await verify(callers, shown)


async def test_a_new_key_of_the_issuer_is_noticed_and_one_that_it_withdrew_is_forgotten(
    callers: ClientTokens, issuer: Issuer, time: Time
) -> None:
    old = token(issuer)
    await verify(callers, old)
    issuer.keys = [ec_key("second")]
    time.pass_by(seconds=11)
    await verify(callers, token(issuer))
    with pytest.raises(TokenInvalid):
        await verify(callers, old)


async def test_an_issuer_that_is_away_lets_nobody_in_but_the_hubs_own(
    issuer: Issuer, time: Time, tokens: AccessTokens
) -> None:
    callers = ClientTokens(tokens, made(issuer, time, jwks_uri="http://127.0.0.1:9/keys"))
    await callers.start()
    with pytest.raises(ClientsUnavailable):
        await verify(callers, token(issuer))
    await verify(callers, tokens.issue("portal", ["prefill"], DOOR).token)
    await callers.close()


async def test_a_token_of_another_issuer_may_be_bound_to_a_certificate(
    callers: ClientTokens, issuer: Issuer
) -> None:
    assert (await verify(callers, token(issuer, cnf={"x5t#S256": "x"}))).bound_to == "x"
