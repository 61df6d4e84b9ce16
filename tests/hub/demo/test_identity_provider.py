"""The demo's login, over a real socket: its tokens hold for who checks them by the published keys."""

import asyncio
import base64
import json
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import aiohttp
import pytest
from joserfc import jwt
from joserfc.jwk import KeySet

from hub.demo.asgi import serving
from hub.demo.identity_provider import WEAK, IdentityProvider, provider_app
from hub.demo.people import Population
from hub.identity import LoginTokens
from tests.support.machine import free_port


@pytest.fixture
async def login(people: Population) -> AsyncIterator[str]:
    port = free_port()
    issuer = f"http://127.0.0.1:{port}"
    async with serving([(provider_app(issuer, people), port)]):
        yield issuer


async def _token(
    session: aiohttp.ClientSession, issuer: str, person: object, audience: str = "https://hub"
) -> str:
    async with session.post(f"{issuer}/token", data={"person": str(person), "audience": audience}) as reply:
        answer = await reply.json()
        assert answer["token_type"] == "Bearer"
        return str(answer["access_token"])


async def test_a_token_names_the_person_and_holds_for_the_published_keys(
    login: str, session: aiohttp.ClientSession, people: Population
) -> None:
    async with session.get(f"{login}/.well-known/openid-configuration") as reply:
        configuration = await reply.json()
    assert configuration["issuer"] == login
    async with session.get(configuration["jwks_uri"]) as reply:
        keys = await reply.json()
    assert all("d" not in key for key in keys["keys"])
    token = jwt.decode(await _token(session, login, 0), KeySet.import_key_set(keys), algorithms=["ES256"])
    assert token.header["typ"] == "at+jwt"
    claims, person = token.claims, people.persons[0]
    assert (claims["iss"], claims["aud"], claims["egovNRN"]) == (login, "https://hub", person.ssin)
    assert claims["enterpriseNumbers"] == list(people.represented_by(person.ssin))
    assert claims["acr"].endswith("Level450")
    assert claims["exp"] > claims["iat"]


async def test_sub_is_a_pseudonym_that_stays_and_jti_is_new_each_time(
    login: str, session: aiohttp.ClientSession, people: Population
) -> None:
    async with session.get(f"{login}/jwks") as reply:
        keys = KeySet.import_key_set(await reply.json())
    read = [jwt.decode(await _token(session, login, n), keys, algorithms=["ES256"]).claims for n in (0, 0, 1)]
    assert read[0]["sub"] == read[1]["sub"] != read[2]["sub"]
    assert read[0]["jti"] != read[1]["jti"]
    assert people.persons[0].ssin not in read[0]["sub"]


async def test_the_hubs_own_check_of_logins_takes_the_token(
    login: str, session: aiohttp.ClientSession, people: Population
) -> None:
    tokens = LoginTokens(
        issuer=login, jwks_uri=None, audiences=["https://hub"], clock=lambda: datetime.now(UTC)
    )
    await tokens.start()
    try:
        person = await tokens.verify(await _token(session, login, 0), audience="https://hub")
    finally:
        await tokens.close()
    assert person.ssin == people.persons[0].ssin
    assert person.assurance_level == 450
    assert person.enterprises == frozenset(people.represented_by(person.ssin))


async def test_a_weaker_login_is_had_for_the_asking(login: str, session: aiohttp.ClientSession) -> None:
    async with session.get(f"{login}/.well-known/openid-configuration") as reply:
        known = (await reply.json())["acr_values_supported"]
    assert WEAK in known
    form = {"person": "0", "audience": "https://hub", "acr_values": WEAK}
    async with session.post(f"{login}/token", data=form) as reply:
        payload = (await reply.json())["access_token"].split(".")[1]
    assert json.loads(base64.urlsafe_b64decode(payload + "=="))["acr"] == WEAK


@pytest.mark.parametrize(
    "body",
    [
        "",
        "person=0",
        "audience=a",
        "person=9999&audience=a",
        "person=-1&audience=a",
        "person=x&audience=a",
        "person=0&person=1&audience=a",
        "person=0&audience=a&acr_values=Level450",
        "\xff",
        "&&",
    ],
)
async def test_a_bad_question_for_a_token_is_refused(
    body: str, login: str, session: aiohttp.ClientSession
) -> None:
    async with session.post(f"{login}/token", data=body.encode("latin-1")) as reply:
        assert reply.status == 400
        assert (await reply.json())["error"] == "invalid_request"


async def test_other_paths_are_not_found_and_health_answers(
    login: str, session: aiohttp.ClientSession
) -> None:
    for path, status in (("/", 404), ("/token", 404), ("/health", 200)):
        async with session.get(login + path) as reply:
            assert reply.status == status


def test_time_is_injected(people: Population) -> None:
    provider = IdentityProvider("http://login", people, now=lambda: 1_000.9)
    payload = provider.token(0, "a").split(".")[1]
    claims = json.loads(base64.urlsafe_b64decode(payload + "=="))
    assert (claims["iat"], claims["exp"]) == (1000, 1600)


async def test_the_program_says_when_it_is_ready_and_ends_when_told(session: aiohttp.ClientSession) -> None:
    port = free_port()
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "hub.demo.identity_provider",
        "--port",
        str(port),
        stderr=asyncio.subprocess.PIPE,
    )
    assert process.stderr is not None
    assert await asyncio.wait_for(process.stderr.readline(), 30) == f"ready {port}\n".encode()
    async with session.get(f"http://127.0.0.1:{port}/.well-known/openid-configuration") as reply:
        assert (await reply.json())["issuer"] == f"http://127.0.0.1:{port}"
    process.terminate()
    assert await asyncio.wait_for(process.wait(), 30) == 0
    assert await process.stderr.read() == b""
