"""What is over is forgotten: mandates that nobody acts on any more, offers that nobody answered, children who were named long ago.

The usage log keeps what was done on them, by their ids. A round a day; two replicas that make it at once delete the same.
"""

import asyncio
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from typing import Final

import structlog
from sqlalchemy import Connection

from hub.identity import MandateStore, forget_children
from hub.services.background import Background
from hub.services.reading import Reads

KEPT: Final = timedelta(days=3653)
"""How long a mandate is kept once it is over: as long as what the usage log says of it."""
UNANSWERED: Final = timedelta(days=365)
"""How long an offer may wait for an answer."""
NAMED: Final = timedelta(days=365)
"""How long a child is kept whom a parent named: they can name it again."""
_EVERY_S: Final = 86_400.0
_log = structlog.get_logger("hub")


class MandateUpkeep:
    """Forgets."""

    def __init__(
        self, store: MandateStore, *, connect: Callable[[], AbstractContextManager[Connection]], clock: Callable[[], datetime]
    ) -> None:  # fmt: skip
        self._store, self._connect, self._clock = store, connect, clock
        self._works = Reads("mandate-upkeep", threads=1, within_s=600.0)
        self._background = Background()

    async def start(self) -> None:
        """Make a round a day."""
        self._background.begin(self._rounds())

    async def close(self) -> None:
        """Make no more."""
        await self._background.end()

    async def _rounds(self) -> None:
        while True:
            try:
                await self.round()
            except Exception as error:  # noqa: BLE001 - the next round goes on; the text could hold anything
                _log.error("mandates that are over were not forgotten", error=type(error).__name__)
            await asyncio.sleep(_EVERY_S)

    async def round(self) -> None:
        """Forget what is past its time.

        Raises:
            NotRecorded: the database is away.
        """
        now = self._clock()

        def forget() -> None:
            with self._connect() as connection:
                self._store.forget(connection, over=now - KEPT, unanswered=now - UNANSWERED)
                forget_children(connection, before=now - NAMED)
                connection.commit()

        await self._works(forget)
