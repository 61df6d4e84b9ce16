"""Login tokens, checked against an issuer on a socket."""

from datetime import timedelta

import pytest
from joserfc.jwk import ECKey, Key, OctKey

from hub.identity import ClaimNames, LoginTokens, Person, TokenExpired, TokenInvalid
from tests.hub.identity.conftest import (
    CITIZEN,
    DOOR,
    GARBAGE,
    NUMBER,
    Issuer,
    Time,
    claims_of,
    ec_key,
    ed_key,
    hmacked,
    logins_of,
    part,
    rsa_key,
    signed,
    unsigned,
)  # fmt: skip


async def test_a_login_token_says_who_the_person_is(logins: LoginTokens, issuer: Issuer, time: Time) -> None:
    person = await logins.verify(issuer.token(), audience=DOOR)
    assert (person.ssin, person.assurance_level) == (NUMBER, 450)
    assert person.enterprises == {"0403019261"}
    assert person.expires_at == time() + timedelta(seconds=300)


async def test_a_person_does_not_show_in_a_repr(logins: LoginTokens, issuer: Issuer) -> None:
    person = await logins.verify(issuer.token(), audience=DOOR)
    assert NUMBER not in repr(person)
    assert "0403019261" not in repr(person)


@pytest.mark.parametrize(
    ("key", "alg"), [(ec_key("a"), "ES256"), (rsa_key("b"), "RS256"), (rsa_key("c"), "PS256"), (ed_key("d"), "EdDSA"), (ed_key(), "Ed25519")]
)  # fmt: skip
@pytest.mark.filterwarnings("ignore:EdDSA is deprecated")
async def test_an_issuer_signs_with_any_admitted_algorithm(
    logins: LoginTokens, issuer: Issuer, key: Key, alg: str
) -> None:
    issuer.keys = [ec_key("another"), key]
    for typ in ("JWT", "at+jwt", "jwt", "application/at+jwt"):
        await logins.verify(issuer.token(key, alg, {"typ": typ}), audience=DOOR)


@pytest.mark.parametrize(
    ("acr", "level"),
    [
        ("urn:be:fedict:iam:fas:Level100", 100), ("urn:be:fedict:iam:fas:Level500", 500), ("400", 400), (400, 400), (None, None),
        ("high", None), ("Level", None), (True, None), ([450], None), ("urn:be:fedict:iam:fas:Level4500", None), (4, None),
    ],
)  # fmt: skip
async def test_what_an_assurance_level_is_not_is_no_level(
    logins: LoginTokens, issuer: Issuer, acr: object, level: int | None
) -> None:
    assert (await logins.verify(issuer.token(acr=acr), audience=DOOR)).assurance_level == level


@pytest.mark.parametrize(
    ("claim", "found"),
    [(None, set()), ("0403019261", {"0403019261"}), ([], set()), ({"a": 1}, set()), (7, set()), (["0403019261", "x", 7, "9403019261", "0403019261 "], {"0403019261"})],
)  # fmt: skip
async def test_what_an_enterprise_number_is_not_opens_no_enterprise(
    logins: LoginTokens, issuer: Issuer, claim: object, found: set[str]
) -> None:
    assert (await logins.verify(issuer.token(enterpriseNumbers=claim), audience=DOOR)).enterprises == found


async def test_claims_are_read_under_the_names_that_are_configured(issuer: Issuer, time: Time) -> None:
    names = ClaimNames(subject="national_id", assurance="loa", enterprises="companies")
    logins = logins_of(issuer, time, claims=names)
    await logins.start()
    token = issuer.token(egovNRN=None, national_id="00000000097", loa=300, companies=["0403019261"])
    person = await logins.verify(token, audience=DOOR)
    assert (person.ssin, person.assurance_level, len(person.enterprises)) == ("00000000097", 300, 1)
    await logins.close()


@pytest.mark.parametrize(
    "change",
    [
        {"iss": "https://other.example"}, {"iss": None}, {"iss": ["x"]}, {"aud": "https://other.example"}, {"aud": None}, {"aud": [DOOR, 1]},
        {"exp": None}, {"exp": "x"}, {"egovNRN": None}, {"egovNRN": int(NUMBER)}, {"egovNRN": f"{NUMBER} "}, {"egovNRN": "850730033"},
        {"egovNRN": "٨٥٠٧٣٠٠٣٣٢٨"}, {"events": {"http://schemas.openid.net/event/backchannel-logout": {}}},
    ],
)  # fmt: skip
async def test_a_token_with_a_wrong_claim_is_refused(
    logins: LoginTokens, issuer: Issuer, change: dict[str, object]
) -> None:
    with pytest.raises(TokenInvalid) as refused:
        await logins.verify(issuer.token(**change), audience=DOOR)  # type: ignore[arg-type]
    assert NUMBER not in str(refused.value)


