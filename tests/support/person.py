"""A person with a browser: keeps cookies, follows no redirect by itself, and says of each request where it comes from."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from json import loads
from typing import Any, Self

import aiohttp
from yarl import URL

HERE = {"Sec-Fetch-Site": "same-origin"}


@dataclass(frozen=True)
class Shown:
    """What a browser got."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    given: tuple[str, ...]
    """Its `Set-Cookie` lines."""

    @property
    def text(self) -> str:
        return self.body.decode()

    @property
    def json(self) -> Any:
        return loads(self.body)

    @property
    def problem(self) -> str:
        return str(self.json["type"]).rsplit(":", 1)[1]

    @property
    def location(self) -> str:
        return self.headers.get("Location", "")


class Browser:
    """One browser."""

    def __init__(self, session: aiohttp.ClientSession, hub: str) -> None:
        self._session, self.hub = session, hub
        self.provider = ""
        """The provider to which the hub sent it last."""

    @classmethod
    @asynccontextmanager
    async def open(cls, hub: str) -> AsyncIterator[Self]:
        """A new one, at a hub."""
        jar = aiohttp.CookieJar(unsafe=True)  # of an address in numbers too
        kept = aiohttp.TCPConnector(keepalive_timeout=2)
        async with aiohttp.ClientSession(
            cookie_jar=jar, connector=kept, timeout=aiohttp.ClientTimeout(total=30)
        ) as session:
            yield cls(session, hub)

    async def ask(
        self,
        method: str,
        address: str,
        *,
        headers: Mapping[str, str] | None = None,
        form: Mapping[str, str] | None = None,
        body: Any = None,
    ) -> Shown:
        """One request; a path is the hub's."""
        url = URL(address if address.startswith("http") else self.hub + address, encoded=True)
        async with self._session.request(
            method,
            url,
            headers={"Accept": "text/html", **(headers or {})},
            data=form,
            json=body,
            allow_redirects=False,
        ) as reply:
            given = tuple(reply.headers.getall("Set-Cookie", []))
            return Shown(reply.status, dict(reply.headers), await reply.read(), given)

    def cookies(self) -> dict[str, str]:
        """Those that it has for the hub, by name."""
        return {
            name: one.value for name, one in self._session.cookie_jar.filter_cookies(URL(self.hub)).items()
        }

    def put(self, cookies: Mapping[str, str]) -> None:
        """Put cookies into it, as a thief does."""
        self._session.cookie_jar.clear()
        self._session.cookie_jar.update_cookies(dict(cookies), URL(self.hub))

    # The demo's login

    async def at_provider(self, query: str = "") -> str:
        """Ask the hub to log in; gives the address at which the provider asks who it is."""
        sent = await self.ask("GET", f"/login{query}")
        assert sent.status == 303, sent.text
        self.provider = str(URL(sent.location).origin())
        return sent.location

    async def answered(self, address: str, person: int, *, level: int = 450, officer_of: str = "") -> str:
        """Say at the demo's login who one is; gives the address at which the hub is told."""
        form = {"person": str(person), "acr": f"urn:be:fedict:iam:fas:Level{level}", "officer_of": officer_of}
        back = await self.ask("POST", address, form=form)
        assert back.status == 303, back.text
        return back.location

    async def log_in(self, person: int, *, query: str = "", level: int = 450, officer_of: str = "") -> Shown:
        """Log in; gives what the hub says at the end."""
        address = await self.at_provider(query)
        return await self.ask("GET", await self.answered(address, person, level=level, officer_of=officer_of))

    async def session(self) -> Any:
        """What the hub says of who is logged in."""
        shown = await self.ask("GET", "/session", headers={"Accept": "application/json"})
        assert shown.status == 200, shown.text
        return shown.json

    async def change(self, method: str, path: str, body: Any = None) -> Shown:
        """Change something, as a page of the hub does."""
        token = (await self.session())["csrfToken"]
        headers = {"Accept": "application/json", "X-CSRF-Token": token, **HERE}
        return await self.ask(method, path, headers=headers, body=body)
