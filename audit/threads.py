"""Blocking work in a thread that nothing waits for: not whoever is cancelled, not whoever lost patience, not the end of the process."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from threading import Thread
from typing import Any, TypeVar

T = TypeVar("T")


async def detached(work: Callable[[], T], *, within: float | None = None) -> T:
    """What `work` gives.

    A database that hangs keeps the thread, which ends with it or with the process. (The threads of `asyncio.to_thread` are few,
    shared by everything, and waited for at the end.)

    Args:
        work: blocks.
        within: seconds to wait for it; None: as long as it takes.

    Raises:
        TimeoutError: it took longer; it goes on.
    """
    loop = asyncio.get_running_loop()
    future: asyncio.Future[T] = loop.create_future()

    def run() -> None:
        try:
            outcome = work()
        except Exception as error:  # noqa: BLE001 - the caller's, whatever it is
            tell(future.set_exception, error)
        else:
            tell(future.set_result, outcome)

    def tell(how: Callable[[Any], None], what: object) -> None:
        def step() -> None:
            if not future.done():
                how(what)

        with suppress(RuntimeError):  # the loop was closed: nobody waits
            loop.call_soon_threadsafe(step)

    Thread(target=run, name="audit-work", daemon=True).start()
    async with asyncio.timeout(within):
        return await future
