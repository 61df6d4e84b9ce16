"""An engine that failed several times in a row is left alone until it is back."""

import asyncio
import time

import pytest

from policies import PolicyUnavailable
from policies.circuit import FAILURES, PROBE_EVERY, Circuit
from policies.opa import OpaDecisionPoint
from tests.policies.fake_opa import (
    DEADLINE,
    Behaviour,
    Server,
    asking,
    deciding,
    hang,
    listening,
    saying,
    serving,
)
from tests.policies.questions import question
from tests.support.machine import free_port

BACK_WITHIN = 10.0


class Told:
    """What an operator is told."""

    def __init__(self) -> None:
        self.lines: list[tuple[bool, str]] = []

    def __call__(self, decides: bool, cause: str) -> None:
        self.lines.append((decides, cause))


async def fail(point: OpaDecisionPoint, times: int = FAILURES) -> None:
    for n in range(times):
        with pytest.raises(PolicyUnavailable):
            await point.decide(question({"time": n}))


def probes(server: Server) -> list[object]:
    return [asked for asked in server.questions if asked == [{}]]


async def decides_again(point: OpaDecisionPoint) -> float:
    """Seconds until a decision comes."""
    began = time.monotonic()
    while True:
        try:
            await point.decide(question({"time": time.monotonic_ns()}))
        except PolicyUnavailable:
            assert time.monotonic() - began < 60, "it is not back"
            await asyncio.sleep(0.01)
        else:
            return time.monotonic() - began


@pytest.mark.parametrize("behaviour", [hang, saying("{}"), saying("{}", status="500 Internal Server Error")])
async def test_after_failures_in_a_row_nobody_waits_for_the_server(behaviour: Behaviour) -> None:
    told = Told()
    async with serving(behaviour, told=told, deadline=DEADLINE) as (server, point):
        await fail(point)
        began = time.monotonic()
        for n in range(100):
            with pytest.raises(PolicyUnavailable):
                await point.decide(question({"time": 100 + n}))
        assert time.monotonic() - began < 30 * DEADLINE
        assert all(asked == [{}] or asked[0]["time"] < FAILURES for asked in server.questions)
        assert not await point.healthy()
    assert [decides for decides, _ in told.lines] == [False]
    assert told.lines[0][1]


async def test_fewer_failures_do_not_open_it_nor_do_failures_between_answers() -> None:
    bad = saying("{}")
    turns = [bad, bad, deciding(), bad, bad, deciding(), deciding()]
    async with serving(*turns) as (server, point):
        for _ in range(2):
            await fail(point, FAILURES - 1)
            await point.decide(question({"time": len(server.requests)}))
        assert await point.healthy()


async def test_while_it_is_open_one_probe_at_a_time_asks_and_of_nobody() -> None:
    async with serving(hang, deadline=DEADLINE) as (server, point):
        began = time.monotonic()
        await fail(point)
        while len(probes(server)) < 2:
            with pytest.raises(PolicyUnavailable):
                await point.decide(question({"time": time.monotonic_ns()}))
            assert time.monotonic() - began < 60
            await asyncio.sleep(0.01)
        # Each failure and the first probe waited, and there was a pause before each probe.
        assert time.monotonic() - began >= (FAILURES + 1) * DEADLINE + 2 * PROBE_EVERY
    assert all(asked == [{}] or asked[0]["time"] < FAILURES for asked in server.questions)


async def test_it_decides_soon_after_the_server_is_back() -> None:
    told, port = Told(), free_port()
    async with asking(f"http://127.0.0.1:{port}", told=told) as point:
        await fail(point)
        async with listening(Server(deciding()), port):
            assert await decides_again(point) < BACK_WITHIN
            assert await point.healthy()
            assert [decides for decides, _ in told.lines] == [False, True]
            await decides_again(point)


async def test_a_server_that_hung_is_back_soon() -> None:
    turns: list[Behaviour] = [hang] * (FAILURES + 1)
    async with serving(*turns, deciding(), deadline=DEADLINE) as (_, point):
        await fail(point)
        assert await decides_again(point) < BACK_WITHIN


