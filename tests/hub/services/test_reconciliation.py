"""Two accounts of the same calls, compared."""

import tracemalloc
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from audit import Line
from connectors import SourceUnavailable
from hub.services.reconciliation import Call, Finding, Reconciliation, calls_of, scratch
from tests.hub.services.conftest import House

START = datetime(2026, 3, 3, 10, 0, tzinfo=UTC)
END = START + timedelta(hours=1)
TOLERANCE = 10


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def line(index: int, seconds: float, *, subject: str = "a", **changes: Any) -> Line:
    """An entry that tells of a call: `reference`, or `details` of its own."""
    consulted = {
        "source": "tax",
        "retrievedAt": at(seconds).isoformat(),
        "reference": changes.pop("reference", None),
    }
    details = {"sources": ["tax"], "consulted": [{name: one for name, one in consulted.items() if one}]}
    made = Line(
        index=index, id=f"e{index}", recorded_at=at(seconds), kind="prefill", controller="c", client="c", activity="a",
        outcome="disclosed", subject=subject, retention="P1Y", leaf=b"", state="readable", details=details,
    )  # fmt: skip
    return replace(made, **changes)


def called(place: int, seconds: float, reference: str | None = None, subject: str | None = None) -> Call:
    return Call(place, at(seconds), reference, subject)


def compared(
    theirs: list[Call], ours: list[Line], *, by_subject: bool = False
) -> tuple[list[Finding], Reconciliation]:
    with scratch() as database:
        done = Reconciliation(database, tolerance=timedelta(seconds=TOLERANCE), by_subject=by_subject)
        done.take_list(theirs)
        done.take_log([tuple(ours)], "tax")
        done.compare(START, END)
        return list(done.findings()), done


def test_calls_that_are_on_both_sides_are_no_finding() -> None:
    theirs = [called(2, 1, "r1"), called(3, 5, "r2"), called(4, 9)]
    ours = [line(0, 1, reference="r1"), line(1, 8), line(2, 5, reference="r2")]
    findings, done = compared(theirs, ours)
    assert findings == []
    assert (done.counts.by_reference, done.counts.by_time) == (2, 1)


def test_a_call_past_the_log_and_an_entry_of_a_call_that_was_not_made_are_findings() -> None:
    theirs = [called(2, 1, "r1"), called(3, 2, "past-the-log")]
    ours = [line(0, 1, reference="r1"), line(1, 3, reference="never-made")]
    assert compared(theirs, ours)[0] == [Finding("notLogged", line=3), Finding("notListed", entry=1)]


def test_one_reference_about_another_person_or_at_another_time_is_a_finding() -> None:
    theirs = [called(2, 1, "r1", "b"), called(3, 60, "r2", "a")]
    ours = [line(0, 1, reference="r1"), line(1, 5, reference="r2")]
    findings, _ = compared(theirs, ours, by_subject=True)
    assert findings == [
        Finding("otherSubject", line=2, entry=0),
        Finding("otherTime", line=3, entry=1, seconds=55.0),
    ]


def test_without_references_only_calls_about_the_same_person_are_paired_where_the_list_names_them() -> None:
    theirs = [called(2, 1, subject="a"), called(3, 1, subject="b")]
    ours = [line(0, 2, subject="a"), line(1, 2, subject="c")]
    assert compared(theirs, ours, by_subject=True)[0] == [
        Finding("notLogged", line=3),
        Finding("notListed", entry=1),
    ]
    assert compared([called(2, 1), called(3, 1)], ours)[0] == []


def test_a_call_that_is_used_twice_in_the_list_is_logged_twice_or_a_finding() -> None:
    theirs = [called(2, 1, "r1"), called(3, 2, "r1")]
    assert compared(theirs, [line(0, 1, reference="r1"), line(1, 2, reference="r1")])[0] == []
    assert compared(theirs, [line(0, 1, reference="r1")])[0] == [Finding("notLogged", line=3)]


def test_an_entry_without_an_answer_may_be_in_the_list_or_not() -> None:
    failed = line(0, 30, details={"sources": ["tax"]})
    assert compared([called(2, 1, "r1")], [failed])[0] == []
    assert compared([], [failed])[0] == []
    assert compared([called(2, 1)], [line(0, 30, details={"sources": ["other"]})])[0] == [
        Finding("notLogged", line=2)
    ]


