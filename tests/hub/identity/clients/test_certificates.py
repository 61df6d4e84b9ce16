"""A client's certificate: pinned, valid, and shown by whoever must show one."""

from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from sqlalchemy import Engine

from hub.identity import (
    AccessTokens,
    Authenticated,
    ClientAuthenticator,
    ClientRefused,
    RegisteredClient,
    TokenInvalid,
    thumbprint,
)
from tests.hub.identity.clients.conftest import KEY, SECRET, SECRET_HASH, assertion_claims, form, made
from tests.hub.identity.conftest import DOOR, Time, claims_of, jwks, signed
from tests.support.certificates import pair


def der(name: str, **times: datetime) -> bytes:
    return pair(name, **times).certificate.public_bytes(Encoding.DER)


GOOD, OTHER = der("a-client"), der("another-client")
OVER = der("an-old-client", end=datetime(2025, 1, 1, tzinfo=UTC))
PINNED = frozenset({thumbprint(GOOD), thumbprint(OVER)})


@pytest.fixture
def certified(time: Time, sqlite_engine: Engine) -> ClientAuthenticator:
    clients = {
        "tls": RegisteredClient("tls", "tls_client_auth", certificates=PINNED),
        "both": RegisteredClient("both", "private_key_jwt", jwks=jwks(KEY), certificates=PINNED),
        "key": RegisteredClient("key", "private_key_jwt", jwks=jwks(KEY)),
        "post": RegisteredClient("post", "client_secret_post", secret_hash=SECRET_HASH),
    }
    return made(clients, time, sqlite_engine)


def test_a_pinned_certificate_is_a_proof_and_the_tokens_are_bound_to_it(
    certified: ClientAuthenticator,
) -> None:
    shown = certified.authenticate({"client_id": "tls"}, None, certificate=GOOD)
    assert shown == Authenticated("tls", thumbprint(GOOD))


@pytest.mark.parametrize("certificate", [None, OTHER, OVER, b"", b"no certificate"])
def test_any_other_certificate_is_none(certified: ClientAuthenticator, certificate: bytes | None) -> None:
    with pytest.raises(ClientRefused):
        certified.authenticate({"client_id": "tls"}, None, certificate=certificate)


@pytest.mark.parametrize("client", ["key", "both", "post", "nobody"])
def test_a_certificate_is_no_proof_of_a_client_that_has_another(
    certified: ClientAuthenticator, client: str
) -> None:
    with pytest.raises(ClientRefused):
        certified.authenticate({"client_id": client}, None, certificate=GOOD)


def test_a_secret_is_no_proof_of_a_client_that_has_a_certificate(certified: ClientAuthenticator) -> None:
    with pytest.raises(ClientRefused):
        certified.authenticate({"client_id": "tls", "client_secret": SECRET}, None, certificate=GOOD)


def test_a_client_with_a_key_and_certificates_shows_both(certified: ClientAuthenticator, time: Time) -> None:
    def shown(certificate: bytes | None) -> Authenticated:
        assertion = form(signed(assertion_claims(time, "both"), KEY))
        return certified.authenticate(assertion, None, certificate=certificate)

    assert shown(GOOD).bound_to == thumbprint(GOOD)
    for certificate in (None, OTHER):
        with pytest.raises(ClientRefused):
            shown(certificate)


def test_a_client_without_certificates_may_show_any(certified: ClientAuthenticator, time: Time) -> None:
    assertion = form(signed(assertion_claims(time, "key"), KEY))
    assert certified.authenticate(assertion, None, certificate=OTHER) == Authenticated("key", None)


def test_a_bound_token_says_to_what(tokens: AccessTokens) -> None:
    token = tokens.issue("tls", ["prefill"], DOOR, bound_to=thumbprint(GOOD)).token
    assert claims_of(token)["cnf"] == {"x5t#S256": thumbprint(GOOD)}
    assert tokens.verify(token, audiences=(DOOR,)).bound_to == thumbprint(GOOD)
    assert tokens.verify(tokens.issue("key", [], DOOR).token, audiences=(DOOR,)).bound_to is None


@pytest.mark.parametrize(
    "bound", [None, "x", {}, {"jkt": "x"}, {"x5t#S256": 7}, {"x5t#S256": "x", "jkt": "y"}, ["x5t#S256"]]
)
def test_a_token_that_is_bound_to_anything_else_is_no_good(tokens: AccessTokens, bound: object) -> None:
    claims = {**claims_of(tokens.issue("tls", ["prefill"], DOOR).token), "cnf": bound}
    with pytest.raises(TokenInvalid):
        tokens.verify(signed(claims, tokens._signing, typ="at+jwt"), audiences=(DOOR,))
