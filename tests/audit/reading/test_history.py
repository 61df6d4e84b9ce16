"""Reading many entries at once, and saying which they were."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, delete, text, update

from audit import (
    BlindKey,
    Choice,
    Extent,
    History,
    Indexer,
    LogChanged,
    LogUnavailable,
    MemoryKeyRing,
    TooManyEntries,
    UsageLog,
    destroy_key,
    keys_of,
    metadata,
)
from audit.store import ENTRY
from audit.tree.merkle import CompactRange, hash_leaf
from tests.audit.conftest import NOW, Clock, entry, handle, open_engine

HOUR = timedelta(hours=1)
PREFILLS = frozenset({"prefill"})


@pytest.fixture
def history(engine: Engine, keys: MemoryKeyRing) -> History:
    return History(engine, keys)


async def _four_hours(log: UsageLog, clock: Clock) -> None:
    """One prefill and one reading an hour, each hour of another subject: indices 0 to 7."""
    for hour in range(4):
        await log.append(entry(hour, details={"hour": hour}, activity="grant" if hour < 3 else "tax"))
        await log.append(entry(hour, kind="usageRead", details={"hour": hour}))
        clock.advance(hours=1)


def _opened(history: History, extent: Extent, **how: int) -> list[tuple[int, object]]:
    found = [line for batch in history.read(extent, **how) for line in batch]
    return [(line.index, line.details["hour"] if line.details else line.state) for line in found]


async def test_the_entries_of_a_time_are_read_oldest_first(
    log: UsageLog, history: History, clock: Clock
) -> None:
    await _four_hours(log, clock)
    extent = history.extent(PREFILLS, since=NOW + HOUR, until=NOW + 3 * HOUR)
    assert (extent.first, extent.last, extent.count) == (2, 4, 2)
    assert _opened(history, extent) == [(2, 1), (4, 2)]
    assert _opened(history, extent, batch=1) == [(2, 1), (4, 2)]


async def test_the_start_is_included_and_the_end_is_not(
    log: UsageLog, history: History, clock: Clock
) -> None:
    await _four_hours(log, clock)
    moment = timedelta(milliseconds=1)
    counts = [
        history.extent(PREFILLS, since=NOW + since, until=NOW + until).count
        for since, until in [(HOUR, 2 * HOUR), (HOUR + moment, 2 * HOUR), (HOUR, 2 * HOUR + moment)]
    ]
    assert counts == [1, 0, 2]


async def test_an_extent_can_be_of_one_activity_or_of_several_kinds(
    log: UsageLog, history: History, clock: Clock
) -> None:
    await _four_hours(log, clock)
    tax = history.extent(PREFILLS, since=NOW, until=NOW + 9 * HOUR, activity="tax")
    assert _opened(history, tax) == [(6, 3)]
    both = history.extent({"prefill", "usageRead"}, since=NOW, until=NOW + HOUR)
    assert _opened(history, both) == [(0, 0), (1, 0)]


async def test_an_extent_of_nothing_reads_nothing(log: UsageLog, history: History, clock: Clock) -> None:
    await _four_hours(log, clock)
    extent = history.extent(PREFILLS, since=NOW + 9 * HOUR, until=NOW + 10 * HOUR)
    assert (extent.count, extent.root) == (0, CompactRange().root())
    assert _opened(history, extent) == []
    assert history.with_entries_of(handle(0), [extent]) == [False]


async def test_an_extent_commits_to_the_leaves_of_its_entries(
    log: UsageLog, history: History, clock: Clock
) -> None:
    tree = CompactRange()
    for number in range(5):
        tree.append(hash_leaf((await log.append(entry(number))).leaf))
    clock.advance(hours=1)
    assert history.extent(PREFILLS, since=NOW, until=NOW + HOUR).root == tree.root()


async def test_entries_that_came_after_an_extent_was_made_are_not_in_it(
    log: UsageLog, history: History, clock: Clock
) -> None:
    await _four_hours(log, clock)
    extent = history.extent(PREFILLS, since=NOW, until=NOW + 9 * HOUR)
    await log.append(entry(8))
    assert len(_opened(history, extent)) == extent.count == 4
    assert history.with_entries_of(handle(8), [extent]) == [False]


async def test_a_log_that_changed_between_counting_and_reading_is_noticed(
    log: UsageLog, history: History, clock: Clock, engine: Engine
) -> None:
    await _four_hours(log, clock)
    extent = history.extent(PREFILLS, since=NOW, until=NOW + 9 * HOUR)
    with engine.begin() as connection:
        connection.execute(update(ENTRY).where(ENTRY.c.leaf_index == 2).values(leaf=b"\x01" * 32))
    with pytest.raises(LogChanged):
        _opened(history, extent)
    with engine.begin() as connection:
        connection.execute(delete(ENTRY).where(ENTRY.c.leaf_index == 2))
    with pytest.raises(LogChanged):
        _opened(history, extent)


async def test_what_is_shredded_is_counted_and_cannot_be_opened(
    log: UsageLog, history: History, clock: Clock, engine: Engine
) -> None:
    await _four_hours(log, clock)
    with engine.begin() as connection:
        (key,) = keys_of(connection, handle(1))
        assert destroy_key(connection, key.id, "e")
    extent = history.extent(PREFILLS, since=NOW, until=NOW + 9 * HOUR)
    assert _opened(history, extent) == [(0, 0), (2, "notReadable"), (4, 2), (6, 3)]


@pytest.mark.parametrize("few", [0, 500])
async def test_each_subject_of_an_extent_is_known_and_no_other(
    *, log: UsageLog, history: History, clock: Clock, monkeypatch: pytest.MonkeyPatch, few: int
) -> None:
    monkeypatch.setattr("audit.reading.history._FEW", few)
    await _four_hours(log, clock)
    early = history.extent(PREFILLS, since=NOW, until=NOW + 2 * HOUR)
    late = history.extent(PREFILLS, since=NOW + 2 * HOUR, until=NOW + 4 * HOUR)
    tax = history.extent(PREFILLS, since=NOW, until=NOW + 4 * HOUR, activity="tax")
    seen = [history.with_entries_of(handle(number), [early, late, tax]) for number in range(5)]
    assert seen == [
        [True, False, False],
        [True, False, False],
        [False, True, False],
        [False, True, True],
        [False, False, False],
    ]
    assert history.with_entries_of(handle(0), [early, late] * 60) == [True, False] * 60
    assert history.with_entries_of(handle(0), []) == []


async def test_an_extent_survives_being_written_in_an_entry(
    log: UsageLog, history: History, clock: Clock
) -> None:
    await _four_hours(log, clock)
    for activity in (None, "grant"):
        extent = history.extent(PREFILLS, since=NOW, until=NOW + 2 * HOUR, activity=activity)
        await log.append(entry(9, id=f"x{activity}", kind="bulkReading", details=extent.details()))
        line = history.entry(f"x{activity}")
        assert line is not None
        assert line.details is not None
        assert Extent.read(line.details) == extent
    with pytest.raises(KeyError):
        Extent.read({"kinds": ["prefill"]})


async def test_one_entry_is_found_by_id_by_index_and_as_ones_own(
    log: UsageLog, history: History, clock: Clock
) -> None:
    await _four_hours(log, clock)
    by_index = history.entry(2)
    assert by_index is not None
    assert history.entry(by_index.id) == by_index == history.of_subject(handle(1), 2)
    assert history.of_subject(handle(2), 2) is None
    assert history.entry(99) is None
    assert history.entry("99") is None


@pytest.mark.parametrize("few", [0, 500])
async def test_an_extent_can_have_every_condition_of_a_choice_but_no_end_that_is_open(
    *, log: UsageLog, history: History, clock: Clock, monkeypatch: pytest.MonkeyPatch, few: int
) -> None:
    monkeypatch.setattr("audit.reading.history._FEW", few)
    await _four_hours(log, clock)
    await log.append(entry(7, controller="tax-office", client="x", outcome="refused", details={"hour": 7}))
    ever = Choice(since=NOW, until=NOW + 9 * HOUR)
    assert history.chosen(ever).count == 9
    limits: list[dict[str, Any]] = [
        {"controller": frozenset({"tax-office", "nobody"})}, {"client": frozenset({"x"})}, {"outcome": frozenset({"refused"})},
    ]  # fmt: skip
    for limit in limits:
        extent = history.chosen(replace(ever, **limit))
        assert _opened(history, extent) == [(8, 7)]
        assert Extent.read(extent.details()) == extent
        assert history.with_entries_of(handle(7), [extent]) == [True]
        assert history.with_entries_of(handle(1), [extent]) == [False]
    for wrong in (Choice(since=NOW), Choice(until=NOW), replace(ever, client=frozenset({"x", "y"}))):
        with pytest.raises(ValueError, match=r"beginning|too many"):
            history.chosen(wrong)


async def test_an_extent_that_would_be_too_large_is_not_made(
    log: UsageLog, history: History, clock: Clock
) -> None:
    await _four_hours(log, clock)
    ever = Choice(since=NOW, until=NOW + 9 * HOUR)
    assert history.chosen(ever, most=8).count == 8
    with pytest.raises(TooManyEntries):
        history.chosen(ever, most=7)


@pytest.mark.parametrize("blocks", [1, 3])
async def test_an_extent_is_the_same_whatever_is_indexed(
    *, log: UsageLog, history: History, clock: Clock, engine: Engine, keys: MemoryKeyRing, monkeypatch: pytest.MonkeyPatch, blocks: int
) -> None:  # fmt: skip
    for module in ("audit.reading.indexing", "audit.reading.history"):
        monkeypatch.setattr(f"{module}.BLOCK", 4)
    for n in range(14):
        await log.append(entry(n, details={"hour": n}))
        clock.advance(hours=11)
    times = [(NOW + a * HOUR, NOW + b * HOUR) for a in (-30, 0, 50, 100, 153) for b in (-20, 1, 60, 120, 300)]
    before = [history.extent(PREFILLS, since=since, until=until) for since, until in times]
    indexer = Indexer(engine, keys, BlindKey(b"k" * 32), pause=0)
    assert [indexer.step() for _ in range(blocks)] == [True] * blocks
    assert [history.extent(PREFILLS, since=since, until=until) for since, until in times] == before


async def test_a_database_that_is_away_is_said_to_be(history: History, engine: Engine) -> None:
    extent = replace(history.extent(PREFILLS, since=NOW, until=NOW + HOUR), last=9)
    ENTRY.metadata.drop_all(engine)
    for read in (
        lambda: history.extent(PREFILLS, since=NOW, until=NOW + HOUR),
        lambda: list(history.read(extent)),
        lambda: history.entry(1),
        lambda: history.with_entries_of(handle(), [extent]),
    ):
        with pytest.raises(LogUnavailable):
            read()


def test_postgresql_finds_a_time_by_an_index(postgres_url: str) -> None:
    engine = open_engine(postgres_url)
    metadata.create_all(engine)
    with engine.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO audit_entry SELECT n, n::text, n, 'prefill', 'c', 'c', 'a', 'o', 's', 'P1Y', 'k', repeat('b', 300)::bytea, 's', 's', 'l'"
                " FROM generate_series(0, 30000) n"
            )
        )
        connection.execute(text("ANALYZE audit_entry"))
        plan = connection.execute(
            text(
                "EXPLAIN SELECT min(leaf_index + 0) FROM audit_entry WHERE kind = 'prefill' AND recorded_at >= 29000"
            )
        ).scalars()
        assert "audit_entry_by_time" in "".join(plan)
    engine.dispose()
