"""`onlyonce policies explain`, as a data protection officer runs it; and how a long command shows how far it is."""

import io
import json
from pathlib import Path

import pytest

from hub.cli.progress import Progress
from policies import load_policies
from policies.rules import rules
from tests.hub.cli.conftest import FAX, SOMEBODY, Run, readings, written
from tests.policies.questions import asking, question
from tests.support.decisions import Log, Taken
from tests.support.proposals import any_channel


@pytest.fixture
def asked(tmp_path: Path) -> Path:
    file = tmp_path / "question.json"
    facts = {"attributes": asking("person.familyName", "person.disability")}
    file.write_text(json.dumps(question(facts)), "utf-8")
    return file


def test_each_rule_is_told_with_its_source_and_what_it_looked_at(run: Run, asked: Path) -> None:
    done = run("policies", "explain", asked)
    assert done.returncode == 0, done.stderr
    for rule in rules(load_policies()):
        assert f"{rule.title} ({rule.source})" in done.stdout
    assert "person.disability: specialCategoryNotAllowed" in done.stdout
    assert "person.disability: REFUSES" in done.stdout
    assert "looked at: activity.specialBasis" in done.stdout


def test_the_same_is_told_to_machines(run: Run, asked: Path) -> None:
    told = json.loads(run("policies", "explain", asked, "--json", "--language", "nl").stdout)
    assert [rule["reason"] for rule in told["rules"]] == [rule.reason for rule in rules(load_policies())]
    found = {one["attribute"]: one for one in told["attributes"]}
    assert found["person.familyName"]["decision"] == "permit"
    assert found["person.disability"]["source"] == "GDPR Art. 9(1) and 9(2)"
    assert "AVG" in found["person.disability"]["text"]
    assert told["revision"] == load_policies().revision


def test_an_entry_is_explained_by_the_rules_that_decided_and_its_reading_is_on_record(
    run: Run, log: Log
) -> None:
    (entry,) = log.record(Taken(FAX))
    done = run("policies", "explain", entry)
    assert done.returncode == 0, done.stderr
    assert "channelNotAllowed" in done.stdout
    (line,) = readings(log, "decisionChecked")
    assert (line.subject, line.details["purpose"]) == (SOMEBODY, "explanation")


def test_a_question_can_be_put_to_other_policies(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "fax.json"
    file.write_text(json.dumps(question(FAX)), "utf-8")
    other = written(any_channel(load_policies()), tmp_path / "other")
    assert "channelNotAllowed" in run("policies", "explain", file).stdout
    assert (
        "channelNotAllowed"
        not in run("policies", "explain", file, "--policies", other).stdout.split("the rules,")[0]
    )


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{", '{"weather": "fine"}', "[" * 100_000],
    ids=["nothing", "a list", "half", "else", "deep"],
)
def test_what_is_no_question_is_refused(run: Run, tmp_path: Path, text: str) -> None:
    file = tmp_path / "question.json"
    file.write_text(text, "utf-8")
    done = run("policies", "explain", file)
    assert (done.returncode, done.stdout) == (2, "")
    assert "question" in done.stderr


def test_what_is_neither_a_file_nor_an_entry_is_refused(run: Run, log: Log) -> None:
    for what in ("nowhere.json", "0", "9" * 40):
        done = run("policies", "explain", what)
        assert (done.returncode, done.stdout) == (2, "")
        assert f"no entry {what}" in done.stderr
    assert readings(log, "decisionChecked") == []


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_progress_is_a_bar_on_a_terminal_and_a_line_for_each_tenth_elsewhere() -> None:
    for out, expected in ((Terminal(), "█"), (io.StringIO(), "decisions: 5 of 10\n")):
        progress = Progress(10, "decisions", out)
        for _ in range(10):
            progress.more(1)
            progress._shown = 0.0
        progress.end()
        assert expected in out.getvalue()
        assert ("\x1b[K" in out.getvalue()) == out.isatty()


def test_nothing_to_do_shows_no_progress() -> None:
    out = io.StringIO()
    progress = Progress(0, "decisions", out)
    progress.more(0)
    progress.end()
    assert out.getvalue() == ""


def test_what_would_open_is_red_on_a_terminal_unless_colours_are_declined(
    run: Run, log: Log, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log.record(Taken(FAX))
    folder = written(any_channel(load_policies()), tmp_path / "proposed")
    monkeypatch.setattr("hub.cli.policies.simulation_report._on_terminal", lambda: True)
    shown = run("policies", "simulate", folder).stdout
    assert "\x1b[31m  channelNotAllowed" not in shown
    assert "\x1b[31mchannelNotAllowed → permit\x1b[0m" in shown
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b" not in run("policies", "simulate", folder).stdout
