"""How many calls may begin in any stretch of time. Each hub counts its own: of several replicas each has its share declared."""

from collections import deque

from connectors.guard.rule import Rate

__all__ = ["RateLimit"]


class RateLimit:
    """Remembers when the last calls begin, as many as may in one stretch. So the bound is exact, bursts included."""

    def __init__(self, rate: Rate) -> None:
        """Start with no call made."""
        self._seconds = rate.seconds
        self._begun: deque[float] = deque(maxlen=rate.calls)

    def wait(self, now: float) -> float:
        """In how many seconds the next call may begin."""
        begun = self._begun
        if len(begun) < (begun.maxlen or 0):
            return 0.0
        return max(begun[0] + self._seconds - now, 0.0)

    def take(self, now: float) -> float:
        """Take the next place, and say in how many seconds it is."""
        wait = self.wait(now)
        self._begun.append(now + wait)
        return wait
