"""What every kind of source promises to those who ask it. A new kind passes this by a `Rig` of its own (`test_contract_suite.py`)."""

import asyncio
import time
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Awaitable, Mapping
from typing import Any, ClassVar, Literal

import pytest

from connectors import (
    ContractBroken,
    Enquiry,
    Identifier,
    Reading,
    Source,
    SourceBusy,
    SourceError,
    SourceRefused,
    SourceUnavailable,
    SubjectUnknown,
    Value,
)
from tests.connectors.conftest import NOW
from tests.support.timing import in_time

Behaviour = Literal["holds", "unknown", "hangs", "fails", "busy", "refuses", "breaks"]
BECOMES: Mapping[Behaviour, type[SourceError]] = {
    "unknown": SubjectUnknown,
    "hangs": SourceUnavailable,
    "fails": SourceUnavailable,
    "busy": SourceBusy,
    "refuses": SourceRefused,
    "breaks": ContractBroken,
}
QUICK: dict[str, Any] = {"limits": {"deadlineMs": 1000}}


class Rig(ABC):
    """A source of one kind, and what stands behind it."""

    subject: Identifier
    """Somebody whom it holds."""
    held: ClassVar[Mapping[str, Value]]
    """All that it holds of that subject."""
    lacks: str
    """An attribute that it serves, and does not hold of that subject."""

    @abstractmethod
    def make(self, **sections: Any) -> Source:
        """A source, not started. `sections` are `limits`, `circuit` and `retry` of a declaration."""

    @abstractmethod
    def behave(self, how: Behaviour, *, seconds: float = 0.0) -> None:
        """Answer like this from now on. `seconds`: how long an answer takes, or what `busy` asks to wait."""

    @property
    @abstractmethod
    def calls(self) -> int:
        """How many calls came through."""

    @property
    @abstractmethod
    def most_at_once(self) -> int:
        """How many calls were there at the same time, at most."""


async def ends(*calls: Awaitable[object]) -> Counter[str]:
    """What becomes of calls that are made at the same time."""
    found = await asyncio.gather(*calls, return_exceptions=True)
    assert all(isinstance(one, SourceError | Reading) for one in found), found
    return Counter(one.code if isinstance(one, SourceError) else "read" for one in found)


