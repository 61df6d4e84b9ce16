"""A consent, a mandate, a client ends under load, on two hubs of which one is stopped: no value comes after the acknowledgement."""

import asyncio
import json
import os
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random

import pytest
import pytest_asyncio

from hub.demo.processes import Processes
from tests.end_to_end import endings
from tests.end_to_end.endings import Ending, Entries, Record
from tests.end_to_end.house import THE_YEAR, House
from tests.end_to_end.people import ADULTS, PEOPLE, SHARED
from tests.end_to_end.race import Round, drawn_pause, run
from tests.end_to_end.running import PROGRAMS, running
from tests.support.postgres import Cluster

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.soak]

SOAK = bool(os.environ.get("ONLYONCE_SOAK"))
ROUNDS = 100 if SOAK else 2
OTHER_ROUNDS = 20 if SOAK else 1
COMMAND_STARTS_S = 1.0
"""About how long a command takes before it does anything."""
LEAST_PER_SECOND = 50
"""On a machine so busy that it does not come to this, nothing is shown."""
TRIES = 5
FAULTY = "tests.end_to_end.programs.faulty_hub"
SETTINGS = {"MAP_INTERVAL_S": "86400", "TOKEN_LIFETIME_S": "3600"}


@dataclass(frozen=True)
class Houses:
    """Two hubs on one PostgreSQL, the log beside them, and people whom nobody asked about yet."""

    house: House
    hubs: list[Processes]
    entries: Entries
    people: Callable[[], int]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def houses(
    postgres_cluster: Cluster, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Houses]:
    url = postgres_cluster.url("race")
    places = (one for one in ADULTS[len(SHARED) :] if THE_YEAR in PEOPLE.persons[one].assessments)
    settings = {**SETTINGS, "DATABASE_URL": url}
    async with running(tmp_path_factory.mktemp("race"), settings) as house, house.beside() as other:
        entries = Entries(house)
        yield Houses(house, [house.at, other], entries, lambda: next(places))
        entries.close()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def faulty(
    houses: Houses, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[tuple[list[Processes], Path]]:
    """The first hub, and one with faults, which stand in a file."""
    faults = tmp_path_factory.mktemp("faults") / "faults.json"
    faults.write_text("{}")
    async with houses.house.beside(programs=replace(PROGRAMS, hub=(FAULTY, str(faults)))) as other:
        yield [houses.hubs[0], other], faults


async def recorded(houses: Houses, ending: Ending, excuses: int) -> Record:
    """A person's lines, once there are so many that excuse a late answer; or after a while without."""
    until = time.monotonic() + 20
    while True:
        lines = await asyncio.to_thread(houses.entries.of, ending.place)
        record = Record.of(lines, ending.kind)
        if len(record.late) >= excuses or time.monotonic() > until:
            return record
        await asyncio.sleep(0.1)


def told(rounds: list[Round], dropped: int) -> str:
    """The figures."""
    seconds = sum(one.took for one in rounds)
    answers = sum(len(one.answers) for one in rounds)
    margins = sorted(one.margin_ms for one in rounds)
    return (
        f"{len(rounds)} rounds, {answers} prefills answered in {seconds:.0f} s ({answers / seconds:.0f}/s), "
        f"{sum(len(one.values) for one in rounds)} with values, {sum(one.count(503) for one in rounds)} times 503, {dropped} dropped, "
        f"the last value {margins[0]:.0f} ms before the acknowledgement at the least, {margins[len(margins) // 2]:.0f} ms as a rule"
    )


class Race:
    """Rounds whose instants are drawn from a seed that is told."""

    def __init__(self, houses: Houses) -> None:
        seed = os.environ.get("ONLYONCE_SEED", str(time.time_ns()))
        print(f"ONLYONCE_SEED={seed}")
        self._houses, self.draw = houses, Random(seed)
        self.rounds: list[Round] = []
        self.dropped = 0

    async def round(self, ending: Ending, *, after: float = 0.0) -> None:
        """One round, with one of the hubs stopped about `after` seconds after what ends the grant was begun."""
        at = self.draw.uniform(0.1, 0.9)
        pause = drawn_pause(self.draw, ending.hubs, at + after)
        one = await run(ending.plan(at=at, by=self.draw.randrange(2), pause=pause))
        record = await recorded(self._houses, ending, len(one.late))
        assert [late for late in one.late if not record.excused(late)] == []
        assert record.after == []
        assert {answer.prefill for answer in one.values if answer.status} <= set(record.disclosed)
        assert {answer.status for answer in one.answers} <= {0, 200, 401, 403, 503}
        self.rounds.append(one)
        self.dropped += len(record.dropped)

    def end(self) -> None:
        """Say what was reached; that must be enough to show anything."""
        print(told(self.rounds, self.dropped))
        answers, seconds = sum(len(one.answers) for one in self.rounds), sum(one.took for one in self.rounds)
        assert answers >= LEAST_PER_SECOND * seconds


async def test_no_value_comes_after_a_withdrawn_consents_acknowledgement_and_no_disclosure_stands_after_it(
    houses: Houses,
) -> None:
    race = Race(houses)
    for _ in range(ROUNDS):
        await race.round(await endings.consent(houses.house, houses.hubs, houses.people()))
    race.end()
    assert (await houses.house.verify()).returncode == 0


async def test_no_value_comes_after_a_revoked_mandates_acknowledgement_and_no_disclosure_stands_after_it(
    houses: Houses,
) -> None:
    race = Race(houses)
    for _ in range(OTHER_ROUNDS):
        giver, holder = houses.people(), houses.people()
        await race.round(await endings.mandate(houses.house, houses.hubs, giver, holder))
    race.end()


async def test_no_value_comes_after_a_revoked_clients_acknowledgement_and_no_disclosure_stands_after_it(
    houses: Houses,
) -> None:
    race = Race(houses)
    for _ in range(OTHER_ROUNDS):
        place = houses.people()
        try:
            await race.round(await endings.client(houses.house, houses.hubs, place), after=COMMAND_STARTS_S)
        finally:
            await endings.let_in_again(houses.house, houses.hubs, place)
    race.end()


async def planted(
    houses: Houses, hubs: list[Processes], faults: Path, by: int, **planted: float
) -> tuple[Round, Record]:
    """A round in which the second hub has faults; `by`: the hub that is asked to withdraw."""
    await asyncio.to_thread(faults.write_text, json.dumps(planted))
    ending = await endings.consent(houses.house, hubs, houses.people())
    one = await run(replace(ending.plan(at=0.3, by=by), rate=100.0))
    excuses = len(one.late) if "stall" in planted else 0
    return one, await recorded(houses, ending, excuses)


async def test_the_race_sees_what_a_hub_without_its_window_and_one_that_does_not_wait_send_too_late(
    houses: Houses, faulty: tuple[list[Processes], Path]
) -> None:
    hubs, faults = faulty
    slow, record = await planted(houses, hubs, faults, 0, slow=0.4)
    assert slow.late == []  # the window: the slow hub's answers become problems
    assert slow.count(503) > 0
    assert record.dropped
    windowless, record = await planted(houses, hubs, faults, 0, slow=1.0, window=60)
    assert {one.hub for one in windowless.late} == {1}
    assert not any(record.excused(one) for one in windowless.late)
    # Answers that a hub which waits would have covered. Where a commit takes as long as they stand still, none is late.
    for _ in range(TRIES):
        hasty, record = await planted(houses, hubs, faults, 1, slow=0.2, window=60, wait=0)
        assert not any(record.excused(one) for one in hasty.late)
        if hasty.late:
            return
    raise AssertionError("a withdrawal that is acknowledged at once was not seen")


async def test_a_stop_between_the_last_look_at_the_clock_and_the_write_is_what_the_log_excuses(
    houses: Houses, faulty: tuple[list[Processes], Path]
) -> None:
    hubs, faults = faulty
    stalled, record = await planted(houses, hubs, faults, 0, stall=1.0)
    assert {one.hub for one in stalled.late} == {1}
    assert all(record.excused(one) for one in stalled.late)
    assert record.after == []
