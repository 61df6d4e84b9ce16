"""Renews the map of subjects every few minutes, off the path of any entry, whichever replica is the first to find it old."""

import asyncio
from collections.abc import Callable
from datetime import datetime
from typing import Final

import structlog
from sqlalchemy import Engine

from audit import AuditError, LogChanged, MapBuilder, MapState, UsageLog, last_told, renew_map
from hub.services.background import Background
from hub.services.entries import Journal

_LOOK_AFTER_S: Final = 30.0
_log = structlog.get_logger("hub")


class MapUpkeep:
    """Keeps the map of subjects.

    Args:
        log: whose subjects they are.
        journal: words the entry that tells a state of the map.
        engine: of the log's database.
        every_s: how often the map is renewed, in seconds.
        clock: aware, UTC: the clock of the log's entries.
    """

    def __init__(
        self, log: UsageLog, journal: Journal, engine: Engine, *, every_s: float, clock: Callable[[], datetime]
    ) -> None:  # fmt: skip
        self._log, self._journal, self._engine = log, journal, engine
        self._every, self._clock = every_s, clock
        self._builder = MapBuilder(engine)
        self._background = Background()
        self._began = clock()

    async def start(self) -> None:
        """Begin. A hub without a map makes its first one after the interval."""
        self._began = self._clock()
        self._background.begin(self._run())

    async def close(self) -> None:
        """Renew no more. A state that is half built is given up, and begun anew by the next hub."""
        self._builder.stop()
        await self._background.end()

    async def renew(self) -> MapState | None:
        """Bring the map up to date now; None where there is nothing new, or another replica does it.

        Raises:
            AuditError: it was not renewed.
        """
        return await renew_map(self._log, self._builder, self._journal.map_told)

    async def _run(self) -> None:
        wait = min(self._every, _LOOK_AFTER_S)
        while True:
            await asyncio.sleep(wait)
            try:
                wait = await self._due()
                if wait <= 0:
                    await self.renew()
                    wait = self._every
            except LogChanged:  # another replica was quicker
                wait = self._every
            except AuditError as error:
                wait = self._failed(error)
            except Exception as error:  # noqa: BLE001 - the next one may succeed; the text could hold anything
                wait = self._failed(error)

    async def _due(self) -> float:
        """In how many seconds the map is to be renewed."""
        told = await asyncio.to_thread(last_told, self._engine)
        return self._every - (self._clock() - (told or self._began)).total_seconds()

    def _failed(self, error: Exception) -> float:
        _log.warning("the map of subjects was not renewed; it will be", error=type(error).__name__)
        return min(self._every, _LOOK_AFTER_S)
