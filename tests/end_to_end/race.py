"""A grant that ends while prefills that rest on it are under way: what is drawn, done, and measured at the client."""

import asyncio
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from random import Random
from typing import Any

from audit import Line, UsageLog
from hub.database import open_engine
from hub.demo.processes import Processes
from hub.identity import Handles
from hub.keys import KeyFolder
from tests.end_to_end.house import PREFILLS, House
from tests.end_to_end.people import ssin

RATE = 200.0
"""Prefills in a second, over all hubs together."""
WITHIN_S = 60.0
TAIL_S = 0.4
"""How long prefills go on when the grant is over and every hub runs."""
STEADY_NS = 5_000_000
"""A wall clock that was moved by more during a round measures nothing."""
MS = 1_000_000


def request(method: str, hub: Processes, path: str, token: str, body: object = None) -> str:
    """A request as it goes over the wire."""
    sent = "" if body is None else json.dumps(body)
    lines = [f"{method} {path} HTTP/1.1", f"Host: {hub.hub_url.removeprefix('http://')}", f"Authorization: Bearer {token}"]  # fmt: skip
    lines += ["Content-Type: application/json", f"Content-Length: {len(sent)}"]
    return "\r\n".join([*lines, "", sent])


@dataclass(frozen=True)
class Pause:
    """A hub's process that is stopped (SIGSTOP): when, counted from the first values, and for how long, in seconds."""

    pid: int
    at: float
    lasts: float


@dataclass(frozen=True)
class Change:
    """The request that ends the grant: when, counted from the first values, and of which hub it is asked."""

    at: float
    hub: int
    request: str


@dataclass(frozen=True)
class Plan:
    """One round, as `programs.prefilling` reads it. `watch`: asked again and again; an answer with `shown` in it tells that the grant is over."""

    ports: Sequence[int]
    prefill: Sequence[str]
    change: Change
    watch: Sequence[str]
    shown: str
    pause: Pause | None = None
    rate: float = RATE
    after: int = 10
    tail: float = TAIL_S
    within: float = WITHIN_S


@dataclass(frozen=True)
class Answer:
    """What came back of one prefill, and when its last byte reached the client's socket (nanoseconds, by the kernel)."""

    hub: int
    status: int
    at: int
    body: str = field(repr=False)

    @property
    def has_value(self) -> bool:
        """Whether it held a value, or, where it broke off, any part of a body."""
        if self.status:
            return '"value"' in self.body
        return bool(self.body)

    @property
    def prefill(self) -> str:
        return str(json.loads(self.body)["prefillId"]) if self.status else ""


@dataclass(frozen=True)
class Round:
    """What a round came to. `acknowledged`: when the first byte that tells of the grant's end reached the client's socket."""

    answers: Sequence[Answer]
    acknowledged: int
    took: float
    skipped: int

    @property
    def values(self) -> list[Answer]:
        return [one for one in self.answers if one.has_value]

    @property
    def late(self) -> list[Answer]:
        """Values that came after the acknowledgement."""
        return [one for one in self.values if one.at > self.acknowledged]

    @property
    def margin_ms(self) -> float:
        """How long before the acknowledgement the last value came."""
        return (self.acknowledged - max(one.at for one in self.values)) / MS

    def count(self, status: int) -> int:
        return sum(one.status == status for one in self.answers)


