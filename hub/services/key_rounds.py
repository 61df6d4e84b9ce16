"""The rounds that look after the log's keys: epochs end, and what is past its retention is forgotten.

One replica at a time makes a round. Each step can be interrupted and is done again by the next one:

1. Begin a new epoch, if the present one has lasted long enough.
2. Re-wrap every data key under it, while entries go on being made.
3. Destroy the keys of the epochs that ended long enough ago, once nothing is left under them; that is an entry, made first. Until then a
   backup from before the re-wrapping can be read: without it there would be none that can, until the next one is made.
4. Destroy the data keys whose lines are past their retention.
"""

import asyncio
import contextlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import structlog
from sqlalchemy import Engine

from audit import EpochRing, Rewrapped, elected, rewrap
from hub.services.background import Background
from hub.services.entries import Journal
from hub.services.forgetting import Forgetting
from hub.services.reading import Reads

EPOCH_BEGAN: Final = "keyEpochBegan"
EPOCH_DESTROYED: Final = "keyEpochDestroyed"
_HOURS: Final = 6.0
_log = structlog.get_logger("hub.keys")


@dataclass(frozen=True, slots=True)
class Rotation:
    """What a round did for the epochs: the one that it began, if it did; keys that were re-wrapped; epochs that were destroyed, and that could not be; some keys that keep those."""

    begun: str | None
    rewrapped: int
    destroyed: tuple[str, ...]
    stuck: tuple[str, ...]
    unreadable: tuple[str, ...] = ()


class KeyRounds:
    """Makes rounds.

    Args:
        engine: of the log's database.
        ring: whose epochs wrap the data keys.
        journal: writes the entries.
        forgetting: destroys what is past its retention.
        clock: aware, UTC.
        epoch_days: how long an epoch lasts.
        kept_days: how long its key is kept after that: as long as it takes until the next backup is there.
        every_s: seconds between two rounds; 0: none is made by itself.
    """

    def __init__(
        self,
        engine: Engine,
        ring: EpochRing,
        *,
        journal: Journal,
        forgetting: Forgetting,
        clock: Callable[[], datetime],
        epoch_days: int,
        kept_days: int,
        every_s: float,
    ) -> None:
        self._engine, self._ring, self._journal = engine, ring, journal
        self.forgetting = forgetting
        self._clock, self._every = clock, every_s
        self._lasts, self._kept = timedelta(days=epoch_days), timedelta(days=kept_days)
        self._works = Reads("keys", threads=2, within_s=_HOURS * 3600)
        self._background = Background()

    async def start(self) -> None:
        """Destroy again what a restored backup brought back, before anything is read; then make rounds.

        Raises:
            KeysUnusable, NotRecorded: it could not be destroyed, so the hub does not start.
        """
        if again := await self.forgetting.reapply():
            _log.warning("keys that had been destroyed were there again, and are destroyed again", keys=again)
        if self._every:
            self._background.begin(self._rounds())

    async def close(self) -> None:
        """Make no more rounds."""
        await self._background.end()

    async def _rounds(self) -> None:
        while True:
            try:
                await self.round()
            except Exception as error:  # noqa: BLE001 - the next round goes on; the text could hold anything
                _log.error("a round of the keys was cut short", error=type(error).__name__)
            await asyncio.sleep(self._every)

    async def round(self) -> None:
        """Make one round, if no other replica is at it."""
        with contextlib.ExitStack() as stack:
            if await self._works(lambda: stack.enter_context(elected(self._engine))):
                self._tell(await self.rotate())
                if gone := await self.forgetting.retire():
                    _log.info("keys past their retention were destroyed", keys=gone)

    @staticmethod
    def _tell(done: Rotation) -> None:
        if done.begun or done.destroyed:
            _log.info(
                "epochs of the log's keys",
                begun=done.begun,
                rewrapped=done.rewrapped,
                destroyed=done.destroyed,
            )
        if done.stuck:
            _log.error(
                "data keys cannot be re-wrapped, and keep their epochs",
                epochs=done.stuck,
                keys=done.unreadable,
            )

    async def rotate(self, *, now: bool = False, kept: timedelta | None = None) -> Rotation:
        """Steps 1 to 3.

        Args:
            now: begin a new epoch however young the present one is.
            kept: how long the key of an epoch is kept after its end; None: as long as always.

        Raises:
            NotRecorded: the log did not take the entry; what was done is done.
        """
        epochs = await self._works(self._ring.epochs)
        begun = None
        if now or self._clock() - list(epochs.values())[-1] >= self._lasts:
            begun = await self._works(self._ring.begin)
            await self._journal.of_the_hub(EPOCH_BEGAN, {"epoch": begun})
            epochs = await self._works(self._ring.epochs)
        if len(epochs) == 1:
            return Rotation(begun, 0, (), ())
        done = await self._works(lambda: rewrap(self._engine, self._ring))
        over = self._over(epochs, done, self._kept if kept is None else kept)
        destroyed = await self._destroy(over, done)
        return Rotation(begun, done.keys, destroyed, tuple(sorted(done.stuck)), done.unreadable)

    def _over(self, epochs: Mapping[str, datetime], done: Rewrapped, kept: timedelta) -> list[str]:
        """The epochs whose key was kept for so long after they ended, the oldest first; none where keys were re-wrapped only now."""
        if not kept:
            return list(epochs)[:-1]
        if done.keys:
            return []
        ends = list(epochs.values())[1:]
        return [epoch for epoch, end in zip(epochs, ends, strict=False) if self._clock() - end >= kept]

    async def _destroy(self, earlier: list[str], done: Rewrapped) -> tuple[str, ...]:
        """Destroy the epochs that nothing is left under, the oldest first."""
        destroyed = []
        for epoch in earlier:
            if epoch in done.stuck or "" in done.stuck:
                continue
            await self._journal.of_the_hub(EPOCH_DESTROYED, {"epoch": epoch, "rewrapped": done.keys})
            await self._works(lambda epoch=epoch: self._ring.destroy(epoch))  # type: ignore[misc]
            destroyed.append(epoch)
        return tuple(destroyed)
