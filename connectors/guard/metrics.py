"""OpenTelemetry's view of the sources, by source and outcome; never by anything that was asked or answered.

Through the API alone: without an SDK these are empty calls. What can be read when it is asked for is not counted twice: the counters
and gauges look at the guards' own records.
"""

from collections.abc import Callable, Iterable
from typing import Final, Protocol
from weakref import WeakSet

from opentelemetry.metrics import CallbackOptions, Observation, get_meter

from connectors.guard.health import SourceHealth

__all__ = ["DURATION", "watch"]


class _Watched(Protocol):
    def health(self) -> SourceHealth: ...


_CIRCUIT: Final = {"closed": 0, "halfOpen": 1, "open": 2}
_watched: WeakSet[_Watched] = WeakSet()
_meter = get_meter("onlyonce.connectors")

DURATION: Final = _meter.create_histogram(
    "onlyonce.source.call.duration",
    unit="s",
    description="Time of a call to an authentic source, from its sending to its reading or error",
)


def watch(guard: _Watched) -> None:
    """Show a guard's record for as long as it lives."""
    _watched.add(guard)


def _per_source(
    read: Callable[[SourceHealth], Iterable[tuple[int, dict[str, str]]]],
) -> Callable[[CallbackOptions], Iterable[Observation]]:
    def observe(_: CallbackOptions) -> Iterable[Observation]:
        for guard in tuple(_watched):
            health = guard.health()
            for value, more in read(health):
                yield Observation(value, {"source": health.source, **more})

    return observe


_meter.create_observable_counter(
    "onlyonce.source.calls",
    [_per_source(lambda h: [(n, {"outcome": outcome}) for outcome, n in h.counts.items()])],
    unit="{call}",
    description="Calls to an authentic source by what came of them, calls that were not made included",
)
_meter.create_observable_gauge(
    "onlyonce.source.circuit",
    [_per_source(lambda h: [(_CIRCUIT[h.circuit], {})])],
    description="0: closed, 1: half open, 2: open",
)
_meter.create_observable_gauge(
    "onlyonce.source.in_flight",
    [_per_source(lambda h: [(h.in_flight, {})])],
    unit="{call}",
    description="Calls under way",
)
_meter.create_observable_gauge(
    "onlyonce.source.waiting",
    [_per_source(lambda h: [(h.waiting, {})])],
    unit="{call}",
    description="Calls that wait for a connection",
)
