"""How many calls may begin in any stretch of time. Each hub counts its own: of several replicas each has its share declared."""

from collections import deque

from connectors.guard.rule import Rate

__all__ = ["RateLimit"]


class RateLimit:
    """Gives out places in time, and remembers when the last calls began: a place can be left late, never early."""

    def __init__(self, rate: Rate) -> None:
        """Start with no call made."""
        self._seconds = rate.seconds
        self._places: deque[float] = deque(maxlen=rate.calls)
        self._begun: deque[float] = deque(maxlen=rate.calls)

    def wait(self, now: float) -> float:
        """In how many seconds the next place is."""
        return self._until_free(self._places, now)

    def take(self, now: float) -> None:
        """Take the next place."""
        self._places.append(now + self.wait(now))

    def begin(self, now: float) -> float:
        """Begin a call that has a place: 0; or in how many seconds it may, if others left theirs late."""
        wait = self._until_free(self._begun, now)
        if not wait:
            self._begun.append(now)
        return wait

    def _until_free(self, times: deque[float], now: float) -> float:
        if len(times) < (times.maxlen or 0):
            return 0.0
        return max(times[0] + self._seconds - now, 0.0)
