"""The hub's own access tokens: what opens the door, and what does not."""

import base64
from collections.abc import Callable
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from joserfc.jwk import ECKey
from joserfc.jws import JWSRegistry

from hub.identity import AccessTokens, ScopeMissing, TokenExpired, TokenInvalid
from tests.hub.identity.conftest import (
    DOOR,
    GARBAGE,
    HUB,
    Time,
    claims_of,
    ec_key,
    hmacked,
    only,
    part,
    signed,
    unsigned,
)


def own_key(tokens: AccessTokens) -> Any:
    return tokens._signing


@pytest.fixture
def good(tokens: AccessTokens) -> str:
    return tokens.issue("grants-forms", ["prefill"], DOOR).token


def test_an_issued_token_opens_the_door(tokens: AccessTokens, time: Time) -> None:
    issued = tokens.issue("grants-forms", ["prefill", "verify"], DOOR)
    said = tokens.verify(issued.token, audiences=(DOOR,), scope="prefill")
    assert (said.client_id, issued.expires_in) == ("grants-forms", 300)
    assert said.scopes == {"prefill", "verify"}
    assert said.expires_at.timestamp() == time.seconds(300)


def test_an_issued_token_has_the_claims_of_rfc_9068(good: str) -> None:
    claims = claims_of(good)
    assert claims.keys() == {"iss", "sub", "client_id", "aud", "iat", "exp", "jti", "scope"}
    assert (claims["iss"], claims["sub"], claims["client_id"]) == (HUB, "grants-forms", "grants-forms")


def test_a_token_does_not_show_in_a_repr(tokens: AccessTokens) -> None:
    issued = tokens.issue("grants-forms", ["prefill"], DOOR)
    assert issued.token not in repr(issued)


def test_the_public_keys_hold_no_private_part(tokens: AccessTokens, good: str) -> None:
    (key,) = tokens.jwks()["keys"]
    assert "d" not in key
    assert ECKey.import_key(key).thumbprint() == key["kid"]


def test_another_audience_does_not_open_it_even_when_the_token_is_known(
    tokens: AccessTokens, good: str
) -> None:
    for _ in range(2):
        with pytest.raises(TokenInvalid):
            tokens.verify(good, audiences=(f"{HUB}/api/citizen",), scope=None)
        tokens.verify(good, audiences=(DOOR,))


def test_a_missing_scope_is_named(tokens: AccessTokens, good: str) -> None:
    for _ in range(2):
        with pytest.raises(ScopeMissing) as missing:
            tokens.verify(good, audiences=(DOOR,), scope="verify")
        assert missing.value.required == ("verify",)


def test_a_token_is_over_to_the_second_remembered_or_not(tokens: AccessTokens, good: str, time: Time) -> None:
    fresh = tokens.issue("grants-forms", ["prefill"], DOOR).token
    time.pass_by(seconds=299)
    tokens.verify(good, audiences=(DOOR,))
    time.pass_by(seconds=1)
    for token in (good, fresh):
        with pytest.raises(TokenExpired):
            tokens.verify(token, audiences=(DOOR,))


@pytest.mark.parametrize(
    "change",
    [
        {"iss": "https://other.example"},
        {"iss": None},
        {"sub": "another"},
        {"client_id": 7},
        {"aud": None},
        {"aud": 5},
        {"aud": [DOOR, 5]},
        {"exp": None},
        {"exp": "2026"},
        {"exp": True},
        {"exp": 1e300},
        {"iat": None},
        {"iat": -1},
        {"jti": None},
        {"scope": ["prefill"]},
    ],
)
def test_a_token_signed_by_the_hub_with_a_wrong_claim_is_refused(
    tokens: AccessTokens, good: str, change: dict[str, object]
) -> None:
    claims = {name: value for name, value in (claims_of(good) | change).items() if value is not None}
    with pytest.raises(TokenInvalid):
        tokens.verify(signed(claims, own_key(tokens), typ="at+jwt"), audiences=(DOOR,))


def test_a_token_from_the_future_is_refused_beyond_half_a_minute(
    tokens: AccessTokens, good: str, time: Time
) -> None:
    for claim in ("iat", "nbf"):
        near = claims_of(good) | {claim: time.seconds(29)}
        tokens.verify(signed(near, own_key(tokens), typ="at+jwt"), audiences=(DOOR,))
        far = claims_of(good) | {claim: time.seconds(31)}
        with pytest.raises(TokenInvalid):
            tokens.verify(signed(far, own_key(tokens), typ="at+jwt"), audiences=(DOOR,))


@pytest.mark.parametrize("typ", [None, "JWT", "consent-receipt+jws", "at+jwt+x", ""])
def test_another_kind_of_token_signed_with_the_same_key_is_refused(
    tokens: AccessTokens, good: str, typ: str | None
) -> None:
    with pytest.raises(TokenInvalid):
        tokens.verify(signed(claims_of(good), own_key(tokens), typ=typ), audiences=(DOOR,))


