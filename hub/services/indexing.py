"""Keeps the index of the usage log up with it: every so often, off the path of any entry, by one replica at a time."""

import asyncio

import structlog
from sqlalchemy.exc import SQLAlchemyError

from audit import Indexer
from hub.services.background import Background
from hub.services.errors import NotRecorded
from hub.services.reading import Reads

_BLOCK_WITHIN_S = 60.0
_log = structlog.get_logger("hub")


class Indexing:
    """Runs the indexer.

    Args:
        indexer: what indexes a block.
        every_s: how often it looks for a full block, in seconds.
    """

    def __init__(self, indexer: Indexer, *, every_s: float) -> None:
        self._indexer, self._every = indexer, every_s
        self._reads = Reads("index", threads=1, within_s=_BLOCK_WITHIN_S)
        self._background = Background()

    async def start(self) -> None:
        """Begin."""
        self._background.begin(self._run())

    async def close(self) -> None:
        """Index no more; a block that was begun is not kept."""
        await self._background.end()

    async def _run(self) -> None:
        while True:
            more = False
            try:
                more = await self._reads(self._indexer.step)
            except (NotRecorded, SQLAlchemyError):
                _log.warning(
                    "the log's index does not grow: the database gives no answer; searches take longer"
                )
            except Exception as error:  # noqa: BLE001 - the next one may succeed; the text could hold anything
                _log.error("the log's index does not grow; searches take longer", error=type(error).__name__)
            await asyncio.sleep(0 if more else self._every)
