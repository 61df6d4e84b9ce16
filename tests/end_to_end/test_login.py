"""People log in to a running hub with a browser, at the demo's login; and those who should not get in do not."""

from urllib.parse import parse_qs, quote, urlencode, urlsplit

import pytest

from tests.end_to_end.house import MUNICIPALITY, House
from tests.end_to_end.people import person, ssin
from tests.support.person import HERE, Browser

pytestmark = pytest.mark.asyncio(loop_scope="session")
JSON = {"Accept": "application/json"}
USAGE = "/api/citizen/v1/usage"


async def test_somebody_logs_in_sees_their_lines_and_logs_out(house: House) -> None:
    who = house.fresh()
    async with Browser.open(house.hub) as browser:
        assert (await browser.ask("GET", "/session", headers=JSON)).problem == "noAccessToken"
        shown = await browser.log_in(who, query="?next=/session")
        assert (shown.status, shown.location) == (303, f"{house.hub}/session")
        assert set(browser.cookies()) == {"onlyonce", "demo-login"}
        said = await browser.session()
        assert (said["roles"][0], said["assuranceLevel"], said["provider"]) == ("citizen", 450, "demo")
        assert said["name"] == " ".join((*person(who).given_names, person(who).family_name))
        page = await browser.ask("GET", "/session", headers={"Accept-Language": "nl"})
        assert "U bent aangemeld" in page.text
        for text in (page.text, str(said), str(browser.cookies()), str(page.headers)):
            assert ssin(who) not in text
        assert (await browser.ask("GET", USAGE, headers=JSON)).status == 200
        stolen = browser.cookies()
        out = await browser.ask(
            "POST", "/logout", form={"csrfToken": said["csrfToken"]}, headers={**HERE, "Origin": "null"}
        )
        assert out.status == 303
        assert out.location.startswith(house.at.login_url)
        back = await browser.ask("GET", out.location)
        assert back.location == f"{house.hub}/session"
        browser.put({"onlyonce": stolen["onlyonce"]})
        assert (await browser.ask("GET", USAGE, headers=JSON)).problem == "expiredAccessToken"
    kept = [*house.said().values(), *(file.read_bytes() for file in house.at.folder.glob("hub.sqlite3*"))]
    assert not [one for one in kept if ssin(who).encode() in one], (
        "the number stands in no log and no file of the database"
    )


async def test_an_officer_reads_at_their_own_door_and_a_citizen_does_not(small: House) -> None:
    search = ("POST", "/api/dpo/v1/usage/search", {"reason": "a check"})
    async with Browser.open(small.hub) as officer, Browser.open(small.hub) as citizen:
        await officer.log_in(small.fresh(), officer_of=MUNICIPALITY)
        await citizen.log_in(small.fresh())
        assert (await officer.session())["roles"][-1] == "dpo"
        assert (await officer.change(*search)).status == 200
        assert (await citizen.change(*search)).problem == "missingPermission"


async def test_a_provider_logs_somebody_out_at_every_hub(small: House) -> None:
    async with Browser.open(small.hub) as browser, Browser.open(small.hub) as other:
        await browser.log_in(small.fresh())
        await other.log_in(small.fresh())
        await browser.ask("GET", f"{small.at.login_url}/logout")
        assert (await browser.ask("GET", "/session", headers=JSON)).problem == "expiredAccessToken"
        assert (await other.session())["roles"]


async def test_changes_need_the_token_of_the_session_and_a_page_of_the_hub(small: House) -> None:
    async with Browser.open(small.hub) as browser, Browser.open(small.hub) as other:
        await browser.log_in(small.fresh())
        await other.log_in(small.fresh())
        mine, others = (await browser.session())["csrfToken"], (await other.session())["csrfToken"]
        path = f"/api/citizen/v1/consents/{'0' * 32}/withdraw"
        for headers in (
            {}, HERE, {"X-CSRF-Token": mine}, {"X-CSRF-Token": others, **HERE}, {"X-CSRF-Token": mine, "Sec-Fetch-Site": "cross-site"},
            {"X-CSRF-Token": mine, "Origin": "https://evil.example"},
        ):  # fmt: skip
            assert (await browser.ask("POST", path, headers={**JSON, **headers})).problem == "crossSite"
            assert (await browser.ask("POST", "/logout", headers={**JSON, **headers})).problem == "crossSite"
        assert (await browser.change("POST", path)).problem == "resourceNotFound"


