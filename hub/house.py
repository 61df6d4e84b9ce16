"""The running hub: what it opens and closes, in order."""

import asyncio
import contextlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import structlog
from sqlalchemy import Engine

from connectors import DeclarationInvalid, Source
from hub.api.parts import Parts
from hub.services.source_status import StatusFile

_log = structlog.get_logger("hub")


class _Part(Protocol):
    """Something that is opened and closed."""

    async def start(self) -> None: ...

    async def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class House:
    """The running hub. What it opens in order it closes in reverse."""

    parts: Parts
    first: tuple[_Part, ...]
    sources: tuple[Source, ...]
    engine: Engine
    status: StatusFile
    loading: set[asyncio.Task[None]]

    async def start(self) -> None:
        """Open everything. Contracts of sources load behind this, so that `/health` answers early."""
        asyncio.get_running_loop().set_exception_handler(_note_lost_error)
        for part in self.first:
            await part.start()
        for source in self.sources:
            task = asyncio.create_task(_start_source(source))
            self.loading.add(task)
            task.add_done_callback(self.loading.discard)
        await self.status.start()

    async def close(self) -> None:
        """Close everything; entries that were accepted are written first."""
        for task in tuple(self.loading):
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
        for part in reversed((*self.first, *self.sources, self.status)):
            try:
                await part.close()
            except Exception as error:  # noqa: BLE001 - the others are closed all the same, the log among them
                kind = type(error).__name__
                _log.error("a part was not closed well", part=type(part).__name__, error=kind)
        self.engine.dispose()


def _note_lost_error(_: asyncio.AbstractEventLoop, context: Mapping[str, Any]) -> None:
    """Log the kind of an error that nobody awaited; asyncio itself would log its text, which may quote data."""
    error = context.get("exception")
    _log.error(
        "an error was lost", what=context.get("message"), error=type(error).__name__ if error else None
    )


async def _start_source(source: Source) -> None:
    try:
        await source.start()
    except DeclarationInvalid as error:
        _log.error("a source's declaration does not fit its contract", source=source.id, problems=str(error))
