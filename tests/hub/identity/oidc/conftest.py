"""A provider on a socket, which can be told to lie, and the hub as its client."""

import asyncio
import base64
import hashlib
from collections.abc import AsyncIterator, Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from aiohttp import web
from joserfc.jwk import Key

from hub.identity import ClaimNames, Provider, ProviderLogin, Ticket, Tickets, Wire
from tests.hub.identity.conftest import NUMBER, Time, ec_key, jwks, signed

CLIENT = "onlyonce"
BACK = "https://hub.example/login/callback"
LEVEL = "urn:be:fedict:iam:fas:Level"
HUB_KEY = ec_key()


class Liar:
    """An OpenID provider. What it says is what a test wants it to say."""

    def __init__(self, time: Time) -> None:
        self.time, self.url = time, ""
        self.keys: list[Key] = [ec_key("first")]
        self.metadata: dict[str, Any] = {}
        self.claims: dict[str, Any] = {}
        self.answer: Callable[[], web.StreamResponse] | None = None
        self.id_token: str | None = None
        self.userinfo: Callable[[], web.StreamResponse] | None = None
        self.asked: dict[str, list[str]] = {}
        self.headers: dict[str, str] = {}
        self.discovered = 0
        self.nonce, self.silent = "", False

    async def serve_discovery(self, _: web.Request) -> web.StreamResponse:
        self.discovered += 1
        usual = {
            "issuer": self.url, "jwks_uri": f"{self.url}/keys", "authorization_endpoint": f"{self.url}/authorize?x=y",
            "token_endpoint": f"{self.url}/token", "userinfo_endpoint": f"{self.url}/userinfo", "end_session_endpoint": f"{self.url}/end",
        }  # fmt: skip
        return web.json_response({**usual, **self.metadata})

    async def serve_keys(self, _: web.Request) -> web.StreamResponse:
        return web.json_response(jwks(*self.keys))

    async def serve_token(self, request: web.Request) -> web.StreamResponse:
        self.asked, self.headers = parse_qs(await request.text()), dict(request.headers)
        if self.silent:
            await asyncio.Event().wait()  # until the hub hangs up, which ends this
        if self.answer is not None:
            return self.answer()
        token = self.id_token if self.id_token is not None else self.token()
        return web.json_response({"access_token": "opaque", "token_type": "Bearer", "id_token": token})

    async def serve_userinfo(self, request: web.Request) -> web.StreamResponse:
        assert request.headers["Authorization"] == "Bearer opaque"
        assert self.userinfo is not None
        return self.userinfo()

    def said(self, **other: Any) -> dict[str, Any]:
        claims = {
            "iss": self.url, "sub": "s-1", "aud": CLIENT, "iat": self.time.seconds(), "exp": self.time.seconds(300), "nonce": self.nonce,
            "egovNRN": NUMBER, "acr": f"{LEVEL}450", "sid": "p-1",
        } | self.claims | other  # fmt: skip
        return {name: value for name, value in claims.items() if value is not None}

    def token(self, key: Key | None = None, alg: str = "ES256", header: Any = None, **other: Any) -> str:
        return signed(self.said(**other), key or self.keys[0], alg, **(header or {}))


@pytest.fixture
async def liar(time: Time) -> AsyncIterator[Liar]:
    liar = Liar(time)
    application = web.Application()
    application.router.add_get("/.well-known/openid-configuration", liar.serve_discovery)
    application.router.add_get("/keys", liar.serve_keys)
    application.router.add_post("/token", liar.serve_token)
    application.router.add_get("/userinfo", liar.serve_userinfo)
    runner = web.AppRunner(application, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    assert site._server is not None
    liar.url = f"http://127.0.0.1:{site._server.sockets[0].getsockname()[1]}"  # type: ignore[attr-defined]
    yield liar
    await runner.cleanup()


class AtProvider:
    """The hub at this provider."""

    def __init__(self, liar: Liar, time: Time, wire: Wire, **other: Any) -> None:
        self.liar, self.time = liar, time
        usual: dict[str, Any] = {
            "id": "csam", "issuer": liar.url, "client_id": CLIENT, "method": "private_key_jwt", "secret": None, "scopes": ("openid", "profile"),
            "userinfo": False, "claims": ClaimNames(agent_of="", dpo_of=""), "name": ("givenName", "surname"),
            "levels": {f"{LEVEL}450": 450, f"{LEVEL}200": 200}, "acr_values": lambda level: level and f"{LEVEL}{level}",
        }  # fmt: skip
        self.tickets = Tickets(b"k" * 32, time)
        self.login = ProviderLogin(
            Provider(**(usual | other)), key=HUB_KEY, wire=wire, redirect_uri=BACK, clock=time
        )

    async def begin(self) -> Ticket:
        """A login that is going on: the provider knows its nonce."""
        ticket = self.tickets.new("csam", next_="/session", level=None)
        self.query = parse_qs(urlsplit(await self.login.address(ticket, "fr")).query)
        self.liar.nonce = self.query["nonce"][0]
        return ticket

    def challenge(self) -> str:
        """That of the verifier that the provider's token endpoint was shown."""
        made = hashlib.sha256(self.liar.asked["code_verifier"][0].encode()).digest()
        return base64.urlsafe_b64encode(made).rstrip(b"=").decode()


At = Callable[..., AtProvider]


@pytest.fixture
async def wire() -> AsyncIterator[Wire]:
    wire = Wire(deadline_s=5)
    await wire.start()
    yield wire
    await wire.close()


@pytest.fixture
async def at(liar: Liar, time: Time, wire: Wire) -> AsyncIterator[At]:
    made: list[AtProvider] = []

    def make(**other: Any) -> AtProvider:
        made.append(AtProvider(liar, time, wire, **other))
        return made[-1]

    yield make
    for one in made:
        await one.login.close()
