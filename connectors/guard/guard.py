"""The way of one call to a source, within one deadline:

1. It is refused at once where it would be made in vain: the source asked to be left alone, or its circuit is open.
2. It waits for one of the source's connections, if the queue is not full.
3. It waits for its turn by the source's rate, if that comes in time.
4. It is made, and what came of it is counted.
5. It is made again, where the source is declared idempotent, the failure may pass, and there is time left.

Nothing is sent twice at once: there is no hedging. Calls are never merged, for each is a consultation of its own on the record.
"""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import TypeVar

from connectors.errors import SourceBusy, SourceError, SourceUnavailable
from connectors.guard.circuit import Circuit
from connectors.guard.health import SourceHealth
from connectors.guard.metrics import watch
from connectors.guard.rate import RateLimit
from connectors.guard.record import ANSWERED, Record
from connectors.guard.rule import Limits
from connectors.source import Clock

__all__ = ["Guard", "NotSent"]

T = TypeVar("T")
_TOO_OFTEN = "it may not be asked more often"
_LATE = "it gave no whole answer within its deadline"


class NotSent(Exception):
    """For a reason of ours the request was not sent: `error` is what the caller gets, `outcome` what is counted."""

    def __init__(self, error: SourceError, outcome: str = "notSendable") -> None:
        """Wrap the caller's error."""
        super().__init__()
        self.error, self.outcome = error, outcome


class _Call:
    """One call under way: its deadline, whether it was sent, and what its last attempt failed with."""

    __slots__ = ("failure", "limit", "sent")

    def __init__(self, limit: asyncio.Timeout) -> None:
        self.limit, self.sent = limit, False
        self.failure: SourceError | None = None

    def left(self) -> float:
        """Seconds until the deadline."""
        return (self.limit.when() or 0.0) - asyncio.get_running_loop().time()


_under_way: ContextVar[_Call] = ContextVar("call under way")


