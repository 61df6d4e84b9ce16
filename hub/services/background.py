"""Work that goes on beside the hub's answers until it is ended."""

import asyncio
import contextlib
from collections.abc import Coroutine
from typing import Any


class Background:
    """One task in the background, or none."""

    def __init__(self) -> None:
        self._task: asyncio.Task[None] | None = None

    def begin(self, work: Coroutine[Any, Any, None]) -> None:
        """Let this go on in the background."""
        self._task = asyncio.create_task(work)

    async def end(self) -> bool:
        """End it, and wait until it has ended.

        Returns:
            Whether anything was going on.
        """
        task, self._task = self._task, None
        if task is None:
            return False
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
        return True
