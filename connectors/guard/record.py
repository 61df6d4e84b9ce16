"""What a guard remembers of the calls to its source."""

from array import array
from collections import Counter
from math import ceil

from connectors.errors import SubjectUnknown
from connectors.guard.health import Latency
from connectors.guard.metrics import DURATION

__all__ = ["ANSWERED", "Record"]

ANSWERED = "answered"
_GOOD = frozenset({ANSWERED, SubjectUnknown.code})
_LAST = 20
"""Calls that tell how a source does now."""
_TIMED = 512
"""Calls whose times are kept for the percentiles."""


class Record:
    """Counts and times of one source's calls; constant in size."""

    def __init__(self, source_id: str) -> None:
        """Start with nothing known."""
        self._source = source_id
        self._attributes: dict[str, dict[str, str]] = {}
        self.counts: Counter[str] = Counter()
        self.in_flight = self.waiting = 0
        self.cause: str | None = None
        self.good_at: float | None = None
        self.bad_at: float | None = None
        self._bad = self._ended = 0
        self._times = array("d")

    def ended(self, outcome: str, begun: float, now: float) -> None:
        """Note what came of a call that was made, and that says something about the source."""
        self.counts[outcome] += 1
        good = outcome in _GOOD
        if good:
            self.good_at = now
        else:
            self.bad_at = now
        self._bad = (self._bad << 1 | (not good)) & ((1 << _LAST) - 1)
        if self._ended < _TIMED:
            self._times.append(now - begun)
        else:
            self._times[self._ended % _TIMED] = now - begun
        self._ended += 1
        attributes = self._attributes.get(outcome)
        if attributes is None:
            attributes = self._attributes[outcome] = {"source": self._source, "outcome": outcome}
        DURATION.record(now - begun, attributes)

    @property
    def tried(self) -> bool:
        """Whether any call has ended."""
        return self._ended > 0

    @property
    def failing(self) -> bool:
        """Whether half or more of the last calls gave an error."""
        return self._ended > 0 and self._bad.bit_count() * 2 >= min(self._ended, _LAST)

    def latency(self) -> Latency | None:
        """Percentiles of the last calls' times, by the nearest rank."""
        if not self._times:
            return None
        times = sorted(self._times)
        return Latency(*(times[ceil(len(times) * share) - 1] for share in (0.5, 0.95, 0.99)))
