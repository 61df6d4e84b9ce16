"""Thousands of recorded decisions, tried in one pass, in constant memory."""

import os
import time
import tracemalloc
from datetime import timedelta
from pathlib import Path

import pytest

from audit import History
from hub.keys import KeyFolder
from hub.services.recorded import recorded
from hub.services.simulation import EXAMPLES, Batch, Report, here, simulate
from policies import load_policies
from policies.simulation import Recorded, Simulation
from tests.support.decisions import START, Log, Taken
from tests.support.proposals import any_channel

SOAK = bool(os.environ.get("ONLYONCE_SOAK"))
PER_CORE = 1_000


def _tried(log: Log, history: History, *, batch: int = 250) -> Report:
    """Try a set that opens every channel."""
    proposed = any_channel(log.policies)
    extent = history.extent({"prefill"}, since=START, until=START + timedelta(days=365))
    sets = {log.policies.revision: log.policies}
    return simulate(history.read(extent, batch=batch), here(Simulation(proposed, sets.get)))


def _many(folder: Path, count: int) -> tuple[Log, History]:
    """Decisions of as many subjects: each fourth on a channel that was closed, on one of ten forms."""
    log = Log(folder, f"sqlite:///{folder / 'hub.sqlite3'}", load_policies())
    log.record(
        *(
            Taken(
                {"channel": "fax" if n % 4 == 0 else "web", "form/id": f"form-{n % 10}", "client/forms": [f"form-{n % 10}"]},
                subject=f"{n:064x}",
            )
            for n in range(count)
        ),
        every=timedelta(0),
    )  # fmt: skip
    return log, History(log.engine, KeyFolder(log.keys).epochs)


@pytest.mark.soak
def test_ten_thousand_decisions_take_a_second_of_a_core_for_each_thousand_at_most(tmp_path: Path) -> None:
    count, least = (10_000, PER_CORE) if SOAK else (400, PER_CORE / 10)  # few, also on a busy machine
    log, history = _many(tmp_path, count)
    began = time.process_time()
    report = _tried(log, history)
    spent = time.process_time() - began
    assert report.entries["evaluated"] == count
    assert report.total.counts["newlyPermitted"] == count / 4
    assert count / spent > least, f"{count / spent:.0f} a second"
    log.engine.dispose()


@pytest.mark.soak
def test_memory_does_not_grow_with_the_number_of_decisions(tmp_path: Path) -> None:
    """The most that was held at once, over a log and over one that is four times as long."""
    short, long = (2_000, 8_000) if SOAK else (100, 400)
    peaks = []
    for count in (short, long):
        folder = tmp_path / str(count)
        folder.mkdir()
        log, history = _many(folder, count)
        _tried(log, history, batch=50)  # what is kept for good is kept by now
        tracemalloc.start()
        report = _tried(log, history, batch=50)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        assert report.total.counts["newlyPermitted"] == count / 4
        assert all(len(entries) <= EXAMPLES for entries in report.total.examples.values())
        log.engine.dispose()
    assert peaks[1] < peaks[0] * 1.5, peaks


def test_results_are_in_the_order_of_their_entries_however_they_are_compared(tmp_path: Path) -> None:
    log, history = _many(tmp_path, 40)
    assert _tried(log, history, batch=7).told() == _tried(log, history, batch=40).told()
    extent = history.extent({"prefill"}, since=START, until=START + timedelta(days=1))
    lines = [line for batch in history.read(extent) for line in batch]
    decisions = [decision for line in lines if isinstance(decision := recorded(line), Recorded)]
    comparing = here(Simulation(log.policies, lambda _: None))
    batches = [Batch((line.id,), (decision,)) for line, decision in zip(lines, decisions, strict=True)]
    assert [batch.ids for batch, _ in comparing(batches)] == [(line.id,) for line in lines]
    log.engine.dispose()
