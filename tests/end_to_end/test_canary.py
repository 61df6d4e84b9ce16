"""No national number gets where it must not: everything is tried with numbers that are known, and everything is searched for them."""

import asyncio
import base64
import hashlib
import json
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.end_to_end.house import (
    PREFILLS,
    PROGRAMS,
    THE_YEAR,
    House,
    Reply,
    disclosures,
    person,
    running,
    ssin,
)
from tests.end_to_end.overseen import oversee
from tests.end_to_end.refusals import NUMBER, SOMEBODY, USAGE, prefill_body
from tests.end_to_end.test_bad_input import BAD, QUERIES
from tests.end_to_end.test_bad_places import FORMS, PLACES

pytestmark = pytest.mark.asyncio(loop_scope="session")

TELEMETRY = "tests.end_to_end.programs.telemetry_hub"
CHANNELS = {"log", "answer's head", "answer's body", "request to a source", "trace", "metric", "database"}
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


def spellings(number: str) -> dict[str, bytes]:
    """How a number may stand in bytes: written, encoded, hashed."""
    a, b, c, d, e = number[:2], number[2:4], number[4:6], number[6:9], number[9:]
    found = {
        "plain": number.encode(),
        "as people write it": f"{a}.{b}.{c}-{d}.{e}".encode(),
        "with blanks": f"{a} {b} {c} {d} {e}".encode(),
        "in groups": f"{a}{b}{c}-{d}-{e}".encode(),
        "in UTF-16": number.encode("utf-16-le"),
        "in digits of a URL": "".join(f"%3{digit}" for digit in number).encode(),
        "in hexadecimal": number.encode().hex().encode(),
        "as an integer": int(number).to_bytes(5, "big"),
        "as a little integer": int(number).to_bytes(5, "little"),
        "reversed": number[::-1].encode(),
    }
    for shift in range(3):  # what of base64 depends on the number alone, wherever it begins
        encoded = base64.b64encode(b"\0" * shift + number.encode())
        found[f"in base64, {shift}"] = encoded[(0, 2, 3)[shift] + (shift > 0) : -4]
    for name in ("md5", "sha1", "sha256", "sha512"):
        digest = hashlib.new(name, number.encode(), usedforsecurity=False).digest()
        found |= {f"its {name}": digest, f"its {name} in hexadecimal": digest.hex().encode()}
        found[f"its {name} in base64"] = base64.b64encode(digest)[:-4]
    return found


def found_in(blobs: Mapping[str, bytes], needles: Iterable[tuple[str, bytes]]) -> set[tuple[str, str]]:
    """Where which spelling stands."""
    wanted = list(needles)
    return {(place, name) for place, blob in blobs.items() for name, needle in wanted if needle in blob}


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
        actor = {"role": "citizen", "token": await house.login(place, "prefill", age=3600)}
        await self._keep(await self._post(prefill_body(subject={"ssin": ssin(place)}, actor=actor)))

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


def but_whom(reply: Reply) -> bytes:
    """An answer's body without the one place that names the subject, to who named it: that disclosure of the receipt."""
    if b'"receipt":"' not in reply.body or "prefillId" not in reply.json:
        return reply.body
    whom, content = disclosures(reply)["subject"]
    assert len(content) == 1
    return reply.body.replace(whom.encode(), b"")


async def metrics_are_out(file: Path) -> None:
    """Wait for the whole of an export that began after now: the next may have begun before, and ends where the one after it begins."""

    def exports() -> int:
        return file.read_bytes().count(b'"resource_metrics"')

    wanted = exports() + 3
    async with asyncio.timeout(60):
        while exports() < wanted:  # noqa: ASYNC110 - a file tells nobody
            await asyncio.sleep(0.1)


