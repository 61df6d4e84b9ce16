"""How clients prove who they are by a secret."""

import pytest

from hub.identity import ClientAuthenticator, RegisteredClient, check_secret, hash_secret
from tests.hub.identity.clients.conftest import (
    KEY,
    SECRET,
    SECRET_HASH,
    assertion_claims,
    basic,
    form,
    refused,
)
from tests.hub.identity.conftest import Time, signed


def test_a_secret_is_admitted_by_the_registered_way_alone(
    authenticator: ClientAuthenticator, time: Time
) -> None:
    assert authenticator.authenticate({}, basic("basic", SECRET)).client_id == "basic"
    assert authenticator.authenticate({"client_id": "basic"}, basic("basic", SECRET)).client_id == "basic"
    assert (
        authenticator.authenticate({"client_id": "post", "client_secret": SECRET}, None).client_id == "post"
    )
    refused(authenticator, {}, basic("post", SECRET))
    refused(authenticator, {"client_id": "basic", "client_secret": SECRET})
    refused(authenticator, form(signed(assertion_claims(time, "basic"), KEY)))
    refused(authenticator, {"client_id": "signer", "client_secret": SECRET})


def test_a_wrong_secret_is_refused_after_a_right_one(authenticator: ClientAuthenticator) -> None:
    authenticator.authenticate({}, basic("basic", SECRET))
    for wrong in ("", SECRET[:-1], SECRET + "x", SECRET.upper(), "s" * 5_000):
        refused(authenticator, {}, basic("basic", wrong))


def test_a_request_with_two_proofs_or_none_is_refused(authenticator: ClientAuthenticator, time: Time) -> None:
    secret = {"client_id": "post", "client_secret": SECRET}
    refused(authenticator, {})
    refused(authenticator, {"client_id": "post"})
    refused(authenticator, secret, basic("basic", SECRET))
    refused(authenticator, form(signed(assertion_claims(time), KEY)) | secret)
    refused(authenticator, form(signed(assertion_claims(time), KEY)), basic("basic", SECRET))
    refused(authenticator, {"client_id": "other"}, basic("basic", SECRET))


@pytest.mark.parametrize("header", ["", "Basic", "Basic ", "Basic !!!", "Bearer abc", "Basic " + "A" * 1_048_576, "Basic 4pyT", "Basic OnNlY3JldA=="])  # fmt: skip
def test_a_malformed_authorization_is_refused(authenticator: ClientAuthenticator, header: str) -> None:
    refused(authenticator, {}, header)


def test_a_removed_client_and_a_changed_secret_are_refused_at_once(
    authenticator: ClientAuthenticator, clients: dict[str, RegisteredClient]
) -> None:
    shown = {"client_id": "post", "client_secret": SECRET}
    authenticator.authenticate(shown, None)
    clients["post"] = RegisteredClient(
        "post", "client_secret_post", secret_hash=hash_secret("another secret")
    )
    refused(authenticator, shown)
    del clients["post"]
    refused(authenticator, shown)


def test_a_known_secret_is_not_hashed_again_for_a_minute(
    authenticator: ClientAuthenticator, time: Time, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = {"client_id": "post", "client_secret": SECRET}
    authenticator.authenticate(shown, None)
    hashed: list[str] = []

    def counted(secret: str, secret_hash: str) -> bool:
        hashed.append(secret)
        return check_secret(secret, secret_hash)

    monkeypatch.setattr("hub.identity.clients.check_secret", counted)
    authenticator.authenticate(shown, None)
    assert hashed == []
    time.pass_by(seconds=60)
    authenticator.authenticate(shown, None)
    assert hashed == [SECRET]


def test_an_unknown_client_costs_what_a_wrong_secret_costs(
    authenticator: ClientAuthenticator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each of them costs one hash, with the same parameters."""
    hashed: list[str] = []

    def counted(secret: str, secret_hash: str) -> bool:
        hashed.append(secret_hash.rsplit("$", 2)[0])
        return check_secret(secret, secret_hash)

    monkeypatch.setattr("hub.identity.clients.check_secret", counted)
    for client in ("post", "nobody", "signer", "basic"):
        refused(authenticator, {"client_id": client, "client_secret": "wrong"})
    assert hashed == ["scrypt$16384$8$1"] * 4


def test_a_secret_hash_shows_nothing_and_salts() -> None:
    assert hash_secret(SECRET) != hash_secret(SECRET)
    assert SECRET not in SECRET_HASH
    assert SECRET_HASH not in repr(RegisteredClient("post", "client_secret_post", secret_hash=SECRET_HASH))
    assert check_secret(SECRET, SECRET_HASH)


@pytest.mark.parametrize(
    "malformed",
    ["", "x", "$$$$$", SECRET_HASH[1:], SECRET_HASH.replace("scrypt", "plain"), SECRET_HASH.replace("$16384$", "$99999999999$"),
     SECRET_HASH.replace("$16384$", "$16383$"), SECRET_HASH.replace("$16384$", "$x$"), SECRET_HASH + "$", "scrypt$2$1$1$$"],
    ids=range(10),
)  # fmt: skip
def test_a_malformed_secret_hash_matches_nothing(malformed: str) -> None:
    assert not check_secret(SECRET, malformed)
    assert not check_secret("", malformed)