async def run(plan: Plan) -> Round:
    """Do a round in a process of its own."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.end_to_end.programs.prefilling",
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    said, _ = await process.communicate(json.dumps(asdict(plan)).encode())
    assert process.returncode == 0
    found = json.loads(said)
    assert found["complete"], "the round did not come to its end"
    assert found["moved"] < STEADY_NS, "somebody set the clock"
    return read(found, plan.shown)


def read(found: dict[str, Any], shown: str) -> Round:
    """What the process told."""
    answers, told = [], []
    for what, hub, status, first, last, body in found["done"]:
        if what == "prefill":
            answers.append(Answer(hub, status, last, body))
        elif (what == "change" and status in {200, 400}) or (what == "watch" and shown in body):
            told.append(first)
    return Round(answers, min(told), found["took"], found["skipped"])


@dataclass(frozen=True)
class Consented:
    """Two hubs, and a person who agreed to a form."""

    house: House
    hubs: Sequence[Processes]
    place: int
    consent: str

    @classmethod
    async def of(cls, house: House, hubs: Sequence[Processes], place: int) -> "Consented":
        return cls(house, hubs, place, (await house.consent(place))["consentId"])

    async def plan(self, *, at: float, by: int, pause: Pause | None = None) -> Plan:
        """Prefills that rest on the consent, and its withdrawal at a hub."""
        mine, client = await self.house.login(self.place), await self.house.client_token("municipality")
        body = {
            "formId": "sports-discount", "subject": {"ssin": ssin(self.place)},
            "actor": {"role": "citizen", "token": await self.house.login(self.place, "prefill")},
        }  # fmt: skip
        withdraw = f"/api/citizen/v1/consents/{self.consent}/withdraw"
        return Plan(
            ports=[int(hub.hub_url.rsplit(":", 1)[1]) for hub in self.hubs],
            prefill=[request("POST", hub, PREFILLS, client, body) for hub in self.hubs],
            change=Change(at, by, request("POST", self.hubs[by], withdraw, mine)),
            watch=[request("GET", hub, "/api/citizen/v1/consents", mine) for hub in self.hubs],
            shown='"withdrawn"',
            pause=pause,
        )  # fmt: skip


def drawn_pause(draw: Random, hubs: Sequence[Processes], change_at: float) -> Pause:
    """One of the hubs, stopped about when the grant ends."""
    at = max(0.0, change_at + draw.uniform(-0.3, 0.3))
    return Pause(draw.choice(hubs).running[-1].pid, at, draw.uniform(0.02, 0.6))


class Entries:
    """The usage log of a house, read beside it."""

    def __init__(self, house: House) -> None:
        keys = KeyFolder(house.keys, create=False)
        self._engine = open_engine(house.at.database_url)
        self._log = UsageLog(self._engine, keys=keys.epochs, grants=lambda _, asked: asked)
        self._handles = Handles(keys.handles)

    def of(self, place: int) -> list[Line]:
        """A person's lines, oldest first."""
        handle, before = self._handles.of("audit", "ssin", ssin(place)), None
        found: list[Line] = []
        while True:
            page = self._log.read_subject(handle, before=before, limit=500)
            found += page.lines
            before = page.next
            if before is None:
                return found[::-1]

    def close(self) -> None:
        self._engine.dispose()


@dataclass(frozen=True)
class Record:
    """What a person's lines say of a round: the index of the grant's end, those of disclosures, and the answers dropped and late by prefill."""

    ended: int
    disclosed: dict[str, int]
    dropped: frozenset[str]
    late: dict[str, dict[str, Any]]

    @classmethod
    def of(cls, lines: Sequence[Line], ended: str = "consentWithdrawn") -> "Record":
        def named(kind: str) -> dict[str, dict[str, Any]]:
            found = [dict(line.details or {}) for line in lines if line.kind == kind]
            return {one["prefillId"]: one for one in found}

        disclosed = {
            (line.details or {})["prefillId"]: line.index
            for line in lines
            if line.kind == "prefill" and (line.details or {}).get("disclosed")
        }
        last = max(line.index for line in lines if line.kind == ended)
        return cls(last, disclosed, frozenset(named("deliveryDropped")), named("deliveryLate"))

    @property
    def after(self) -> list[int]:
        """Disclosures whose entry stands after the grant's end."""
        return [index for index in self.disclosed.values() if index > self.ended]

    def excused(self, answer: Answer) -> bool:
        """Whether the hub itself says that it stood still between its look at the clock and the write of this answer."""
        said = self.late.get(answer.prefill)
        return said is not None and said["leftMs"] >= 0 and said["overMs"] > 0
