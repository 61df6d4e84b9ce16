"""All that a hub is asked in a while, with numbers that nobody may find again."""

import base64
from typing import Any

from tests.end_to_end.attacks import raw, statuses_of
from tests.end_to_end.house import MUNICIPALITY, PREFILLS, House
from tests.end_to_end.overseen import oversee
from tests.end_to_end.people import ssin
from tests.end_to_end.refusals import NUMBER, SOMEBODY, USAGE, prefill_body
from tests.end_to_end.replies import Reply
from tests.end_to_end.test_bad_input import BAD, QUERIES
from tests.end_to_end.test_bad_places import FORMS, PLACES

SPOKEN = (
    "<x>NUMBER",
    '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e "NUMBER">]><x>&e;</x>',
    '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><s:Fault><faultcode>s:Server</faultcode>'
    "<faultstring>no NUMBER</faultstring></s:Fault></s:Body></s:Envelope>",
    '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><NUMBER/></s:Body></s:Envelope>',
    "{NUMBER",
    '{"result": {"ssin": "NUMBER", "statuses": {"increasedReimbursement": "NUMBER", "integrationIncome": NUMBER}}}',
    '{"error": {"code": "NUMBER"}}',
    '["NUMBER"]',
)
"""What a broken source may say, a number in each."""


