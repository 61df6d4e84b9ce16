"""People log in to a hub at providers that are other people's: npm's oidc-provider in two ways, and PyPI's oidc-provider-mock."""

import json
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from joserfc.jwk import ECKey

from hub.keys import KeyFolder
from tests.hub.catalogue.small import FOUR, SOUND
from tests.support.hub import running_hub, texts, write_yaml
from tests.support.machine import free_port
from tests.support.oidc_peer import SECRET, running_login
from tests.support.person import HERE, Browser, Shown

NUMBER = "85073003328"
JSON = {"Accept": "application/json"}
ANNE = {"egovNRN": NUMBER, "givenName": "Anne", "surname": "Example", "enterpriseNumbers": ["0403019261"]}
BART = {"egovNRN": "90020100297", "givenName": "Bart", "surname": "Voorbeeld"}
NOBODY = {"givenName": "Nobody"}
HEALTH = SOUND.replace(
    "attributes: [person.familyName]\n    retention: P1Y",
    f"specialBasis: {{article: 9(2)(a), citation: {FOUR}}}\n    attributes: [person.familyName, person.health]\n    retention: P1Y",
)
"""A catalogue in which something about health rests on consent."""
LEVEL = "urn:be:fedict:iam:fas:Level"


def _login(issuer: str, client: str, **more: Any) -> dict[str, Any]:
    return {
        "name": texts(client), "issuer": issuer, "clientId": client, "scopes": ["openid", "profile", "egovnrn", "enterprise"],
        "claims": {"subject": "egovNRN", "enterprises": "enterpriseNumbers", "name": ["givenName", "surname"]}, "userinfo": True,
        "levels": {f"{LEVEL}{level}": level for level in (200, 400, 450)}, **more,
    }  # fmt: skip


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A running hub that knows three providers, two of which are one process."""
    folder = tmp_path_factory.mktemp("providers")
    here, npm, mock = free_port(), free_port(), free_port()
    address, issuer, mocked = (f"http://127.0.0.1:{port}" for port in (here, npm, mock))
    catalogue, secrets = folder / "catalogue", folder / "secrets"
    for made in (catalogue, secrets):
        made.mkdir()
    (catalogue / "catalogue.yaml").write_text(HEALTH, "utf-8")
    (secrets / "npm").write_text(SECRET, "utf-8")
    write_yaml(catalogue / "logins.yaml", {"logins": {
        "by-key": _login(issuer, "hub by key", method="private_key_jwt"),
        "by-secret": _login(issuer, "hub by secret", method="client_secret_basic", secret="npm"),
        "mocked": _login(mocked, "onlyonce", method="client_secret_post", secret="npm", scopes=["openid", "profile"]),
    }})  # fmt: skip
    key = ECKey.import_key(KeyFolder(folder / "keys").login)
    keys = {"keys": [{**key.as_dict(private=False), "kid": key.thumbprint(), "alg": "ES256", "use": "sig"}]}
    people: dict[str, dict[str, Any]] = {"anne": ANNE, "bart": BART, "nobody": NOBODY}
    with (
        running_login(npm, address, keys, people),
        _running_mock(mock),
        running_hub(
            folder, catalogue=catalogue, client="", settings={"SECRETS": str(secrets)}, port=here
        ) as running,
    ):
        yield running.url


@contextmanager
def _running_mock(port: int) -> Iterator[None]:
    claims = json.dumps({"sub": "anne", **ANNE, "acr": f"{LEVEL}400"})
    process = subprocess.Popen(
        [sys.executable, "-m", "oidc_provider_mock", "--port", str(port), "--user-claims", claims],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    deadline = time.monotonic() + 30
    try:
        while True:
            try:
                with urllib.request.urlopen(
                    f"http://127.0.0.1:{port}/.well-known/openid-configuration", timeout=5
                ):
                    break
            except urllib.error.URLError:
                assert time.monotonic() < deadline
                time.sleep(0.05)
        yield
    finally:
        process.kill()
        process.wait()


@pytest.fixture
async def browser(hub: str) -> AsyncIterator[Browser]:
    async with Browser.open(hub) as browser:
        yield browser


async def _answered(browser: Browser, provider: str, person: str, *, query: str = "") -> Shown:
    """Go to the provider and do there what `person` says; gives what the hub says at the end."""
    at = await browser.ask("GET", await browser.at_provider(f"?provider={provider}{query}"))
    while at.status == 303 and not at.location.startswith(browser.hub):
        there = at.location if "://" in at.location else f"{browser.provider}{at.location}"
        at = await browser.ask("GET", f"{there}?{person}" if "/asked/" in there else there)
    assert at.status == 303, at.text
    return await browser.ask("GET", at.location)


async def test_people_choose_where_several_providers_are_declared(browser: Browser) -> None:
    page = await browser.ask("GET", "/login?next=/session&level=400")
    assert page.status == 200
    for provider in ("by-key", "by-secret", "mocked"):
        assert f"provider={provider}" in page.text
    assert "level=400" in page.text


@pytest.mark.parametrize("provider", ["by-key", "by-secret"])
async def test_somebody_logs_in_at_a_real_provider_and_logs_out_there_too(
    browser: Browser, provider: str
) -> None:
    back = await _answered(browser, provider, "account=anne&level=450")
    assert (back.status, back.location) == (303, f"{browser.hub}/session"), back.text
    said = await browser.session()
    assert (said["name"], said["assuranceLevel"], said["provider"]) == ("Anne Example", 450, provider)
    assert said["roles"] == ["citizen", "representative"]
    out = await browser.ask("POST", "/logout", headers={**JSON, **HERE, "X-CSRF-Token": said["csrfToken"]})
    farewell = await browser.ask("GET", out.json["next"])
    assert "id_token_hint" in parse_qs(urlsplit(out.json["next"]).query)
    assert farewell.status == 200, farewell.text
    assert (await browser.ask("GET", "/session", headers=JSON)).status == 401


async def test_who_logs_out_at_the_provider_is_logged_out_here(browser: Browser, hub: str) -> None:
    async with Browser.open(hub) as other:
        await _answered(browser, "by-key", "account=anne&level=450")
        await _answered(other, "by-key", "account=bart&level=450")
        csrf = (await browser.session())["csrfToken"]
        stolen = browser.cookies()
        out = await browser.ask("POST", "/logout", headers={**JSON, **HERE, "X-CSRF-Token": csrf})
        # Logged in again, in the same session of the provider, which is then ended there.
        await _answered(browser, "by-key", "account=anne&level=450")
        assert (await browser.session())["name"] == "Anne Example"
        page = await browser.ask("GET", out.json["next"])
        xsrf = page.text.split('name="xsrf" value="')[1].split('"')[0]
        ended = await browser.ask(
            "POST", f"{browser.provider}/session/end/confirm", form={"xsrf": xsrf, "logout": "yes"}
        )
        assert ended.location == f"{hub}/session"
        assert (await browser.ask("GET", "/session", headers=JSON)).problem == "expiredAccessToken"
        assert (await other.session())["name"] == "Bart Voorbeeld"
        browser.put(stolen)
        assert (await browser.ask("GET", "/session", headers=JSON)).status == 401


async def test_the_level_of_a_real_provider_counts_as_it_says_it(browser: Browser) -> None:
    weak = await _answered(browser, "by-key", "account=anne&level=200", query="&level=400")
    assert weak.status == 403
    assert "onlyonce" not in browser.cookies()


async def test_a_consent_about_health_needs_a_stronger_login_and_passes_with_it(browser: Browser) -> None:
    await _answered(browser, "by-key", "account=anne&level=200")
    notice = (await browser.ask("GET", "/api/citizen/v1/notices/discount?lang=fr", headers=JSON)).json
    agreed = {"activityId": "discount", "language": "fr", "noticeHash": notice["noticeHash"]}
    refused = await browser.change("POST", "/api/citizen/v1/consents", agreed)
    assert (refused.status, refused.problem, refused.json["requiredLevel"]) == (403, "levelTooLow", 400)
    assert refused.json["loginHref"] == "/login?level=400"
    before = browser.cookies()["onlyonce"]
    await browser.ask("GET", f"{browser.provider}/session/end")
    back = await _answered(browser, "by-secret", "account=anne&level=400", query="&level=400")
    assert back.status == 303, back.text
    assert (await browser.change("POST", "/api/citizen/v1/consents", agreed)).status == 201
    browser.put({"onlyonce": before})
    assert (await browser.ask("GET", "/session", headers=JSON)).problem == "expiredAccessToken"


async def test_whoever_has_no_number_there_or_cancels_is_told_so(hub: str) -> None:
    for person, status, said in (
        ("account=nobody&level=450", 403, "who you are"),
        ("cancel=1", 400, "cancelled the login"),
    ):
        async with Browser.open(hub) as browser:
            at = await browser.at_provider("?provider=by-secret")
            asked = await browser.ask("GET", at)
            told = await browser.ask("GET", f"{browser.provider}{asked.location}?{person}")
            last = await browser.ask("GET", told.location)
            shown = await browser.ask("GET", last.location, headers={"Accept-Language": "en"})
            assert (shown.status, said in shown.text, "<b>" in shown.text) == (status, True, False), (
                shown.text
            )


async def test_a_code_is_good_once_at_a_real_provider(browser: Browser, hub: str) -> None:
    at = await browser.ask("GET", await browser.at_provider("?provider=by-key"))
    told = await browser.ask("GET", f"{browser.provider}{at.location}?account=anne&level=450")
    last = await browser.ask("GET", told.location)
    kept = browser.cookies()
    assert (await browser.ask("GET", last.location)).status == 303
    code = parse_qs(urlsplit(last.location).query)["code"][0]
    async with Browser.open(hub) as other:
        state = parse_qs(urlsplit(await other.at_provider("?provider=by-key")).query)["state"][0]
        issuer = parse_qs(urlsplit(last.location).query)["iss"][0]
        assert (
            await other.ask("GET", f"/login/callback?code={code}&state={state}&iss={issuer}")
        ).status == 403
    assert kept["onlyonce-login"]


async def test_somebody_logs_in_at_the_mock_provider(browser: Browser) -> None:
    at = await browser.at_provider("?provider=mocked")
    back = await browser.ask("POST", at, form={"sub": "anne"})
    assert (await browser.ask("GET", back.location)).status == 303
    said = await browser.session()
    assert (said["name"], said["assuranceLevel"], said["provider"]) == ("Anne Example", 400, "mocked")
    assert (
        (await browser.change("POST", "/logout"))
        .json["next"]
        .startswith(f"{browser.provider}/oauth2/end_session")
    )
