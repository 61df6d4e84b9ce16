"""Several calls in one batch of the log."""

import asyncio
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy import Connection

from audit import UsageLog
from tests.audit.conftest import entry


@asynccontextmanager
async def one_batch(log: UsageLog) -> AsyncIterator[None]:
    """What is started inside waits, and is then written as one batch."""
    entered, leave = threading.Event(), threading.Event()

    def hold(_connection: Connection) -> None:
        entered.set()
        leave.wait(10)

    holding = asyncio.create_task(log.append(entry(99), write=hold))
    await asyncio.to_thread(entered.wait, 10)
    yield
    await asyncio.sleep(0)  # what was started inside gets its place in the queue
    leave.set()
    await holding


async def outcomes(log: UsageLog, *calls: Any) -> list[Any]:
    """The outcomes of calls that share a batch."""
    async with one_batch(log):
        tasks = [asyncio.ensure_future(call) for call in calls]
    return await asyncio.gather(*tasks, return_exceptions=True)