class Guard:
    """Guards one source."""

    def __init__(
        self,
        source_id: str,
        limits: Limits,
        *,
        clock: Clock = lambda: datetime.now(UTC),
        monotonic: Callable[[], float] = time.monotonic,
        chance: Callable[[], float] = random.random,
    ) -> None:
        """Start with a closed circuit. `chance` gives a number from 0 to 1."""
        self._id, self._limits = source_id, limits
        self._clock, self._now, self._chance = clock, monotonic, chance
        self._slots = asyncio.Semaphore(limits.connections)
        self._rate = None if limits.rate is None else RateLimit(limits.rate)
        self._circuit = Circuit(limits.circuit)
        self._record = Record(source_id)
        self._paused_until = 0.0
        watch(self)

    async def call(self, attempt: Callable[[], Awaitable[T]], within: float | None = None) -> T:
        """Make a call by `attempt`, within that many seconds (by default the declared deadline).

        Raises what `attempt` raises; `SourceUnavailable` at the deadline. For a call that is not made: `SourceUnavailable` where
        the circuit is open, otherwise `SourceBusy`, with the seconds after which to ask again where they are known.
        """
        call = _Call(asyncio.timeout(self._limits.deadline if within is None else within))
        try:
            async with call.limit:
                found = await self._until_it_holds(attempt, call)
        except TimeoutError:
            raise call.failure or self._too_late(sent=call.sent) from None
        finally:
            # An error holds the frames that it went through: none of them may lead back to it, or a large answer stays till a collection.
            del call.limit, call.failure
        return found

    async def another(self) -> None:
        """Wait for the turn of one more request of a call that is under way: a page of a list, a second try with a new token.

        Raises `NotSent` with `SourceBusy` where that would be after the deadline: our own rate is no failure of the source.
        """
        if self._rate is not None:
            wait = self._rate.wait(self._now())
            if wait >= _under_way.get().left():
                raise NotSent(SourceBusy(self._id, _TOO_OFTEN, wait), "rateLimited")
            await self._place(self._rate, wait)

    def health(self) -> SourceHealth:
        """How the source does, as far as it was asked."""
        now, record, circuit = self._now(), self._record, self._circuit
        retry_after = max(self._paused_until - now, 0.0 if circuit.admits(now) else circuit.wait(now))
        up = circuit.state == "closed" and not retry_after and not record.failing
        return SourceHealth(
            source=self._id,
            state="down" if circuit.state != "closed" else "untried" if not record.tried else "up" if up else "degraded",
            circuit=circuit.state, cause=None if up else record.cause, retry_after=retry_after or None,
            last_success=self._time_of(record.good_at, now), last_failure=self._time_of(record.bad_at, now),
            in_flight=record.in_flight, waiting=record.waiting,
            counts=MappingProxyType(dict(record.counts)), latency=record.latency(),
        )  # fmt: skip

    async def _until_it_holds(self, attempt: Callable[[], Awaitable[T]], call: _Call) -> T:
        """Step 5: the first attempt, and those that may follow."""
        tries = 1
        while True:
            call.sent = False
            try:
                return await self._admitted(attempt, call)
            except (SourceUnavailable, SourceBusy) as error:
                wait = self._wait_before_another(tries, error, call)
                if wait is None:
                    raise
                call.failure = error
            await asyncio.sleep(wait)
            tries += 1

    async def _admitted(self, attempt: Callable[[], Awaitable[T]], call: _Call) -> T:
        """Steps 1 to 3, then 4."""
        self._refuse_in_vain(self._now())
        slots = self._slots
        if slots.locked():
            await self._queue()
        else:
            await slots.acquire()
        try:
            if self._rate is not None:
                _under_way.set(call)
                await self._turn(self._rate, call)
            return await self._made(attempt, call)
        finally:
            slots.release()

    def _refuse_in_vain(self, now: float) -> None:
        """Step 1."""
        if now < self._paused_until:
            raise self._busy("paused", "it asked to be left alone", self._paused_until - now)
        if not self._circuit.admits(now):
            self._record.counts["circuitOpen"] += 1
            cause = "its circuit is open, for it failed too often"
            raise SourceUnavailable(self._id, cause, self._circuit.wait(now))

    async def _queue(self) -> None:
        """Step 2. First come, first served."""
        record = self._record
        if record.waiting >= self._limits.queue:
            raise self._busy("queueFull", "too many calls wait for it already")
        record.waiting += 1
        try:
            await self._slots.acquire()
        finally:
            record.waiting -= 1

    async def _turn(self, rate: RateLimit, call: _Call) -> None:
        """Step 3. Whoever waits for a turn keeps its connection: the next turn is nobody's before."""
        wait = rate.wait(self._now())
        if wait >= call.left():
            raise self._busy("rateLimited", _TOO_OFTEN, wait)
        await self._place(rate, wait)

    async def _place(self, rate: RateLimit, wait: float) -> None:
        """Take the next place, which is in so many seconds, and wait until it has come."""
        rate.take(now := self._now())
        if not wait:
            wait = rate.begin(now)
        while wait:
            await asyncio.sleep(wait)
            wait = rate.begin(self._now())

    async def _made(self, attempt: Callable[[], Awaitable[T]], call: _Call) -> T:
        """Step 4. While the call waited, the source may have failed others, so step 1 comes once more."""
        begun = self._now()
        self._refuse_in_vain(begun)
        ticket = self._circuit.enter()
        self._record.in_flight += 1
        call.sent = True
        outcome = "failed"
        try:
            found = await attempt()
            outcome = ANSWERED
        except SourceError as error:
            outcome = error.code
            self._heed(error)
            raise
        except NotSent as not_sent:
            outcome = not_sent.outcome
            raise not_sent.error from None
        except asyncio.CancelledError:
            outcome = "cancelled"
            if call.limit.expired():
                outcome, self._record.cause = SourceUnavailable.code, _LATE
            raise
        finally:
            self._leave(ticket, outcome, begun)
        return found

    def _leave(self, ticket: int, outcome: str, begun: float) -> None:
        """Count what came of a call. A cancelled one, or a fault of ours, says nothing about the source."""
        now = self._now()
        self._record.in_flight -= 1
        failed: bool | None = None
        if outcome in {"cancelled", "failed", "notSendable", "rateLimited"}:
            self._record.counts[outcome] += 1
        else:
            self._record.ended(outcome, begun, now)
            failed = outcome in self._limits.circuit.counts
        self._circuit.leave(ticket, now, failed=failed)

    def _heed(self, error: SourceError) -> None:
        """Leave the source alone for as long as it asks, within reason (RFC 9110 §10.2.3: with 503 and 429 alike)."""
        self._record.cause = error.cause
        if isinstance(error, SourceBusy | SourceUnavailable) and error.retry_after:
            pause = min(error.retry_after, self._limits.longest_pause)
            self._paused_until = max(self._paused_until, self._now() + pause)

    def _wait_before_another(
        self, tries: int, error: SourceUnavailable | SourceBusy, call: _Call
    ) -> float | None:
        """Seconds to wait before the next attempt; `None` if there is none. A busy source says itself when, or is left alone."""
        retry = self._limits.retry
        if retry is None or tries >= retry.attempts or not call.sent:
            return None
        if isinstance(error, SourceBusy) and error.retry_after is None:
            return None
        wait = (error.retry_after or 0.0) + self._chance() * retry.backoff * 2 ** (tries - 1)
        return wait if wait < call.left() else None

    def _too_late(self, *, sent: bool) -> SourceError:
        if sent:
            return SourceUnavailable(self._id, _LATE)
        return self._busy("noTurn", "no connection to it came free within its deadline")

    def _busy(self, outcome: str, cause: str, retry_after: float | None = None) -> SourceBusy:
        self._record.counts[outcome] += 1
        return SourceBusy(self._id, cause, retry_after)

    def _time_of(self, moment: float | None, now: float) -> datetime | None:
        return None if moment is None else self._clock() - timedelta(seconds=now - moment)
