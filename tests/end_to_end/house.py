"""A whole running hub with its sources and its login, and all that its callers do."""

import asyncio
import io
import json
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
from yarl import URL

from hub.demo.caller import Caller
from hub.demo.people import Enterprise
from hub.demo.processes import Processes, Programs
from hub.identity import AccessTokens
from hub.keys import KeyFolder
from tests.end_to_end.people import ADULTS, PEOPLE, SHARED, UNKNOWN
from tests.end_to_end.replies import Json, Reply
from tests.support.machine import free_port

TOKEN_KEPT_S = 100.0
PREFILLS = "/api/prefill/v1/prefills"
THE_YEAR = datetime.now(UTC).year - 1
ASSERTED_CAP = 3
MUNICIPALITY = "0000100166"
"""The enterprise number of the demo's municipality."""


class House:
    """One running demo. People are known by their place in the population."""

    def __init__(self, processes: Processes, caller: Caller, session: aiohttp.ClientSession) -> None:
        self.at, self._caller, self._session = processes, caller, session
        self._tokens: dict[tuple[object, ...], tuple[float, str]] = {}
        self._fresh = iter(ADULTS[len(SHARED) :])
        self._strangers = iter(UNKNOWN)

    @property
    def hub(self) -> str:
        return self.at.hub_url

    @property
    def keys(self) -> Path:
        return self.at.folder / "keys"

    def key_files(self) -> list[Path]:
        """All files of the key folder, but those that are being put in place of others."""
        return [file for file in self.keys.rglob("*") if file.is_file() and file.suffix != ".new"]

    def fresh(self) -> int:
        """Somebody whom no test has used before, and of whom the sources know something."""
        return next(place for place in self._fresh if THE_YEAR in PEOPLE.persons[place].assessments)

    def stranger(self) -> int:
        """Somebody whom no test has used before, and whom no source knows."""
        return next(self._strangers)

    def fresh_enterprise(self) -> tuple[int, Enterprise]:
        """Somebody whom no test has used before, and an enterprise for which they may act."""
        for place in self._fresh:
            represented = PEOPLE.represented_by(PEOPLE.persons[place].ssin)
            if represented:
                found = next(one for one in PEOPLE.enterprises if one.enterprise_number == represented[0])
                return place, found
        raise AssertionError("the population is too small")

    # What callers do

    async def call(
        self,
        method: str,
        path: str,
        *,
        token: str | None = None,
        body: object = None,
        data: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        hub: str | None = None,
    ) -> Reply:
        """One request, sent as it is: `path` is not normalised. `body` goes as JSON, `data` as it is."""
        sent = dict(headers or {})
        if token is not None:
            sent["Authorization"] = f"Bearer {token}"
        if body is not None:
            data = json.dumps(body).encode()
        if data is not None:
            sent.setdefault("Content-Type", "application/json")
        content = io.BytesIO(data) if data is not None and len(data) > 2**19 else data
        url = URL((hub or self.hub) + path, encoded=True)
        async with self._session.request(
            method, url, data=content, headers=sent, allow_redirects=False
        ) as reply:
            shown = tuple(
                (name.decode(), value.decode("utf-8", "surrogateescape")) for name, value in reply.raw_headers
            )
            return Reply(reply.status, shown, await reply.read())

    async def client_token(self, client: str = "grants", scope: str = "prefill") -> str:
        """An access token of the grants portal or of the municipality."""
        return await self._kept(("client", client, scope), lambda: self._caller.client_token(client, scope))

    async def new_client_token(self, client: str = "grants") -> str:
        """A token fresh from the token endpoint.

        Raises:
            DemoFailed: it gave none.
        """
        return await self._caller.client_token(client)

    async def login(
        self,
        place: int,
        audience: str = "citizen",
        *,
        age: int = 0,
        level: int = 450,
        office: str = "",
        officer_of: str = "",
    ) -> str:
        """A token of the people's login for the citizens' door, or for the prefill door; as strong as `level` says; of an agent of `office`."""
        address = audience if "://" in audience else f"{self.hub}/api/{audience}"
        acr = f"urn:be:fedict:iam:fas:Level{level}"
        form = {"person": str(place), "audience": address, "age": str(age), "acr_values": acr}
        form |= {"office": office} if office else {}
        form |= {"officer_of": officer_of} if officer_of else {}

        async def fetch() -> str:
            async with self._session.post(f"{self.at.login_url}/token", data=form) as reply:
                return str((await reply.json())["access_token"])

        return await self._kept(("login", place, address, age, level, office, officer_of), fetch)

    async def _kept(self, what: tuple[object, ...], fetch: Any) -> str:
        kept = self._tokens.get(what)
        if kept is None or time.monotonic() > kept[0]:
            kept = self._tokens[what] = (time.monotonic() + TOKEN_KEPT_S, await fetch())
        return kept[1]

    def forged_client_token(
        self,
        *,
        age: timedelta = timedelta(0),
        audience: str | None = None,
        scopes: tuple[str, ...] = ("prefill",),
    ) -> str:
        """A token as the hub itself would have signed it."""
        issuer = self.at.settings.get("PUBLIC_URL", self.hub)
        key = KeyFolder(self.keys, create=False).tokens
        tokens = AccessTokens(key, issuer=issuer, clock=lambda: datetime.now(UTC) - age)
        return tokens.issue("grants-portal", scopes, audience or f"{issuer}/api/prefill").token

    async def prefill(
        self,
        form: str,
        place: int | None = None,
        *,
        client: str = "grants",
        subject: Json | None = None,
        actor: int | None = None,
        role: str = "citizen",
        asserted: bool = False,
        level: int = 450,
        hub: str | None = None,
        headers: Mapping[str, str] | None = None,
        **more: Any,
    ) -> Reply:
        """Prefill a form for one of the people, who by default asks for it in person."""
        if subject is None:
            assert place is not None
            subject = {"ssin": PEOPLE.persons[place].ssin}
        shown: Json = {"role": role}
        if not asserted:
            who = actor if actor is not None else place
            assert who is not None
            shown["token"] = await self.login(who, "prefill", level=level)
        body = {"formId": form, "subject": subject, "actor": shown, **more}
        token = await self.client_token(client)
        return await self.call("POST", PREFILLS, token=token, body=body, hub=hub, headers=headers)

    async def usage(self, place: int, query: str = "", *, hub: str | None = None) -> Reply:
        """Read one's lines."""
        path = "/api/citizen/v1/usage" + query
        return await self.call("GET", path, token=await self.login(place), hub=hub)

    async def lines(self, place: int, query: str = "") -> list[Json]:
        """One's lines, newest first."""
        reply = await self.usage(place, query)
        assert reply.status == 200, reply.body
        lines: list[Json] = reply.json["items"]
        return lines

    async def consent(self, place: int, activity: str = "sports-discount") -> Json:
        """Read the notice and agree."""
        token = await self.login(place)
        notice = await self.call("GET", f"/api/citizen/v1/notices/{activity}?lang=fr", token=token)
        agreed = {"activityId": activity, "language": "fr", "noticeHash": notice.json["noticeHash"]}
        given = await self.call("POST", "/api/citizen/v1/consents", token=token, body=agreed)
        assert given.status == 201, given.body
        consent: Json = given.json
        return consent

    # What operators do

    async def source(self, name: str, method: str, path: str, body: object = None) -> Json:
        """Talk to a demo source behind the hub's back."""
        async with self._session.request(method, self.at.source_urls[name] + path, json=body) as reply:
            answer: Json = await reply.json()
            return answer

    async def health(self) -> Reply:
        return await self.call("GET", "/health")

    async def settled(self, status: str, *, within: float = 60.0) -> None:
        """Wait until the hub says that it is so."""
        deadline = time.monotonic() + within
        while (await self.health()).json["status"] != status:
            assert time.monotonic() < deadline, f"the hub is not {status}"
            await asyncio.sleep(0.1)

    async def verify(self, *, keys: bool = True) -> subprocess.CompletedProcess[str]:
        """`onlyonce log verify`."""
        command = [sys.executable, "-m", "hub.cli", "log", "verify", "--database", self.at.database_url]
        command += ["--keys", str(self.keys)] if keys else []
        return await asyncio.to_thread(
            subprocess.run,
            command,
            env=self.at.environment(),
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    async def command(self, *arguments: str, given: str = "") -> subprocess.CompletedProcess[str]:
        """`onlyonce …`, with this house's settings; `given` on standard input."""
        return await asyncio.to_thread(
            subprocess.run,
            [sys.executable, "-m", "hub.cli", *arguments],
            env=self.at.environment(),
            input=given,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    async def kill(self, process: asyncio.subprocess.Process) -> None:
        """SIGKILL one of this house's processes, and forget it."""
        if process.returncode is None:
            process.kill()
        await process.wait()
        self.at.running.remove(process)

    @asynccontextmanager
    async def beside(
        self, settings: Mapping[str, str] | None = None, programs: Programs | None = None
    ) -> AsyncIterator[Processes]:
        """Another hub on the same database and keys, with some settings of its own, or another program."""
        port = free_port()
        shared = {"PUBLIC_URL": self.hub, **self.at.settings, **(settings or {}), "PORT": str(port)}
        other = replace(
            self.at, hub_url=f"http://127.0.0.1:{port}", settings=shared, programs=programs or self.at.programs, running=[]
        )  # fmt: skip
        try:
            await other.start_hub()
            yield other
        finally:
            await other.end()

    @asynccontextmanager
    async def replica(self, settings: Mapping[str, str] | None = None) -> AsyncIterator[str]:
        """As `beside`; gives its address."""
        async with self.beside(settings) as other:
            yield other.hub_url

    def said(self) -> dict[str, bytes]:
        """What each process of the house wrote."""
        return {file.name: file.read_bytes() for file in sorted(self.at.folder.glob("*.log"))}
