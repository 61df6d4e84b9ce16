"""Login tokens, checked against an issuer on a socket that is honest, slow, down or hostile."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from time import perf_counter
from typing import Any

import pytest
from aiohttp import web
from joserfc.jwk import ECKey, Key, OctKey

from hub.identity import ClaimNames, LoginTokens, LoginUnavailable, Person, TokenExpired, TokenInvalid
from tests.hub.identity.conftest import (
    DOOR,
    GARBAGE,
    HUB,
    NUMBER,
    Issuer,
    Time,
    claims_of,
    ec_key,
    ed_key,
    hmacked,
    jwks,
    part,
    rsa_key,
    signed,
    unsigned,
)  # fmt: skip

CITIZEN = f"{HUB}/api/citizen"


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


async def test_a_symmetric_or_weak_key_of_the_issuer_is_not_used(issuer: Issuer, logins: LoginTokens) -> None:
    secret = OctKey.import_key(b"s" * 32, {"kid": "s"})
    found = jwks(*issuer.keys)
    found["keys"].append(dict(secret.as_dict(private=True)))

    async def answer(_request: web.Request) -> web.StreamResponse:
        return web.json_response(found)

    issuer.answer = answer
    with pytest.raises(TokenInvalid):
        await logins.verify(issuer.token(secret, "HS256"), audience=DOOR)
    await logins.verify(issuer.token(), audience=DOOR)


async def test_keys_are_found_by_discovery(issuer: Issuer, time: Time) -> None:
    logins = logins_of(issuer, time, jwks_uri=None)
    await logins.start()
    for number in range(3):
        await logins.verify(issuer.token(jti=str(number)), audience=DOOR)
    assert (issuer.discovered, issuer.fetched) == (1, 1)
    await logins.close()


async def test_a_discovery_document_of_another_issuer_is_not_believed(issuer: Issuer, time: Time) -> None:
    alias = issuer.url.replace("127.0.0.1", "localhost")
    logins = LoginTokens(issuer=alias, jwks_uri=None, audiences={DOOR}, clock=time)
    await logins.start()
    with pytest.raises(LoginUnavailable):
        await logins.verify(issuer.token(iss=alias), audience=DOOR)
    assert issuer.fetched == 0
    await logins.close()


async def test_a_new_key_is_fetched_once_for_all_who_wait(
    logins: LoginTokens, issuer: Issuer, time: Time
) -> None:
    await logins.verify(issuer.token(), audience=DOOR)
    issuer.keys.append(ec_key("second"))
    time.pass_by(seconds=10)
    tokens = [issuer.token(jti=str(number)) for number in range(20)]
    people = await asyncio.gather(*(logins.verify(token, audience=DOOR) for token in tokens))
    assert len(people) == 20
    assert issuer.fetched == 2


async def test_tokens_of_unknown_keys_do_not_make_the_hub_ask_again_and_again(
    logins: LoginTokens, issuer: Issuer, time: Time
) -> None:
    await logins.verify(issuer.token(), audience=DOOR)
    for number in range(50):
        with pytest.raises(TokenInvalid):
            await logins.verify(issuer.token(ec_key(f"made-up-{number}")), audience=DOOR)
        time.pass_by(seconds=0.5)
    assert issuer.fetched <= 4
    await logins.verify(issuer.token(), audience=DOOR)


async def test_a_withdrawn_key_is_not_believed_even_for_a_known_token(
    logins: LoginTokens, issuer: Issuer, time: Time
) -> None:
    token = issuer.token(exp=time.seconds(36_000))
    await logins.verify(token, audience=DOOR)
    issuer.keys = [ec_key("second")]
    time.pass_by(seconds=10)
    await logins.verify(issuer.token(), audience=DOOR)
    with pytest.raises(TokenInvalid):
        await logins.verify(token, audience=DOOR)


async def test_keys_are_renewed_while_the_known_ones_serve(
    logins: LoginTokens, issuer: Issuer, time: Time
) -> None:
    await logins.verify(issuer.token(), audience=DOOR)
    release = asyncio.Event()

    async def answer(_request: web.Request) -> web.StreamResponse:
        await release.wait()
        return web.json_response(jwks(*issuer.keys))

    issuer.answer = answer
    time.pass_by(minutes=11)
    await logins.verify(issuer.token(), audience=DOOR)
    await _until(lambda: issuer.fetched == 2)
    release.set()


async def test_an_issuer_that_is_down_is_borne_for_an_hour(
    logins: LoginTokens, issuer: Issuer, time: Time
) -> None:
    await logins.verify(issuer.token(), audience=DOOR)

    async def answer(_request: web.Request) -> web.StreamResponse:
        return web.Response(status=503)

    issuer.answer = answer
    for _ in range(5):
        time.pass_by(minutes=11)
        await logins.verify(issuer.token(), audience=DOOR)
        await asyncio.sleep(0.02)
    time.pass_by(minutes=11)
    with pytest.raises(LoginUnavailable):
        await logins.verify(issuer.token(), audience=DOOR)
    issuer.answer = None
    time.pass_by(seconds=10)
    await logins.verify(issuer.token(), audience=DOOR)


Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


async def _redirect(request: web.Request) -> web.StreamResponse:
    if request.query:
        return web.json_response({"keys": []})
    raise web.HTTPFound("/keys?elsewhere=1")


async def _flood(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse()
    await response.prepare(request)
    try:
        while True:
            await response.write(b'{"keys":[' + b" " * 65_536)
    except ConnectionError:
        return response


async def _drip(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse()
    await response.prepare(request)
    for _ in range(100):
        await response.write(b" ")
        await asyncio.sleep(0.05)
    return response


async def _text(text: str) -> web.StreamResponse:
    return web.Response(text=text, content_type="application/json")


HOSTILE: dict[str, Answer] = {
    "redirects": _redirect,
    "floods": _flood,
    "drips": _drip,
    "answers HTML": lambda _request: _text("<html>"),
    "answers a list": lambda _request: _text("[]"),
    "answers no keys": lambda _request: _text('{"keys": []}'),
    "answers nonsense keys": lambda _request: _text('{"keys": [1, null, {"kty": "EC"}, {"kty": "RSA", "n": 5}, {"kty": []}]}'),
    "answers nested": lambda _request: _text("[" * 100_000),
    "answers no UTF-8": lambda _request: _raw(b"\xff\xfe"),
    "fails": lambda _request: _status(500),
}  # fmt: skip


async def _raw(body: bytes) -> web.StreamResponse:
    return web.Response(body=body, content_type="application/json")


async def _status(status: int) -> web.StreamResponse:
    return web.Response(status=status)


@pytest.mark.parametrize("answer", HOSTILE.values(), ids=HOSTILE.keys())
async def test_without_the_issuers_keys_nobody_is_let_in_and_the_wait_is_bounded(
    logins: LoginTokens, issuer: Issuer, answer: Answer
) -> None:
    issuer.answer = answer
    began = perf_counter()
    with pytest.raises(LoginUnavailable):
        await logins.verify(issuer.token(), audience=DOOR)
    assert perf_counter() - began < 3
    began = perf_counter()
    with pytest.raises(LoginUnavailable):
        await logins.verify(issuer.token(), audience=DOOR)
    assert perf_counter() - began < 0.5
    assert issuer.fetched == 1


async def test_an_issuer_that_is_not_there_makes_login_unavailable(issuer: Issuer, time: Time) -> None:
    logins = LoginTokens(issuer=issuer.url, jwks_uri="http://127.0.0.1:9/keys", audiences={DOOR}, clock=time)
    await logins.start()
    with pytest.raises(LoginUnavailable):
        await logins.verify(issuer.token(), audience=DOOR)
    await logins.close()
    with pytest.raises(LoginUnavailable):
        await logins.verify(issuer.token(), audience=DOOR)


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


async def _until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not true():  # noqa: ASYNC110 - what happens, happens in the issuer
            await asyncio.sleep(0.01)


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
