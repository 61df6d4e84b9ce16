"""`onlyonce policies replay` and `simulate`, as an operator runs them."""

import csv
import io
import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from audit import Line, Officials
from hub.keys import KeyFolder
from hub.oversight import keep
from policies import PolicySet, load_policies
from tests.hub.cli.commands import onlyonce
from tests.hub.cli.conftest import (
    ANOTHER,
    FAX,
    SOMEBODY,
    Run,
    readings,
    written,
)
from tests.policies.questions import asking, question
from tests.support.decisions import START, Log, Taken
from tests.support.proposals import any_channel, no_channel


def who(log: Log, line: Line) -> object:
    """Who read, as the hub's own oversight can see it."""
    return Officials(log.engine, KeyFolder(log.keys).epochs).of([line])[line.index]


def test_a_decision_is_replayed_explained_and_tried_by_the_command_on_both_databases(
    tmp_path: Path, database_url: str
) -> None:
    log = Log(tmp_path, database_url, load_policies())
    (entry, _) = log.record(Taken(), Taken(FAX))
    folder = written(any_channel(load_policies()), tmp_path / "proposed")
    replayed = onlyonce("policies", "replay", entry, "--json", **log.settings)
    assert (replayed.returncode, json.loads(replayed.stdout)["outcome"]) == (0, "same"), replayed.stderr
    explained = onlyonce("policies", "explain", "-", stdin=json.dumps(question(FAX)))
    assert (explained.returncode, "channelNotAllowed" in explained.stdout) == (0, True), explained.stderr
    tried = onlyonce("policies", "simulate", folder, "--format", "json", "--processes", "2", **log.settings)
    assert (tried.returncode, json.loads(tried.stdout)["attributes"]["newlyPermitted"]) == (1, 1), (
        tried.stderr
    )
    assert onlyonce("log", "verify", "--keys", log.keys, **log.settings).returncode == 0
    assert [len(readings(log, kind)) for kind in ("decisionChecked", "bulkReading")] == [1, 1]
    log.engine.dispose()


def test_a_decision_that_comes_out_again_is_the_same_and_its_reading_is_on_record(log: Log, run: Run) -> None:
    asked = asking("person.familyName", "person.disability")
    (entry,) = log.record(Taken({"attributes": asked}))
    done = run("policies", "replay", entry, "--by", "dpo")
    assert done.returncode == 0, done.stderr
    assert "the same decision" in done.stdout
    assert "person.familyName: permit" in done.stdout
    assert "GDPR Art. 9" in done.stdout
    (line,) = readings(log, "decisionChecked")
    assert line.subject == SOMEBODY
    assert who(log, line) == {"by": "dpo"}
    assert (line.details["purpose"], line.details["entryIndex"]) == ("replay", 0)
    by_index = run("policies", "replay", "0", "--json")
    assert json.loads(by_index.stdout)["outcome"] == "same"
    assert run("log", "verify", "--keys", log.keys).returncode == 0


def test_a_record_that_says_otherwise_is_told_with_exit_code_1(log: Log, run: Run) -> None:
    (entry,) = log.record(Taken(FAX, details={"disclosed": ["person.familyName"], "withheld": {}}))
    done = run("policies", "replay", entry)
    assert done.returncode == 1, done.stderr
    assert "ANOTHER DECISION" in done.stdout
    assert "channelNotAllowed, but recorded was permit" in done.stdout


def test_what_a_source_or_a_withdrawal_withheld_is_not_the_policies_doing(log: Log, run: Run) -> None:
    withheld = {"disclosed": [], "withheld": {"person.familyName": "sourceUnavailable"}}
    gone = {
        "disclosed": [],
        "withheld": {"person.familyName": "consentRequired"},
        "grantGone": ["person.familyName"],
    }
    lost = {"disclosed": None, "withheld": None, "attributes": ["person.familyName"]}
    entries = log.record(
        Taken(details=withheld), Taken(details=gone), Taken(details=lost, outcome="deliveryUnknown"),
        Taken(FAX, details=withheld), Taken(FAX, details={**lost, "attributes": []}, outcome="deliveryUnknown"),
    )  # fmt: skip
    codes = [run("policies", "replay", entry).returncode for entry in entries]
    assert codes == [0, 0, 0, 1, 0]


