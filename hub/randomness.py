"""Random bytes and identities, drawn from the operating system many at a time.

A draw gives up the interpreter's lock, and on a busy hub the log's writer takes it at once: seven draws a prefill made it wait seven times.
"""

import os
import threading
from collections.abc import Callable
from typing import Final

__all__ = ["Randomness", "new_id", "new_uuid", "token_bytes"]

_AHEAD: Final = 8192


class Randomness:
    """Gives out bytes of `draw` in order, each once, whatever thread asks. A process that was forked off draws anew."""

    def __init__(self, draw: Callable[[int], bytes] = os.urandom, *, ahead: int = _AHEAD) -> None:
        self._draw, self._ahead = draw, ahead
        self._forget()
        os.register_at_fork(after_in_child=self._forget)

    def _forget(self) -> None:
        self._lock, self._drawn, self._at = threading.Lock(), b"", 0

    def __call__(self, count: int) -> bytes:
        """So many bytes that were never given out before."""
        with self._lock:
            if self._at + count > len(self._drawn):
                self._drawn, self._at = self._draw(max(count, self._ahead)), 0
            start, self._at = self._at, self._at + count
            return self._drawn[start : self._at]


token_bytes: Final = Randomness()


def new_uuid() -> str:
    """A random UUID (version 4, RFC 9562), as it is written."""
    digits = new_id()
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


def new_id() -> str:
    """A fresh identity for a prefill or an entry: a random UUID as 32 hex digits.

    Its version (4) and variant (a digit of 8 to b) stand in it by hand: `uuid.UUID` takes five times as long, seven times a prefill.
    """
    drawn = token_bytes(16)
    digits = drawn.hex()
    return f"{digits[:12]}4{digits[13:16]}{'89ab'[drawn[8] >> 6]}{digits[17:]}"