async def test_a_token_for_another_door_of_the_hub_is_refused_known_or_not(
    logins: LoginTokens, issuer: Issuer
) -> None:
    token = issuer.token()
    for _ in range(2):
        with pytest.raises(TokenInvalid):
            await logins.verify(token, audience=CITIZEN)
        await logins.verify(token, audience=DOOR)
    with pytest.raises(ValueError, match="not configured"):
        await logins.verify(token, audience="https://hub.example/api/unheard-of")


async def test_a_token_is_over_to_the_second_known_or_not(
    logins: LoginTokens, issuer: Issuer, time: Time
) -> None:
    known, fresh = issuer.token(), issuer.token(jti="other")
    await logins.verify(known, audience=DOOR)
    time.pass_by(seconds=300)
    for token in (known, fresh):
        with pytest.raises(TokenExpired):
            await logins.verify(token, audience=DOOR)


@pytest.mark.parametrize("claim", ["iat", "nbf"])
async def test_a_token_from_the_future_is_refused_beyond_half_a_minute(
    logins: LoginTokens, issuer: Issuer, time: Time, claim: str
) -> None:
    await logins.verify(issuer.token(**{claim: time.seconds(30)}), audience=DOOR)  # type: ignore[arg-type]
    with pytest.raises(TokenInvalid):
        await logins.verify(issuer.token(**{claim: time.seconds(31)}), audience=DOOR)  # type: ignore[arg-type]


@pytest.mark.parametrize("typ", [None, "logout+jwt", "secevent+jwt", "dpop+jwt", "JWT2"])
async def test_another_kind_of_token_of_the_same_issuer_is_refused(
    logins: LoginTokens, issuer: Issuer, typ: str | None
) -> None:
    with pytest.raises(TokenInvalid):
        await logins.verify(issuer.token(header={"typ": typ}), audience=DOOR)


async def test_forged_tokens_are_refused(logins: LoginTokens, issuer: Issuer) -> None:
    claims, public, own = claims_of(issuer.token()), issuer.keys[0].as_dict(private=False), ec_key("first")
    for forged in (
        unsigned(claims, typ="JWT"), unsigned(claims, typ="JWT", signature="AAAA"), hmacked(claims, part(public).encode(), "JWT"),
        hmacked(claims, ECKey.import_key(public).as_pem(), "JWT"), signed(claims, own), signed(claims, ec_key()),
        signed(claims, own, jwk=dict(own.as_dict(private=False))), signed(claims, own, jku=f"{issuer.url}/other"),
        signed(claims, own, kid="../../dev/null"), signed(claims, own, kid=f"{issuer.url}/keys"), signed(claims, rsa_key("first"), "RS256"),
        signed(claims, OctKey.import_key(b"s" * 32), "HS256"), f"{part({'alg': 'ES256', 'typ': []})}.{part(claims)}.AAAA",
        f"{part({'alg': [], 'typ': 'JWT', 'kid': {}})}.{part(claims)}.AAAA", f"{part({'alg': 'ES256', 'typ': 'JWT', 'b64': False, 'crit': ['b64']})}.{part(claims)}.AAAA",
    ):  # fmt: skip
        with pytest.raises(TokenInvalid):
            await logins.verify(forged, audience=DOOR)


@pytest.mark.parametrize("token", GARBAGE, ids=range(len(GARBAGE)))
async def test_garbage_is_refused_without_asking_the_issuer(
    logins: LoginTokens, issuer: Issuer, token: str
) -> None:
    with pytest.raises(TokenInvalid):
        await logins.verify(token, audience=DOOR)
    assert issuer.fetched == 0


async def test_a_second_look_checks_no_signature(
    logins: LoginTokens, issuer: Issuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = issuer.token()
    first = await logins.verify(token, audience=DOOR)
    monkeypatch.setattr(
        "hub.identity.jose.verified", lambda *_: pytest.fail("the signature was checked again")
    )
    assert await logins.verify(token, audience=DOOR) == first


async def test_closing_forgets_every_person(logins: LoginTokens, issuer: Issuer) -> None:
    assert isinstance(await logins.verify(issuer.token(), audience=DOOR), Person)
    await logins.close()
    await logins.close()
    assert len(logins._remembered) == 0


async def test_where_an_access_token_is_wanted_an_id_token_opens_nothing(issuer: Issuer, time: Time) -> None:
    logins = logins_of(issuer, time, access_only={CITIZEN})
    await logins.start()
    both = [DOOR, CITIZEN]
    access, identity = (issuer.token(aud=both, header={"typ": kind}) for kind in ("at+jwt", "JWT"))
    assert (await logins.verify(access, audience=CITIZEN)).ssin == NUMBER
    assert (await logins.verify(identity, audience=DOOR)).ssin == NUMBER
    with pytest.raises(TokenInvalid):
        await logins.verify(identity, audience=CITIZEN)
    await logins.close()