def test_a_shredded_decision_is_not_replayable_and_one_without_a_question_cannot_be_asked(
    log: Log, run: Run
) -> None:
    entries = log.record(
        Taken(),
        Taken(details={"input": None}, subject=ANOTHER),
        Taken(details={"policyRevision": None}, subject=ANOTHER),
    )
    log.erase(SOMEBODY)
    for command in ("replay", "explain"):
        shredded = run("policies", command, entries[0])
        assert shredded.returncode == 3
        assert "not replayable" in shredded.stderr
        for entry in entries[1:]:
            done = run("policies", command, entry)
            assert done.returncode == 2, done.stdout
            assert "Traceback" not in done.stderr
    assert "no entry ffff" in run("policies", "replay", "ffff").stderr
    assert {line.subject for line in readings(log, "decisionChecked")} == {ANOTHER}


def test_a_decision_of_an_earlier_revision_is_taken_again_by_that_one(
    log: Log, run: Run, tmp_path: Path
) -> None:
    old = any_channel(load_policies())
    log.policies = old
    (entry,) = log.record(Taken(FAX))
    lost = run("policies", "replay", entry)
    assert lost.returncode == 2
    assert old.revision in lost.stderr
    with log.engine.begin() as connection:
        keep(connection, "policies", old.revision, {n: t.encode() for n, t in old.modules.items()}, START)
    done = run("policies", "replay", entry)
    assert done.returncode == 0, done.stderr
    assert "permit" in done.stdout


def test_an_archive_that_was_tampered_with_is_not_believed(log: Log, run: Run) -> None:
    old, other = any_channel(load_policies()), no_channel(load_policies())
    log.policies = old
    (entry,) = log.record(Taken(FAX))
    with log.engine.begin() as connection:
        keep(connection, "policies", old.revision, {n: t.encode() for n, t in other.modules.items()}, START)
    assert run("policies", "replay", entry).returncode == 2


@pytest.fixture
def year(log: Log) -> Log:
    """Decisions of four days: two that any channel would permit, one shredded, one refused before it was asked, one without a decision."""
    day = timedelta(days=1)
    other = {"form/id": "bus-pass", "client/forms": ["bus-pass"]}
    log.record(
        Taken(),
        Taken(FAX),
        Taken({**FAX, **other}, subject=ANOTHER),
        Taken({"activity/legalBasis": "habit"}),
        every=day,
    )
    log.record(
        Taken(subject=f"{3:064x}"), Taken(details={"input": None}), Taken(details={"policyRevision": None}),
        Taken(details={"input": {**question(), "weather": "fine"}}),
    )  # fmt: skip
    log.erase(f"{3:064x}")
    return log


Proposal = Callable[[PolicySet], PolicySet]
Simulate = Callable[..., tuple[int, dict[str, Any]]]


@pytest.fixture
def simulate(year: Log, run: Run, tmp_path: Path) -> Simulate:
    def simulate(proposed: Proposal, *how: str) -> tuple[int, dict[str, Any]]:
        folder = written(proposed(load_policies()), tmp_path / "proposed")
        done = run("policies", "simulate", folder, "--format", "json", "--until", "2027-01-01", *how)
        assert "Traceback" not in done.stderr
        return done.returncode, json.loads(done.stdout)

    return simulate


def test_what_becomes_permitted_is_told_by_form_purpose_and_attribute(simulate: Simulate) -> None:
    code, report = simulate(any_channel)
    assert code == 1
    assert report["opens"]
    counts = {
        "newlyPermitted": 2,
        "unchanged": 1,
        "notComparable": 0,
        "newlyDenied": 0,
        "otherwise": 0,
        "lessMinimised": 0,
    }
    assert {name: count for name, count in report["attributes"].items() if name != "examples"} == {
        **counts,
        "unchanged": 2,
    }
    assert report["by"]["form"]["bus-pass"]["newlyPermitted"] == 1
    assert report["by"]["purpose"]["study-grants"]["newlyPermitted"] == 2
    assert report["by"]["attribute"]["person.familyName"]["examples"]["newlyPermitted"] == [
        f"{2:032x}",
        f"{3:032x}",
    ]
    assert report["what"] == {"channelNotAllowed → permit": 2}


