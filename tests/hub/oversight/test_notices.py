from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine

from hub.oversight import (
    AcknowledgedAlready,
    Emergency,
    Notice,
    NoticeUnknown,
    acknowledge,
    case_digest,
    find_emergency,
    find_notice,
    give_notice,
    list_notices,
    open_emergency,
)

NOW = datetime(2026, 3, 1, 12, 0, 0, 125_000, tzinfo=UTC)
NOTICE = Notice(
    "n1", "emergencyOpened", NOW, "grants-office", "grants-portal", "study-grant-decision", "a" * 64, "entry-1", "e1"
)  # fmt: skip
LATER = replace(NOTICE, id="n2", kind="emergencyUsed", given_at=NOW + timedelta(hours=1), entry="entry-2")
ELSEWHERE = replace(NOTICE, id="n3", given_at=NOW + timedelta(hours=2), controller="municipality")


def listed(engine: Engine, **wanted: object) -> list[str]:
    with engine.connect() as connection:
        return [one.id for one in list_notices(connection, **wanted)]  # type: ignore[arg-type]


@pytest.fixture
def given(engine: Engine) -> Engine:
    with engine.begin() as connection:
        for notice in (LATER, ELSEWHERE, NOTICE):
            give_notice(connection, notice)
    return engine


def test_a_notice_comes_back_as_it_was_given(given: Engine) -> None:
    with given.connect() as connection:
        assert find_notice(connection, "n1") == NOTICE


def test_notices_are_listed_oldest_first_by_time_and_by_controller(given: Engine) -> None:
    assert listed(given) == ["n1", "n2", "n3"]
    assert listed(given, since=LATER.given_at) == ["n2", "n3"]
    assert listed(given, since=LATER.given_at + timedelta(milliseconds=1)) == ["n3"]
    assert listed(given, controller="grants-office") == ["n1", "n2"]


def test_an_acknowledged_notice_stays_and_is_no_longer_open(given: Engine) -> None:
    with given.begin() as connection:
        acknowledge(connection, "n2", entry="entry-9", at=NOW)
    assert listed(given, unacknowledged=True) == ["n1", "n3"]
    with given.connect() as connection:
        found = find_notice(connection, "n2")
    assert (found.acknowledged_at, found.acknowledgement) == (NOW, "entry-9")


def test_a_notice_is_acknowledged_once(given: Engine) -> None:
    with given.begin() as connection:
        acknowledge(connection, "n2", entry="entry-9", at=NOW)
        with pytest.raises(AcknowledgedAlready, match="n2"):
            acknowledge(connection, "n2", entry="entry-10", at=NOW)
        assert find_notice(connection, "n2").acknowledgement == "entry-9"


def test_an_unknown_notice_is_named(given: Engine) -> None:
    with given.begin() as connection, pytest.raises(NoticeUnknown, match="n7"):
        acknowledge(connection, "n7", entry="entry-9", at=NOW)


def test_an_emergency_comes_back_as_it_was_opened(engine: Engine) -> None:
    opened = Emergency("e1", "portal", "aid", "a" * 64, "b" * 64, case_digest("e1", "case-7"), NOW)
    with engine.begin() as connection:
        open_emergency(connection, opened)
        assert find_emergency(connection, "e1") == opened
        assert find_emergency(connection, "e2") is None


def test_a_case_is_known_by_a_digest_of_its_own_for_each_emergency() -> None:
    assert len({case_digest("e1", "case-7"), case_digest("e2", "case-7"), case_digest("e1", "case-8")}) == 3
    assert "case-7" not in case_digest("e1", "case-7")
