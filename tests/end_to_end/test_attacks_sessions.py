"""Attacks on those who are logged in: on their cookie, on the pages by which they log in and out, and on what happens in the middle of a session."""

import time

import pytest

from tests.end_to_end.attacks import raw, statuses_of
from tests.end_to_end.house import House
from tests.end_to_end.people import ssin
from tests.end_to_end.refusals import USAGE
from tests.support.forging import compact
from tests.support.person import HERE, Browser

pytestmark = pytest.mark.asyncio(loop_scope="session")

JSON = {"Accept": "application/json"}
CITIZEN = "/api/citizen/v1"


def altered(cookie: str) -> dict[str, str]:
    """The cookie of a session, as no hub made it."""
    session, generation, mac = cookie.split(".")
    other = "0" * 32 if session != "0" * 32 else "1" * 32
    return {
        "another session": f"{other}.{generation}.{mac}",
        "the next generation": f"{session}.{int(generation) + 1}.{mac}",
        "no generation": f"{session}.0.{mac}",
        "a generation in another script": f"{session}.\u0661.{mac}",
        "another signature": f"{session}.{generation}.{mac[:-4]}{'AAAA' if mac[-4:] != 'AAAA' else 'BBBB'}",
        "half a signature": f"{session}.{generation}.{mac[:20]}",
        "no signature": f"{session}.{generation}.",
        "the session alone": session,
        "a path": f"../../{session}.{generation}.{mac}",
        "a query": f"' OR 1=1 --.{generation}.{mac}",
        "a token": compact({"alg": "none"}, {"sub": "x"}),
        "very much": "A" * 9_000,
        "nothing": "",
        "capitals": f"{session.upper()}.{generation}.{mac}",
        "a blank": f"{session}.{generation}.{mac} x",
    }


async def test_no_altered_cookie_is_anybodys(small: House) -> None:
    async with Browser.open(small.hub) as browser:
        await browser.log_in(small.fresh())
        cookie = browser.cookies()["onlyonce"]
        for name, value in altered(cookie).items():
            sent = f"Cookie: onlyonce={value}\r\n".encode()
            answer = await _asked(small, sent)
            assert statuses_of(answer) == [401], name
            assert b"invalidAccessToken" in answer or b"noAccessToken" in answer, name
        good = f"Cookie: onlyonce={cookie}\r\n".encode()
        assert statuses_of(await _asked(small, good)) == [200]


async def _asked(house: House, headers: bytes, path: str = USAGE) -> bytes:
    host = house.hub.removeprefix("http://").encode()
    return await raw(
        house, b"GET %s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n%s\r\n" % (path.encode(), host, headers)
    )


async def test_two_cookies_are_none_and_a_token_beside_a_cookie_counts_alone(small: House) -> None:
    victim = small.fresh()
    async with Browser.open(small.hub) as mine, Browser.open(small.hub) as theirs:
        await mine.log_in(small.fresh())
        await theirs.log_in(victim)
        a, b = (one.cookies()["onlyonce"] for one in (mine, theirs))
        twice = (
            f"Cookie: onlyonce={a}; onlyonce={b}\r\n",
            f"Cookie: onlyonce={a}\r\nCookie: onlyonce={b}\r\n",
            f"Cookie: onlyonce={a}; x=y; onlyonce=\r\n",
            f"Cookie: onlyonce=\"{a}\"\r\n",
        )  # fmt: skip
        for sent in twice:
            assert statuses_of(await _asked(small, sent.encode())) == [401], sent
        wrong = await _asked(small, f"Cookie: onlyonce={b}\r\nAuthorization: Bearer x.y.z\r\n".encode())
        assert statuses_of(wrong) == [401]
        other = await _asked(small, f"Cookie: onlyonce={b}\r\nAuthorization: Basic eDp5\r\n".encode())
        assert statuses_of(other) == [401]


async def test_a_cookie_that_was_known_before_the_login_is_nobodys_after_it(small: House) -> None:
    """Session fixation: neither a cookie that was made up nor an own one becomes that of who logs in."""
    async with Browser.open(small.hub) as attacker, Browser.open(small.hub) as victim:
        await attacker.log_in(small.fresh())
        planted = attacker.cookies()["onlyonce"]
        victim.put({"onlyonce": planted})
        await victim.log_in(small.fresh())
        assert victim.cookies()["onlyonce"] != planted
        attacker.put({"onlyonce": planted})
        assert (await attacker.ask("GET", USAGE, headers=JSON)).status == 401