def test_a_forgotten_entry_may_stand_for_a_call_of_its_person_and_a_broken_one_is_a_finding() -> None:
    forgotten = line(0, 1, state="notReadable", details=None)
    findings, done = compared([called(2, 1, "r1", "a")], [forgotten], by_subject=True)
    assert (findings, done.counts.forgotten) == ([], 1)
    assert compared([called(2, 1, "r1", "b")], [forgotten], by_subject=True)[0] == [
        Finding("notLogged", line=2)
    ]
    assert compared([], [line(0, 1, state="broken", details=None)])[0] == [Finding("broken", entry=0)]


def test_what_lies_outside_the_period_is_there_to_be_paired_and_no_finding() -> None:
    theirs = [called(2, -5, "r1"), called(3, -6, "r2"), called(4, 3605, "r3")]
    ours = [line(0, 1, reference="r1"), line(1, -7, reference="r9")]
    findings, done = compared(theirs, ours)
    assert (findings, done.counts.outside) == ([], 3)


def test_a_line_that_its_subject_is_shown_later_is_paired_as_theirs() -> None:
    kept = line(0, 1, subject="another-handle")
    assert kept.details is not None
    later = replace(kept, details={**kept.details, "concerns": "a"})
    assert compared([called(2, 1, subject="a")], [later], by_subject=True)[0] == []


def test_an_entry_tells_of_a_call_to_each_source_it_consulted() -> None:
    (call,) = calls_of(line(4, 1, reference="r1"), "tax")
    assert (call.place, call.at, call.reference, call.subject, call.certain) == (4, at(1), "r1", "a", True)
    assert list(calls_of(line(4, 1), "register")) == []


async def test_what_a_prefill_leaves_in_the_log_tells_of_its_calls(house: House) -> None:
    house.sources["tax-administration"].failure = SourceUnavailable("tax-administration", "it is down")
    await house.ask("study-grant", "lastName", "income")
    (entry,) = house.lines()
    (answered,) = calls_of(entry, "national-register")
    assert (answered.certain, answered.reference, answered.subject) == (
        True,
        "national-register-1",
        entry.subject,
    )
    (perhaps,) = calls_of(entry, "tax-administration")
    assert (perhaps.certain, perhaps.reference) == (False, None)


moments = st.lists(st.integers(0, 60), max_size=7)


@given(moments, moments)
def test_as_many_calls_are_paired_by_time_as_can_be(theirs: list[int], ours: list[int]) -> None:
    findings, done = compared(
        [called(place, moment) for place, moment in enumerate(theirs)],
        [line(place, moment) for place, moment in enumerate(ours)],
    )
    assert done.counts.by_time == _most(theirs, ours)
    assert len(findings) == len(theirs) + len(ours) - 2 * done.counts.by_time


def _most(theirs: list[int], ours: list[int]) -> int:
    """The size of a largest matching, by augmenting paths."""
    partner: dict[int, int] = {}

    def place(their: int, seen: set[int]) -> bool:
        for our, moment in enumerate(ours):
            if abs(theirs[their] - moment) <= TOLERANCE and our not in seen:
                seen.add(our)
                if our not in partner or place(partner[our], seen):
                    partner[our] = their
                    return True
        return False

    return sum(place(their, set()) for their in range(len(theirs)))


def test_the_scratch_file_holds_neither_references_nor_handles_and_is_gone_afterwards() -> None:
    with scratch() as database:
        done = Reconciliation(database, tolerance=timedelta(seconds=1), by_subject=True)
        done.take_list(
            called(n, n, "a-reference-of-the-source", "the-handle-of-somebody") for n in range(20_000)
        )
        file = Path(database.execute("PRAGMA database_list").fetchone()[2])
        database.execute("COMMIT")
        raw = file.read_bytes()
        assert len(raw) > 500_000
        assert b"a-reference" not in raw
        assert b"the-handle" not in raw
        assert (file.parent.stat().st_mode & 0o077) == 0
    assert not file.exists()


def test_memory_does_not_grow_with_the_number_of_calls() -> None:
    count, peaks = 1_500, []
    for times in (1, 4):
        tracemalloc.start()
        with scratch() as database:
            done = Reconciliation(database, tolerance=timedelta(seconds=1), by_subject=False)
            total = count * times
            done.take_list(called(n, n / 100, f"r{n}") for n in range(total))
            done.take_log(_lines(total), "tax")
            done.compare(START, END)
            assert (done.counts.by_reference, done.counts.findings) == (total, 0)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < peaks[0] * 2, peaks


def _lines(total: int) -> Iterator[tuple[Line, ...]]:
    for start in range(0, total, 500):
        yield tuple(line(n, n / 100, reference=f"r{n}") for n in range(start, start + 500))
