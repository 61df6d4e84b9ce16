"""A login at a provider: what the hub sends, and what it believes of what comes back."""

import base64
import json
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from aiohttp import web
from joserfc import jwt

from hub.identity import LoginFailed, LoginUnavailable, Wire
from hub.identity.oidc.wire import MAX_BODY
from tests.hub.identity.conftest import NUMBER, Time, ec_key, hmacked, rsa_key, signed, unsigned
from tests.hub.identity.oidc.conftest import BACK, CLIENT, HUB_KEY, LEVEL, At, AtProvider, Liar

ANSWER = {"code": "c-1"}


async def refused(hub: AtProvider, answer: dict[str, str] | None = None) -> str:
    await hub.login.start()
    with pytest.raises(LoginFailed) as caught:
        await hub.login.redeem(await hub.begin(), answer or ANSWER)
    return caught.value.reason


async def test_who_logged_in_is_who_the_provider_says(at: At, liar: Liar) -> None:
    hub = at()
    await hub.login.start()
    liar.claims = {
        "givenName": "Anne",
        "surname": "Example",
        "enterpriseNumbers": ["0403019261"],
        "": ["0000100067"],
    }
    said = await hub.login.redeem(await hub.begin(), ANSWER)
    assert (said.person.ssin, said.person.assurance_level, said.name) == (NUMBER, 450, "Anne Example")
    assert (said.provider, said.sub, said.sid) == ("csam", "s-1", "p-1")
    assert said.person.enterprises == frozenset({"0403019261"})
    assert not said.person.dpo_of | said.person.agent_of, "a claim that is not declared is read nowhere"
    assert said.hint is None, "the token holds the number, and would stand in an address"
    for shown in (repr(said), repr(said.person)):
        assert NUMBER not in shown


async def test_what_the_browser_is_sent_with_holds_the_login_together(at: At, liar: Liar) -> None:
    hub = at(prompt="login", parameters={"claims": "{}"})
    ticket = await hub.begin()
    asked = {name: values[0] for name, values in hub.query.items()}
    assert {name: asked[name] for name in ("x", "response_type", "client_id", "redirect_uri", "scope", "prompt", "claims", "ui_locales")} == {
        "x": "y", "response_type": "code", "client_id": CLIENT, "redirect_uri": BACK, "scope": "openid profile", "prompt": "login",
        "claims": "{}", "ui_locales": "fr",
    }  # fmt: skip
    assert (asked["state"], asked["nonce"], asked["code_challenge_method"]) == (
        ticket.state,
        ticket.nonce,
        "S256",
    )
    assert "acr_values" not in asked
    await hub.login.start()
    await hub.login.redeem(ticket, ANSWER)
    assert hub.challenge() == asked["code_challenge"]
    assert liar.asked["redirect_uri"] == [BACK]
    assert ticket.verifier not in str(hub.query)


async def test_where_a_level_is_asked_for_the_provider_is_asked_to_log_in_anew(at: At) -> None:
    hub = at(prompt="select_account")
    for level, asked in ((None, "select_account"), (450, "login")):
        address = await hub.login.address(hub.tickets.new("csam", next_="/", level=level), "fr")
        assert parse_qs(urlsplit(address).query)["prompt"] == [asked]


async def test_the_hub_proves_itself_with_its_own_key_for_this_provider_and_a_minute(
    at: At, liar: Liar, time: Time
) -> None:
    hub = at()
    await hub.login.start()
    await hub.login.redeem(await hub.begin(), ANSWER)
    proof = jwt.decode(liar.asked["client_assertion"][0], HUB_KEY, algorithms=["ES256"])
    assert proof.header["kid"] == HUB_KEY.thumbprint()
    assert (proof.claims["iss"], proof.claims["sub"], proof.claims["aud"]) == (
        CLIENT,
        CLIENT,
        f"{liar.url}/token",
    )
    assert proof.claims["exp"] - time.seconds() == 60
    assert proof.claims["jti"]


async def test_a_secret_goes_form_encoded_in_the_header_or_in_the_form(at: At, liar: Liar) -> None:
    for method in ("client_secret_basic", "client_secret_post"):
        hub = at(method=method, secret=lambda: "s%cr:et +&é")
        await hub.login.start()
        await hub.login.redeem(await hub.begin(), ANSWER)
        if method == "client_secret_post":
            assert liar.asked["client_secret"] == ["s%cr:et +&é"]
        else:
            assert (
                base64.b64decode(liar.headers["Authorization"].split()[1])
                == b"onlyonce:s%25cr%3Aet+%2B%26%C3%A9"
            )
            assert "client_secret" not in liar.asked


