"""How a source does, for operators: counts, times and our own words; nothing of what it was asked or answered."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from connectors.guard.circuit import State

__all__ = ["Latency", "SourceHealth"]


@dataclass(frozen=True, slots=True)
class Latency:
    """Seconds from the beginning of a call to its answer or error, over the last calls."""

    p50: float
    p95: float
    p99: float


@dataclass(frozen=True, slots=True)
class SourceHealth:
    """The health of one source, as one process sees it since its start."""

    source: str
    state: Literal["up", "degraded", "down", "untried"]
    """`down`: its circuit is open or its contract cannot be used. `degraded`: it asked to be left alone, half or more of its
    last calls (20 at most) gave an error other than `SubjectUnknown`, or a changed secret cannot be used. `untried`: no call has ended yet."""
    circuit: State
    cause: str | None
    """Why it is not `up`: the last error's cause."""
    retry_after: float | None
    """Seconds until it will be asked again, where it is left alone now."""
    last_success: datetime | None
    """When it last gave a reading, or answered that it does not hold the subject."""
    last_failure: datetime | None
    in_flight: int
    waiting: int
    """Calls that wait for a connection."""
    counts: Mapping[str, int]
    """How many calls ended how: `answered`, the codes of the five errors, `cancelled` and `failed` (by a fault of ours) for calls
    made; `circuitOpen`, `paused`, `queueFull`, `noTurn`, `rateLimited`, `notSendable` for calls not made."""
    latency: Latency | None

    @property
    def works(self) -> bool:
        """Whether nothing is known to be wrong with it."""
        return self.state in {"up", "untried"}