async def everything_written(house: House, traffic: Traffic, folder: Path) -> dict[str, dict[str, bytes]]:
    """All that is on any channel, by channel."""
    await metrics_are_out(folder / "metrics.jsonl")
    heard = {
        source: "\n".join(json.dumps(head) for head in await house.source(source, "GET", "/_heard")).encode()
        for source in house.at.source_urls
    }
    heads = b"".join(b"".join(reply.raw.partition(b"\r\n\r\n")[:2]) for reply in traffic.replies)
    return {
        "log": house.said(),
        "answer's head": {"all": heads},
        "answer's body": {"all": b"\n".join(but_whom(reply) for reply in traffic.replies)},
        "request to a source": heard,
        "trace": {"traces": (folder / "traces.jsonl").read_bytes()},
        "metric": {"metrics": (folder / "metrics.jsonl").read_bytes()},
        "database": {file.name: file.read_bytes() for file in house.at.folder.glob("hub.sqlite3*")},
        "keys": {file.name: file.name.encode() + file.read_bytes() for file in house.key_files()},
    }


@asynccontextmanager
async def observed(folder: Path, *more: str) -> AsyncIterator[House]:
    """A house that says as much as it can."""
    programs = replace(PROGRAMS, hub=(TELEMETRY, str(folder), *more))
    settings = {"LOG_LEVEL": "debug", "ACCESS_LOG": "true", "ASSERTED_SUBJECTS_PER_DAY": "2"}
    async with running(folder, settings, programs) as house:
        yield house


async def test_no_national_number_gets_out(tmp_path: Path) -> None:
    async with observed(tmp_path) as house:
        traffic = Traffic(house)
        await traffic.run()
        channels = await everything_written(house, traffic, tmp_path)
    channels["log"] |= {f"{name}, at the end": said for name, said in house.said().items()}
    channels["log"]["commands of oversight"] = traffic.said

    # Every channel is alive.
    assert b"POST /api/prefill/v1/prefills 200" in channels["log"]["telemetry_hub.log"]
    assert b"GET /api/citizen/v1/usage 400" in channels["log"]["telemetry_hub.log"]
    assert channels["trace"]["traces"].count(b'"http.route"') > 100
    assert b"http.server.request.duration" in channels["metric"]["metrics"]
    assert all(
        b"POST /" in channels["request to a source"][name] for name in ("national-register", "social-status")
    )
    assert {"hub.sqlite3", "hub.sqlite3-wal", "hub.sqlite3-shm"} <= set(channels["database"])
    assert {reply.status for reply in traffic.replies} >= {200, 400, 401, 404, 405, 429}
    assert b"emergencyUsed" in traffic.said
    assert 500 not in {reply.status for reply in traffic.replies}

    numbers = [ssin(place) for place in traffic.places]
    needles = [
        (f"{number} {name}", needle) for number in numbers for name, needle in spellings(number).items()
    ]
    leaks = {(channel, *leak) for channel, blobs in channels.items() for leak in found_in(blobs, needles)}
    assert leaks == set()

    # Nor does what the sources said of somebody, but in the answers.
    amounts = [
        ("an amount", str(person(place).assessments[THE_YEAR].taxable).encode())
        for place in traffic.places[1:4]
    ]
    elsewhere = {name: blobs for name, blobs in channels.items() if name != "answer's body"}
    assert {
        (channel, *leak) for channel, blobs in elsewhere.items() for leak in found_in(blobs, amounts)
    } == set()
    assert found_in(channels["answer's body"], amounts)


async def test_the_search_finds_one_leak_planted_on_each_channel(tmp_path: Path) -> None:
    async with observed(tmp_path, "--leaks") as house:
        traffic = Traffic(house)
        await traffic._badly()
        channels = await everything_written(house, traffic, tmp_path)
    needles = list(spellings(NUMBER).items())
    assert {channel for channel, blobs in channels.items() if found_in(blobs, needles)} == CHANNELS


@pytest.mark.parametrize("prefix", ["", "a", "ab", "abc", '{"egovNRN": "'])
async def test_a_number_inside_base64_is_found_wherever_it_begins(prefix: str) -> None:
    text = base64.b64encode(f'{prefix}{NUMBER}", "x": 1}}'.encode())
    assert found_in({"it": text}, spellings(NUMBER).items())