class SourceContract(ABC):
    """The suite. A subclass gives the fixture `rig`."""

    @pytest.fixture
    @abstractmethod
    def rig(self) -> Any:
        """The kind that is tried."""

    @staticmethod
    async def started(rig: Rig, **sections: Any) -> tuple[Source, Enquiry]:
        source = rig.make(**sections)
        await source.start()
        return source, Enquiry(rig.subject, frozenset(rig.held) | {rig.lacks})

    async def test_it_says_what_it_holds_of_what_is_asked(self, rig: Rig) -> None:
        source, enquiry = await self.started(rig)
        reading = await source.ask(enquiry)
        assert reading.values == rig.held
        assert (reading.broken, reading.retrieved_at) == ({}, NOW)
        one = min(rig.held)
        assert (await source.ask(Enquiry(rig.subject, frozenset({one})))).values == {one: rig.held[one]}
        await source.close()

    async def test_it_names_itself_and_what_it_can_be_asked(self, rig: Rig) -> None:
        source = rig.make()
        assert source.id
        assert source.attributes >= {*rig.held, rig.lacks}
        assert rig.subject.scheme in source.schemes
        await source.close()

    async def test_what_is_no_enquiry_for_it_is_the_callers_error_and_sends_nothing(self, rig: Rig) -> None:
        source, enquiry = await self.started(rig)
        with pytest.raises(ValueError, match="shoeSize"):
            await source.ask(Enquiry(rig.subject, frozenset({"shoeSize"})))
        with pytest.raises(ValueError, match="ine") as caught:
            await source.ask(Enquiry(Identifier("ine", rig.subject.value), enquiry.attributes))
        assert rig.subject.value not in str(caught.value)
        assert rig.calls == 0
        await source.close()

    async def test_it_may_be_started_and_closed_again_and_asked_before_it_is_started(self, rig: Rig) -> None:
        source, enquiry = await self.started(rig)
        await source.start()
        await source.close()
        await source.close()
        assert (await source.ask(enquiry)).values == rig.held
        await source.close()

    @pytest.mark.parametrize("how", BECOMES)
    async def test_what_goes_wrong_is_one_of_the_five_errors_in_time_without_anything_personal(
        self, rig: Rig, how: Behaviour
    ) -> None:
        source, enquiry = await self.started(rig, **(QUICK if how == "hangs" else {}))
        rig.behave(how)
        began = time.monotonic()
        with pytest.raises(BECOMES[how]) as caught:
            await source.ask(enquiry)
        assert time.monotonic() - began < 10
        assert (caught.value.source_id, bool(caught.value.cause)) == (source.id, True)
        assert rig.subject.value not in f"{caught.value!r} {source.health()!r} {enquiry!r}"
        rig.behave("holds")
        reading = await source.ask(enquiry)
        assert not any(str(value) in repr(reading) for value in rig.held.values())
        await source.close()

    async def test_calls_at_once_and_calls_that_wait_are_bounded(self, rig: Rig) -> None:
        source, enquiry = await self.started(rig, limits={"connections": 2, "queue": 3})
        rig.behave("holds", seconds=0.05)
        assert await ends(*(source.ask(enquiry) for _ in range(9))) == {"read": 5, "sourceBusy": 4}
        assert rig.calls == 5
        assert rig.most_at_once <= 2
        await source.close()

    async def test_one_deadline_covers_the_wait_and_the_call(self, rig: Rig) -> None:
        async def attempt() -> float:
            source, enquiry = await self.started(rig, limits={"deadlineMs": 300, "connections": 1})
            rig.behave("hangs")
            began = time.monotonic()
            found = await ends(*(source.ask(enquiry) for _ in range(5)))
            took = time.monotonic() - began
            assert set(found) <= {"sourceUnavailable", "sourceBusy"}
            await source.close()
            return took

        await in_time(0.55, attempt)

    async def test_same_enquiries_at_the_same_time_are_calls_of_their_own(self, rig: Rig) -> None:
        source, enquiry = await self.started(rig)
        rig.behave("holds", seconds=0.02)
        assert await ends(*(source.ask(enquiry) for _ in range(5))) == {"read": 5}
        assert rig.calls == 5
        await source.close()

    async def test_a_cancelled_call_leaves_nothing_behind(self, rig: Rig) -> None:
        source, enquiry = await self.started(rig, limits={"connections": 1, "queue": 1})
        rig.behave("hangs")
        tasks = asyncio.all_tasks()
        asking = [asyncio.create_task(source.ask(enquiry)) for _ in range(2)]
        await asyncio.sleep(0.05)
        for one in asking:
            one.cancel()
        await asyncio.gather(*asking, return_exceptions=True)
        health = source.health()
        assert (health.in_flight, health.waiting, health.state) == (0, 0, "untried")
        rig.behave("holds")
        assert (await source.ask(enquiry)).values == rig.held
        assert not {task for task in asyncio.all_tasks() - tasks if "ask" in repr(task.get_coro())}
        await source.close()

    async def test_a_source_that_fails_too_often_is_left_alone_then_probed_by_one_call(
        self, rig: Rig
    ) -> None:
        source, enquiry = await self.started(rig, circuit={"failures": 3, "of": 4, "openMs": 1000})
        rig.behave("fails")
        for _ in range(3):
            assert await ends(source.ask(enquiry)) == {"sourceUnavailable": 1}
        with pytest.raises(SourceUnavailable, match="circuit") as refused:
            await source.ask(enquiry)
        assert rig.calls == 3
        assert 0 < (refused.value.retry_after or 0) <= 1
        assert (source.health().state, source.health().circuit) == ("down", "open")
        rig.behave("holds", seconds=0.05)
        await asyncio.sleep(1.05)
        assert await ends(*(source.ask(enquiry) for _ in range(6))) == {"read": 1, "sourceUnavailable": 5}
        assert rig.calls == 4
        assert await ends(*(source.ask(enquiry) for _ in range(6))) == {"read": 6}
        assert source.health().circuit == "closed"
        await source.close()

    @pytest.mark.parametrize("how", ["unknown", "refuses"])
    async def test_what_it_says_of_the_request_is_no_failure_of_its_own(
        self, rig: Rig, how: Behaviour
    ) -> None:
        source, enquiry = await self.started(rig, circuit={"failures": 1, "of": 1})
        rig.behave(how)
        assert await ends(*(source.ask(enquiry) for _ in range(5))) == {BECOMES[how].code: 5}
        assert (rig.calls, source.health().circuit) == (5, "closed")
        await source.close()

    async def test_a_busy_source_is_left_alone_for_as_long_as_it_asks(self, rig: Rig) -> None:
        source, enquiry = await self.started(rig)
        rig.behave("busy", seconds=1)
        with pytest.raises(SourceBusy) as busy:
            await source.ask(enquiry)
        assert busy.value.retry_after == 1
        rig.behave("holds")
        with pytest.raises(SourceBusy, match="left alone"):
            await source.ask(enquiry)
        assert (rig.calls, source.health().state) == (1, "degraded")
        await asyncio.sleep(1.05)
        assert (await source.ask(enquiry)).values == rig.held
        await source.close()

    async def test_it_is_asked_once_unless_declared_idempotent(self, rig: Rig) -> None:
        once, enquiry = await self.started(rig)
        rig.behave("fails")
        assert await ends(once.ask(enquiry)) == {"sourceUnavailable": 1}
        assert rig.calls == 1
        await once.close()
        again, _ = await self.started(rig, retry={"idempotent": True, "attempts": 3, "backoffMs": 5})
        assert await ends(again.ask(enquiry)) == {"sourceUnavailable": 1}
        assert rig.calls == 4
        await again.close()

    async def test_its_health_is_what_came_of_its_calls(self, rig: Rig) -> None:
        source, enquiry = await self.started(rig)
        health = source.health()
        assert (health.state, health.counts, health.latency) == ("untried", {}, None)
        await source.ask(enquiry)
        rig.behave("unknown")
        await ends(source.ask(enquiry))
        rig.behave("breaks")
        await ends(source.ask(enquiry))
        health = source.health()
        assert health.counts == {"answered": 1, "subjectUnknown": 1, "contractBroken": 1}
        assert (health.source, health.state, health.cause) == (source.id, "up", None)
        assert health.last_success is not None
        assert health.last_failure is not None
        assert health.last_success <= health.last_failure <= NOW
        assert health.latency is not None
        assert 0 < health.latency.p50 <= health.latency.p95 <= health.latency.p99 < 2
        await source.close()
