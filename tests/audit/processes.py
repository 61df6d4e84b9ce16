"""Processes that append to one log, what was said to them, and what of it must be in the log."""

import subprocess
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Collection
from pathlib import Path
from types import TracebackType
from typing import Self

from audit import MemoryKeyRing

KEY = "5a" * 32
PATIENCE_S = 30.0


def keys() -> MemoryKeyRing:
    """The key ring of the children."""
    return MemoryKeyRing(random=lambda size: bytes.fromhex(KEY)[:size])


class Child:
    """A process of `tests.audit.child`, which is read all the time: one whose pipe is full would stand still."""

    def __init__(
        self,
        url: str,
        *,
        writers: int,
        kept: Path | None = None,
        hasty: bool = False,
    ) -> None:
        options = [str(kept) if kept else "-", *(["hasty"] if hasty else [])]
        command = [sys.executable, "-m", "tests.audit.child", url, KEY, str(writers), *options]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        self.acknowledged: list[str] = []
        self.refused: list[str] = []
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.kill()
        if self.process.stdout is not None:
            self.process.stdout.close()

    def kill(self) -> None:
        """End it at once, and read what it had said by then."""
        self.process.kill()
        self._join()

    def end(self) -> None:
        """Let it finish what it began, and end."""
        self.process.terminate()
        self._join()

    def work(self, more: int) -> None:
        """Wait until so many more entries were acknowledged."""
        wanted = len(self.acknowledged) + more
        wait_until(lambda: len(self.acknowledged) >= wanted, f"{more} more entries", self.process)

    def _join(self) -> None:
        self.process.wait()
        self._reader.join()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            name = line.strip()
            (self.refused if name.startswith("!") else self.acknowledged).append(name.removeprefix("!"))


def wait_until(
    condition: Callable[[], bool], what: str, process: subprocess.Popen[str] | None = None
) -> None:
    """Wait for a condition, within a generous time."""
    until = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < until, f"there was no {what} in {PATIENCE_S:g} s"
        assert process is None or process.poll() is None, f"it ended before there was {what}"
        time.sleep(0.01)


def account_for(children: Collection[Child], stored: Collection[str]) -> None:
    """Compare what was said with what is in the log.

    Raises:
        AssertionError: an entry that was acknowledged is not there; or one is there that was neither acknowledged nor refused, nor the
            one that its writer waited for when it was killed.
    """
    acknowledged = {name for child in children for name in child.acknowledged}
    refused = {name for child in children for name in child.refused}
    lost = acknowledged - set(stored)
    assert not lost, f"{len(lost)} of {len(acknowledged)} acknowledged entries are lost"
    assert len(stored) == len(set(stored))
    waiting: dict[str, list[int]] = defaultdict(list)
    for name in set(stored) - acknowledged - refused:
        writer, _, number = name.rpartition("-")
        waiting[writer].append(int(number))
    for writer, numbers in waiting.items():
        assert len(numbers) == 1, f"{writer} was told nothing of {len(numbers)} entries"
        later = {f"{writer}-{numbers[0] + 1}"}
        assert not later & (acknowledged | refused), (
            f"{writer} went on after an entry of which it was told nothing"
        )
