"""Reading a subject's lines."""

import asyncio
import time
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, insert

from audit import Choice, LogUnavailable, MemoryKeyRing, UsageLog
from audit.store import ENTRY
from tests.audit.conftest import NOW, Clock, MakeLog, entry, handle


async def test_lines_come_newest_first_in_pages_that_meet(log: UsageLog) -> None:
    for n in range(25):
        await log.append(entry(n % 2, details={"n": n}))
    seen, before, pages = [], None, 0
    while True:
        page = log.read_subject(handle(1), before=before, limit=5)
        seen += [line.details["n"] for line in page.lines if line.details]
        pages += 1
        before = page.next
        if before is None:
            break
    assert seen == list(range(23, -1, -2))
    assert pages == 3
    assert log.count_subject(handle(1)) == 12


async def test_a_page_that_is_just_full_is_the_last_one(log: UsageLog) -> None:
    for _ in range(4):
        await log.append(entry())
    assert log.read_subject(handle(), limit=4).next is None
    assert log.read_subject(handle(), limit=3).next == 1


async def test_lines_are_chosen_by_kind(log: UsageLog) -> None:
    for kind in ("prefill", "usageRead", "prefill", "consentGiven"):
        await log.append(entry(kind=kind))
    page = log.read_subject(handle(), choice=Choice(kind=frozenset({"prefill", "consentGiven"})))
    assert [line.kind for line in page.lines] == ["consentGiven", "prefill", "prefill"]


async def test_lines_are_chosen_by_all_that_is_in_the_clear(log: UsageLog, clock: Clock) -> None:
    changes: list[dict[str, Any]] = [
        {}, {"kind": "usageRead"}, {"controller": "tax"}, {"client": "x"}, {"activity": "y"}, {"outcome": "z"},
    ]  # fmt: skip
    for change in changes:
        await log.append(entry(**change))
        clock.advance(hours=1)

    def found(**names: str) -> list[int]:
        wanted: dict[str, Any] = {name: frozenset({one, "other"}) for name, one in names.items()}
        choice = Choice(**wanted)
        lines = log.read_subject(handle(), choice=choice).lines
        assert [choice.admits(line) for line in log.read_subject(handle()).lines].count(True) == len(lines)
        assert log.count_subject(handle(), choice=choice) == len(lines)
        return [line.index for line in lines]

    assert found(controller="tax") == [2]
    assert found(client="x") == [3]
    assert found(activity="y") == [4]
    assert found(outcome="z") == [5]
    assert found(kind="prefill", outcome="disclosed") == [4, 3, 2, 0]
    assert found(controller="tax", outcome="z") == []


async def test_the_start_of_a_time_is_included_and_its_end_is_not(log: UsageLog, clock: Clock) -> None:
    for _ in range(4):
        await log.append(entry())
        clock.advance(hours=1)
    hour, moment = timedelta(hours=1), timedelta(milliseconds=1)
    for since, until, expected in [
        (NOW + hour, NOW + 3 * hour, [2, 1]),
        (NOW + hour + moment, None, [3, 2]),
        (None, NOW + hour + moment, [1, 0]),
    ]:
        choice = Choice(since=since, until=until)
        lines = log.read_subject(handle(), choice=choice).lines
        assert [line.index for line in lines] == expected
        assert [line.index for line in log.read_subject(handle()).lines if choice.admits(line)] == expected


async def test_chosen_lines_are_counted_no_further_than_asked(log: UsageLog) -> None:
    for _ in range(4):
        await log.append(entry())
    prefills = Choice(kind=frozenset({"prefill"}))
    assert log.count_subject(handle(), choice=prefills, most=3) == 3
    assert log.count_subject(handle(), most=3) == 4


async def test_a_subject_without_lines_has_none(log: UsageLog) -> None:
    page = log.read_subject(handle(5))
    assert (page.lines, page.next, log.count_subject(handle(5))) == ((), None, 0)


async def test_one_entry_is_found_by_its_id(log: UsageLog) -> None:
    recorded = entry()
    await log.append(recorded)
    line = log.get_entry(recorded.id)
    assert line is not None
    assert (line.id, line.details, line.retention) == (recorded.id, recorded.details, recorded.retention)
    assert log.get_entry("another") is None


async def test_details_come_back_as_they_were_given(log: UsageLog) -> None:
    details: dict[str, Any] = {
        "text": "Éléonore ✓ \u2028",
        "list": ["a", 1, 1.5, True, None],
        "object": {"b": {"a": []}},
        "none": None,
        "": "",
        "large": 1 << 62,
    }
    await log.append(entry(details=details))
    (line,) = log.read_subject(handle()).lines
    assert line.details == details
    assert list(line.details or ()) == list(details)


async def test_lines_whose_epoch_key_is_gone_are_not_readable(make_log: MakeLog, engine: Engine) -> None:
    log = make_log()
    await log.start()
    await log.append(entry())
    await log.close()
    other = UsageLog(engine, keys=MemoryKeyRing("2"), grants=lambda _c, r: r)
    (line,) = other.read_subject(handle()).lines
    assert (line.state, line.details) == ("notReadable", None)


async def test_lines_of_an_earlier_epoch_stay_readable_and_new_keys_are_of_the_new_one(
    log: UsageLog, engine: Engine, keys: MemoryKeyRing
) -> None:
    await log.append(entry(1))
    keys.rotate("2")
    await log.append(entry(1))
    await log.append(entry(2))
    assert [line.state for line in log.read_subject(handle(1)).lines] == ["readable"] * 2
    with engine.connect() as connection:
        rows = connection.exec_driver_sql("SELECT subject, epoch FROM audit_data_key").all()
    assert {tuple(row) for row in rows} == {(handle(1), "1"), (handle(2), "2")}


async def test_a_page_of_a_subject_with_ten_thousand_lines_is_read_by_its_index(
    log: UsageLog, engine: Engine
) -> None:
    await asyncio.gather(*(log.append(entry(1)) for _ in range(50)))
    with engine.begin() as connection:
        row = dict(connection.execute(ENTRY.select().limit(1)).mappings().one())
        rows = [{**row, "leaf_index": n, "id": f"copy-{n}"} for n in range(50, 10_000)]
        connection.execute(insert(ENTRY), rows)
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql("ANALYZE audit_entry")
    begin = time.perf_counter()
    page = log.read_subject(handle(1), before=5_000, limit=20)
    elapsed = time.perf_counter() - begin
    assert [line.index for line in page.lines] == list(range(4_999, 4_979, -1))
    assert elapsed < 1  # a scan of ten thousand bodies takes longer; it is measured by benchmarks/log.py


async def test_a_log_whose_database_is_gone_says_so(make_log: MakeLog, engine: Engine) -> None:
    log = make_log()
    with engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE audit_entry")
    for read in (log.read_subject, log.get_entry):
        with pytest.raises(LogUnavailable):
            read(handle())
    with pytest.raises(LogUnavailable):
        await log.start()
