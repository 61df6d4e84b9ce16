"""How a client proves itself, right and wrong."""

import base64
import uuid
from urllib.parse import quote_plus

import pytest
from sqlalchemy import Engine

from hub.identity import ClientAuthenticator, ClientRefused, RegisteredClient, hash_secret
from tests.hub.identity.conftest import HUB, Time, ec_key, jwks

TOKEN_ENDPOINT = f"{HUB}/oauth2/token"
ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
SECRET = "x8Vt%+ é-long-and-random"
SECRET_HASH = hash_secret(SECRET)
KEY, OTHER = ec_key("k1"), ec_key("k1")


@pytest.fixture
def clients() -> dict[str, RegisteredClient]:
    return {
        "signer": RegisteredClient("signer", "private_key_jwt", jwks=jwks(KEY)),
        "other": RegisteredClient("other", "private_key_jwt", jwks=jwks(OTHER)),
        "basic": RegisteredClient("basic", "client_secret_basic", secret_hash=SECRET_HASH),
        "post": RegisteredClient("post", "client_secret_post", secret_hash=SECRET_HASH),
    }


def made(clients: dict[str, RegisteredClient], time: Time, engine: Engine) -> ClientAuthenticator:
    return ClientAuthenticator(
        clients.get, audiences=frozenset({HUB, TOKEN_ENDPOINT}), clock=time, engine=engine
    )


@pytest.fixture
def authenticator(
    clients: dict[str, RegisteredClient], time: Time, sqlite_engine: Engine
) -> ClientAuthenticator:
    return made(clients, time, sqlite_engine)


def assertion_claims(time: Time, client: str = "signer", /, **other: object) -> dict[str, object]:
    claims: dict[str, object] = {
        "iss": client, "sub": client, "aud": TOKEN_ENDPOINT, "jti": uuid.uuid4().hex, "iat": time.seconds(), "exp": time.seconds(60),
    }  # fmt: skip
    return {name: value for name, value in (claims | other).items() if value is not None}


def form(assertion: str, **other: str) -> dict[str, str]:
    return {"grant_type": "client_credentials", "client_assertion_type": ASSERTION_TYPE, "client_assertion": assertion} | other  # fmt: skip


def basic(client: str, secret: str) -> str:
    return "Basic " + base64.b64encode(f"{quote_plus(client)}:{quote_plus(secret)}".encode()).decode()


def refused(
    authenticator: ClientAuthenticator, fields: dict[str, str], authorization: str | None = None
) -> None:
    with pytest.raises(ClientRefused) as error:
        authenticator.authenticate(fields, authorization)
    assert str(error.value) == "the client could not be authenticated"
