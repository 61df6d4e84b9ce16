"""How clients prove who they are, and how they fail to."""

import base64
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from types import MappingProxyType
from typing import Any
from urllib.parse import quote_plus

import pytest
from joserfc.jwk import ECKey, Key, OctKey, OKPKey, RSAKey
from sqlalchemy import Engine, func, select

from hub.database import open_engine
from hub.identity import (
    ClientAuthenticator,
    ClientRefused,
    ClientsUnavailable,
    RegisteredClient,
    check_secret,
    hash_secret,
    jose,
    metadata,
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

TOKEN_ENDPOINT = f"{HUB}/oauth2/token"
ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
SECRET = "x8Vt%+ é-long-and-random"
SECRET_HASH = hash_secret(SECRET)
KEY, OTHER = ec_key("k1"), ec_key("k1")

Authenticate = Callable[..., str]


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
        assert authenticator.authenticate(form(assertion, client_id="signer"), None) == "signer"


def test_an_assertion_may_be_addressed_to_the_issuer_or_to_the_token_endpoint(
    authenticator: ClientAuthenticator, time: Time
) -> None:
    for audience in (HUB, TOKEN_ENDPOINT, [TOKEN_ENDPOINT], ["https://x.example", HUB]):
        assert (
            authenticator.authenticate(form(signed(assertion_claims(time, aud=audience), KEY)), None)
            == "signer"
        )


def test_an_assertion_is_good_once_on_every_replica_until_it_is_over(
    clients: dict[str, RegisteredClient], time: Time, engine: Engine
) -> None:
    first, second = made(clients, time, engine), made(clients, time, engine)
    shown = form(signed(assertion_claims(time), KEY))
    assert first.authenticate(shown, None) == "signer"
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


def test_two_clients_may_use_the_same_jti(authenticator: ClientAuthenticator, time: Time) -> None:
    for client, key in (("signer", KEY), ("other", OTHER)):
        claims = assertion_claims(time, client, jti="1")
        assert authenticator.authenticate(form(signed(claims, key)), None) == client


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
    assert authenticator.authenticate(form(signed(claims, KEY)), None) == "signer"


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


def test_a_secret_is_admitted_by_the_registered_way_alone(
    authenticator: ClientAuthenticator, time: Time
) -> None:
    assert authenticator.authenticate({}, basic("basic", SECRET)) == "basic"
    assert authenticator.authenticate({"client_id": "basic"}, basic("basic", SECRET)) == "basic"
    assert authenticator.authenticate({"client_id": "post", "client_secret": SECRET}, None) == "post"
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


def test_the_type_of_an_assertion_is_not_guessed(authenticator: ClientAuthenticator, time: Time) -> None:
    assertion = signed(assertion_claims(time), KEY)
    refused(authenticator, {"client_assertion": assertion})
    refused(authenticator, form(assertion) | {"client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:saml2-bearer"})  # fmt: skip
    refused(authenticator, {"client_assertion_type": ASSERTION_TYPE})


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
    assert authenticator.authenticate(form(signed(assertion_claims(time), KEY)), None) == "signer"


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


def test_nobody_is_let_in_when_used_assertions_cannot_be_remembered(
    clients: dict[str, RegisteredClient], time: Time, tmp_path: Any
) -> None:

    engine = open_engine(f"sqlite:///{tmp_path / 'empty.sqlite3'}")
    with pytest.raises(ClientsUnavailable):
        made(clients, time, engine).authenticate(form(signed(assertion_claims(time), KEY)), None)
    engine.dispose()