async def test_how_strong_a_login_was_is_what_the_provider_says_not_what_was_asked_for(small: House) -> None:
    who = small.fresh()
    async with Browser.open(small.hub) as browser:
        await browser.log_in(who, level=200)
        before = browser.cookies()["onlyonce"]
        weak = await browser.log_in(who, query="?level=400", level=200)
        assert (weak.status, browser.cookies()["onlyonce"]) == (403, before)
        assert "/login?level=400" in weak.text
        asked = parse_qs(urlsplit(await browser.at_provider("?level=400")).query)["acr_values"]
        assert [acr[-3:] for acr in asked[0].split()] == ["400", "450", "500"]
        assert (await browser.log_in(who, query="?level=400", level=400)).status == 303
        assert (await browser.session())["assuranceLevel"] == 400
        browser.put({"onlyonce": before})
        assert (await browser.ask("GET", "/session", headers=JSON)).problem == "expiredAccessToken"


async def test_no_login_here_is_stronger_than_the_strongest(small: House) -> None:
    async with Browser.open(small.hub) as browser:
        for level, status in (("500", 303), ("0", 400), ("501", 400), ("-1", 400), ("٣", 400), ("9999", 400)):
            assert (await browser.ask("GET", f"/login?level={quote(level)}")).status == status


WAYS_OUT = [
    "//evil.example", "\\\\evil.example", "/\\evil.example", "https:evil.example", "https://evil.example", "%2f%2fevil.example", "/%2fevil.example",
    "/%252fevil.example", "/%5cevil.example", "/..//evil.example", "/./x", "/a/../../x", "javascript:alert(1)", "/x\r\nSet-Cookie: a=b", "/\tx",
    "", "session", "/a//b", "/%0d%0aX:y", "/é", "/" + "a" * 600, "/x#y", "///evil.example", "/%e2%80%ae", "http:/evil.example", "/%", "/ x",
]  # fmt: skip


@pytest.mark.parametrize("way_out", WAYS_OUT)
async def test_a_login_leads_to_no_other_place(small: House, way_out: str) -> None:
    async with Browser.open(small.hub) as browser:
        refused = await browser.ask("GET", f"/login?next={quote(way_out, safe='')}")
        assert (refused.status, refused.given) == (400, ())
        if "%" in way_out:
            assert (await browser.ask("GET", f"/login?next={way_out}")).status in {303, 400}


async def test_an_answer_that_is_not_this_browsers_lets_nobody_in(small: House) -> None:
    async with Browser.open(small.hub) as victim, Browser.open(small.hub) as attacker:
        theirs = await attacker.answered(await attacker.at_provider(), small.fresh())
        assert (await victim.ask("GET", theirs)).status == 400, "without a ticket"
        await victim.at_provider()
        assert (await victim.ask("GET", theirs)).status == 400, "with another one"
        assert "onlyonce" not in victim.cookies()
        other = await attacker.ask("GET", theirs, headers=JSON)
        assert other.status == 303, "whose it is gets in"
        assert (await attacker.ask("GET", theirs)).status == 400, "once"


async def test_an_answer_is_used_once_even_with_its_ticket(small: House) -> None:
    async with Browser.open(small.hub) as browser:
        answer = await browser.answered(await browser.at_provider(), small.fresh())
        kept = browser.cookies()
        assert (await browser.ask("GET", answer)).status == 303
        browser.put(kept)
        assert (await browser.ask("GET", answer)).status == 400