def _critical(tokens: AccessTokens, claims: dict[str, Any]) -> str:
    text = f"{part({'alg': 'ES256', 'typ': 'at+jwt', 'crit': ['exp'], 'exp': 1})}.{part(claims)}"
    signature = JWSRegistry.algorithms["ES256"].sign(text.encode(), own_key(tokens))
    return f"{text}.{base64.urlsafe_b64encode(signature).rstrip(b'=').decode()}"


FORGERIES: dict[str, Callable[[AccessTokens, dict[str, Any]], str]] = {
    "no algorithm, no signature": lambda _t, claims: unsigned(claims),
    "no algorithm, some signature": lambda _t, claims: unsigned(claims, signature="AAAA"),
    "no algorithm in other letters": lambda _t, claims: unsigned(claims, alg="nOnE", signature="AAAA"),
    "the public key as a secret": lambda t, claims: hmacked(claims, part(t.jwks()["keys"][0]).encode(), "at+jwt"),
    "the public key's PEM as a secret": lambda t, claims: hmacked(claims, ECKey.import_key(t.jwks()["keys"][0]).as_pem(), "at+jwt"),
    "a key of one's own": lambda _t, claims: signed(claims, ec_key(), typ="at+jwt"),
    "a key of one's own under the hub's name": lambda t, claims: signed(claims, ec_key(t.jwks()["keys"][0]["kid"]), typ="at+jwt"),
    "a key of one's own in the header": lambda _t, claims: _with_own_key(claims),
    "a path as kid": lambda _t, claims: signed(claims, ec_key(), typ="at+jwt", kid="../../../../dev/null"),
    "SQL as kid": lambda _t, claims: signed(claims, ec_key(), typ="at+jwt", kid="x' UNION SELECT 'AAAA' --"),
    "an address of keys": lambda _t, claims: signed(claims, ec_key(), typ="at+jwt", jku="https://evil.example/keys"),
    "a critical extension": _critical,
}  # fmt: skip


def _with_own_key(claims: dict[str, Any]) -> str:
    key = ec_key()
    return signed(claims, key, typ="at+jwt", jwk=dict(key.as_dict(private=False)))


@pytest.mark.parametrize("forge", FORGERIES.values(), ids=FORGERIES.keys())
def test_a_forged_token_is_refused(
    tokens: AccessTokens, good: str, forge: Callable[[AccessTokens, dict[str, Any]], str]
) -> None:
    with pytest.raises(TokenInvalid):
        tokens.verify(forge(tokens, claims_of(good)), audiences=(DOOR,))


@pytest.mark.parametrize("place", [0, 1, 2])
def test_a_token_with_one_altered_letter_is_refused(tokens: AccessTokens, good: str, place: int) -> None:
    parts = good.split(".")
    parts[place] = parts[place][:8] + ("A" if parts[place][8] != "A" else "B") + parts[place][9:]
    with pytest.raises(TokenInvalid):
        tokens.verify(".".join(parts), audiences=(DOOR,))


@pytest.mark.parametrize("token", GARBAGE, ids=range(len(GARBAGE)))
def test_garbage_is_refused_and_not_repeated(tokens: AccessTokens, token: str) -> None:
    with pytest.raises(TokenInvalid) as refused:
        tokens.verify(token, audiences=(DOOR,))
    assert str(refused.value) == "the token is not valid here"
    assert refused.value.__cause__ is None


def test_a_token_of_another_hub_with_the_same_name_is_refused(time: Time, tokens: AccessTokens) -> None:
    other = AccessTokens(only(ec.generate_private_key(ec.SECP256R1())), issuer=HUB, clock=time)
    with pytest.raises(TokenInvalid):
        tokens.verify(other.issue("grants-forms", ["prefill"], DOOR).token, audiences=(DOOR,))


def test_a_second_look_checks_no_signature(
    tokens: AccessTokens, good: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = tokens.verify(good, audiences=(DOOR,))
    monkeypatch.setattr(
        "hub.identity.jose.verified", lambda *_: pytest.fail("the signature was checked again")
    )
    assert tokens.verify(good, audiences=(DOOR,)) == first


def test_refused_tokens_are_not_remembered_and_the_memory_is_bounded(
    time: Time, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hub.identity.tokens._REMEMBERED", 5)
    tokens = AccessTokens(only(ec.generate_private_key(ec.SECP256R1())), issuer=HUB, clock=time)
    for number in range(20):
        tokens.verify(tokens.issue(f"client-{number}", [], DOOR).token, audiences=(DOOR,))
        with pytest.raises(TokenInvalid):
            tokens.verify(unsigned({"n": number}, signature="AAAA"), audiences=(DOOR,))
    assert len(tokens._remembered) == 5


def test_only_a_p_256_key_signs_tokens(time: Time) -> None:
    with pytest.raises(ValueError, match="P-256"):
        AccessTokens(only(ec.generate_private_key(ec.SECP384R1())), issuer=HUB, clock=time)
