"""Looks after the policies of a running hub: takes a new set where one was put, and says when something is wrong with the one that rules.

A set is taken on a signal (`look`) at once; else when what stands at the path has changed and then stood still from one look to the next, so that a folder is not
read while somebody copies into it. A set that cannot be loaded is refused as a whole, and the one that rules goes on.
"""

import asyncio
import contextlib
import signal
import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

import structlog

from policies import PolicyInvalid, PolicySet, PolicyUnavailable
from policies.changeover import Changeover

_WHILE_WAITING_S: Final = 0.5
_AGAIN_AFTER_S: Final = 0.25
_REFUSED_AGAIN_S: Final = 60.0
"""A set may have been refused for a cause that passes: the rights of a file, a machine that was too busy to try it."""
_log = structlog.get_logger("hub.policies")

Stamp = tuple[tuple[str, int, int, int], ...]


def stamp_of(path: Path | None) -> Stamp:
    """What tells one state of a bundle or a folder of policies from the next: names, times, sizes and inodes. Empty where nothing is."""
    if path is None:
        return ()
    files = sorted(path.rglob("*.rego")) if path.is_dir() else [path]
    stamp = []
    for file in files:
        with contextlib.suppress(OSError):
            at = file.stat()
            stamp.append((str(file), at.st_mtime_ns, at.st_size, at.st_ino))
    return tuple(stamp)


class PolicyWatch:
    """Watches.

    Args:
        changeover: goes over to a set.
        path: where the set stands; None for the one of the package, which a running hub never changes.
        read: reads and screens the set; blocking.
        every: seconds between two looks; 0: only on a signal.
        taken: what stood at the path before the set that rules was read.
        again: seconds until a set that was refused is tried again.
        patience: seconds that the engine may take to hold a new set.
        max_age: of the set that rules, from when its bundle was built; None: any.
        clock: aware, UTC.
    """

    def __init__(
        self, changeover: Changeover, *, path: Path | None, read: Callable[[], PolicySet], every: float, patience: float,
        max_age: timedelta | None, clock: Callable[[], datetime], taken: Stamp, again: float = _REFUSED_AGAIN_S,
    ) -> None:  # fmt: skip
        self._changeover, self._path, self._read = changeover, path, read
        self._every, self._patience, self._max_age, self._clock = every, patience, max_age, clock
        self._seen = self._taken = taken
        self._again, self._again_at = again, float("inf")
        self._asked = asyncio.Event()
        self._reading = asyncio.Lock()
        self._not_before = 0.0
        self._waiting_since: float | None = None
        self._troubles: dict[str, str] = {}
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin to watch; SIGHUP is a signal to look, where this thread is the one that gets signals."""
        self._note_age()
        self._changeover.catch_up = self.catch_up
        if threading.current_thread() is threading.main_thread():
            asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, self.look)
        self._task = asyncio.create_task(self._watch())

    async def close(self) -> None:
        """Stop."""
        if threading.current_thread() is threading.main_thread():
            asyncio.get_running_loop().remove_signal_handler(signal.SIGHUP)
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

    def look(self) -> None:
        """Take what stands at the path now, soon after."""
        self._asked.set()

    async def catch_up(self) -> bool:
        """Read what stands at the path if it has changed, for a server may have been given it first. At most a few times a second.

        Returns:
            Whether there is a set to go over to.
        """
        async with self._reading:
            if time.monotonic() >= self._not_before:
                stamp = await asyncio.to_thread(stamp_of, self._path)
                if self._is_new(stamp):
                    await self._take(stamp)
                self._not_before = time.monotonic() + _AGAIN_AFTER_S
        return self._changeover.awaited is not None

    async def well(self) -> bool:
        """Whether the policies are as they should be: nothing refused, nothing waited for too long, not too old."""
        self._note_age()
        return not self._troubles

    async def _watch(self) -> None:
        while True:
            asked = await self._wait()
            try:
                await self._look(asked=asked)
            except Exception as error:  # noqa: BLE001 - it goes on watching, whatever happens
                self._trouble("watch", f"the policies could not be looked at ({type(error).__name__})")
            else:
                self._well_again("watch")

    async def _wait(self) -> bool:
        """Whether a signal ended the wait."""
        waiting = self._changeover.awaited is not None
        within = _WHILE_WAITING_S if waiting else self._every or None
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(within):
                await self._asked.wait()
        asked = self._asked.is_set()
        self._asked.clear()
        return asked

    async def _look(self, *, asked: bool) -> None:
        stamp = await asyncio.to_thread(stamp_of, self._path)
        stands_still, self._seen = stamp == self._seen, stamp
        async with self._reading:
            if asked or (self._every and stands_still and self._is_new(stamp)):
                await self._take(stamp)
        await self._advance()
        self._note_age()

    def _is_new(self, stamp: Stamp) -> bool:
        return stamp != self._taken or time.monotonic() >= self._again_at

    async def _take(self, stamp: Stamp) -> None:
        """Load what stands at the path, to go over to."""
        self._taken, self._again_at = stamp, float("inf")
        try:
            policies = await asyncio.to_thread(self._read)
            before = self._changeover.awaited
            await self._changeover.prepare(policies)
        except Exception as error:  # noqa: BLE001 - whatever keeps it from being taken, a prefill may be waiting behind this
            self._again_at = time.monotonic() + self._again
            await self._changeover.withdraw()
            known = isinstance(error, PolicyInvalid | PolicyUnavailable)
            problems = str(error) if known else type(error).__name__
            self._trouble(
                "refused", "the new policies are refused, the earlier ones go on", problems=problems
            )
            return
        self._well_again("refused")
        awaited = self._changeover.awaited
        if awaited is not None and awaited is not before:
            self._waiting_since = time.monotonic()
            _log.info("new policies are loaded", revision=awaited.revision)

    async def _advance(self) -> None:
        """Go over, if the engine is ready; else say so, once it takes too long."""
        awaited = self._changeover.awaited
        if awaited is not None and not await self._changeover.advance():
            if time.monotonic() - (self._waiting_since or 0) > self._patience:
                self._trouble("late", "the new policies do not rule yet", revision=awaited.revision)
            return
        self._well_again("late")

    def _note_age(self) -> None:
        built_at = self._changeover.policies.built_at
        if self._max_age is not None and (built_at is None or self._clock() - built_at > self._max_age):
            self._trouble("age", "the policies are too old", revision=self._changeover.revision)
        else:
            self._well_again("age")

    def _trouble(self, what: str, message: str, **more: str) -> None:
        """Tell of it once, and be unwell until it is over."""
        said = message + "".join(more.values())
        if self._troubles.get(what) != said:
            self._troubles[what] = said
            _log.error(message, **more)

    def _well_again(self, what: str) -> None:
        if self._troubles.pop(what, None) is not None:
            _log.info("the policies are well again", what=what)
