"""What OpenTelemetry is told of the sources."""

import json
import subprocess
import sys

PROGRAM = """
import asyncio, json
from opentelemetry import metrics
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from connectors import Enquiry, Identifier, SourceError, SourceUnavailable
from connectors.guard import CircuitRule, Limits
from connectors.memory import MemorySource

reader = InMemoryMetricReader()
metrics.set_meter_provider(MeterProvider([reader]))  # after the room is loaded, as a launcher may do it

async def main():
    source = MemorySource("register", {"85060200123": {"person.name": "Bruni"}}, limits=Limits(circuit=CircuitRule(2, 2)))
    other = MemorySource("other", {})
    asked = Enquiry(Identifier("ssin", "85060200123"), frozenset({"person.name"}))
    await source.ask(asked)
    source.failure = SourceUnavailable("register", "down")
    for _ in range(3):
        try:
            await source.ask(asked)
        except SourceError:
            pass
    print(reader.get_metrics_data().to_json(indent=None))

asyncio.run(main())
"""


def test_calls_are_counted_and_timed_by_source_and_outcome_and_by_nothing_else() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True)
    assert "85060200123" not in done.stdout
    assert "Bruni" not in done.stdout
    (scope,) = json.loads(done.stdout)["resource_metrics"][0]["scope_metrics"]
    found = {
        one["name"]: {
            tuple(sorted(p["attributes"].items())): p.get("value", p.get("count"))
            for p in one["data"]["data_points"]
        }
        for one in scope["metrics"]
    }

    def at(source: str, outcome: str | None = None) -> tuple[tuple[str, str], ...]:
        return (*((("outcome", outcome),) if outcome else ()), ("source", source))

    assert found == {
        "onlyonce.source.calls": {
            at("register", "answered"): 1,
            at("register", "sourceUnavailable"): 2,
            at("register", "circuitOpen"): 1,
        },
        "onlyonce.source.call.duration": {
            at("register", "answered"): 1,
            at("register", "sourceUnavailable"): 2,
        },
        "onlyonce.source.circuit": {at("register"): 2, at("other"): 0},
        "onlyonce.source.in_flight": {at("register"): 0, at("other"): 0},
        "onlyonce.source.waiting": {at("register"): 0, at("other"): 0},
    }
