"""A person logs in at a real provider with a browser, agrees, is prefilled for, changes their mind, reads what was done, and logs out."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
import yaml
from joserfc.jwk import ECKey

from hub.keys import KeyFolder
from tests.end_to_end.house import House
from tests.end_to_end.people import person, ssin
from tests.end_to_end.replies import Json, Reply, statuses, values
from tests.end_to_end.running import running
from tests.support.hub import texts
from tests.support.machine import free_port
from tests.support.oidc_peer import running_login
from tests.support.person import HERE, Browser

pytestmark = pytest.mark.asyncio(loop_scope="module")

JSON = {"Accept": "application/json"}
CITIZEN = "/api/citizen/v1"
ACTIVITY = "sports-discount"
LEVEL = "urn:be:fedict:iam:fas:Level"


def _declared(issuer: str) -> Json:
    return {
        "name": texts("Login"), "issuer": issuer, "clientId": "hub by key", "method": "private_key_jwt",
        "scopes": ["openid", "profile", "egovnrn"], "userinfo": True, "levels": {f"{LEVEL}450": 450},
        "claims": {"subject": "egovNRN", "name": ["givenName", "surname"]},
    }  # fmt: skip


def _claims(place: int) -> Json:
    who = person(place)
    return {"egovNRN": ssin(place), "givenName": who.given_names[0], "surname": who.family_name}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[tuple[House, int]]:
    """A house where people log in at npm's oidc-provider, and the place of `anne`, who has an account there; so has `bart`."""
    async with running(tmp_path_factory.mktemp("by-login")) as house:
        anne = house.fresh()
        people = {"anne": _claims(anne), "bart": _claims(house.fresh())}
        port, key = free_port(), ECKey.import_key(KeyFolder(house.keys, create=False).login)
        keys = {
            "keys": [{**key.as_dict(private=False), "kid": key.thumbprint(), "alg": "ES256", "use": "sig"}]
        }
        logins = {"logins": {"real": _declared(f"http://127.0.0.1:{port}")}}
        (house.at.folder / "catalogue" / "logins.yaml").write_text(yaml.safe_dump(logins), "utf-8")
        await house.kill(house.at.running[-1])
        with running_login(port, house.hub, keys, people):
            await house.at.start_hub()
            yield house, anne


async def log_in(browser: Browser, account: str) -> None:
    """Follow the hub to the provider and back; there, say who one is."""
    at = await browser.ask("GET", await browser.at_provider())
    while at.status == 303 and not at.location.startswith(browser.hub):
        there = at.location if "://" in at.location else f"{browser.provider}{at.location}"
        at = await browser.ask("GET", f"{there}?account={account}&level=450" if "/asked/" in there else there)
    assert at.status == 303, at.text
    back = await browser.ask("GET", at.location)
    assert (back.status, back.location) == (303, f"{browser.hub}/session"), back.text


async def ask(house: House, place: int) -> Reply:
    """What the municipality's portal does when somebody opens the form."""
    return await house.prefill("sports-discount", place, client="municipality")


async def test_login_consent_prefill_withdrawal_and_logout(house: tuple[House, int]) -> None:
    at, anne = house
    async with Browser.open(at.hub) as browser, Browser.open(at.hub) as other:
        await log_in(browser, "anne")
        await log_in(other, "bart")
        said = await browser.session()
        assert (said["provider"], said["name"]) == (
            "real",
            f"{person(anne).given_names[0]} {person(anne).family_name}",
        )
        assert set(statuses(await ask(at, anne)).values()) == {"consentRequired"}

        notice = await browser.ask("GET", f"{CITIZEN}/notices/{ACTIVITY}?lang=fr", headers=JSON)
        assert "retirer votre consentement" in notice.json["text"]
        agreed = {"activityId": ACTIVITY, "language": "fr", "noticeHash": notice.json["noticeHash"]}
        foreign = await browser.ask("POST", f"{CITIZEN}/consents", headers={**JSON, **HERE}, body=agreed)
        assert foreign.problem == "crossSite", "without the token of the session"
        given = await browser.change("POST", f"{CITIZEN}/consents", agreed)
        assert given.status == 201, given.text
        filled = await ask(at, anne)
        assert values(filled)["lastName"] == person(anne).family_name

        withdraw = f"{CITIZEN}/consents/{given.json['consentId']}/withdraw"
        assert (await other.change("POST", withdraw)).problem == "resourceNotFound"
        assert set(statuses(await ask(at, anne)).values()) == {"filled"}
        withdrawn = await browser.change("POST", withdraw)
        assert (withdrawn.status, withdrawn.json["status"]) == (200, "withdrawn"), withdrawn.text
        after = await ask(at, anne)
        assert set(statuses(after).values()) == {"consentRequired"}
        assert values(after) == {}

        lines = (await browser.ask("GET", f"{CITIZEN}/usage", headers=JSON)).json["items"]
        assert [(one["kind"], one["outcome"]) for one in reversed(lines)] == [
            ("prefill", "refused"), ("consentGiven", "consentGiven"), ("prefill", "disclosed"), ("prefill", "disclosed"),
            ("consentWithdrawn", "consentWithdrawn"), ("prefill", "refused"),
        ]  # fmt: skip
        assert filled.json["logIndex"] in {one["index"] for one in lines}

        kept = browser.cookies()
        out = await browser.change("POST", "/logout")
        assert out.status == 200
        assert out.json["next"].startswith(browser.provider)
        for method, path in (("GET", "/session"), ("GET", f"{CITIZEN}/usage"), ("POST", withdraw)):
            browser.put(kept)
            dead = await browser.ask(
                method, path, headers={**JSON, **HERE, "X-CSRF-Token": said["csrfToken"]}
            )
            assert (dead.status, dead.problem) == (401, "expiredAccessToken")
        assert (await other.session())["name"] != said["name"], "the other one is logged in still"
    assert ssin(anne).encode() not in b"".join(at.said().values())
    assert (await at.verify()).returncode == 0