async def test_a_code_of_another_login_is_no_good_here(small: House) -> None:
    async with Browser.open(small.hub) as browser, Browser.open(small.hub) as attacker:
        foreign = parse_qs(
            urlsplit(await attacker.answered(await attacker.at_provider(), small.fresh())).query
        )["code"][0]
        mine = parse_qs(urlsplit(await browser.at_provider()).query)
        injected = urlencode({"code": foreign, "state": mine["state"][0], "iss": small.at.login_url})
        refused = await browser.ask("GET", f"/login/callback?{injected}")
        assert (refused.status, "onlyonce" in browser.cookies()) == (403, False)


@pytest.mark.parametrize("iss", [None, "https://evil.example", "http://127.0.0.1:1"])
async def test_an_answer_of_another_issuer_is_not_taken(small: House, iss: str | None) -> None:
    async with Browser.open(small.hub) as browser:
        answer = urlsplit(await browser.answered(await browser.at_provider(), small.fresh()))
        said = {name: values[0] for name, values in parse_qs(answer.query).items() if name != "iss"}
        mixed = urlencode(said if iss is None else {**said, "iss": iss})
        assert (await browser.ask("GET", f"/login/callback?{mixed}")).status == 400


async def test_whoever_cancels_is_told_so_in_their_language_and_nothing_of_the_providers(
    small: House,
) -> None:
    async with Browser.open(small.hub) as browser:
        state = parse_qs(urlsplit(await browser.at_provider()).query)["state"][0]
        said = {
            "error": "access_denied",
            "error_description": "<script>x</script>",
            "state": state,
            "iss": small.at.login_url,
        }
        shown = await browser.ask(
            "GET", f"/login/callback?{urlencode(said)}", headers={"Accept-Language": "de"}
        )
        assert (shown.status, shown.headers["Content-Language"]) == (400, "de")
        assert "abgebrochen" in shown.text
        assert "script" not in shown.text


async def test_a_cookie_that_was_planted_before_the_login_is_no_session_after_it(small: House) -> None:
    async with Browser.open(small.hub) as attacker, Browser.open(small.hub) as victim:
        await attacker.log_in(small.fresh())
        planted = attacker.cookies()["onlyonce"]
        victim.put({"onlyonce": planted})
        await victim.log_in(small.fresh())
        assert victim.cookies()["onlyonce"].split(".")[0] != planted.split(".")[0]
        attacker.put({"onlyonce": planted})
        assert (await attacker.ask("GET", "/session", headers=JSON)).problem == "expiredAccessToken"


@pytest.mark.parametrize("token", ["", "x", "e30.e30.AAAA", "a" * 20_000])
async def test_a_logout_token_that_is_forged_is_refused(small: House, token: str) -> None:
    async with Browser.open(small.hub) as browser:
        refused = await browser.ask("POST", "/logout/backchannel", form={"logout_token": token})
        assert (refused.status, refused.json["error"]) == (400, "invalid_request")


async def test_whoever_is_not_logged_in_is_told_on_a_page_what_to_do(small: House) -> None:
    async with Browser.open(small.hub) as browser:
        page = await browser.ask("GET", "/session", headers={"Accept-Language": "fr"})
        assert page.status == 401
        assert 'href="/login"' in page.text
        unknown = await browser.ask("GET", "/login?provider=nobody")
        assert unknown.status == 404
        assert (
            await browser.ask("GET", "/login?provider=nobody", headers=JSON)
        ).problem == "resourceNotFound"
        assert (await browser.ask("GET", "/login/callback", headers=JSON)).problem == "badRequest"


async def test_a_person_of_one_hub_is_not_logged_in_on_another_replica_after_a_logout(small: House) -> None:
    async with small.replica() as other, Browser.open(small.hub) as browser:
        await browser.log_in(small.fresh())
        cookie = {"Cookie": f"onlyonce={browser.cookies()['onlyonce']}"}
        assert (await small.call("GET", "/session", headers=cookie, hub=other)).status == 200
        assert (await browser.change("POST", "/logout")).status == 200
        assert (await small.call("GET", "/session", headers=cookie, hub=other)).status == 401