class Traffic:
    """Everything that a caller can do, with everybody's number in all the right and wrong places."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.replies: list[Reply] = []
        self.places = [SOMEBODY]
        self.said = b""

    async def run(self) -> None:
        await self._rightly()
        replies, self.said = await oversee(self.house, self._fresh(), self._fresh(), self._fresh())
        self.replies += replies
        await self._badly()
        await self._on_the_wire()
        await self._with_broken_sources()
        await self._unproven()

    async def _keep(self, reply: Reply) -> Reply:
        self.replies.append(reply)
        return reply

    def _fresh(self) -> int:
        self.places.append(self.house.fresh())
        return self.places[-1]

    async def _rightly(self) -> None:
        house, place = self.house, self._fresh()
        await self._keep(await house.prefill("study-grant", place, caseId="2026-9"))
        await self._keep(await house.prefill("study-grant", place, actor=self._fresh()))
        await self._keep(await house.prefill("study-grant", place, asserted=True))
        stranger = house.stranger()
        self.places.append(stranger)
        await self._keep(await house.prefill("study-grant", stranger))
        representative, enterprise = house.fresh_enterprise()
        self.places.append(representative)
        number = {"enterpriseNumber": enterprise.enterprise_number}
        await self._keep(
            await house.prefill(
                "company-subsidy", subject=number, actor=representative, role="representative"
            )
        )
        await self._keep(await house.usage(representative, f"?representing={enterprise.enterprise_number}"))
        await self._keep(await house.prefill("sports-discount", place, client="municipality"))
        consent = await house.consent(place)
        await self._keep(await house.prefill("sports-discount", place, client="municipality"))
        token = await house.login(place)
        await self._keep(await house.call("GET", "/api/citizen/v1/consents", token=token))
        path = f"/api/citizen/v1/consents/{consent['consentId']}/withdraw"
        await self._keep(await house.call("POST", path, token=token))
        await self._keep(await house.usage(place))
        await self._as_officer(place, representative)
        actor = {"role": "citizen", "token": await house.login(place, "prefill", age=3600)}
        await self._keep(await self._post(prefill_body(subject={"ssin": ssin(place)}, actor=actor)))

    async def _as_officer(self, place: int, agent: int) -> None:
        house = self.house
        token = await house.login(self._fresh(), "dpo", officer_of=MUNICIPALITY)
        everything = {"since": "2026-01-01T00:00:00Z", "until": "2028-12-31T00:00:00Z", "reason": "A check."}
        bodies: list[tuple[str, dict[str, Any]]] = [
            ("search", {"subject": {"ssin": ssin(place)}, "reason": "A check."}),
            ("search", {"agent": {"ssin": ssin(agent)}, "reason": "A check."}),
            ("search", {"subject": {"ssin": NUMBER}, "reason": f"{NUMBER}"}),
            ("search", {"reason": "A check."}),
            ("counts", everything),
            ("export", everything),
        ]
        for what, body in bodies:
            await self._keep(await house.call("POST", f"/api/dpo/v1/usage/{what}", token=token, body=body))

    async def _post(self, body: Any, **headers: str) -> Reply:
        return await self.house.call(
            "POST", PREFILLS, token=await self.house.client_token(), body=body, headers=headers
        )

    async def _badly(self) -> None:
        house = self.house
        client, citizen = await house.client_token(), await house.login(SOMEBODY)
        for bad in BAD:
            if bad.status != 413:
                sent = {"body": bad.body, "data": bad.data, "headers": bad.headers}
                await self._keep(await house.call("POST", bad.path, token=client, **sent))
        for query in QUERIES.values():
            await self._keep(await house.call("GET", USAGE + query, token=citizen))
        for method, path, _, _ in PLACES.values():
            await self._keep(
                await house.call(method, path, token=citizen, data=b"{}" if method != "GET" else None)
            )
        for data, basic, _, _ in FORMS.values():
            headers = {"Content-Type": "application/x-www-form-urlencoded"}
            if basic is not None:
                headers["Authorization"] = "Basic " + base64.b64encode(basic).decode()
            await self._keep(await house.call("POST", "/oauth2/token", data=data, headers=headers))
        for token in (NUMBER, f"{NUMBER}.{NUMBER}.{NUMBER}", citizen):
            await self._keep(await house.call("POST", PREFILLS, token=token, body=prefill_body()))
        trace = {
            "traceparent": f"00-{NUMBER:0>32}-{NUMBER:0>16}-01",
            "tracestate": f"x={NUMBER}",
            "baggage": f"x={NUMBER}",
        }
        odd = dict.fromkeys(
            ("User-Agent", "Referer", "Cookie", "X-Forwarded-For", "Accept-Language", "Origin", NUMBER),
            NUMBER,
        )
        await self._keep(await self._post(prefill_body(), **trace, **odd))
        await self._keep(await house.call("GET", "/health", headers={**trace, **odd}))
        await self._keep(await house.call("GET", "/health", headers={"Host": NUMBER}))
        await self._keep(await house.call("GET", "/health", headers={"Host": f"{NUMBER}:80"}))

    async def _on_the_wire(self) -> None:
        house = self.house
        socket = "Upgrade: websocket\r\nConnection: Upgrade, close\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: eHh4eHh4eHh4eHh4eHh4eA=="
        for path in (f"/x?n={NUMBER}", f"/{NUMBER}"):
            answer = await raw(house, f"GET {path} HTTP/1.1\r\nHost: hub\r\n{socket}\r\n\r\n".encode())
            assert statuses_of(answer) == [400]
        await self._keep(await house.call("GET", "/" + "".join(f"%EF%BC%9{digit}" for digit in NUMBER)))

    async def _with_broken_sources(self) -> None:
        house, sources = self.house, ("national-register", "tax-administration", "social-status")
        for spoken in SPOKEN:
            place = self._fresh()
            kind = "application/json" if spoken[0] in "{[" else "text/xml"
            for status in (200, 500):
                instead = {"status": status, "type": kind, "body": spoken.replace("NUMBER", ssin(place))}
                for source in sources:
                    await house.source(source, "PUT", "/_instead", instead)
                await self._keep(await house.prefill("study-grant", place))
        for source in sources:
            await house.source(source, "PUT", "/_instead", {})
            await house.source(source, "PUT", "/_behaviour", {"busy": True})
        await self._keep(await house.prefill("study-grant", self._fresh()))
        for source in sources:
            await house.source(source, "PUT", "/_behaviour", {"busy": False, "latencyMs": 2500})
        await self._keep(await house.prefill("study-grant", self._fresh()))
        for source in sources:
            await house.source(source, "PUT", "/_behaviour", {"latencyMs": 0})

    async def _unproven(self) -> None:
        for _ in range(3):
            reply = await self.house.prefill(
                "library-card", self._fresh(), client="municipality", asserted=True
            )
            await self._keep(reply)