async def test_a_secret_that_is_not_there_lets_nobody_log_in(at: At) -> None:
    def gone() -> str:
        raise LookupError

    hub = at(method="client_secret_post", secret=gone)
    with pytest.raises(LoginUnavailable):
        await hub.begin()


LIES: dict[str, dict[str, Any]] = {
    "another nonce": {"nonce": "n"}, "no nonce": {"nonce": None}, "another audience": {"aud": "another"}, "no audience": {"aud": None},
    "another issuer": {"iss": "https://evil.example"}, "expired": {"exp": 1}, "no expiry": {"exp": None}, "of the future": {"iat": 4_000_000_000},
    "for another, with us": {"aud": [CLIENT, "another"]}, "of another's": {"aud": [CLIENT, "another"], "azp": "another"},
    "no sub": {"sub": None}, "a sub that is none": {"sub": 7}, "an endless sub": {"sub": "s" * 256}, "a logout": {"events": {}},
    "of another access token": {"at_hash": "AAAAAAAAAAAAAAAAAAAAAA"},
}  # fmt: skip


@pytest.mark.parametrize("lie", LIES)
async def test_an_id_token_that_is_not_for_this_login_is_not_believed(at: At, liar: Liar, lie: str) -> None:
    liar.claims = LIES[lie]
    assert await refused(at()) == "unreadable"


@pytest.mark.parametrize(
    "forgery", ["none", "hmac", "another key", "kid of ours", "type", "garbage", "missing", "number"]
)
async def test_an_id_token_that_the_provider_did_not_sign_is_not_believed(
    at: At, liar: Liar, forgery: str
) -> None:
    hub = at()
    await hub.login.start()
    ticket = await hub.begin()
    public = json.dumps(liar.keys[0].as_dict(private=False)).encode()
    forgeries: dict[str, Callable[[], Any]] = {
        "none": lambda: unsigned(liar.said(), typ="JWT"), "hmac": lambda: hmacked(liar.said(), public, "JWT"),
        "another key": lambda: signed(liar.said(), ec_key("second")), "kid of ours": lambda: signed(liar.said(), ec_key("first")),
        "type": lambda: liar.token(header={"typ": "at+jwt"}), "garbage": lambda: "a.b.c", "missing": lambda: "", "number": lambda: 7,
    }  # fmt: skip
    liar.id_token = forgeries[forgery]()
    with pytest.raises(LoginFailed) as caught:
        await hub.login.redeem(ticket, ANSWER)
    assert caught.value.reason == "unreadable"


async def test_a_provider_that_renews_its_key_is_followed(at: At, liar: Liar, time: Time) -> None:
    hub = at()
    await hub.login.start()
    await hub.login.redeem(await hub.begin(), ANSWER)
    liar.keys = [rsa_key("second")]
    time.pass_by(seconds=11)
    ticket = await hub.begin()
    liar.id_token = liar.token(alg="RS256")
    assert (await hub.login.redeem(ticket, ANSWER)).person.ssin == NUMBER


@pytest.mark.parametrize("number", [None, "", "123", 85073003328, "85073003328x", ["85073003328"]])
async def test_whoever_has_no_number_is_not_let_in(at: At, liar: Liar, number: Any) -> None:
    liar.claims = {"egovNRN": number}
    assert await refused(at()) == "number"


@pytest.mark.parametrize(
    ("acr", "level"),
    [(f"{LEVEL}200", 200), (f"{LEVEL}500", None), (None, None), (450, None), ([f"{LEVEL}450"], None)],
)
async def test_a_level_is_what_the_catalogue_says_that_the_acr_means(
    at: At, liar: Liar, acr: Any, level: int | None
) -> None:
    hub = at()
    await hub.login.start()
    liar.claims = {"acr": acr}
    assert (await hub.login.redeem(await hub.begin(), ANSWER)).person.assurance_level == level


async def test_an_answer_must_say_whose_it_is_where_the_provider_promised_so(at: At, liar: Liar) -> None:
    assert await refused(at(), {**ANSWER, "iss": "https://evil.example"}) == "ticket"
    liar.metadata = {"authorization_response_iss_parameter_supported": True}
    assert await refused(at()) == "ticket"
    assert await refused(at(), {"code": "x", "iss": liar.url + "/"}) == "ticket"


