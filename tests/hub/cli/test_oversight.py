"""The commands of oversight refuse what is wrong before anything is done, and repeat no number."""

import argparse
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from hub.cli import main
from hub.cli.desk import moment, since
from hub.database import migrate
from hub.demo.catalogues import DEMO_CATALOGUE
from hub.demo.people import population
from hub.keys import KeyFolder
from tests.hub.cli.commands import onlyonce

SOMEBODY = population().persons[0].ssin
ORDER = ["--attribute", "person.address", "--ordered-by", "a court", "--ground", "an order"]


@pytest.fixture
def settings(tmp_path: Path) -> dict[str, Any]:
    database = f"sqlite:///{tmp_path / 'hub.sqlite3'}"
    migrate(database)
    KeyFolder(tmp_path / "keys")
    return {
        "database_url": database, "keys": tmp_path / "keys", "catalogue": DEMO_CATALOGUE, "admit_test_numbers": "true",
    }  # fmt: skip


def test_numbers_are_checked_before_anything_is_sealed_and_counted_not_repeated(
    settings: dict[str, Any],
) -> None:
    given = {name.upper(): value for name, value in settings.items()}
    wrong = f"{SOMEBODY}\n12345678901\n"
    done = onlyonce("subjects", "seal", *ORDER, "--subject-from", "-", stdin=wrong, **given)
    assert done.returncode == 2
    assert "number 2: " in done.stderr
    assert "12345678901" not in done.stderr
    done = onlyonce("subjects", "list", "--subject-from", "-", stdin=SOMEBODY, **given)
    assert (done.returncode, done.stdout) == (0, "nothing is sealed for 1 subject\n")
    unknown = [*ORDER, "--attribute", "person.shoeSize"]
    done = onlyonce("subjects", "seal", *unknown, "--subject-from", "-", stdin=SOMEBODY, **given)
    assert (done.returncode, "person.shoeSize" in done.stderr) == (2, True)


def test_what_a_command_says_of_its_work_is_not_mixed_into_its_answer(settings: dict[str, Any]) -> None:
    given = {name.upper(): value for name, value in settings.items()}
    done = onlyonce("subjects", "seal", *ORDER, "--subject-from", "-", stdin=SOMEBODY, **given)
    assert (done.returncode, done.stdout) == (0, "person.address: sealed for 1 subject\n"), done.stderr
    assert done.stderr == ""
    done = onlyonce("subjects", "list", "--json", "--subject-from", "-", stdin=SOMEBODY, **given)
    assert [one["attribute"] for one in json.loads(done.stdout)["sealed"]] == ["person.address"]


def test_without_notices_the_exit_code_says_so(settings: dict[str, Any]) -> None:
    given = {name.upper(): value for name, value in settings.items()}
    done = onlyonce("oversight", "notices", "--open", **given)
    assert (done.returncode, done.stdout) == (0, "there are no such notices\n")


@pytest.mark.parametrize("reason", [f"about {SOMEBODY}", "", "x" * 501, "two\nlines"])
def test_words_are_short_and_hold_no_number(reason: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["oversight", "acknowledge", "n", "--reason", reason])
    assert SOMEBODY not in capsys.readouterr().err


def test_a_seal_cannot_end_in_the_past(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["subjects", "seal", *ORDER, "--until", "2020-01-31", "--subject-from", "-"]) == 2
    assert "--until is in the past" in capsys.readouterr().err


@pytest.mark.parametrize(
    "text", ["0001-01-01", "9999-12-31", "9999-12-31T23:59:59+00:00", "0001-01-01T00:00:00+14:00"]
)
def test_a_time_at_the_ends_of_the_calendar_is_refused_in_words(text: str) -> None:
    for read in (moment, since):
        with pytest.raises(argparse.ArgumentTypeError, match="one of the years"):
            read(text)


def test_a_day_is_taken_whole() -> None:
    assert moment("2026-01-31") == datetime(2026, 2, 1, tzinfo=UTC)
    assert since("2026-01-31") == datetime(2026, 1, 31, tzinfo=UTC)
    at = datetime(2026, 1, 31, 11, 30, tzinfo=UTC)
    assert moment("2026-01-31T12:30:00+01:00") == since("2026-01-31T12:30:00+01:00") == at
    assert moment("2026-01-31T00:00:00+00:00") == at - timedelta(hours=11, minutes=30)
