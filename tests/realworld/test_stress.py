"""Twelve misbehaviours, on SOAP and REST, each source alone and all at once, with 50 calls in flight beside sources that are well.

At full length (`make soak`) each of them lasts 60 seconds, in twelve rounds, and the p99 of the sources beside it is compared with the
rounds in between, when nobody misbehaves.
"""

import asyncio
import json
import os
from collections.abc import Iterator, Sequence
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from connectors.declared import DeclaredSource
from tests.realworld.stress import WHO, Memory, Seen, ask, eventually, load, sockets, sources
from tests.support.replay import MISBEHAVIOURS, Replay, running_replay

SOAK = bool(os.environ.get("ONLYONCE_SOAK"))
ROUNDS, SICK_S, WELL_S = (12, 5.0, 5.0) if SOAK else (1, 1.0, 0.3)
IN_FLIGHT, BESIDE = 50, 12
DEADLINE, OPEN, FAILURES, CONNECTIONS, PAUSE = 0.5, 0.4, 10, 32, 1.0
RULES = {
    "limits": {"deadlineMs": round(DEADLINE * 1000), "connections": CONNECTIONS},
    "circuit": {"failures": FAILURES, "of": 20, "openMs": round(OPEN * 1000)},
}
AT_ONCE = MISBEHAVIOURS if SOAK else ["fault", "hang", "bomb", "busy"]
BESIDE_IDS = ("magda-tax", "siade-enterprise")

pytestmark = pytest.mark.soak


@pytest.fixture(scope="module")
def sick(realworld: Path) -> Iterator[Replay]:
    """The replay server whose sources misbehave: a process of its own, so that its own load is not theirs who are well.

    It stands back for them, since it would not share their processor: making 64 MiB again and again takes more of it than all else.
    """
    with running_replay(realworld, nice=10) as replay:
        yield replay


@pytest.fixture(scope="module")
def well(realworld: Path) -> Iterator[Replay]:
    with running_replay(realworld) as replay:
        yield replay


class Trial:
    """One misbehaviour: rounds in which some sources are well, then sick, then well again."""

    def __init__(
        self, mode: str, ill: list[DeclaredSource], beside: list[DeclaredSource], sick: Replay
    ) -> None:
        self.mode, self._ill, self._beside, self._sick = mode, ill, beside, sick
        self.seen = Seen()
        self.calm: list[Seen] = []
        self.disturbed: list[Seen] = []
        self.reached = 0

    async def run(self) -> None:
        for _ in range(ROUNDS):
            _, calm = await self._load(WELL_S)
            self.calm.append(calm)
            await self._behave(self.mode)
            before = await self._calls()
            seen, disturbed = await self._load(SICK_S)
            self.reached += await self._calls() - before
            self.seen.times += seen.times
            self.disturbed.append(disturbed)
            self._left_alone()
            await self._behave("ok")
            assert await eventually(self._all_answer, OPEN + PAUSE + DEADLINE + 0.5)
            assert {source.health().circuit for source in self._ill} == {"closed"}

    async def _load(self, seconds: float) -> tuple[Seen, Seen]:
        return await asyncio.gather(load(self._ill, IN_FLIGHT, seconds), load(self._beside, BESIDE, seconds))

    async def _behave(self, mode: str) -> None:
        for source in self._ill:
            await asyncio.to_thread(self._sick.behave, WHO[source.id][0], mode)

    async def _calls(self) -> int:
        calls = await asyncio.to_thread(self._sick.calls)
        return sum(calls[WHO[source.id][0]].get(self.mode, 0) for source in self._ill)

    def _left_alone(self) -> None:
        """The circuit of a source that fails is open; a busy one is paused, and its circuit closed."""
        states = {source.health().circuit for source in self._ill}
        if self.mode == "busy":
            assert states == {"closed"}
            assert all(source.health().counts["paused"] for source in self._ill)
        else:
            assert states <= {"open", "halfOpen"}

    async def _all_answer(self) -> bool:
        seen = Seen()
        await asyncio.gather(*(ask(source, seen) for source in self._ill))
        return set(seen.outcomes) == {"answered"}

    def check(self) -> None:
        assert self.seen.longest < DEADLINE + 0.25
        beside = [seen.outcomes for seen in (*self.calm, *self.disturbed)]
        assert all(set(one) == {"answered"} for one in beside), beside
        assert self.reached <= len(self._ill) * self._most_calls()
        if SOAK:
            assert self.ratio <= 1.5

    def _most_calls(self) -> float:
        """By what is declared: those in flight when the circuit opens or the pause begins, the failures before, one probe each time."""
        if self.mode == "busy":
            return ROUNDS * CONNECTIONS * (SICK_S / PAUSE + 1)
        return ROUNDS * (FAILURES + CONNECTIONS + SICK_S / OPEN + 1)

    @property
    def ratio(self) -> float:
        """The p99 beside the misbehaviour over that of the rounds in between: of each the least disturbed round, for machines are noisy."""
        return min(seen.p99 for seen in self.disturbed) / min(seen.p99 for seen in self.calm)


async def tried(mode: str, ids: Sequence[str], sick: Replay, well: Replay, folder: Path) -> None:
    tasks = asyncio.all_tasks()
    async with AsyncExitStack() as stack:
        ill = await stack.enter_async_context(sources(ids, sick, folder, **RULES))
        beside = await stack.enter_async_context(
            sources(BESIDE_IDS, well, folder, limits={"deadlineMs": 2000})
        )
        trial, memory = Trial(mode, ill, beside, sick), Memory()
        watching = asyncio.create_task(memory.watch())
        try:
            await trial.run()
        finally:
            watching.cancel()
            await asyncio.to_thread(sick.behave_well)
        assert sockets(sick) <= len(ill) * CONNECTIONS
        trial.check()
    assert memory.most < 100 << 20
    assert await eventually(lambda: gone(sick, well), 2.0)
    await asyncio.sleep(0)
    assert {task for task in asyncio.all_tasks() - tasks if not task.done()} == set()
    if SOAK:
        print(
            json.dumps({
                "mode": mode, "sources": len(ids), "calls": len(trial.seen.times), "reached": trial.reached,
                "longestMs": round(trial.seen.longest * 1000), "grownMiB": round(memory.most / (1 << 20), 1),
                "p99CalmMs": round(min(s.p99 for s in trial.calm) * 1000, 2), "p99Ratio": round(trial.ratio, 2),
            })
        )  # fmt: skip


async def gone(*replays: Replay) -> bool:
    return not any(sockets(replay) for replay in replays)


@pytest.mark.parametrize("mode", MISBEHAVIOURS)
@pytest.mark.parametrize("source_id", ["magda-person", "siade-enterprise"])
async def test_a_source_that_misbehaves_is_left_alone_and_harms_no_other(
    sick: Replay, well: Replay, realworld: Path, source_id: str, mode: str
) -> None:
    await tried(mode, [source_id], sick, well, realworld)


@pytest.mark.parametrize("mode", AT_ONCE)
async def test_all_sources_that_misbehave_at_once_harm_no_other(
    sick: Replay, well: Replay, realworld: Path, mode: str
) -> None:
    await tried(mode, list(WHO), sick, well, realworld)
