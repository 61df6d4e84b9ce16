"""A grant that ends while prefills that rest on it are under way: what is drawn, done, and measured at the client."""

import asyncio
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from random import Random
from typing import Any

from hub.demo.processes import Processes

RATE = 200.0
"""Prefills in a second, over all hubs together."""
WITHIN_S = 60.0
TAIL_S = 0.4
"""How long prefills go on when the grant is over and every hub runs."""
STEADY_NS = 5_000_000
"""A wall clock that was moved by more during a round measures nothing."""
MS = 1_000_000
ACKNOWLEDGED = {200, 400}
"""It was done, or was done already."""


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
    """What ends the grant, when, counted from the first values: a request to a hub, or a command of the operator."""

    at: float
    hub: int
    request: str = ""
    command: Sequence[str] = ()
    environment: Mapping[str, str] = field(default_factory=dict)


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
        elif (what == "change" and status in ACKNOWLEDGED) or (what == "watch" and shown in body):
            told.append(first)
    return Round(answers, min(told), found["took"], found["skipped"])


def drawn_pause(draw: Random, hubs: Sequence[Processes], about: float) -> Pause:
    """One of the hubs, stopped about when the grant ends."""
    at = max(0.0, about + draw.uniform(-0.3, 0.3))
    return Pause(draw.choice(hubs).running[-1].pid, at, draw.uniform(0.02, 0.6))
