"""What a declaration says about how much a source may be asked, when it is left alone, and whether a call may be made again."""

from dataclasses import dataclass

from connectors.errors import ContractBroken, SourceBusy, SourceUnavailable
from connectors.scope import Scope

__all__ = ["CircuitRule", "Limits", "Rate", "RetryRule", "read_limits"]

_COUNTABLE = {
    "unavailable": SourceUnavailable.code,
    "contractBroken": ContractBroken.code,
    "busy": SourceBusy.code,
}


@dataclass(frozen=True, slots=True)
class Rate:
    """No more than `calls` begin in any stretch of `seconds`."""

    calls: int
    seconds: float


@dataclass(frozen=True, slots=True)
class CircuitRule:
    """The circuit opens when `failures` of the last `of` calls failed. After `open_for` seconds one call probes the source."""

    failures: int = 10
    of: int = 20
    open_for: float = 5.0
    counts: frozenset[str] = frozenset({SourceUnavailable.code, ContractBroken.code})
    """The codes of the errors that count as failures of the source."""


@dataclass(frozen=True, slots=True)
class RetryRule:
    """A call that fails is made again, `attempts` times in all; between them passes a random part of `backoff` seconds, doubled each time."""

    attempts: int
    backoff: float


@dataclass(frozen=True, slots=True)
class Limits:
    """What calls to a source may take, and what they may ask of it."""

    deadline: float = 2.0
    """Seconds for the whole call: waiting for its turn, sending, trying again, and the last byte of the answer."""
    body_bytes: int = 8 << 20
    connections: int = 32
    """Calls under way at once, each on a connection of its own."""
    queue: int = 64
    """Calls that may wait for a connection."""
    rate: Rate | None = None
    longest_pause: float = 30.0
    """Seconds for which a `Retry-After` of the source is heeded at most."""
    circuit: CircuitRule = CircuitRule()
    retry: RetryRule | None = None
    """`None`: the source is not declared idempotent, and no call is made again."""


def read_limits(scope: Scope) -> Limits:
    """Read `limits`, `circuit` and `retry` of a declaration."""
    below = scope.scope("limits") or Scope({}, ("limits",), scope.problems)
    limits = Limits(
        deadline=below.integer("deadlineMs", 2000, least=10, most=60_000) / 1000,
        body_bytes=below.integer("bodyBytes", 8 << 20, least=1024, most=256 << 20),
        connections=below.integer("connections", 32, least=1, most=1000),
        queue=below.integer("queue", 64, least=0, most=10_000),
        rate=_rate(below),
        longest_pause=below.integer("longestPauseMs", 30_000, least=0, most=3_600_000) / 1000,
        circuit=_circuit(scope),
        retry=_retry(scope),
    )
    below.done()
    return limits


def _rate(scope: Scope) -> Rate | None:
    below = scope.scope("rate")
    if below is None:
        return None
    calls = below.integer("calls", 0, least=1, most=10_000)
    seconds = below.integer("seconds", 1, least=1, most=86_400)
    if not calls and below.peek("calls") is None:
        below.problem("`calls` is missing: how many calls may begin in `seconds`")
    below.done()
    return Rate(calls or 1, float(seconds))


def _circuit(scope: Scope) -> CircuitRule:
    below = scope.scope("circuit") or Scope({}, ("circuit",), scope.problems)
    failures = below.integer("failures", 10, least=1, most=1000)
    last = below.integer("of", max(20, failures), least=1, most=1000)
    open_for = below.integer("openMs", 5000, least=100, most=600_000) / 1000
    words = below.texts("counts") or ("unavailable", "contractBroken")
    for at, word in enumerate(words):
        if word not in _COUNTABLE:
            below.problem(f"expected one of: {', '.join(_COUNTABLE)}", "counts", at)
    if failures > last:
        below.problem("is more than the calls that are looked at (`of`)", "failures")
    below.done()
    return CircuitRule(failures, last, open_for, frozenset(_COUNTABLE[w] for w in words if w in _COUNTABLE))


def _retry(scope: Scope) -> RetryRule | None:
    below = scope.scope("retry")
    if below is None:
        return None
    if not below.flag("idempotent"):
        below.problem(
            "a call is made again only where asking twice is as asking once: say `idempotent: true`, or leave `retry` out"
        )
    attempts = below.integer("attempts", 2, least=2, most=5)
    backoff = below.integer("backoffMs", 100, least=1, most=10_000) / 1000
    below.done()
    return RetryRule(attempts, backoff)
