"""How fast proposed policies are tried on recorded decisions, and how much memory it takes.

`python -m benchmarks.simulation [--json] [--entries N]`. One core: the pass over the log, the opening of each sealed entry, its evaluation by the
proposed set and by the one that decided, and the comparison. Each entry is of another subject, with a key of its own, and asks for several
attributes; no two questions are the same.
"""

import argparse
import json
import resource
import tempfile
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from audit import History
from hub.keys import KeyFolder
from hub.services.simulation import Report, here, simulate
from policies import PolicySet, load_policies, policy_set
from policies.simulation import Simulation
from tests.policies.questions import asking
from tests.support.decisions import START, Log, Taken

ASKED = {"attributes": asking("person.familyName", "person.birthDate")}


def proposal(policies: PolicySet) -> PolicySet:
    """The same rules in another set: everything is evaluated by both, and nothing changes."""
    return policy_set(
        {**policies.modules, "channel.rego": policies.modules["channel.rego"] + "\n# proposed\n"}
    )


def measure(log: Log, entries: int, policies: PolicySet) -> dict[str, float]:
    """The figures of one pass over a log of so many decisions."""
    log.record(*(Taken(ASKED, subject=f"{n:064x}") for n in range(entries)), every=timedelta(0))
    history = History(log.engine, KeyFolder(log.keys).epochs)
    proposed = proposal(policies)
    figures: dict[str, float] = {"entries": entries}
    for name, known in (("comparedWithTheRecord", None), ("comparedWithTheSetThatDecided", policies)):
        began, cpu, before = time.perf_counter(), time.process_time(), _memory()
        extent = history.extent({"prefill"}, since=START, until=START + timedelta(days=365))
        lines = history.read(extent, batch=250)
        report: Report = simulate(lines, here(Simulation(proposed, _at_hand(known))))
        assert report.entries["evaluated"] == report.total.counts["unchanged"] / 2 == entries
        figures[f"{name}PerSecond"] = round(entries / (time.perf_counter() - began))
        figures[f"{name}PerCpuSecond"] = round(entries / (time.process_time() - cpu))
        figures[f"{name}GrewMiB"] = round((_memory() - before) / 1024, 1)
    return figures


def _at_hand(known: PolicySet | None) -> Callable[[str], PolicySet | None]:
    return lambda _: known


def _memory() -> int:
    """The most memory that this process ever had, in KiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def main() -> None:
    """Measure and print."""
    arguments = argparse.ArgumentParser(description="The speed of a simulation on one core")
    arguments.add_argument("--json", action="store_true", help="print one JSON object")
    arguments.add_argument("--entries", type=int, default=10_000, help="decisions in the log")
    chosen = arguments.parse_args()
    policies = load_policies()
    with tempfile.TemporaryDirectory() as made:
        log = Log(Path(made), f"sqlite:///{made}/hub.sqlite3", policies)
        figures = measure(log, chosen.entries, policies)
        log.engine.dispose()
    if chosen.json:
        print(json.dumps(figures))
        return
    for name, value in figures.items():
        print(f"{name:44}{value:>12,}")


if __name__ == "__main__":
    main()
