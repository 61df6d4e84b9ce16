"""How the sources do, told to the operator by a file: each running hub writes one, `onlyonce sources status` reads them.

A file needs no door that could be left open, and says the same for every replica that shares the folder. It stands in the key folder,
which only the hub's account may enter, and holds counts, times and the hub's own words: nothing of what was asked or answered.
"""

import asyncio
import contextlib
import json
import os
import socket
import threading
from collections.abc import Callable, Collection
from dataclasses import dataclass, fields
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import structlog

from connectors import Source, SourceHealth

_EVERY_S: Final = 2.0
_SILENT_AFTER_S: Final = 15.0
_FORGOTTEN_AFTER_S: Final = 3600.0
_log = structlog.get_logger("hub.sources")


@dataclass(frozen=True, slots=True)
class HubStatus:
    """What one running hub said last. `sources` are records as `told` makes them."""

    hub: str
    at: datetime
    sources: tuple[dict[str, Any], ...]


def told(health: SourceHealth) -> dict[str, Any]:
    """A source's health as JSON has it. Times of calls are in milliseconds."""
    latency = health.latency
    return {
        "source": health.source, "state": health.state, "circuit": health.circuit, "cause": health.cause,
        "retryAfterMs": None if health.retry_after is None else round(health.retry_after * 1000),
        "lastSuccess": _written(health.last_success), "lastFailure": _written(health.last_failure),
        "inFlight": health.in_flight, "waiting": health.waiting, "counts": dict(health.counts),
        "latencyMs": None if latency is None else {one.name: round(getattr(latency, one.name) * 1000, 1) for one in fields(latency)},
    }  # fmt: skip


class StatusFile:
    """Writes the status of one hub's sources every other second, and takes it away at the end. It never harms the hub."""

    def __init__(
        self,
        sources: Collection[Source],
        folder: Path,
        clock: Callable[[], datetime],
        every: float = _EVERY_S,
    ) -> None:
        self._sources, self._clock, self._every = sources, clock, every
        self._hub = f"{socket.gethostname()}-{os.getpid()}"
        self._file = folder / f"{self._hub}.json"
        self._writing: asyncio.Task[None] | None = None
        self._lock, self._told = threading.Lock(), False

    async def start(self) -> None:
        """Begin to write, if there is any source."""
        if self._sources:
            self._told = True
            self._writing = asyncio.create_task(self._write_on())

    async def close(self) -> None:
        """Stop, and take the file away."""
        task, self._writing, self._told = self._writing, None, False
        if task is not None:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
            with contextlib.suppress(OSError):
                await asyncio.to_thread(self._take_away)

    async def _write_on(self) -> None:
        failed = False
        while True:
            status = {
                "hub": self._hub, "at": self._clock().isoformat(),
                "sources": [told(source.health()) for source in self._sources],
            }  # fmt: skip
            try:
                await asyncio.to_thread(self._put, json.dumps(status))
                failed = False
            except OSError as error:
                if not failed:
                    _log.warning("the status of the sources cannot be written", error=type(error).__name__)
                failed = True
            await asyncio.sleep(self._every)

    def _put(self, content: str) -> None:
        """A write that is under way when the telling ends goes on in its thread: it does not come after the taking away."""
        with self._lock:
            if self._told:
                _replace(self._file, content)

    def _take_away(self) -> None:
        with self._lock:
            self._file.unlink(missing_ok=True)


def read_statuses(folder: Path, now: datetime) -> list[HubStatus]:
    """What the hubs that run now said last. A file that is no status, or that nobody renews any more, is passed over."""
    found = []
    for file in sorted(folder.glob("*.json")):
        with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
            raw = json.loads(file.read_text("utf-8"))
            at = datetime.fromisoformat(raw["at"])
            silent = (now - at).total_seconds()
            if silent < _SILENT_AFTER_S:
                found.append(HubStatus(str(raw["hub"]), at, tuple(raw["sources"])))
            elif silent > _FORGOTTEN_AFTER_S:
                file.unlink(missing_ok=True)
    return found


def _replace(file: Path, content: str) -> None:
    """Write a file whole under another name, then put it in place: a reader never sees a part."""
    file.parent.mkdir(mode=0o700, exist_ok=True)
    beside = file.with_suffix(".new")
    with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as stream:
        stream.write(content)
    beside.replace(file)


def _written(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat(timespec="milliseconds")
