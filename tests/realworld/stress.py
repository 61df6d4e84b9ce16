"""Load on sources that misbehave beside sources that do not, and what is seen of it from outside."""

import asyncio
import gc
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from math import ceil
from pathlib import Path
from typing import Any

import psutil

from connectors import Enquiry, Identifier, SourceError
from connectors.declared import DeclaredSource
from connectors.rest import RestSource
from connectors.soap import SoapSource
from tests.realworld.conftest import declaration, no_secrets
from tests.support.replay import Replay

WHO = {
    "magda-person": ("GeefPersoon", "00600099734"),
    "magda-tax": ("GeefAanslagbiljetPersonenbelasting", "00610122309"),
    "magda-social-status": ("GeefSociaalStatuut", "01690129514"),
    "magda-enterprise": ("GeefOnderneming", "0202239951"),
    "siade-enterprise": ("siade", "775672272"),
}
"""Each source, its name at the replay server, and somebody it answers about."""
PACE = 0.25
"""Seconds from one call of a worker to its next, if it has its answer by then."""


@dataclass
class Seen:
    """What came of the calls of some workers."""

    times: list[float] = field(default_factory=list)
    outcomes: dict[str, int] = field(default_factory=dict)

    def note(self, outcome: str, took: float) -> None:
        self.times.append(took)
        self.outcomes[outcome] = self.outcomes.get(outcome, 0) + 1

    @property
    def longest(self) -> float:
        return max(self.times)

    @property
    def p99(self) -> float:
        return sorted(self.times)[ceil(len(self.times) * 0.99) - 1]


@asynccontextmanager
async def sources(
    ids: Sequence[str], replay: Replay, folder: Path, **sections: dict[str, Any]
) -> AsyncIterator[list[DeclaredSource]]:
    """Started sources over a replay server; closed afterwards, with nothing left open towards it."""
    made: list[DeclaredSource] = []
    for one in ids:
        found = declaration(one, folder, **sections)
        kind, address = (SoapSource, replay.magda) if found.protocol == "soap" else (RestSource, replay.siade)
        made.append(kind(found, address=address, secrets=no_secrets))
    await asyncio.gather(*(source.start() for source in made))
    gc.collect()
    gc.freeze()  # as the hub does after its start
    try:
        yield made
    finally:
        gc.unfreeze()
        for source in made:
            await source.close()


async def ask(source: DeclaredSource, seen: Seen) -> None:
    """One call, with its time and what came of it."""
    enquiry = Enquiry(Identifier(min(source.schemes), WHO[source.id][1]), source.attributes)
    began = time.monotonic()
    try:
        await source.ask(enquiry)
        outcome = "answered"
    except SourceError as error:
        outcome = error.code
    seen.note(outcome, time.monotonic() - began)


async def work(source: DeclaredSource, seen: Seen, until: float, offset: float) -> None:
    """One worker: asks at its pace, one call at a time."""
    await asyncio.sleep(offset)
    while (began := time.monotonic()) < until:
        await ask(source, seen)
        await asyncio.sleep(max(PACE - (time.monotonic() - began), 0.001))


async def load(made: Sequence[DeclaredSource], workers: int, seconds: float) -> Seen:
    """So many workers for so long, shared out over some sources."""
    seen, until = Seen(), time.monotonic() + seconds
    await asyncio.gather(
        *(work(made[n % len(made)], seen, until, PACE * n / workers) for n in range(workers))
    )
    return seen


class Memory:
    """The most by which the process grows, looked at every 10 ms."""

    def __init__(self) -> None:
        gc.collect()
        self._process = psutil.Process()
        self._before = self._process.memory_info().rss
        self.most = 0

    async def watch(self) -> None:
        while True:
            self.most = max(self.most, self._process.memory_info().rss - self._before)
            await asyncio.sleep(0.01)


def sockets(replay: Replay) -> int:
    """The process's open connections to a replay server."""
    port = int(replay.url.rpartition(":")[2])
    found = psutil.Process().net_connections("tcp")
    return sum(1 for one in found if one.status == "ESTABLISHED" and one.raddr[1] == port)


async def eventually(holds: Callable[[], Awaitable[bool]], within: float) -> bool:
    """Whether something comes true in time."""
    until = time.monotonic() + within
    while time.monotonic() < until:
        if await holds():
            return True
        await asyncio.sleep(0.02)
    return await holds()
