"""What the tests of identity share: a clock to turn, keys, forgers' tools, and a login issuer on a socket."""

import base64
import hashlib
import hmac
import json
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from aiohttp import web
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from joserfc import jws
from joserfc.jwk import ECKey, Key, OKPKey, RSAKey
from sqlalchemy import Engine

from hub.database import open_engine
from hub.identity import AccessTokens, LoginTokens, metadata

HUB = "https://hub.example"
DOOR = f"{HUB}/api/prefill"
CITIZEN = f"{HUB}/api/citizen"
NUMBER = "85073003328"
RSA_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)


class Time:
    """A clock that goes on when told to."""

    def __init__(self) -> None:
        self.now = datetime(2026, 3, 1, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def pass_by(self, **time: float) -> None:
        self.now += timedelta(**time)

    def seconds(self, ahead: float = 0) -> int:
        return int(self.now.timestamp() + ahead)


def only(key: ec.EllipticCurvePrivateKey) -> Callable[[float, float], tuple[ec.EllipticCurvePrivateKey]]:
    """The one key that signs access tokens, whatever the time."""
    keys = (key,)
    return lambda _now, _kept: keys


def ec_key(kid: str | None = None) -> ECKey:
    return ECKey.generate_key("P-256", {"kid": kid} if kid else None)


def ed_key(kid: str | None = None) -> OKPKey:
    return OKPKey.generate_key("Ed25519", {"kid": kid} if kid else None)


def rsa_key(kid: str | None = None) -> RSAKey:
    return RSAKey(RSA_KEY, RSA_KEY, {"kid": kid} if kid else None)


def jwks(*keys: Key) -> dict[str, Any]:
    return {"keys": [dict(key.as_dict(private=False)) for key in keys]}


def signed(claims: object, key: Key, alg: str = "ES256", **header: object) -> str:
    """A token as an honest party, or a forger with a key of their own, makes it."""
    header = {"alg": alg, "typ": "JWT"} | ({"kid": key.kid} if key.kid else {}) | header
    header = {name: value for name, value in header.items() if value is not None}
    registry = jws.JWSRegistry(algorithms=[alg], strict_check_header=False)
    return jws.serialize_compact(header, json.dumps(claims).encode(), key, registry=registry)


def part(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def unsigned(claims: object, typ: str = "at+jwt", alg: str = "none", signature: str = "") -> str:
    return f"{part({'alg': alg, 'typ': typ})}.{part(claims)}.{signature}"


def hmacked(claims: object, secret: bytes, typ: str) -> str:
    """HS256 with a public key as the secret: the classic confusion of algorithms."""
    text = f"{part({'alg': 'HS256', 'typ': typ})}.{part(claims)}"
    tag = hmac.new(secret, text.encode(), hashlib.sha256).digest()
    return f"{text}.{base64.urlsafe_b64encode(tag).rstrip(b'=').decode()}"


def claims_of(token: str) -> dict[str, Any]:
    text = token.split(".")[1]
    found = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    assert isinstance(found, dict)
    return found


GARBAGE = [
    "", ".", "..", "...", "a.b.c", "é.é.é", "A" * 1_048_576, "W10.W10.W10", "e30.e30.e30", f"{part({})}.{part([])}.AAAA",
    f"{part({'alg': []})}.{part({})}.AAAA", f"{part({'alg': 'ES256', 'kid': {}, 'typ': 7})}.{part({})}.AAAA", "\x00.\x00.\x00", " " * 100,
    base64.urlsafe_b64encode(b"[" * 9_000).decode().rstrip("=") + ".e30.AAAA", "a.b.c.d.e", f"{part({'alg': 'ES256', 'typ': []})}.{part({})}.AAAA", f"{part({'alg': {}, 'typ': None, 'kid': []})}.{part({'sub': {}})}.AAAA", "\ud800.\ud800.\ud800",
]  # fmt: skip


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def tokens(time: Time) -> AccessTokens:
    return AccessTokens(only(ec.generate_private_key(ec.SECP256R1())), issuer=HUB, clock=time)


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engine = open_engine(database_url)
    metadata.create_all(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def sqlite_engine(tmp_path: Any) -> Iterator[Engine]:
    engine = open_engine(f"sqlite:///{tmp_path / 'identity.sqlite3'}")
    metadata.create_all(engine)
    yield engine
    engine.dispose()


class Issuer:
    """A login issuer on a socket, which can be told to misbehave."""

    def __init__(self, time: Time) -> None:
        self.time, self.url = time, ""
        self.keys: list[Key] = [ec_key("first")]
        self.fetched = 0
        self.discovered = 0
        self.answer: Any = None

    @property
    def jwks_uri(self) -> str:
        return f"{self.url}/keys"

    async def serve_keys(self, request: web.Request) -> web.StreamResponse:
        self.fetched += 1
        if self.answer is not None:
            found = await self.answer(request)
            assert isinstance(found, web.StreamResponse)
            return found
        return web.json_response(jwks(*self.keys))

    async def serve_discovery(self, _request: web.Request) -> web.StreamResponse:
        self.discovered += 1
        return web.json_response({"issuer": self.url, "jwks_uri": self.jwks_uri})

    def token(self, key: Key | None = None, alg: str = "ES256", header: Any = None, **other: object) -> str:
        """A login token; `name=None` leaves a claim out."""
        claims = {
            "iss": self.url, "sub": "s-1", "aud": DOOR, "iat": self.time.seconds(), "exp": self.time.seconds(300),
            "egovNRN": NUMBER, "acr": "urn:be:fedict:iam:fas:Level450", "enterpriseNumbers": ["0403019261"],
        }  # fmt: skip
        said = {name: value for name, value in (claims | other).items() if value is not None}
        return signed(said, key or self.keys[-1], alg, **(header or {}))


@pytest.fixture
async def issuer(time: Time) -> AsyncIterator[Issuer]:
    issuer = Issuer(time)
    application = web.Application()
    application.router.add_get("/keys", issuer.serve_keys)
    application.router.add_get("/.well-known/openid-configuration", issuer.serve_discovery)
    runner = web.AppRunner(application, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    assert site._server is not None
    port = site._server.sockets[0].getsockname()[1]  # type: ignore[attr-defined]
    issuer.url = f"http://127.0.0.1:{port}"
    yield issuer
    await runner.cleanup()


def logins_of(issuer: Issuer, time: Time, **other: Any) -> LoginTokens:
    usual: dict[str, Any] = {
        "issuer": issuer.url,
        "jwks_uri": issuer.jwks_uri,
        "audiences": {DOOR, CITIZEN},
        "clock": time,
    }
    return LoginTokens(**(usual | other))


@pytest.fixture
async def logins(issuer: Issuer, time: Time) -> AsyncIterator[LoginTokens]:
    logins = logins_of(issuer, time)
    await logins.start()
    yield logins
    await logins.close()
