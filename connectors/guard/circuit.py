"""The circuit of one source: closed while it works, open when it fails too often, half open while one call probes it.

A call holds a ticket. What comes of a call that began before the circuit changed says nothing about the source now, and is
dropped: a late answer does not close a circuit, a late failure does not keep one open.
"""

from typing import Literal

from connectors.guard.rule import CircuitRule

__all__ = ["Circuit", "State"]

State = Literal["closed", "open", "halfOpen"]
_FORGET = 60.0
"""Seconds without a call after which earlier failures are forgotten."""


class Circuit:
    """Times are seconds of one monotonic clock, given by the caller."""

    def __init__(self, rule: CircuitRule) -> None:
        """Start closed."""
        self._rule = rule
        self._mask = (1 << rule.of) - 1
        self._close()
        self._ticket, self._ended = 0, 0.0

    @property
    def state(self) -> State:
        """What it is. It stays open until a call probes the source, however long that takes."""
        if self._open_until is None:
            return "closed"
        return "halfOpen" if self._probing else "open"

    def admits(self, now: float) -> bool:
        """Whether a call could begin."""
        return self._open_until is None or (now >= self._open_until and not self._probing)

    def wait(self, now: float) -> float:
        """In how many seconds it is worth to ask again; while a probe is under way, as if that failed."""
        if self._open_until is None:
            return 0.0
        return self._rule.open_for if self._probing else max(self._open_until - now, 0.0)

    def enter(self) -> int:
        """Begin a call that is admitted: its ticket. Whoever enters must leave."""
        if self._open_until is not None:
            self._probing = True
            self._ticket += 1
        return self._ticket

    def leave(self, ticket: int, now: float, *, failed: bool | None) -> None:
        """End a call. `failed` is `None` if it says nothing about the source."""
        if ticket != self._ticket:
            return
        if self._probing:
            self._probed(now, failed)
        elif failed is not None:
            self._count(now, failed)

    def _probed(self, now: float, failed: bool | None) -> None:
        """A probe that says nothing leaves the place to the next one."""
        self._probing = False
        if failed:
            self._open(now)
        elif failed is not None:
            self._close()
            self._ended = now

    def _count(self, now: float, failed: bool) -> None:
        if now - self._ended > _FORGET:
            self._history = 0
        self._ended = now
        self._history = (self._history << 1 | failed) & self._mask
        if failed and self._history.bit_count() >= self._rule.failures:
            self._open(now)

    def _open(self, now: float) -> None:
        self._open_until: float | None = now + self._rule.open_for
        self._ticket += 1

    def _close(self) -> None:
        self._open_until = None
        self._probing = False
        self._history = 0
        """The last calls, the latest in the lowest bit: 1 for one that failed."""
