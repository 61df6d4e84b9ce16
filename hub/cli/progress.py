"""How far a long command is, on standard error: a bar on a terminal, a line for each tenth elsewhere."""

import sys
import time
from typing import Final, TextIO

_WIDTH: Final = 40
_EVERY_S: Final = 0.1


class Progress:
    """Shows how much of a known number of things is done."""

    def __init__(self, total: int, what: str, out: TextIO | None = None) -> None:
        """Show it on `out`, by default standard error."""
        self._total, self._what, self._out = total, what, out or sys.stderr
        self._bar = self._out.isatty()
        self._done = self._tenths = 0
        self._shown = 0.0

    def more(self, done: int) -> None:
        """So many more are done."""
        self._done += done
        if not self._total:
            return
        if self._bar:
            if time.monotonic() - self._shown >= _EVERY_S:
                self._draw()
        elif self._done * 10 // self._total > self._tenths:
            self._tenths = self._done * 10 // self._total
            print(f"{self._what}: {self._done:,} of {self._total:,}", file=self._out, flush=True)

    def end(self) -> None:
        """Take the bar away."""
        if self._bar and self._total:
            self._out.write("\r\x1b[K")
            self._out.flush()

    def _draw(self) -> None:
        self._shown = time.monotonic()
        full = _WIDTH * self._done // self._total
        bar = "█" * full + "░" * (_WIDTH - full)
        self._out.write(f"\r{bar} {self._done:,} of {self._total:,} {self._what}")
        self._out.flush()
