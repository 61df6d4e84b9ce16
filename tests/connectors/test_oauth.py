"""OAuth 2.0 client credentials over real sockets."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from joserfc.jwk import ECKey

from connectors import DeclarationInvalid, SourceBusy, SourceError, SourceRefused, SourceUnavailable
from connectors.access import tokens
from connectors.rest import RestSource
from tests.connectors.authorisation import CLIENT, KEYS, SECRET, World, pem, running
from tests.connectors.conftest import NOW, about, rest_declaration
from tests.connectors.oauth_sources import OAUTH, Sources

NUMBER = "0202239951"
KEYED = {**OAUTH, "method": "private_key_jwt", "secret": None, "key": "key", "algorithm": "ES256"}


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with running(World()) as found:
        yield found


@pytest.fixture
async def sources(world: World) -> AsyncIterator[Sources]:
    found = Sources(world)
    yield found
    for source in found.made:
        await source.close()


async def ask(source: RestSource, **variables: str) -> str:
    reading = await source.ask(about(source, NUMBER, **variables))
    return str(reading.values["organisation.legalName"])


@pytest.mark.parametrize("method", ["client_secret_basic", "client_secret_post"])
async def test_a_secret_gets_a_token_that_later_calls_use_too(
    sources: Sources, world: World, method: str
) -> None:
    source = await sources.make({**OAUTH, "method": method, "form": {"resource": "https://api.example"}})
    assert [await ask(source) for _ in range(3)] == ["Bearer token-1"] * 3
    (form,) = world.forms
    assert form["grant_type"] == "client_credentials"
    assert (form["scope"], form["resource"]) == ("read write", "https://api.example")
    assert ("client_secret" in form) == (method == "client_secret_post")


@pytest.mark.parametrize("algorithm", ["ES256", "RS256", "PS256", "EdDSA"])
@pytest.mark.parametrize("as_jwk", [False, True])
async def test_a_key_proves_who_we_are(sources: Sources, world: World, algorithm: str, as_jwk: bool) -> None:
    sources.secrets["key"] = (
        json.dumps(KEYS[algorithm].as_dict(private=True) | {"kid": "of-the-jwk"})
        if as_jwk
        else pem(algorithm)
    )
    source = await sources.make({**KEYED, "algorithm": algorithm, "claims": {"purposeId": "p-1"}})
    assert await ask(source) == "Bearer token-1"
    (claims,) = world.claims
    assert claims["kid"] == ("of-the-jwk" if as_jwk else None)
    assert (claims["purposeId"], claims["aud"]) == ("p-1", world.token_url)
    assert claims["iat"] == int(NOW.timestamp()) == claims["exp"] - 60
    assert len(claims["jti"]) == 36


async def test_the_token_endpoint_of_another_environment_can_be_set(sources: Sources, world: World) -> None:
    declared = rest_declaration(authentication={"oauth2": {k: v for k, v in KEYED.items() if v is not None}})
    made: dict[str, Any] = {
        "address": world.address,
        "secrets": sources.secrets.__getitem__,
        "clock": lambda: NOW,
    }
    source = RestSource(declared, token_address=world.token_url, **made)
    sources.made.append(source)
    assert await ask(source) == "Bearer token-1"
    assert world.claims[0]["aud"] == world.token_url
    for wrong in ("ftp://x", "http://login.example/token"):
        with pytest.raises(DeclarationInvalid, match=r"authentication.oauth2.tokenUrl: expected an http"):
            await RestSource(declared, token_address=wrong, **made).start()


async def test_an_assertion_can_be_the_grant_itself(sources: Sources, world: World) -> None:
    source = await sources.make({**KEYED, "method": "jwt_bearer", "keyId": "k-7", "claims": {"scope": "a b"}})
    await ask(source)
    assert world.forms[0]["grant_type"] == "urn:ietf:params:oauth:grant-type:jwt-bearer"
    assert (world.claims[0]["kid"], world.claims[0]["scope"]) == ("k-7", "a b")


@pytest.mark.parametrize(
    ("lifetime", "holds"), [(3600, 3570), (100, 80), ("100", 80), (None, 48), ("soon", 48)]
)
async def test_a_token_is_renewed_shortly_before_it_expires(
    sources: Sources, world: World, lifetime: object, holds: float
) -> None:
    world.lifetime = lifetime
    source = await sources.make(OAUTH)
    await ask(source)
    sources.ticking.now += holds - 1
    assert await ask(source) == "Bearer token-1"
    sources.ticking.now += 2
    assert await ask(source) == "Bearer token-2"


async def test_many_calls_at_once_get_one_token(sources: Sources, world: World) -> None:
    world.delay = 0.1
    source = await sources.make(OAUTH)
    said = await asyncio.gather(*(ask(source) for _ in range(40)))
    assert set(said) == {"Bearer token-1"}
    assert len(world.forms) == 1


async def test_a_call_that_is_given_up_leaves_the_token_to_the_others(sources: Sources, world: World) -> None:
    world.delay = 0.2
    source = await sources.make(OAUTH)
    first = asyncio.create_task(ask(source))
    await asyncio.sleep(0.05)
    second = asyncio.create_task(ask(source))
    await asyncio.sleep(0.05)
    first.cancel()
    assert await second == "Bearer token-1"
    assert len(world.forms) == 1


async def test_a_token_that_nobody_waits_for_is_given_up(sources: Sources, world: World) -> None:
    world.delay = 0.5
    source = await sources.make(OAUTH)
    call = asyncio.create_task(ask(source))
    await asyncio.sleep(0.1)
    before = asyncio.all_tasks()
    call.cancel()
    await asyncio.gather(call, return_exceptions=True)
    await asyncio.sleep(0.05)
    assert len(asyncio.all_tasks() & before) < len(before) - 1
    world.delay = 0.0
    assert (await ask(source)).startswith("Bearer token-")


async def test_a_token_that_the_source_refuses_is_replaced_once(sources: Sources, world: World) -> None:
    source = await sources.make(OAUTH)
    await ask(source)
    sources.ticking.now += 60
    world.refused = {"token-1"}
    assert await ask(source) == "Bearer token-2"
    assert world.seen == ["Bearer token-1", "Bearer token-1", "Bearer token-2"]
    world.refused = {"token-1", "token-2", "token-3"}
    sources.ticking.now += 60
    with pytest.raises(SourceRefused, match="401"):
        await ask(source)
    assert world.seen[3:] == ["Bearer token-2", "Bearer token-3"]


async def test_a_source_that_refuses_every_token_does_not_make_us_ask_for_more_and_more(
    sources: Sources, world: World
) -> None:
    source = await sources.make(OAUTH)
    world.refused = {f"token-{n}" for n in range(100)}
    for _ in range(5):
        with pytest.raises(SourceRefused):
            await ask(source)
    assert len(world.forms) == 1
    assert len(world.seen) == 5


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (400, b'{"error": "invalid_scope"}', (SourceRefused, "invalid_scope")),
        (401, b'{"error": "invalid_client"}', (SourceRefused, "invalid_client")),
        (401, b'{"error": "who is 85060200123?"}', (SourceRefused, "401")),
        (403, b"<html>", (SourceRefused, "403")),
        (429, b"", (SourceBusy, "429")),
        (500, b"", (SourceUnavailable, "500")),
        (503, b'{"error": "x"}', (SourceUnavailable, "503")),
        (302, b"", (SourceUnavailable, "redirect")),
        (200, b"", (SourceUnavailable, "no token")),
        (200, b"[" * 50_000, (SourceUnavailable, "no token")),
        (200, b"[]", (SourceUnavailable, "no token")),
        (200, b'{"access_token": ""}', (SourceUnavailable, "no token")),
        (200, b'{"access_token": "a b"}', (SourceUnavailable, "no token")),
        (200, b'{"access_token": "a\\r\\nX: y"}', (SourceUnavailable, "no token")),
        (200, b'{"access_token": 7}', (SourceUnavailable, "no token")),
        (200, b'{"access_token": "a", "token_type": "mac"}', (SourceUnavailable, "no bearer")),
        (200, b'{"access_token": "' + b"a" * 70_000 + b'"}', (SourceUnavailable, "larger")),
    ],
)
async def test_what_goes_wrong_at_the_token_endpoint_is_said_so_and_nothing_is_asked(
    sources: Sources, world: World, status: int, body: bytes, expected: tuple[type[SourceError], str]
) -> None:
    becomes, says = expected
    world.status, world.body, world.headers = status, body, {"Retry-After": "7", "Location": "/token"}
    source = await sources.make(OAUTH)
    with pytest.raises(SourceError) as caught:
        await ask(source)
    assert type(caught.value) is becomes
    assert "token endpoint" in str(caught.value)
    assert says in str(caught.value)
    for secret in (SECRET, "85060200123", CLIENT):
        assert secret not in str(caught.value)
    if isinstance(caught.value, SourceBusy):
        assert caught.value.retry_after == 7.0
    assert world.seen == []


async def test_an_endpoint_that_refused_us_is_left_alone_for_a_while(sources: Sources, world: World) -> None:
    sources.secrets["password"] = "wrong"
    source = await sources.make(OAUTH)
    for _ in range(3):
        with pytest.raises(SourceRefused, match="invalid_client"):
            await ask(source)
    assert len(world.forms) == 1
    sources.secrets["password"] = SECRET
    sources.ticking.now += tokens._PAUSE + 1
    assert await ask(source) == "Bearer token-2"


async def test_waiting_for_a_token_counts_towards_the_deadline(sources: Sources, world: World) -> None:
    world.delay = 5.0
    source = await sources.make(OAUTH, limits={"deadlineMs": 200})
    started = asyncio.get_running_loop().time()
    with pytest.raises(SourceUnavailable):
        await ask(source)
    assert asyncio.get_running_loop().time() - started < 0.5


async def test_each_activity_has_its_own_token_where_the_token_depends_on_it(
    sources: Sources, world: World
) -> None:
    table = {"by": "purpose", "values": {"grant": "P-1", "permit": "P-2"}}
    source = await sources.make({**KEYED, "claims": {"purposeId": "{pdnd}"}}, parameters={"pdnd": table})
    said = [await ask(source, purpose=purpose) for purpose in ("grant", "permit", "grant", "permit")]
    assert said == ["Bearer token-1", "Bearer token-2"] * 2
    assert [one["purposeId"] for one in world.claims] == ["P-1", "P-2"]
    with pytest.raises(SourceRefused, match="pdnd"):
        await ask(source, purpose="tax")


async def test_a_secret_that_is_replaced_needs_no_restart(sources: Sources, world: World) -> None:
    source = await sources.make(KEYED)
    await ask(source)
    sources.secrets["key"] = json.dumps(KEYS["ES256"].as_dict(private=True) | {"kid": "next"})
    sources.ticking.now += 4000
    await ask(source)
    assert [one["kid"] for one in world.claims] == [None, "next"]
    sources.secrets["key"] = "half a file"
    sources.ticking.now += 4000
    await ask(source)
    assert world.claims[2]["kid"] == "next"
    assert source.troubles == {"authentication.oauth2": "expected a private key for ES256"}


PUBLIC = json.dumps(KEYS["ES256"].as_dict(private=False))
WIDE = json.dumps(ECKey.generate_key("P-384").as_dict(private=True))


@pytest.mark.parametrize(
    "text", ["", "no key", "{}", pem("RS256"), '{"kty": "oct", "k": "AAAA"}', PUBLIC, WIDE]
)
async def test_a_key_that_does_not_fit_is_found_at_start(sources: Sources, text: str) -> None:
    sources.secrets["key"] = text
    with pytest.raises(DeclarationInvalid, match=r"oauth2.key: expected a private key for ES256"):
        await sources.make(KEYED)
    del sources.secrets["password"]
    with pytest.raises(DeclarationInvalid, match=r"oauth2.secret: there is no secret password"):
        await sources.make(OAUTH)
