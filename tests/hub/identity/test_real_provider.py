"""Login with a real OpenID provider in a process of its own: discovery, code flow, its ID token at the hub's door."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

import aiohttp
import pytest

from hub.identity import LoginTokens, TokenInvalid
from tests.hub.identity.conftest import NUMBER
from tests.support.machine import free_port

PERSON = {
    "sub": "anne",
    "egovNRN": NUMBER,
    "acr": "urn:be:fedict:iam:fas:Level400",
    "enterpriseNumbers": ["0403019261"],
}
CLIENT, BACK = "onlyonce", "http://127.0.0.1:1/back"


@pytest.fixture
async def provider() -> AsyncIterator[str]:
    """The address of a running provider that knows one person."""
    port = free_port()
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "oidc_provider_mock", "--port", str(port), "--user-claims", json.dumps(PERSON),
        stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    url = f"http://127.0.0.1:{port}"
    try:
        await _answering(url)
        yield url
    finally:
        process.kill()
        await process.wait()


async def _answering(url: str) -> None:
    async with aiohttp.ClientSession() as session, asyncio.timeout(30):
        while True:
            try:
                async with session.get(f"{url}/.well-known/openid-configuration"):
                    return
            except aiohttp.ClientError:
                await asyncio.sleep(0.05)


async def _log_in(url: str, sub: str) -> str:
    """The ID token that a person's browser and their application get from the provider."""
    asked = {
        "response_type": "code",
        "client_id": CLIENT,
        "redirect_uri": BACK,
        "scope": "openid",
        "state": "s",
    }
    async with aiohttp.ClientSession() as session:
        async with session.post(
            f"{url}/oauth2/authorize", params=asked, data={"sub": sub}, allow_redirects=False
        ) as answer:
            code = parse_qs(urlsplit(answer.headers["Location"]).query)["code"][0]
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": BACK, "client_id": CLIENT, "client_secret": "s"}  # fmt: skip
        async with session.post(f"{url}/oauth2/token", data=form) as answer:
            token = (await answer.json())["id_token"]
    assert isinstance(token, str)
    return token


async def test_a_person_of_a_real_provider_is_known_at_the_door(provider: str) -> None:
    logins = LoginTokens(
        issuer=provider, jwks_uri=None, audiences={CLIENT, "other"}, clock=lambda: datetime.now(UTC)
    )
    await logins.start()
    token = await _log_in(provider, "anne")
    person = await logins.verify(token, audience=CLIENT)
    assert (person.ssin, person.assurance_level) == (NUMBER, 400)
    assert person.enterprises == {"0403019261"}
    with pytest.raises(TokenInvalid):
        await logins.verify(token, audience="other")
    with pytest.raises(TokenInvalid):
        await logins.verify(await _log_in(provider, "somebody-without-a-number"), audience=CLIENT)
    await logins.close()
