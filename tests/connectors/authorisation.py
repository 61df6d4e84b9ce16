"""An authorisation server and an API on real sockets, which judge what they are sent as the RFCs say."""

import asyncio
import base64
import json
import warnings
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote_plus

from aiohttp import web
from joserfc import jwt
from joserfc.errors import SecurityWarning
from joserfc.jwk import ECKey, OKPKey, RSAKey

CLIENT, SECRET = "hub client", "s%cr:et +é"
KEYS: dict[str, ECKey | RSAKey | OKPKey] = {
    "ES256": ECKey.generate_key("P-256"),
    "RS256": RSAKey.generate_key(2048),
    "EdDSA": OKPKey.generate_key("Ed25519"),
}
KEYS["PS256"] = KEYS["RS256"]


def pem(algorithm: str) -> str:
    """The private key that the server knows for an algorithm."""
    return KEYS[algorithm].as_pem(private=True).decode()


@dataclass
class World:
    """Both servers. `status`, `error`, `body` make the token endpoint answer otherwise; `refused` are tokens the API refuses."""

    port: int = 0
    lifetime: object = 3600
    status: int = 200
    body: bytes | None = None
    headers: dict[str, str] = field(default_factory=dict)
    delay: float = 0.0
    forms: list[dict[str, str]] = field(default_factory=list)
    claims: list[dict[str, Any]] = field(default_factory=list)
    seen: list[str] = field(default_factory=list)
    requests: list[web.Request] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    refused: set[str] = field(default_factory=set)
    finished: int = 0

    @property
    def token_url(self) -> str:
        return f"http://127.0.0.1:{self.port}/token"

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}/api"

    async def token(self, request: web.Request) -> web.Response:
        """RFC 6749 §4.4 and RFC 7523."""
        form = {name: str(value) for name, value in (await request.post()).items()}
        self.forms.append(form)
        if self.delay:
            await asyncio.sleep(self.delay)
        self.finished += 1
        if self.body is not None or self.status != 200:
            return web.Response(
                status=self.status, body=self.body, headers=self.headers, content_type="application/json"
            )
        if not self._known(request, form):
            return web.json_response({"error": "invalid_client"}, status=401)
        token = f"token-{len(self.forms)}"
        given = {"access_token": token, "token_type": "bearer", "expires_in": self.lifetime}
        return web.json_response({k: v for k, v in given.items() if v is not None})

    def _known(self, request: web.Request, form: dict[str, str]) -> bool:
        if basic := request.headers.get("Authorization"):
            pair = base64.b64decode(basic.removeprefix("Basic ")).decode().split(":")
            return [unquote_plus(part) for part in pair] == [CLIENT, SECRET]
        if "client_secret" in form:
            return (form["client_id"], form["client_secret"]) == (CLIENT, SECRET)
        return self._holds(form.get("client_assertion") or form.get("assertion") or "")

    def _holds(self, assertion: str) -> bool:
        header = json.loads(base64.urlsafe_b64decode(assertion.partition(".")[0] + "=="))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SecurityWarning)  # `EdDSA` is to be called Ed25519 one day
            found = jwt.decode(assertion, KEYS[header["alg"]], algorithms=[header["alg"]])
        self.claims.append({**found.claims, "kid": header.get("kid")})
        return [found.claims[name] for name in ("iss", "sub", "aud")] == [CLIENT, CLIENT, self.token_url]

    async def api(self, request: web.Request) -> web.Response:
        """Answers only those who bring a token that is not refused."""
        self.requests.append(request)
        self.bodies.append(await request.read())
        brought = request.headers.get("Authorization", "")
        self.seen.append(brought)
        if brought.removeprefix("Bearer ") in self.refused or brought == "Bearer":
            return web.json_response({}, status=401)
        return web.json_response({"enterprise": {"name": brought}})


@asynccontextmanager
async def running(world: World) -> AsyncIterator[World]:
    """Serve a world until the block is left."""
    app = web.Application()
    app.router.add_post("/token", world.token)
    app.router.add_route("*", "/api/{tail:.*}", world.api)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    world.port = runner.addresses[0][1]
    try:
        yield world
    finally:
        await runner.cleanup()
