"""What a session opens at a guarded door: reads by its cookie alone, changes only for a page of the hub."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import aiohttp
import pytest
from fastapi import FastAPI, Request, Response

from hub.api.cookies import Cookies
from hub.api.door import Door
from hub.api.guards import Citizen
from hub.api.problems import install
from hub.database import open_engine
from hub.identity import LoggedIn, Person, Session, Sessions, TokenInvalid, metadata
from hub.randomness import new_id
from hub.services.sessions import LoginSessions
from hub.settings import read_settings
from tests.hub.api.conftest import Serve

NUMBER = "85073003328"
HERE = {"Sec-Fetch-Site": "same-origin"}


class _NoTokens:
    """A login whose tokens never hold."""

    async def verify(self, token: str, *, audience: str) -> Person:
        raise TokenInvalid


class Hub:
    """A hub with one route of each kind, and people who are logged in."""

    def __init__(self, folder: Path, public_url: str, rotation: timedelta) -> None:
        self.engine = open_engine(f"sqlite:///{folder / 'hub.sqlite3'}")
        metadata.create_all(self.engine)
        self.sessions = Sessions(
            self.engine, b"k" * 32, providers=["csam"], clock=lambda: datetime.now(UTC), new_id=new_id, idle=timedelta(minutes=30),
            life=timedelta(hours=8), rotation=rotation,
        )  # fmt: skip
        settings = read_settings({"ONLYONCE_PUBLIC_URL": public_url, "ONLYONCE_CATALOGUE": str(folder)})
        self.cookies = Cookies(settings.public_url)
        self.app = FastAPI()
        self.app.state.parts = SimpleNamespace(
            settings=settings, sessions=LoginSessions(self.sessions), cookies=self.cookies, logins=_NoTokens()
        )
        install(self.app)

        @self.app.get("/mine")
        @self.app.post("/mine")
        async def mine(request: Request, person: Citizen) -> Response:
            return Response(str(person.assurance_level))

    def logged_in(self, level: int = 450) -> tuple[Session, str]:
        person = Person(NUMBER, level, frozenset(), datetime.now(UTC))
        found = self.sessions.open(LoggedIn(person, "csam", "s"))
        assert found.cookie is not None
        return found.session, f"{self.cookies.session}={found.cookie}"


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Hub]:
    hub = Hub(tmp_path, "https://hub.example", timedelta(hours=1))
    yield hub
    hub.engine.dispose()


async def call(hub: Hub, serve: Serve, method: str, headers: Any) -> tuple[int, str, list[str]]:
    with serve(Door(hub.app, max_body_bytes=1000)) as served:
        async with (
            aiohttp.ClientSession() as session,
            session.request(method, f"http://127.0.0.1:{served.port}/mine", headers=headers) as reply,
        ):
            kind = (
                (await reply.json())["type"].rsplit(":", 1)[1] if reply.status >= 400 else await reply.text()
            )
            return reply.status, kind, reply.headers.getall("Set-Cookie", [])


async def test_a_read_needs_the_cookie_alone(hub: Hub, serve: Serve) -> None:
    _, cookie = hub.logged_in()
    assert await call(hub, serve, "GET", {"Cookie": f"other=1; {cookie}"}) == (200, "450", [])


@pytest.mark.parametrize(
    "browser",
    [
        HERE, {**HERE, "Origin": "https://hub.example"}, {**HERE, "Origin": "null"}, {"Origin": "https://hub.example"},
    ],
)  # fmt: skip
async def test_a_page_of_the_hub_may_change_things(hub: Hub, serve: Serve, browser: dict[str, str]) -> None:
    session, cookie = hub.logged_in()
    headers = {"Cookie": cookie, "X-CSRF-Token": session.csrf, **browser}
    assert (await call(hub, serve, "POST", headers))[:2] == (200, "450")


@pytest.mark.parametrize(
    "browser",
    [
        {}, {"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}, {"Sec-Fetch-Site": "none"}, {"Origin": "null"},
        {"Origin": "https://evil.example"}, {"Origin": "http://hub.example"}, {"Origin": "https://hub.example.evil.example"},
        {**HERE, "Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site", "Origin": "https://hub.example"},
        {"Origin": "https://hub.example:8443"},
    ],
)  # fmt: skip
async def test_another_site_may_not_even_with_the_token(
    hub: Hub, serve: Serve, browser: dict[str, str]
) -> None:
    session, cookie = hub.logged_in()
    headers = {"Cookie": cookie, "X-CSRF-Token": session.csrf, **browser}
    assert (await call(hub, serve, "POST", headers))[:2] == (403, "crossSite")


async def test_a_change_without_the_token_of_this_very_session_is_refused(hub: Hub, serve: Serve) -> None:
    (_, cookie), (other, _) = hub.logged_in(), hub.logged_in()
    for shown in ({}, {"X-CSRF-Token": ""}, {"X-CSRF-Token": other.csrf}, {"X-CSRF-Token": cookie[-43:]}):
        assert (await call(hub, serve, "POST", {"Cookie": cookie, **HERE, **shown}))[:2] == (403, "crossSite")


async def test_a_stolen_cookie_opens_nothing_after_the_logout_and_is_taken_back(
    hub: Hub, serve: Serve
) -> None:
    session, cookie = hub.logged_in()
    hub.sessions.end(session.id)
    status, kind, given = await call(hub, serve, "GET", {"Cookie": cookie})
    assert (status, kind) == (401, "expiredAccessToken")
    assert given == ["__Host-onlyonce=; Path=/; HttpOnly; SameSite=Lax; Secure; Max-Age=0"]


async def test_cookies_that_are_forged_or_doubled_open_nothing(hub: Hub, serve: Serve) -> None:
    _, cookie = hub.logged_in()
    for wrong in (
        cookie[:-1] + "x",
        f"{cookie}; {cookie}",
        f"{hub.cookies.session}=",
        f"{hub.cookies.session}={'a' * 9000}",
    ):
        assert (await call(hub, serve, "GET", {"Cookie": wrong}))[:2] == (401, "invalidAccessToken")
    without_prefix = cookie.removeprefix("__Host-")
    assert (await call(hub, serve, "GET", {"Cookie": without_prefix}))[:2] == (401, "noAccessToken")


async def test_a_bearer_token_counts_alone_where_both_come(hub: Hub, serve: Serve) -> None:
    _, cookie = hub.logged_in()
    headers = {"Cookie": cookie, "Authorization": "Bearer x"}
    assert (await call(hub, serve, "GET", headers))[:2] == (401, "invalidAccessToken")
    assert (await call(hub, serve, "GET", {**headers, "Authorization": "Basic x"}))[:2] == (
        401,
        "noAccessToken",
    )


async def test_a_route_that_needs_a_level_is_closed_to_a_weaker_login(
    hub: Hub, serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hub.api.guards.ROUTES", {"GET /mine": 400})
    (_, weak), (_, strong) = hub.logged_in(399), hub.logged_in(400)
    assert (await call(hub, serve, "GET", {"Cookie": weak}))[:2] == (403, "levelTooLow")
    assert (await call(hub, serve, "GET", {"Cookie": strong}))[:2] == (200, "400")


async def test_the_next_cookie_comes_with_an_answer(tmp_path: Path, serve: Serve) -> None:
    hub = Hub(tmp_path, "http://127.0.0.1:8000", timedelta(0))
    _, cookie = hub.logged_in()
    status, _, given = await call(hub, serve, "GET", {"Cookie": cookie})
    assert status == 200
    (one,) = given
    assert one.startswith(f"onlyonce={cookie.split('=')[1].split('.')[0]}.2.")
    assert one.endswith("; Path=/; HttpOnly; SameSite=Lax")
    hub.engine.dispose()


def test_people_log_in_over_tls_or_on_the_loopback_address_alone() -> None:
    assert Cookies("https://hub.example").allowed
    assert Cookies("http://127.0.0.1:8000").allowed
    assert not Cookies("http://hub.example").allowed
    assert not Cookies("http://127.0.0.1.evil.example").allowed