def test_what_could_not_be_seen_is_counted(simulate: Simulate) -> None:
    _, report = simulate(any_channel)
    assert report["entries"] == {
        "evaluated": 4, "otherForm": 0, "notReplayable": 1, "broken": 0, "noInput": 1, "noDecision": 1, "invalid": 1, "failed": 0,
    }  # fmt: skip
    assert report["extent"]["count"] == 8


def test_new_permits_can_be_allowed_and_new_denials_are_no_reason_to_stop(simulate: Simulate) -> None:
    assert simulate(any_channel, "--allow-new-permits")[0] == 0
    code, report = simulate(no_channel)
    assert code == 0
    assert (report["attributes"]["newlyDenied"], report["attributes"]["otherwise"]) == (1, 1)


def test_a_simulation_is_of_a_time_a_form_or_an_activity(simulate: Simulate) -> None:
    _, report = simulate(any_channel, "--since", "2026-03-02", "--until", "2026-03-03")
    assert report["extent"]["count"] == 1
    assert report["attributes"]["newlyPermitted"] == 1
    _, report = simulate(any_channel, "--form", "bus-pass")
    assert (report["entries"]["evaluated"], report["entries"]["otherForm"]) == (1, 4)
    assert simulate(any_channel, "--activity", "other")[1]["extent"]["count"] == 0


def test_processes_come_to_the_same_report(simulate: Simulate) -> None:
    code, alone = simulate(any_channel, "--processes", "1")
    assert (code, alone) == simulate(any_channel, "--processes", "2")


def test_a_simulation_is_one_entry_that_commits_to_what_was_read(
    simulate: Simulate, year: Log, run: Run
) -> None:
    _, report = simulate(any_channel, "--by", "dpo", "--reason", "A new rule is tried.")
    (line,) = readings(year, "bulkReading")
    assert who(year, line) == {"by": "dpo"}
    assert line.details["reason"] == "A new rule is tried."
    assert {name: line.details[name] for name in report["extent"]} == report["extent"]
    assert readings(year, "decisionChecked") == []
    assert run("log", "verify", "--keys", year.keys).returncode == 0


def test_no_result_is_shown_where_the_reading_cannot_be_recorded(year: Log, run: Run, tmp_path: Path) -> None:
    kept = year.keys / "log.checkpoint"
    kept.write_text("no checkpoint", "utf-8")
    folder = written(any_channel(load_policies()), tmp_path / "proposed")
    for command in (("simulate", folder), ("replay", "0"), ("explain", "0")):
        done = run("policies", *command)
        assert (done.returncode, done.stdout) == (2, "")
        assert "checkpoint" in done.stderr


def test_the_table_and_the_csv_say_the_same_and_progress_is_on_standard_error(
    year: Log, run: Run, tmp_path: Path
) -> None:
    folder = written(any_channel(load_policies()), tmp_path / "proposed")
    table = run("policies", "simulate", folder, "--until", "2027-01-01")
    assert "NEWLY PERMITTED" in table.stdout
    assert "\x1b" not in table.stdout + table.stderr
    assert "8 of 8" in table.stderr
    assert "not replayable: erased" in table.stdout
    asked = run("policies", "simulate", folder, "--until", "2027-01-01", "--format", "csv")
    rows = {(row["by"], row["name"]): row for row in csv.DictReader(io.StringIO(asked.stdout))}
    assert rows["total", ""]["newlyPermitted"] == "2"
    assert rows["form", "bus-pass"]["exampleEntries"] == f"{3:032x}"
    assert rows["entries", "notReplayable"]["unchanged"] == "1"


def test_what_is_proposed_must_be_policies(year: Log, run: Run, tmp_path: Path) -> None:
    for proposed in (tmp_path / "nowhere", tmp_path):
        done = run("policies", "simulate", proposed)
        assert (done.returncode, done.stdout) == (2, "")
        assert "Traceback" not in done.stderr
    assert readings(year, "bulkReading") == []
    wrong = run("policies", "simulate", tmp_path, "--since", "yesterday")
    assert wrong.returncode == 2
