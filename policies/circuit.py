"""The circuit of a policy engine: closed while it answers, open once it failed several times in a row.

While it is open nobody waits for the engine: there is no decision, at once. One probe at a time asks whether it is back, behind
everybody's back, so that no request is spent on finding out.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

FAILURES: Final = 3
"""Calls in a row without an answer that can be used, after which the circuit opens."""

PROBE_EVERY: Final = 0.25
"""Seconds between two probes."""

Told = Callable[[bool, str], None]
"""Is told of each change: whether the engine decides now; and why not, in words for an operator."""


def tell_nobody(decides: bool, cause: str) -> None:
    """Whoever did not ask is not told."""


class Circuit:
    """Counts failures in a row, and probes while there were too many. Of one event loop."""

    def __init__(self, probe: Callable[[], Awaitable[bool]], told: Told = tell_nobody) -> None:
        """Start closed.

        Args:
            probe: Asks the engine something small: whether it answers as it should. Raises nothing.
            told: Is told of each change.
        """
        self._probe, self._told = probe, told
        self._failures, self._closed = 0, False
        self._asking: asyncio.Task[bool] | None = None
        self._waiting: asyncio.Task[None] | None = None

    @property
    def open(self) -> bool:
        """Whether nobody is to ask the engine."""
        return self._waiting is not None

    def succeeded(self) -> None:
        """Count a call that the engine answered. One that began before the circuit opened does not close it."""
        if not self.open:
            self._failures = 0

    def failed(self, cause: str) -> bool:
        """Count a call that it did not answer.

        Returns:
            Whether that opened the circuit.
        """
        self._failures += 1
        if self.open or self._closed or self._failures < FAILURES:
            return False
        self._waiting = asyncio.get_running_loop().create_task(self._until_it_answers())
        self._told(False, cause)
        return True

    async def probe(self) -> bool:
        """Whether the engine answers now; if so, the circuit closes. Who asks during a probe gets what comes of it."""
        asking = self._asking
        if asking is None:
            asking = self._asking = asyncio.get_running_loop().create_task(self._ask())
        await asyncio.wait((asking,))  # it may be ended by `close`, which ends nobody else
        return not asking.cancelled() and asking.result()

    async def close(self) -> None:
        """Probe no more, and never again."""
        self._closed = True
        tasks = [task for task in (self._waiting, self._asking) if task is not None]
        self._waiting, self._asking, self._failures = None, None, 0
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _ask(self) -> bool:
        try:
            answers = await self._probe()
        finally:
            self._asking = None
        waiting = self._waiting
        if answers and waiting is not None:
            self._failures, self._waiting = 0, None
            waiting.cancel()
            self._told(True, "")
        return answers

    async def _until_it_answers(self) -> None:
        while self.open:
            await asyncio.sleep(PROBE_EVERY)
            await self.probe()
