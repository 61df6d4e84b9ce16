"""`onlyonce log reconcile`, as an operator runs it."""

import json
from datetime import timedelta
from pathlib import Path

import pytest

from tests.hub.cli.conftest import ANOTHER, SOMEBODY, Run, readings
from tests.support.decisions import START, Log, Taken

NUMBER = "00000000097"


def call(second: int, reference: str | None = None, *, subject: str = SOMEBODY) -> Taken:
    """A prefill that asked the tax administration."""
    said = {
        "source": "tax-administration",
        "retrievedAt": (START + timedelta(seconds=second)).isoformat(),
        **({"reference": reference} if reference else {}),
    }
    return Taken(details={"sources": ["tax-administration"], "consulted": [said]}, subject=subject)


@pytest.fixture
def mapping(tmp_path: Path) -> Path:
    file = tmp_path / "mapping.yaml"
    file.write_text("format: csv\ntime: {field: at}\nreference: {field: ref}\n")
    return file


def listed(folder: Path, *calls: tuple[int, str]) -> Path:
    file = folder / "calls.csv"
    rows = [f"{(START + timedelta(seconds=second)).isoformat()},{ref}" for second, ref in calls]
    file.write_text("\n".join(["at,ref", *rows]) + "\n")
    return file


def test_calls_that_are_on_both_sides_are_told_with_exit_code_0_and_the_reading_is_on_record(
    log: Log, run: Run, tmp_path: Path, mapping: Path
) -> None:
    log.record(call(0, "r1"), call(1, "r2", subject=ANOTHER))
    file = listed(tmp_path, (0, "r1"), (1, "r2"))
    done = run("log", "reconcile", "tax-administration", file, "--mapping", mapping, "--by", "dpo")
    assert done.returncode == 0, done.stderr
    assert "2 calls in the list, 2 in the log: each is on both sides" in done.stdout
    (reading,) = readings(log, "bulkReading")
    assert (reading.details["purpose"], reading.details["count"]) == ("reconciliation", 2)
    assert "proposedRevision" not in reading.details
    assert run("log", "verify", "--keys", log.keys).returncode == 0


def test_what_is_on_one_side_alone_is_named_with_exit_code_1(
    log: Log, run: Run, tmp_path: Path, mapping: Path
) -> None:
    log.record(call(0, "r1"), call(1, "r2"), call(2, "r3"))
    file = listed(tmp_path, (0, "r1"), (1, "past-the-log"), (2, "r3"))
    command = ("log", "reconcile", "tax-administration", file, "--mapping", mapping)
    done = run(*command)
    assert done.returncode == 1, done.stderr
    assert "line 3: the source was called, and no entry tells of it" in done.stdout
    assert "entry 1: tells of a call that is not in the source's list" in done.stdout
    assert "past-the-log" not in done.stdout
    told = [json.loads(one) for one in run(*command, "--json").stdout.splitlines()]
    assert told[:2] == [{"kind": "notLogged", "line": 3}, {"kind": "notListed", "entry": 1}]
    assert (told[2]["ok"], told[2]["findings"], told[2]["by_reference"]) == (False, 2, 2)


def test_calls_are_paired_with_the_entries_of_their_persons_where_the_list_names_them(
    log: Log, run: Run, tmp_path: Path
) -> None:
    log.record(call(0, subject=log.handles.of("audit", "ssin", NUMBER)))
    (tmp_path / "m").write_text("format: jsonl\ntime: {field: at}\nsubject: {field: who}\n")
    for number, code in ((NUMBER, 0), (f"{NUMBER[:-1]}8", 1)):
        file = tmp_path / "calls"
        file.write_text(json.dumps({"at": START.isoformat(), "who": number}))
        done = run("log", "reconcile", "tax-administration", file, "--mapping", tmp_path / "m")
        assert done.returncode == code, done.stderr
        assert number not in done.stdout + done.stderr


def test_a_list_that_cannot_be_read_leaves_every_entry_unread(
    log: Log, run: Run, tmp_path: Path, mapping: Path
) -> None:
    log.record(call(0, "r1"))
    bad, empty = tmp_path / "bad.csv", tmp_path / "empty.csv"
    bad.write_text("at,ref\nnever,r1\n")
    empty.write_text("at,ref\n")
    for file, why in ((bad, "bad.csv:2: 'at'"), (empty, "--since")):
        done = run("log", "reconcile", "tax-administration", file, "--mapping", mapping)
        assert (done.returncode, why in done.stderr) == (2, True), done.stderr
    assert run("log", "reconcile", "s", bad, "--mapping", mapping, "--tolerance", "0").returncode == 2
    assert run("log", "reconcile", "s", bad, "--mapping", mapping, "--reason", NUMBER).returncode == 2
    assert readings(log, "bulkReading") == []


def test_an_empty_list_of_a_period_that_is_told_finds_the_entries_that_it_lacks(
    log: Log, run: Run, tmp_path: Path, mapping: Path
) -> None:
    log.record(call(0, "r1"))
    (tmp_path / "empty.csv").write_text("at,ref\n")
    command = ("log", "reconcile", "tax-administration", tmp_path / "empty.csv", "--mapping", mapping)
    assert run(*command, "--since", "2026-03-01", "--until", "2026-03-02").returncode == 1
    assert run(*command, "--since", "2026-02-01", "--until", "2026-02-02").returncode == 0
    assert run(*command, "--since", "2026-03-02", "--until", "2026-03-01").returncode == 2
