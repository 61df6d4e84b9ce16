"""Blocking reads of the database, away from the event loop: in few threads of their own, each read within a time.

The threads that everything shares are not used: a database that hangs would hold them all, and what has nothing to do
with the database would stand still too.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final, TypeVar

from sqlalchemy.exc import SQLAlchemyError

from hub.services.errors import NotRecorded

T = TypeVar("T")
READ_WITHIN_S: Final = 3.0
READ_THREADS: Final = 4


class Reads:
    """Runs reads.

    Args:
        name: of the threads.
        threads: how many reads run at once; more wait.
        within_s: how long a caller waits, in seconds. A read that hangs keeps its thread until the driver lets go.
    """

    def __init__(self, name: str, *, threads: int = READ_THREADS, within_s: float = READ_WITHIN_S) -> None:
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix=name)
        self._within = within_s

    async def __call__(self, read: Callable[[], T]) -> T:
        """What `read` gives.

        Raises:
            NotRecorded: the database is away, or took too long.
        """
        try:
            async with asyncio.timeout(self._within):
                return await asyncio.get_running_loop().run_in_executor(self._threads, read)
        except (SQLAlchemyError, TimeoutError):
            raise NotRecorded("the database gave no answer in time") from None