async def test_an_error_of_the_provider_is_no_login(at: At, liar: Liar) -> None:
    assert await refused(at(), {"error": "access_denied"}) == "cancelled"
    assert await refused(at(), {"error": "login_required", "code": "c"}) == "refused"
    assert await refused(at(), {"state": "x"}) == "refused"
    for status, body in (
        (400, '{"error":"invalid_grant"}'),
        (200, "<html>"),
        (200, "[]"),
        (302, "{}"),
        (200, "[" * 20_000),
    ):
        liar.answer = lambda status=status, body=body: web.Response(status=status, text=body)
        assert await refused(at()) == "refused"


@pytest.mark.parametrize("trouble", ["500", "flood", "silence"])
async def test_a_provider_in_trouble_is_borne_within_bounds(
    at: At, liar: Liar, wire: Wire, trouble: str
) -> None:
    hub = at()
    await hub.login.start()
    ticket = await hub.begin()
    status, body = (200, "x" * (MAX_BODY + 1)) if trouble == "flood" else (500, "")
    liar.answer = lambda: web.Response(status=status, text=body)
    if trouble == "silence":
        wire._deadline, liar.silent = 0.05, True
    with pytest.raises(LoginUnavailable):
        await hub.login.redeem(ticket, ANSWER)


async def test_discovery_is_kept_for_a_while_and_borne_without_for_an_hour(
    at: At, liar: Liar, time: Time
) -> None:
    hub = at()
    for _ in range(3):
        await hub.begin()
    assert liar.discovered == 1
    liar.metadata = {"issuer": "https://evil.example"}
    time.pass_by(minutes=11)
    await hub.begin()
    assert liar.discovered == 2
    time.pass_by(minutes=50)
    with pytest.raises(LoginUnavailable):
        await hub.begin()


@pytest.mark.parametrize(
    "metadata",
    [
        {"issuer": "x"},
        {"authorization_endpoint": "javascript:x"},
        {"token_endpoint": None},
        {"token_endpoint": "ftp://x"},
    ],
)
async def test_a_discovery_document_that_is_not_this_issuers_or_leads_elsewhere_is_refused(
    at: At, liar: Liar, metadata: Any
) -> None:
    liar.metadata = metadata
    with pytest.raises(LoginUnavailable):
        await at().begin()


async def test_userinfo_completes_what_the_id_token_says_plain_or_signed(at: At, liar: Liar) -> None:
    liar.claims = {"egovNRN": None}
    for kind in ("plain", "signed"):
        hub = at(userinfo=True)
        await hub.login.start()
        ticket = await hub.begin()
        said = {"sub": "s-1", "egovNRN": NUMBER, "acr": f"{LEVEL}200"}
        if kind == "plain":
            liar.userinfo = lambda said=said: web.json_response(said)
        else:
            token = signed({**said, "iss": liar.url, "aud": CLIENT}, liar.keys[0])
            liar.userinfo = lambda token=token: web.Response(text=token, content_type="application/jwt")
        found = await hub.login.redeem(ticket, ANSWER)
        assert (found.person.ssin, found.person.assurance_level) == (NUMBER, 450), (
            "what the ID token says counts more"
        )
        assert found.hint is not None, "this token holds no number"
        assert parse_qs(urlsplit(await hub.login.farewell(found.hint, BACK) or "").query)[
            "id_token_hint"
        ] == [found.hint]


@pytest.mark.parametrize(
    "lie",
    [
        "another sub",
        "no sub",
        "401",
        "html",
        "list",
        "jwt of another key",
        "jwt for another",
        "no bytes of text",
    ],
)
async def test_userinfo_of_somebody_else_is_not_believed(at: At, liar: Liar, lie: str) -> None:
    foreign = signed({"sub": "s-1", "iss": liar.url, "aud": CLIENT}, ec_key("first"))
    other = signed({"sub": "s-1", "iss": liar.url, "aud": "another"}, liar.keys[0])
    liar.userinfo = {
        "another sub": lambda: web.json_response({"sub": "s-2", "egovNRN": NUMBER}), "no sub": lambda: web.json_response({"egovNRN": NUMBER}),
        "401": lambda: web.json_response({"sub": "s-1"}, status=401), "html": lambda: web.Response(text="<p>"),
        "list": lambda: web.json_response(["sub"]), "jwt of another key": lambda: web.Response(text=foreign, content_type="application/jwt"),
        "jwt for another": lambda: web.Response(text=other, content_type="application/jwt"),
        "no bytes of text": lambda: web.Response(body=b"\xff\xfe", content_type="application/jwt"),
    }[lie]  # fmt: skip
    assert await refused(at(userinfo=True)) == "unreadable"