async def test_a_server_of_another_revision_is_not_back() -> None:
    other = saying('{"revision": "s", "answers": {}}')
    async with serving(other) as (server, point):
        await fail(point)
        await server.asked(FAILURES + 2)
        assert not await point.healthy()


async def test_what_waits_when_it_opens_waits_no_longer() -> None:
    async with serving(saying("{}"), deadline=60) as (server, point):
        began = time.monotonic()
        outcomes = await asyncio.gather(
            *(point.decide(question({"time": n})) for n in range(500)), return_exceptions=True
        )
        assert time.monotonic() - began < 20
        assert len(server.requests) - len(probes(server)) < FAILURES + 4
    assert all(isinstance(one, PolicyUnavailable) for one in outcomes)


async def test_what_fails_while_it_is_being_closed_opens_nothing() -> None:
    async def never() -> bool:
        raise AssertionError("nobody is to ask")

    circuit = Circuit(never)
    await circuit.close()
    assert not any(circuit.failed("late") for _ in range(2 * FAILURES))
    assert not circuit.open


async def test_closing_ends_the_probing() -> None:
    async with serving(saying("{}")) as (server, point):
        await fail(point)
        await server.asked(FAILURES + 1)
        await point.close()
        await asyncio.sleep(PROBE_EVERY)  # what was sent before is read
        sent = len(server.requests)
        await asyncio.sleep(3 * PROBE_EVERY)
        assert not [task for task in asyncio.all_tasks() if "_until_it_answers" in str(task.get_coro())]
        assert len(server.requests) == sent


async def test_many_who_ask_for_its_health_cost_one_call() -> None:
    async with serving(deciding(after=0.05)) as (server, point):
        assert await asyncio.gather(*(point.healthy() for _ in range(50))) == [True] * 50
        assert len(server.requests) == 1


async def test_who_asks_for_its_health_while_it_is_closed_is_told_that_there_is_none() -> None:
    async with serving(hang, deadline=60) as (server, point):
        asked = [asyncio.create_task(point.healthy()) for _ in range(3)]
        await server.asked(1)
        await point.close()
        assert await asyncio.wait_for(asyncio.gather(*asked), 20) == [False] * 3


async def test_who_gives_up_on_its_health_leaves_the_others_their_answer() -> None:
    given_up = asyncio.Event()
    async with serving(deciding(once=given_up), deadline=60) as (server, point):
        gone, stays = (asyncio.create_task(point.healthy()) for _ in range(2))
        await server.asked(1)
        gone.cancel()
        with pytest.raises(asyncio.CancelledError):
            await gone
        given_up.set()
        assert await stays


async def test_who_asks_for_its_health_finds_it_back_at_once() -> None:
    port = free_port()
    async with asking(f"http://127.0.0.1:{port}") as point:
        await fail(point)
        async with listening(Server(deciding()), port):
            assert await point.healthy()
            await point.decide(question({"time": 7}))


async def test_an_answer_that_began_before_it_opened_does_not_close_it() -> None:
    bad, opened = saying("{}"), asyncio.Event()
    async with serving(deciding(once=opened), bad, deadline=60) as (server, point):
        early = asyncio.create_task(point.decide(question({"time": 99})))
        await server.asked(1)
        await fail(point)
        opened.set()
        assert (await early).rulings
        with pytest.raises(PolicyUnavailable):
            await point.decide(question({"time": 98}))
        assert not [asked for asked in server.questions if asked[0].get("time") == 98]


async def test_an_engine_that_is_away_decides_nothing_of_what_it_decided_before() -> None:
    async with serving(deciding(), saying("{}"), deciding(), saying("{}")) as (server, point):
        await point.decide(question({"time": 1}))
        await point.decide(question({"time": 1}))
        assert len(server.requests) == 1
        assert not await point.healthy()
        await point.decide(question({"time": 1}))
        assert len(server.requests) == 3
        await fail(point)
        with pytest.raises(PolicyUnavailable):
            await point.decide(question({"time": 1}))


async def test_a_session_that_is_not_open_is_nothing_to_probe() -> None:
    told = Told()
    point = OpaDecisionPoint(f"http://127.0.0.1:{free_port()}", "r", told=told)
    await fail(point, 2 * FAILURES)
    assert not await point.healthy()
    assert not told.lines
    assert not point._circuit.open
