"""What a decision of ten attributes costs: embedded, and on an OPA server on loopback.

`python -m benchmarks.policies [--json] [--rounds N]`. Milliseconds per decision as the caller sees it, schema check and reading
of the answer included; the median, one at a time and at 16 in flight. No question is asked twice, but in `inWholeSecondsP50Ms`: there 16
ask about one form at once, with the time as the hub gives it where no consent is weighed. On uvloop, as the hub.
"""

import argparse
import asyncio
import itertools
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import uvloop

from policies import DecisionPoint, export, load_policies
from policies.embedded import EmbeddedDecisionPoint
from policies.opa import OpaDecisionPoint
from tests.policies.opa_server import running_opa
from tests.policies.questions import asking, consent, question
from tests.support.machine import find_opa

_LATER = itertools.count(1)
AS_DEPLOYED = {"GOGC": "1000"}
"""What `deploy/compose.yaml` gives OPA."""
NAMES = [f"person.attribute{letter}" for letter in "ABCDEFGHIJ"]
TEN = {"attributes": asking(*NAMES), "form/attributes": NAMES, "activity/attributes": NAMES}
ON_CONSENT = {
    **TEN,
    "activity/legalBasis": "6(1)(a)",
    "consents": [consent(attributes=NAMES, validUntil=2_000_000_000_000)],
}


async def one_at_a_time(point: DecisionPoint, facts: dict[str, Any], rounds: int) -> float:
    """The median of a decision, in milliseconds. No question is asked twice, for the engines remember their answers."""
    return await _median(point, facts, rounds, lambda: facts["time"] + next(_LATER))


async def _median(
    point: DecisionPoint, facts: dict[str, Any], rounds: int, clock: Callable[[], int]
) -> float:
    spent = []
    for _ in range(rounds):
        asked = {**facts, "time": clock()}
        began = time.perf_counter()
        await point.decide(asked)
        spent.append(time.perf_counter() - began)
    return statistics.median(spent) * 1000


async def sixteen_in_flight(point: DecisionPoint, facts: dict[str, Any], rounds: int) -> tuple[float, float]:
    """The median of a decision in milliseconds, and decisions per second."""
    began = time.perf_counter()
    medians = await asyncio.gather(*(one_at_a_time(point, facts, rounds // 16) for _ in range(16)))
    return statistics.median(medians), rounds // 16 * 16 / (time.perf_counter() - began)


async def in_whole_seconds(point: DecisionPoint, facts: dict[str, Any], rounds: int) -> float:
    """The median at 16 in flight of questions that differ by the second alone, in milliseconds."""
    each = (_median(point, facts, rounds // 16, lambda: int(time.time()) * 1000) for _ in range(16))
    return statistics.median(await asyncio.gather(*each))


async def measure(point: DecisionPoint, rounds: int) -> dict[str, float]:
    """All figures of one engine."""
    await point.start()
    by_law, on_consent = question(TEN), question(ON_CONSENT)
    await one_at_a_time(point, by_law, 20)
    together, rate = await sixteen_in_flight(point, by_law, rounds)
    figures = {
        "p50Ms": await one_at_a_time(point, by_law, rounds),
        "onConsentP50Ms": await one_at_a_time(point, on_consent, rounds),
        "sixteenInFlightP50Ms": together,
        "perSecond": rate,
        "inWholeSecondsP50Ms": await in_whole_seconds(point, by_law, rounds),
    }
    await point.close()
    return {name: round(value, 3) for name, value in figures.items()}


def main() -> None:
    """Measure and print."""
    arguments = argparse.ArgumentParser(description="The cost of a decision of ten attributes")
    arguments.add_argument("--json", action="store_true", help="print one JSON object")
    arguments.add_argument("--rounds", type=int, default=2000, help="decisions per figure")
    chosen = arguments.parse_args()
    policies = load_policies()
    figures = {"embedded": uvloop.run(measure(EmbeddedDecisionPoint(policies), chosen.rounds))}
    opa = find_opa()
    if opa is None:
        print("OPA is not on this machine: left out", file=sys.stderr)
    else:
        with tempfile.TemporaryDirectory() as made:
            export(policies, Path(made, "policies"))
            run_with = ("--log-level", "error", Path(made, "policies"))
            with running_opa(opa, Path(made), *run_with, environment=AS_DEPLOYED) as server:
                point = OpaDecisionPoint(server.url, policies.revision, deadline=5)
                figures["opaServer"] = uvloop.run(measure(point, chosen.rounds))
    if chosen.json:
        print(json.dumps(figures))
        return
    print(
        f"{'decision of 10 attributes':28}" + "".join(f"{name:>22}" for name in next(iter(figures.values())))
    )
    for engine, row in figures.items():
        print(f"{engine:28}" + "".join(f"{value:>22,}" for value in row.values()))


if __name__ == "__main__":
    main()