async def test_a_cookie_is_for_the_hub_alone_and_for_no_script(small: House) -> None:
    async with Browser.open(small.hub) as browser:
        given = (await browser.log_in(small.fresh())).given
        (cookie,) = [one for one in given if one.startswith("onlyonce=") and "Max-Age=0" not in one]
        marks = {part.strip().lower() for part in cookie.split(";")[1:]}
        assert {"httponly", "samesite=lax", "path=/"} <= marks
        assert not any(mark.startswith("domain") for mark in marks)


async def test_who_logged_out_is_out_on_the_other_replica_too(small: House) -> None:
    async with small.replica() as other, Browser.open(small.hub) as browser:
        await browser.log_in(small.fresh())
        sent = {"Cookie": f"onlyonce={browser.cookies()['onlyonce']}"}
        for hub in (small.hub, other):
            assert (await small.call("GET", USAGE, headers=sent, hub=hub)).status == 200
        assert (await browser.change("POST", "/logout")).status in {200, 303}
        for hub in (small.hub, other):
            gone = await small.call("GET", USAGE, headers=sent, hub=hub)
            assert (gone.status, gone.problem) == (401, "expiredAccessToken")


@pytest.mark.parametrize("fields", [0, 1, 19, 21, 500])
async def test_a_form_of_any_length_is_refused_and_breaks_nothing(small: House, fields: int) -> None:
    form = "&".join(f"f{number}=x" for number in range(fields)).encode()
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    async with Browser.open(small.hub) as browser:
        await browser.log_in(small.fresh())
        cookie = {"Cookie": f"onlyonce={browser.cookies()['onlyonce']}"}
        out = await small.call("POST", "/logout", data=form, headers={**kind, **cookie, **HERE})
        assert (out.status, out.problem.rsplit(":", 1)[-1]) == (403, "crossSite")
        said = await small.call("POST", "/logout/backchannel", data=form, headers=kind)
        assert (said.status, said.json["error"]) == (400, "invalid_request")
        assert (await browser.session())["roles"]


async def test_nobody_but_the_provider_logs_somebody_out(small: House) -> None:
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    now = int(time.time())
    events: dict[str, dict[str, str]] = {"http://schemas.openid.net/event/backchannel-logout": {}}
    async with Browser.open(small.hub) as browser:
        await browser.log_in(small.fresh())
        for claims in (
            {},
            {"iss": small.at.login_url},
            {
                "iss": small.at.login_url,
                "aud": "onlyonce",
                "sub": "x",
                "sid": "x",
                "iat": now,
                "jti": "j",
                "events": events,
            },
        ):
            for header in ({"alg": "none", "typ": "logout+jwt"}, {"alg": "ES256", "typ": "logout+jwt"}):
                token = compact(header, claims, b"x" * 64).encode()
                said = await small.call(
                    "POST", "/logout/backchannel", data=b"logout_token=" + token, headers=kind
                )
                assert said.status == 400
        assert (await browser.session())["roles"]


async def test_a_mandate_that_ends_in_the_middle_of_a_session_opens_nothing_any_more(small: House) -> None:
    giver, holder = small.fresh(), small.fresh()
    async with Browser.open(small.hub) as theirs, Browser.open(small.hub) as mine:
        await theirs.log_in(giver)
        await mine.log_in(holder)
        body = {
            "holder": {"ssin": ssin(holder), "name": "x"},
            "giverName": "y",
            "usage": True,
            "endless": True,
        }
        offered = await theirs.change("POST", f"{CITIZEN}/mandates", body)
        assert offered.status == 201, offered.text
        mandate = offered.json["mandateId"]
        assert (await mine.change("POST", f"{CITIZEN}/mandates/{mandate}/sign")).status == 200
        read = f"{USAGE}?representing={mandate}"
        assert (await mine.ask("GET", read, headers=JSON)).status == 200
        assert (await theirs.change("POST", f"{CITIZEN}/mandates/{mandate}/revoke")).status == 200
        for path in (
            read,
            f"{USAGE}/0/proof?representing={mandate}",
            f"{USAGE}/completeness?representing={mandate}",
        ):
            assert (await mine.ask("GET", path, headers=JSON)).status == 403
        assert (await mine.ask("GET", USAGE, headers=JSON)).status == 200, "the session itself goes on"
