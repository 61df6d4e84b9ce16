"""What a form, a citizen and a representative do, over HTTP: also the shortest example of a client of the hub."""

import time
import uuid
from typing import Any, Final, Self

import aiohttp
from joserfc import jwt

from hub.demo.catalogues import KEY_CLIENT, SECRET_CLIENT
from hub.demo.identity_provider import ASSURANCE, WEAK
from hub.demo.people import population
from hub.demo.processes import DemoFailed, Processes

Json = dict[str, Any]
_ASSERTION: Final = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


class Caller:
    """Calls the demo's hub. The citizen is the first person of the population who represents an enterprise."""

    def __init__(self, processes: Processes) -> None:
        self._at = processes
        people = population()
        self._place, self.citizen = next(
            (n, p) for n, p in enumerate(people.persons) if people.represented_by(p.ssin)
        )
        self.company = people.represented_by(self.citizen.ssin)[0]
        self.tokens: dict[str, str] = {}

    async def __aenter__(self) -> Self:
        """Open a session and log everybody in."""
        # Shorter than uvicorn keeps a connection (5 s): none is used in the moment in which it is closed.
        kept = aiohttp.TCPConnector(keepalive_timeout=2)
        self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=30), connector=kept)
        self.tokens = {
            "grants": await self.client_token("grants"),
            "municipality": await self.client_token("municipality"),
            "actor": await self._login(f"{self._at.hub_url}/api/prefill"),
            "weak": await self._login(f"{self._at.hub_url}/api/prefill", WEAK),
            "citizen": await self._login(f"{self._at.hub_url}/api/citizen"),
        }
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close the session."""
        await self._session.close()

    async def study_grant(self) -> Json:
        """A citizen's form, on the basis of the law."""
        return await self._prefill("grants", "study-grant", {"ssin": self.citizen.ssin}, role="citizen")

    async def company_subsidy(self) -> Json:
        """An enterprise's form, filled in by who represents it."""
        return await self._prefill(
            "grants", "company-subsidy", {"enterpriseNumber": self.company}, role="representative",
            representation={"basis": "enterpriseRole"},
        )  # fmt: skip

    async def sports_discount(self) -> list[Json]:
        """A form that needs consent: prefilled without one, then with the consent that the citizen gives."""
        form = ("municipality", "sports-discount", {"ssin": self.citizen.ssin})
        without = await self._prefill(*form, role="citizen")
        if all(field["status"] == "filled" for field in without["fields"].values()):
            return [without]  # an earlier demo over the same data gave the consent already
        notice = await self._citizen("GET", "notices/sports-discount?lang=fr")
        agreed = {"activityId": notice["activityId"], "language": "fr", "noticeHash": notice["noticeHash"]}
        await self._citizen("POST", "consents", agreed)
        return [without, await self._prefill(*form, role="citizen")]

    async def adapted_transport(self) -> list[Json]:
        """A form about health: prefilled with a weak login, which is told to step up, then with the one that it asks for."""
        form = ("municipality", "adapted-transport", {"ssin": self.citizen.ssin})
        weak = await self._prefill(*form, role="citizen", login="weak")
        return [weak, await self._prefill(*form, role="citizen")]

    async def usage(self, *, company: bool = False) -> list[Json]:
        """Who used the citizen's data, or the represented company's."""
        query = f"?representing={self.company}" if company else ""
        lines: list[Json] = (await self._citizen("GET", f"usage{query}"))["items"]
        return lines

    async def _prefill(
        self, client: str, form: str, subject: Json, *, role: str, login: str = "actor", **more: Any
    ) -> Json:
        body = {
            "formId": form, "subject": subject, "channel": "web", "caseId": f"demo-{form}",
            "actor": {"role": role, "token": self.tokens[login]}, **more,
        }  # fmt: skip
        return await self._json(
            "POST", f"{self._at.hub_url}/api/prefill/v1/prefills", self.tokens[client], body
        )

    async def _citizen(self, method: str, path: str, body: Json | None = None) -> Json:
        return await self._json(
            method, f"{self._at.hub_url}/api/citizen/v1/{path}", self.tokens["citizen"], body
        )

    async def _json(self, method: str, url: str, token: str, body: Json | None) -> Json:
        headers = {"Authorization": f"Bearer {token}", "Accept-Language": "en"}
        async with self._session.request(method, url, json=body, headers=headers) as reply:
            return await _answer(reply, url)

    async def client_token(self, client: str, scope: str = "prefill") -> str:
        """A new access token of the `grants` portal, which has a key, or of the `municipality`, which has a secret."""
        if client == "grants":
            return await self._access_token(scope, self._assertion())
        basic = aiohttp.encode_basic_auth(SECRET_CLIENT, self._at.client_secret)
        return await self._access_token(scope, {}, {"Authorization": basic})

    def _assertion(self) -> Json:
        """The proof of a client that has a key (RFC 7523)."""
        now = int(time.time())
        claims = {
            "iss": KEY_CLIENT, "sub": KEY_CLIENT, "aud": f"{self._at.hub_url}/oauth2/token",
            "iat": now, "exp": now + 60, "jti": uuid.uuid4().hex,
        }  # fmt: skip
        key = self._at.client_key
        token = jwt.encode({"alg": "ES256", "kid": key.thumbprint()}, claims, key, algorithms=["ES256"])
        return {"client_assertion_type": _ASSERTION, "client_assertion": token}

    async def _access_token(self, scope: str, proof: Json, headers: dict[str, str] | None = None) -> str:
        url = f"{self._at.hub_url}/oauth2/token"
        form = {"grant_type": "client_credentials", "scope": scope, **proof}
        async with self._session.post(url, data=form, headers=headers) as reply:
            return str((await _answer(reply, url))["access_token"])

    async def _login(self, audience: str, assurance: str = ASSURANCE) -> str:
        url = f"{self._at.login_url}/token"
        form = {"person": str(self._place), "audience": audience, "acr_values": assurance}
        async with self._session.post(url, data=form) as reply:
            return str((await _answer(reply, url))["access_token"])


async def _answer(reply: aiohttp.ClientResponse, url: str) -> Json:
    if reply.status >= 400:
        raise DemoFailed(f"{url.split('?', 1)[0]} answered {reply.status}: {(await reply.text())[:500]}")
    answer: Json = await reply.json()
    return answer
