"""The guard between callers and a source: bounds, the queue, the circuit, pauses, second tries. Its clock and its chance are the test's."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable

import pytest

from connectors import (
    ContractBroken,
    SourceBusy,
    SourceError,
    SourceRefused,
    SourceUnavailable,
    SubjectUnknown,
)
from connectors.guard import CircuitRule, Guard, Limits, NotSent, Rate, RetryRule
from connectors.guard.rate import RateLimit
from tests.connectors.conftest import NOW

DOWN = SourceUnavailable("s", "as told")


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


class Source:
    """Counts its calls; does in turn what it was told, the last thing for good."""

    def __init__(self, *told: BaseException | float | None) -> None:
        self.told, self.calls, self.at_once, self.most = list(told), 0, 0, 0

    async def __call__(self) -> str:
        self.calls += 1
        self.at_once += 1
        self.most = max(self.most, self.at_once)
        told = self.told.pop(0) if len(self.told) > 1 else self.told[0]
        try:
            if isinstance(told, BaseException):
                raise told
            await asyncio.sleep(told or 0)
        finally:
            self.at_once -= 1
        return "read"


def guard(clock: Callable[[], float] | None = None, **limits: object) -> Guard:
    return Guard("s", Limits(**limits), clock=lambda: NOW, monotonic=clock or Clock(), chance=lambda: 0.5)  # type: ignore[arg-type]


async def ends(*calls: Awaitable[object]) -> Counter[str]:
    """What becomes of calls that are made at the same time."""
    found = await asyncio.gather(*calls, return_exceptions=True)
    return Counter(one.code if isinstance(one, SourceError) else str(one) for one in found)


async def test_no_more_calls_at_once_than_declared_and_one_too_many_is_turned_away() -> None:
    guarded, source = guard(connections=2, queue=3), Source(0.02)
    found = await ends(*(guarded.call(source) for _ in range(7)))
    assert found == {"read": 5, "sourceBusy": 2}
    assert (source.calls, source.most) == (5, 2)
    assert guarded.health().counts["queueFull"] == 2


async def test_waiting_counts_towards_the_deadline_and_is_no_failure_of_the_source() -> None:
    guarded, source = guard(connections=1, deadline=0.1, circuit=CircuitRule(2, 2)), Source(30.0)
    found = await ends(*(guarded.call(source) for _ in range(4)))
    assert found == {"sourceUnavailable": 1, "sourceBusy": 3}
    health = guarded.health()
    assert health.counts == {"sourceUnavailable": 1, "noTurn": 3}
    assert (health.circuit, health.in_flight, health.waiting) == ("closed", 0, 0)


async def test_who_is_cancelled_in_the_queue_leaves_it() -> None:
    guarded, source = guard(connections=1, queue=1), Source(0.05)
    first = asyncio.create_task(guarded.call(source))
    second = asyncio.create_task(guarded.call(source))
    await asyncio.sleep(0.01)
    second.cancel()
    with pytest.raises(asyncio.CancelledError):
        await second
    third = asyncio.create_task(guarded.call(source))
    assert (await first, await third) == ("read", "read")
    assert (source.calls, source.most) == (2, 1)


async def test_an_open_circuit_refuses_at_once_says_until_when_and_lets_one_probe_pass() -> None:
    clock = Clock()
    guarded, source = guard(clock, circuit=CircuitRule(3, 5, open_for=10.0)), Source(DOWN, DOWN, DOWN, 0.02)
    for _ in range(3):
        await ends(guarded.call(source))
    clock.now += 4
    with pytest.raises(SourceUnavailable, match="circuit") as refused:
        await guarded.call(source)
    assert refused.value.retry_after == 6.0
    assert source.calls == 3
    clock.now += 6
    assert await ends(*(guarded.call(source) for _ in range(9))) == {"read": 1, "sourceUnavailable": 8}
    assert source.calls == 4
    assert await ends(*(guarded.call(source) for _ in range(9))) == {"read": 9}


async def test_those_who_wait_do_not_ask_a_source_whose_circuit_opened_meanwhile() -> None:
    guarded, source = guard(connections=2, deadline=0.1, queue=50, circuit=CircuitRule(2, 2)), Source(30.0)
    found = await ends(*(guarded.call(source, 1.0 if n > 1 else None) for n in range(40)))
    assert found == {"sourceUnavailable": 40}
    assert source.calls == 2
    assert guarded.health().counts == {"sourceUnavailable": 2, "circuitOpen": 38}


@pytest.mark.parametrize("error", [SubjectUnknown("s", "x"), SourceRefused("s", "x"), SourceBusy("s", "x")])
async def test_what_is_no_failure_of_the_source_opens_no_circuit(error: SourceError) -> None:
    guarded, source = guard(circuit=CircuitRule(2, 2)), Source(error)
    for _ in range(9):
        await ends(guarded.call(source))
    assert source.calls == 9
    assert guarded.health().circuit == "closed"


async def test_what_counts_is_declared() -> None:
    busy, broken = SourceBusy("s", "x"), ContractBroken("s", "x")
    for error, counts, made in (
        (busy, "sourceBusy", 2),
        (broken, "sourceBusy", 9),
        (broken, "contractBroken", 2),
    ):
        guarded, source = guard(circuit=CircuitRule(2, 2, counts=frozenset({counts}))), Source(error)
        for _ in range(9):
            await ends(guarded.call(source))
        assert source.calls == made


async def test_a_fault_of_ours_a_cancelled_call_and_one_never_sent_say_nothing_of_the_source() -> None:
    guarded = guard(circuit=CircuitRule(1, 1))
    with pytest.raises(ZeroDivisionError):
        await guarded.call(Source(ZeroDivisionError()))
    with pytest.raises(SourceRefused):
        await guarded.call(Source(NotSent(SourceRefused("s", "x"))))
    task = asyncio.create_task(guarded.call(Source(9.0)))
    await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    health = guarded.health()
    assert health.counts == {"failed": 1, "notSendable": 1, "cancelled": 1}
    assert (health.state, health.circuit, health.in_flight) == ("untried", "closed", 0)


@pytest.mark.parametrize("kind", [SourceBusy, SourceUnavailable])
async def test_a_source_is_left_alone_for_as_long_as_it_asks_within_reason(
    kind: type[SourceBusy] | type[SourceUnavailable],
) -> None:
    clock = Clock()
    guarded, source = guard(clock, longest_pause=30.0), Source(kind("s", "x", 3600.0), None)
    await ends(guarded.call(source))
    clock.now += 10
    with pytest.raises(SourceBusy, match="left alone") as refused:
        await guarded.call(source)
    assert refused.value.retry_after == 20.0
    assert (guarded.health().state, guarded.health().retry_after, source.calls) == ("degraded", 20.0, 1)
    clock.now += 20
    assert await guarded.call(source) == "read"


async def test_a_rate_is_kept_in_any_stretch_of_time() -> None:
    loop, begun = asyncio.get_running_loop(), []
    guarded = guard(loop.time, rate=Rate(3, 0.3), deadline=1.1)

    async def note() -> str:
        begun.append(loop.time())
        return "read"

    found = await ends(*(guarded.call(note) for _ in range(20)))
    assert 6 <= found["read"] <= 12  # fewer where the machine lets them wake late
    assert found["read"] + found["sourceBusy"] == 20
    assert all(later - earlier > 0.299 for earlier, later in zip(begun, begun[3:], strict=False))


def test_a_place_that_is_left_late_moves_those_that_follow() -> None:
    rate = RateLimit(Rate(2, 10.0))
    for _ in range(4):
        rate.take(0.0)
    assert rate.wait(0.0) == 20.0
    assert (rate.begin(0.0), rate.begin(3.0)) == (0.0, 0.0)
    assert rate.begin(10.0) == 0.0
    assert rate.begin(10.0) == 3.0  # the second one began at 3
    assert rate.begin(13.0) == 0.0


async def test_who_would_get_its_turn_too_late_is_told_at_once_when_to_come_back() -> None:
    guarded, source = guard(rate=Rate(1, 60.0)), Source(None)
    await guarded.call(source)
    with pytest.raises(SourceBusy) as refused:
        await asyncio.wait_for(guarded.call(source), 0.1)
    assert refused.value.retry_after == 60.0


async def test_no_call_is_made_again_unless_declared() -> None:
    source = Source(DOWN, None)
    assert await ends(guard().call(source)) == {"sourceUnavailable": 1}
    assert source.calls == 1


async def test_a_call_is_made_again_where_declared_after_a_random_part_of_the_pause() -> None:
    loop = asyncio.get_running_loop()
    source = Source(DOWN, DOWN, None)
    began = loop.time()
    assert await guard(retry=RetryRule(3, 0.04)).call(source) == "read"
    assert 0.055 < loop.time() - began < 0.3  # half of 40 ms, and half of 80
    assert source.calls == 3
    assert await ends(guard(retry=RetryRule(3, 0.001)).call(failing := Source(DOWN))) == {
        "sourceUnavailable": 1
    }
    assert failing.calls == 3


async def test_a_busy_source_is_asked_again_when_it_says() -> None:
    loop = asyncio.get_running_loop()
    source, began = Source(SourceBusy("s", "x", 0.05), None), loop.time()
    guarded = guard(loop.time, retry=RetryRule(2, 0.01))
    assert await guarded.call(source) == "read"
    assert loop.time() - began > 0.05
    silent = Source(SourceBusy("s", "x"), None)
    assert await ends(guarded.call(silent)) == {"sourceBusy": 1}
    assert silent.calls == 1


async def test_a_second_try_never_ends_after_the_deadline() -> None:
    loop = asyncio.get_running_loop()
    guarded = guard(retry=RetryRule(5, 0.1), deadline=0.1)
    began, source = loop.time(), Source(DOWN, 30.0)
    assert await ends(guarded.call(source)) == {"sourceUnavailable": 1}
    assert loop.time() - began < 0.2
    began, later = loop.time(), Source(SourceBusy("s", "x", 5.0))
    assert await ends(guard(retry=RetryRule(5, 0.1), deadline=0.1).call(later)) == {"sourceBusy": 1}
    assert loop.time() - began < 0.05
    assert later.calls == 1


@pytest.mark.parametrize(
    "error", [ContractBroken("s", "x"), SourceRefused("s", "x"), SubjectUnknown("s", "x")]
)
async def test_what_asking_again_would_not_change_is_not_asked_again(error: SourceError) -> None:
    source = Source(error, None)
    await ends(guard(retry=RetryRule(5, 0.001)).call(source))
    assert source.calls == 1
