"""How clients prove who they are, and how they fail to."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from types import MappingProxyType
from typing import Any

import pytest
from joserfc.jwk import ECKey, Key, OctKey, OKPKey, RSAKey
from sqlalchemy import Engine, func, select

from hub.database import open_engine
from hub.identity import (
    ClientAuthenticator,
    ClientRefused,
    ClientsUnavailable,
    RegisteredClient,
    TooManyTries,
    jose,
    metadata,
)
from tests.hub.identity.clients.conftest import (
    ASSERTION_TYPE,
    KEY,
    OTHER,
    TOKEN_ENDPOINT,
    assertion_claims,
    form,
    made,
    refused,
)
from tests.hub.identity.conftest import (
    GARBAGE,
    HUB,
    Time,
    ec_key,
    ed_key,
    hmacked,
    jwks,
    part,
    rsa_key,
    signed,
    unsigned,
)

Authenticate = Callable[..., str]


@pytest.mark.parametrize(
    ("key", "alg"), [(ec_key(), "ES256"), (ed_key(), "EdDSA"), (ed_key("k"), "Ed25519"), (rsa_key(), "RS256"), (rsa_key("k"), "PS256")]
)  # fmt: skip
@pytest.mark.filterwarnings("ignore:EdDSA is deprecated")
def test_a_client_signs_with_any_admitted_algorithm(
    authenticator: ClientAuthenticator, clients: dict[str, RegisteredClient], time: Time, key: Key, alg: str
) -> None:
    clients["signer"] = RegisteredClient("signer", "private_key_jwt", jwks=jwks(ec_key("old"), key))
    for typ in (None, "JWT", "client-authentication+jwt"):
        assertion = signed(assertion_claims(time), key, alg, typ=typ)
        assert authenticator.authenticate(form(assertion, client_id="signer"), None).client_id == "signer"


def test_an_assertion_may_be_addressed_to_the_issuer_or_to_the_token_endpoint(
    authenticator: ClientAuthenticator, time: Time
) -> None:
    for audience in (HUB, TOKEN_ENDPOINT, [TOKEN_ENDPOINT], ["https://x.example", HUB]):
        assert (
            authenticator.authenticate(
                form(signed(assertion_claims(time, aud=audience), KEY)), None
            ).client_id
            == "signer"
        )


def test_an_assertion_is_good_once_on_every_replica_until_it_is_over(
    clients: dict[str, RegisteredClient], time: Time, engine: Engine
) -> None:
    first, second = made(clients, time, engine), made(clients, time, engine)
    shown = form(signed(assertion_claims(time), KEY))
    assert first.authenticate(shown, None).client_id == "signer"
    for again in (first, second):
        refused(again, shown)
    time.pass_by(seconds=89)
    refused(second, shown)
    time.pass_by(seconds=1)
    refused(second, shown)


def test_of_many_uses_at_once_on_two_replicas_one_is_let_in(
    clients: dict[str, RegisteredClient], time: Time, database_url: str
) -> None:
    engines = [open_engine(database_url) for _ in range(2)]
    metadata.create_all(engines[0])
    replicas = [made(clients, time, engine) for engine in engines]

    def use(number: int, shown: dict[str, str]) -> bool:
        try:
            replicas[number % 2].authenticate(shown, None)
        except ClientRefused:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        for _ in range(5):
            shown = form(signed(assertion_claims(time), KEY))
            assert sum(pool.map(use, range(8), [shown] * 8)) == 1
    for engine in engines:
        engine.dispose()


def test_after_a_hundred_wrong_proofs_the_right_one_waits_too_but_nowhere_else(
    authenticator: ClientAuthenticator, time: Time, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 1000.0
    monkeypatch.setattr(authenticator._wrong, "_clock", lambda: now)
    wrong = form(signed(assertion_claims(time), OTHER))
    for _ in range(100):
        with pytest.raises(ClientRefused):
            authenticator.authenticate(wrong, None, address="192.0.2.7")
    right = form(signed(assertion_claims(time), KEY))
    for shown in (wrong, right):
        with pytest.raises(TooManyTries) as told:
            authenticator.authenticate(shown, None, address="192.0.2.7")
        assert told.value.retry_after_s == 1
    # Another client from there, and this one from elsewhere, do not wait; what was not looked at is not used up.
    assert (
        authenticator.authenticate(
            form(signed(assertion_claims(time, "other"), OTHER)), None, address="192.0.2.7"
        ).client_id
        == "other"
    )
    assert authenticator.authenticate(right, None, address="192.0.2.8").client_id == "signer"
    now += 1
    assert (
        authenticator.authenticate(
            form(signed(assertion_claims(time), KEY)), None, address="192.0.2.7"
        ).client_id
        == "signer"
    )


def test_who_guesses_for_ever_other_clients_waits_too_and_takes_no_more_memory(
    authenticator: ClientAuthenticator, time: Time, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(authenticator._wrong, "_clock", lambda: 1000.0)
    monkeypatch.setattr(authenticator._wrong, "_size", 500)
    waited = 0
    for number in range(1_100):
        try:
            claims = assertion_claims(time, f"client-{number}")
            authenticator.authenticate(form(unsigned(claims, signature="AAAA")), None, address="192.0.2.7")
        except ClientRefused:
            continue
        except TooManyTries:
            waited += 1
    assert waited == 100
    assert len(authenticator._wrong) == 500


def test_two_clients_may_use_the_same_jti(authenticator: ClientAuthenticator, time: Time) -> None:
    for client, key in (("signer", KEY), ("other", OTHER)):
        claims = assertion_claims(time, client, jti="1")
        assert authenticator.authenticate(form(signed(claims, key)), None).client_id == client


def test_used_assertions_are_forgotten_once_they_would_be_refused_anyway(
    clients: dict[str, RegisteredClient], time: Time, engine: Engine
) -> None:
    authenticator = made(clients, time, engine)
    for _ in range(3):
        authenticator.authenticate(form(signed(assertion_claims(time), KEY)), None)
    time.pass_by(minutes=5)
    authenticator.authenticate(form(signed(assertion_claims(time), KEY)), None)
    with engine.connect() as connection:
        assert connection.execute(select(func.count()).select_from(metadata.tables["hub_identity_assertion"])).scalar() == 1  # fmt: skip


@pytest.mark.parametrize(
    "change",
    [
        {"iss": "other"},
        {"iss": None},
        {"sub": "other"},
        {"sub": ["signer"]},
        {"sub": "nobody", "iss": "nobody"},
        {"aud": "https://other.example/token"},
        {"aud": None},
        {"aud": [HUB, 7]},
        {"jti": None},
        {"jti": ""},
        {"jti": 7},
        {"jti": "j" * 257},
        {"exp": None},
        {"exp": "soon"},
        {"exp": -1},
        {"exp": float("inf")},
        {"exp": float("nan")},
    ],
)
def test_an_assertion_with_a_wrong_claim_is_refused(
    authenticator: ClientAuthenticator, time: Time, change: dict[str, object]
) -> None:
    claims = assertion_claims(time) | change
    claims = {name: value for name, value in claims.items() if value is not None}
    refused(authenticator, form(signed(claims, KEY)))


@pytest.mark.parametrize(
    ("claim", "good", "bad"), [("exp", 330, 331), ("exp", -29, -30), ("iat", 30, 31), ("nbf", 30, 31)]
)
def test_the_times_of_an_assertion_are_held_to_the_second(
    authenticator: ClientAuthenticator, time: Time, claim: str, good: int, bad: int
) -> None:
    authenticator.authenticate(form(signed(assertion_claims(time, **{claim: time.seconds(good)}), KEY)), None)
    refused(authenticator, form(signed(assertion_claims(time, **{claim: time.seconds(bad)}), KEY)))


def test_the_assertion_of_another_client_is_refused(authenticator: ClientAuthenticator, time: Time) -> None:
    refused(authenticator, form(signed(assertion_claims(time), OTHER)))
    refused(authenticator, form(signed(assertion_claims(time, "other"), OTHER), client_id="signer"))


def test_forged_assertions_are_refused(authenticator: ClientAuthenticator, time: Time) -> None:
    claims = assertion_claims(time)
    public = KEY.as_dict(private=False)
    own = ec_key()
    for forged in (
        unsigned(claims, typ="JWT"), unsigned(claims, typ="JWT", signature="AAAA"), hmacked(claims, part(public).encode(), "JWT"),
        hmacked(claims, ECKey.import_key(public).as_pem(), "JWT"), signed(claims, own), signed(claims, own, kid="k1"),
        signed(claims, own, jwk=dict(own.as_dict(private=False))), signed(claims, KEY, typ="at+jwt"), signed(claims, KEY, kid="unknown"),
        signed(claims, rsa_key("k1"), "RS256"),
    ):  # fmt: skip
        refused(authenticator, form(forged))
    assert authenticator.authenticate(form(signed(claims, KEY)), None).client_id == "signer"


def test_a_registered_key_that_is_symmetric_weak_or_for_encryption_proves_nothing(
    authenticator: ClientAuthenticator, clients: dict[str, RegisteredClient], time: Time
) -> None:
    secret = OctKey.import_key(b"s" * 32)
    encryption = ec_key()
    with pytest.warns(UserWarning, match="2048"):
        weak = RSAKey.generate_key(1024)
    others: list[tuple[Key, str]] = [(secret, "HS256"), (encryption, "ES256"), (weak, "RS256"), (ECKey.generate_key("P-384"), "ES384")]  # fmt: skip
    registered = jwks(weak, ECKey.generate_key("P-384"), OKPKey.generate_key("X25519"))
    registered["keys"] += [dict(secret.as_dict(private=True)), dict(encryption.as_dict(private=False)) | {"use": "enc"}, "x", {}, None]  # fmt: skip
    clients["signer"] = RegisteredClient("signer", "private_key_jwt", jwks=registered)
    for key, alg in others:
        refused(authenticator, form(signed(assertion_claims(time), key, alg)))


@pytest.mark.parametrize("assertion", GARBAGE, ids=range(len(GARBAGE)))
def test_a_garbage_assertion_is_refused(authenticator: ClientAuthenticator, assertion: str) -> None:
    refused(authenticator, form(assertion))


def test_the_type_of_an_assertion_is_not_guessed(authenticator: ClientAuthenticator, time: Time) -> None:
    assertion = signed(assertion_claims(time), KEY)
    refused(authenticator, {"client_assertion": assertion})
    refused(authenticator, form(assertion) | {"client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:saml2-bearer"})  # fmt: skip
    refused(authenticator, {"client_assertion_type": ASSERTION_TYPE})


def test_an_unknown_client_costs_what_a_wrong_signature_costs(
    authenticator: ClientAuthenticator, time: Time, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[object] = []
    check = jose._signed

    def counted(token: str, key: Key, alg: object) -> bool:
        tried.append(alg)
        return check(token, key, alg)

    monkeypatch.setattr("hub.identity.jose._signed", counted)
    for client in ("signer", "nobody", "basic"):
        refused(authenticator, form(signed(assertion_claims(time, client), ec_key())))
    assert tried == ["ES256"] * 3


def test_registered_keys_may_be_read_only(
    authenticator: ClientAuthenticator, clients: dict[str, RegisteredClient], time: Time
) -> None:
    frozen = MappingProxyType({"keys": tuple(MappingProxyType(key) for key in jwks(KEY)["keys"])})
    clients["signer"] = RegisteredClient("signer", "private_key_jwt", jwks=frozen)
    assert authenticator.authenticate(form(signed(assertion_claims(time), KEY)), None).client_id == "signer"


def test_nobody_is_let_in_when_used_assertions_cannot_be_remembered(
    clients: dict[str, RegisteredClient], time: Time, tmp_path: Any
) -> None:

    engine = open_engine(f"sqlite:///{tmp_path / 'empty.sqlite3'}")
    with pytest.raises(ClientsUnavailable):
        made(clients, time, engine).authenticate(form(signed(assertion_claims(time), KEY)), None)
    engine.dispose()
