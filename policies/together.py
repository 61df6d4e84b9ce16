"""Questions that wait for one engine are asked together, and identical ones once.

A call over the network costs about as much for one question as for sixteen. So at most a few calls are under way at a time;
whatever is asked meanwhile waits for the next one, and who asks while nobody else does waits for nothing.
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Final

from policies.decisions import Decision, read_decision
from policies.errors import PolicyUnavailable

CALLS: Final = 2
"""Calls under way at most: what one process writes and reads is decided by two cores in the same time, and each call of more would hold fewer."""

MOST: Final = 16
"""Questions in one call at most: one that is hard to decide keeps no more company than this waiting."""

_LATE: Final = "OPA did not answer in time"


@dataclass(slots=True, eq=False)
class Waiting:
    """A question that waits for its answer.

    Attributes:
        text: The question as JSON.
        attributes: What it asks for.
        until: By the loop's clock, when the last of those who ask gives up.
        outcome: What comes of it; never an exception, as nobody may be left to take it.
    """

    text: bytes
    attributes: Collection[str]
    until: float
    outcome: asyncio.Future[Decision | PolicyUnavailable]


Ask = Callable[[Sequence[bytes]], Awaitable[Sequence[object]]]
"""Asks an engine some questions, written as JSON, in one call; gives its raw answer to each, in their order, or raises
`PolicyUnavailable`."""


class Together:
    """Asks together what is asked at the same time. Of one event loop."""

    def __init__(self, ask: Ask, *, revision: str, deadline: float) -> None:
        """Take the way to ask.

        Args:
            ask: Asks an engine; ends within the deadline.
            revision: The one whose decisions are accepted.
            deadline: Seconds that each question waits, from its own start.
        """
        self._ask, self._revision, self._deadline = ask, revision, deadline
        self._asked: dict[bytes, Waiting] = {}
        self._queue: list[Waiting] = []
        self._calls: set[asyncio.Task[None]] = set()
        self._due = False

    async def decide(self, text: bytes, attributes: Collection[str]) -> Decision:
        """Have a question decided.

        Raises:
            PolicyUnavailable: It was not, or not in time.
        """
        loop = asyncio.get_running_loop()
        until = loop.time() + self._deadline
        waiting = self._asked.get(text)
        if waiting is None:
            waiting = Waiting(text, attributes, until, loop.create_future())
            self._asked[text] = waiting
            self._queue.append(waiting)
            self._soon(loop)
        waiting.until = until
        try:
            async with asyncio.timeout_at(until):
                outcome = await asyncio.shield(waiting.outcome)
        except TimeoutError:
            raise PolicyUnavailable(_LATE) from None
        if isinstance(outcome, PolicyUnavailable):
            raise PolicyUnavailable(outcome.cause)
        return outcome

    def give_up(self, cause: str) -> None:
        """Leave whatever was not yet asked without a decision."""
        queue, self._queue = self._queue, []
        for waiting in queue:
            self._tell(waiting, PolicyUnavailable(cause))

    async def close(self) -> None:
        """End the calls that are under way; what they asked has no decision."""
        self.give_up("the session with OPA is closed")
        calls = tuple(self._calls)
        for call in calls:
            call.cancel()
        await asyncio.gather(*calls, return_exceptions=True)

    def _soon(self, loop: asyncio.AbstractEventLoop) -> None:
        """Ask at the end of this turn of the loop, so that what begins in the same turn goes together."""
        if not self._due and len(self._calls) < CALLS:
            self._due = True
            loop.call_soon(self._send)

    def _send(self) -> None:
        """Start as many calls as may be, with what waits shared out among them."""
        self._due = False
        loop = asyncio.get_running_loop()
        self._drop_late(loop.time())
        while self._queue and len(self._calls) < CALLS:
            share = min(MOST, -(-len(self._queue) // (CALLS - len(self._calls))))
            batch, self._queue = self._queue[:share], self._queue[share:]
            call = loop.create_task(self._call(batch))
            self._calls.add(call)
            call.add_done_callback(self._ended)

    def _drop_late(self, now: float) -> None:
        """Nobody waits any more for what is late: it is not asked."""
        late = [waiting for waiting in self._queue if waiting.until <= now]
        if late:
            self._queue = [waiting for waiting in self._queue if waiting.until > now]
            for waiting in late:
                self._tell(waiting, PolicyUnavailable(_LATE))

    def _ended(self, call: asyncio.Task[None]) -> None:
        self._calls.discard(call)
        if self._queue:
            self._send()

    async def _call(self, batch: Sequence[Waiting]) -> None:
        otherwise = PolicyUnavailable("OPA could not be asked")
        try:
            answers = await self._ask([waiting.text for waiting in batch])
            for waiting, raw in zip(batch, answers, strict=True):
                self._tell(waiting, self._read(waiting, raw))
        except PolicyUnavailable as error:
            otherwise = error
        finally:
            for waiting in batch:
                if not waiting.outcome.done():
                    self._tell(waiting, otherwise)

    def _read(self, waiting: Waiting, raw: object) -> Decision | PolicyUnavailable:
        """What one question's answer says; that it says nothing is no reason to doubt the others'."""
        try:
            return read_decision(raw, asked=waiting.attributes, revision=self._revision)
        except PolicyUnavailable as error:
            return error

    def _tell(self, waiting: Waiting, outcome: Decision | PolicyUnavailable) -> None:
        del self._asked[waiting.text]
        waiting.outcome.set_result(outcome)
