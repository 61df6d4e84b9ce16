"""The log's index keeps up with it, and outlives a database that was away."""

import asyncio

from sqlalchemy.exc import OperationalError

from hub.services.indexing import Indexing


class Steps:
    """Stands for an indexer: does what it is told, step by step, then finds nothing to do."""

    def __init__(self, *steps: bool | Exception) -> None:
        self._steps, self.done = list(steps), asyncio.Event()
        self._loop = asyncio.get_running_loop()
        self.asked = 0

    def step(self) -> bool:
        self.asked += 1
        if not self._steps:
            self._loop.call_soon_threadsafe(self.done.set)
            return False
        step = self._steps.pop(0)
        if isinstance(step, Exception):
            raise step
        return step


async def _run(*steps: bool | Exception) -> Steps:
    made = Steps(*steps)
    indexing = Indexing(made, every_s=0.01)  # type: ignore[arg-type]
    await indexing.start()
    await asyncio.wait_for(made.done.wait(), 20)
    await indexing.close()
    return made


async def test_it_goes_on_while_there_are_full_blocks_and_then_looks_again() -> None:
    assert (await _run(True, True, False, True)).asked >= 5


async def test_whatever_goes_wrong_it_tries_again() -> None:
    away = OperationalError("SELECT", {}, Exception("away"))
    assert (await _run(away, ValueError("x"), True)).asked >= 4


async def test_what_was_never_started_can_be_closed() -> None:
    await Indexing(Steps(), every_s=1).close()  # type: ignore[arg-type]
