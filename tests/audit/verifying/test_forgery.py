"""What somebody without keys can forge who makes everything else fit, and what of it is found."""

import sqlite3
from collections.abc import Callable

import pytest

from audit import Report
from tests.audit.conftest import handle
from tests.audit.forger import Forger, Row
from tests.audit.verifying.samples import FORGOTTEN, SIZE, Sample


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Sample:
    return Sample(tmp_path_factory.mktemp("sample"))


def forged(sample: Sample, forge: Callable[[Forger], object], **how: bool) -> Report:
    def tamper(connection: sqlite3.Connection) -> None:
        forger = Forger(connection)
        forge(forger)
        forger.make_good()

    return sample.tampered(tamper, **how)


def live_key(forger: Forger, subject: str) -> Row:
    (key,) = (
        k
        for k in forger.rows("audit_data_key")
        if k["subject"] == subject and k["wrapped"] is not None and k["retention"] == "P10Y"
    )
    return key


def test_making_good_what_was_not_forged_changes_nothing(sample: Sample) -> None:
    assert forged(sample, lambda _: None).ok


def shred_under_the_same_key(forger: Forger) -> None:
    forger.destroy(live_key(forger, handle(0)), "forged")


def shred_under_an_invented_key(forger: Forger) -> None:
    invented = forger.invent_key("invented", handle(0), period="2026", destroyed_by="second")
    forger.destroy(live_key(forger, handle(0)), "first", key_id="invented")
    forger.destroy(invented, "second", key_id="invented")


def shred_in_a_circle(forger: Forger) -> None:
    one, two = live_key(forger, handle(0)), forger.invent_key("two", handle(0))
    forger.destroy(one, "first", key_id="two")
    forger.destroy(two, "second", key_id=one["id"])


def shred_under_a_key_that_is_there(forger: Forger) -> None:
    forger.destroy(live_key(forger, handle(0)), "first", key_id=live_key(forger, handle(1))["id"])


@pytest.mark.parametrize(
    "forge",
    [
        shred_under_the_same_key,
        shred_under_an_invented_key,
        shred_in_a_circle,
        shred_under_a_key_that_is_there,
    ],
)
def test_a_key_that_was_taken_away_is_not_destroyed_because_an_unreadable_entry_says_so(
    sample: Sample, forge: Callable[[Forger], object]
) -> None:
    report = forged(sample, forge)
    assert report.first is not None
    assert report.first.index == 0
    assert "taken away" in report.first.what


def test_entries_of_a_subject_that_never_was_are_not_believed_to_be_forgotten(sample: Sample) -> None:
    def invent(forger: Forger) -> None:
        key = forger.invent_key("invented", handle(99))
        forger.append(id="never-was", subject=handle(99), key_id="invented", retention="P10Y")
        forger.destroy(key, "gone")

    report = forged(sample, invent)
    assert report.first is not None
    assert report.first.index == SIZE


def test_an_entry_under_a_key_that_was_destroyed_before_is_named(sample: Sample) -> None:
    def add(forger: Forger) -> None:
        forgotten = forger.rows()[FORGOTTEN]
        forger.append(id="late", subject=forgotten["subject"], key_id=forgotten["key_id"], retention="P10Y")

    for with_keys in (True, False):
        report = forged(sample, add, with_keys=with_keys)
        assert report.first is not None
        assert report.first.index == SIZE
        assert "destroyed before" in report.first.what


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("recorded_at", 1795435200001),
        ("kind", "usageRead"),
        ("controller", "somebody-else"),
        ("client", "somebody-else"),
        ("activity", "something-else"),
        ("outcome", "refused"),
        ("retention", "P1Y"),
        ("salt", b"0123456789abcdef"),
    ],
)
def test_no_open_field_of_a_subjects_last_entry_can_be_rewritten(
    sample: Sample, column: str, value: object
) -> None:
    last = SIZE - 2  # the very last one is of a subject that was forgotten

    def rewrite(forger: Forger) -> None:
        forger.run(f"UPDATE audit_entry SET {column} = ? WHERE leaf_index = ?", value, last)  # noqa: S608

    report = forged(sample, rewrite)
    assert report.first is not None
    assert report.first.index == last
