"""Entries are found across subjects: by the index where there is one, and by reading what came after it."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, delete, func, select

from audit import BlindKey, Choice, Indexer, MemoryKeyRing, Search, UsageLog, destroy_key, keys_of
from audit.reading.choice import EVERYTHING, NAMES
from audit.reading.indexing import AGENT, TALLY
from tests.audit.conftest import NOW, Clock, entry, handle

BLOCK = 4
ANNA, BERT = "a" * 64, "b" * 64
GRANTS = Choice(controller=frozenset({"study-grants"}))
BOTH = Choice(controller=frozenset({"study-grants", "tax"}))


@pytest.fixture(autouse=True)
def _small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("audit.reading.indexing", "audit.reading.search", "audit.verifying.indices"):
        monkeypatch.setattr(f"{module}.BLOCK", BLOCK)


@pytest.fixture
def indexer(engine: Engine, keys: MemoryKeyRing) -> Indexer:
    return Indexer(engine, keys, BlindKey(b"k" * 32), pause=0)


@pytest.fixture
def search(engine: Engine, keys: MemoryKeyRing) -> Search:
    return Search(engine, keys, BlindKey(b"k" * 32))


def by_agent(agent: str, **changes: Any) -> Any:
    return entry(**({"details": {"role": "agent", "actor": agent}} | changes))


async def _a_mixture(log: UsageLog, clock: Clock) -> None:
    """Eighteen entries over nine days: every third by Anna, every fifth at the tax office, every seventh refused."""
    for n in range(18):
        changes: dict[str, Any] = {"controller": "tax"} if n % 5 == 0 else {}
        changes |= {"outcome": "refused"} if n % 7 == 0 else {}
        agent = {"details": {"role": "agent", "actor": ANNA if n % 3 == 0 else BERT}}
        await log.append(entry(n % 4, **changes, **(agent if n % 2 else {"details": {"actor": ANNA}})))
        clock.advance(hours=12)


def _indices(search: Search, choice: Choice = EVERYTHING, **how: Any) -> list[int]:
    found: list[int] = []
    before = None
    while True:
        page = search.page(choice, before=before, **({"limit": 3} | how))
        found += [line.index for line in page.lines]
        before = page.next
        if before is None:
            return found


CHOICES = {
    "everything": EVERYTHING,
    "one controller": Choice(controller=frozenset({"tax"})),
    "two controllers": Choice(controller=frozenset({"tax", "study-grants"})),
    "controller and outcome": Choice(controller=frozenset({"tax"}), outcome=frozenset({"refused"})),
    "nothing": Choice(client=frozenset({"nobody"})),
    "a time": Choice(since=NOW + timedelta(days=2), until=NOW + timedelta(days=5, hours=1)),
    "a time and an outcome": Choice(until=NOW + timedelta(days=4), outcome=frozenset({"refused"})),
}


@pytest.mark.parametrize("blocks", [0, 1, 4])
async def test_the_same_is_found_whatever_is_indexed(
    log: UsageLog, clock: Clock, search: Search, indexer: Indexer, blocks: int
) -> None:
    await _a_mixture(log, clock)
    every = search.page(EVERYTHING, before=None, limit=99).lines
    assert [indexer.step() for _ in range(blocks)] == [True] * blocks
    for choice in CHOICES.values():
        expected = [line.index for line in every if choice.admits(line)]
        assert _indices(search, choice) == expected
        assert _indices(search, choice, limit=1) == expected


@pytest.mark.parametrize("blocks", [0, 1, 4])
async def test_an_agents_entries_are_found_and_nobody_elses(
    log: UsageLog, clock: Clock, search: Search, indexer: Indexer, blocks: int
) -> None:
    await _a_mixture(log, clock)
    for _ in range(blocks):
        indexer.step()

    def found(agent: str, choice: Choice = BOTH) -> list[int]:
        page = search.of_agent(choice, agent, now=clock(), before=None, limit=50)
        return [line.index for line in page.lines]

    assert found(ANNA) == [15, 9, 3]
    assert found(BERT) == [17, 13, 11, 7, 5, 1]
    assert found("c" * 64) == []
    assert found(ANNA, Choice(controller=frozenset({"tax"}))) == [15]
    assert found(ANNA, replace(BOTH, since=NOW + timedelta(days=2))) == [15, 9]
    first = search.of_agent(GRANTS, BERT, now=clock(), before=None, limit=2)
    assert [line.index for line in first.lines] == [17, 13]
    rest = search.of_agent(GRANTS, BERT, now=clock(), before=first.next, limit=50)
    assert [line.index for line in rest.lines] == [11, 7, 1]
    with pytest.raises(ValueError, match="controllers"):
        found(ANNA, EVERYTHING)


@pytest.mark.parametrize("blocks", [0, 1])
async def test_an_agent_who_is_sealed_under_the_key_of_the_controller_is_found(
    log: UsageLog, search: Search, indexer: Indexer, clock: Clock, blocks: int
) -> None:
    for n in range(BLOCK + 1):
        await log.append(entry(agents={"actor": ANNA if n % 2 else BERT}))
    assert [indexer.step() for _ in range(blocks)] == [True] * blocks
    page = search.of_agent(GRANTS, ANNA, now=clock(), before=None, limit=9)
    assert [line.index for line in page.lines] == [3, 1]


async def test_an_agent_is_found_across_months_by_tags_that_have_nothing_in_common(
    log: UsageLog, clock: Clock, search: Search, indexer: Indexer, engine: Engine
) -> None:
    for month in range(4):
        for _ in range(2):
            await log.append(by_agent(ANNA, controller="tax" if month == 3 else "study-grants"))
        clock.advance(days=31)
    while indexer.step():
        pass
    page = search.of_agent(GRANTS, ANNA, now=clock(), before=None, limit=50)
    assert [line.index for line in page.lines] == [5, 4, 3, 2, 1, 0]
    with engine.connect() as connection:
        tags = [bytes(tag) for tag in connection.execute(select(AGENT.c.tag)).scalars()]
    assert len(tags) == 8
    assert len(set(tags)) == 4


@pytest.mark.parametrize("blocks", [0, 2, 4])
async def test_entries_are_counted_by_day_and_by_what_they_are(
    log: UsageLog, clock: Clock, search: Search, indexer: Indexer, blocks: int
) -> None:
    await _a_mixture(log, clock)
    for _ in range(blocks):
        indexer.step()
    today = (NOW - NOW.replace(year=1970, month=1, day=1, hour=0)).days
    by_day = search.counts(EVERYTHING, None)
    assert by_day == {(today, ""): 1, **{(today + n, ""): 2 for n in range(1, 9)}, (today + 9, ""): 1}
    tax = search.counts(Choice(controller=frozenset({"tax"})), "outcome")
    assert tax == {(today, "refused"): 1, (today + 3, "disclosed"): 1, (today + 5, "disclosed"): 1, (today + 8, "disclosed"): 1}  # fmt: skip
    some = search.counts(Choice(since=NOW + timedelta(days=1), until=NOW + timedelta(days=2)), "kind")
    assert some == {(today + 1, "prefill"): 2, (today + 2, "prefill"): 2}


async def test_only_whole_blocks_are_indexed_and_each_once(
    log: UsageLog, indexer: Indexer, engine: Engine
) -> None:
    for _ in range(BLOCK - 1):
        await log.append(by_agent(ANNA))
    assert not indexer.step()
    await log.append(by_agent(ANNA))
    assert indexer.step()
    assert not indexer.step()
    with engine.connect() as connection:
        assert connection.scalar(select(func.sum(TALLY.c.entries))) == BLOCK
        assert connection.scalar(select(func.count()).select_from(AGENT)) == BLOCK


async def test_two_that_index_at_once_index_a_block_once(
    log: UsageLog, engine: Engine, keys: MemoryKeyRing, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(BLOCK):
        await log.append(entry())
    first, second = (Indexer(engine, keys, BlindKey(b"k" * 32), pause=0) for _ in range(2))
    inner: list[bool] = []

    def meanwhile(_: float) -> None:
        monkeypatch.undo()
        monkeypatch.setattr("audit.reading.indexing.BLOCK", BLOCK)
        inner.append(second.step())

    monkeypatch.setattr("audit.reading.indexing.time.sleep", meanwhile)
    assert sorted([first.step(), *inner]) == [False, True]
    with engine.connect() as connection:
        assert connection.scalar(select(func.sum(TALLY.c.entries))) == BLOCK


async def test_a_destroyed_key_takes_what_was_known_of_the_agents_with_it(
    log: UsageLog, indexer: Indexer, search: Search, engine: Engine, clock: Clock
) -> None:
    for n in range(BLOCK):
        await log.append(by_agent(ANNA, subject=handle(n % 2)))
    indexer.step()
    with engine.begin() as connection:
        (key,) = keys_of(connection, handle(0))
        assert destroy_key(connection, key.id, "e")
        assert set(connection.execute(select(AGENT.c.leaf_index)).scalars()) == {1, 3}
    page = search.of_agent(GRANTS, ANNA, now=clock(), before=None, limit=9)
    assert [line.index for line in page.lines] == [3, 1]


async def test_what_was_forgotten_before_it_was_indexed_is_counted_and_has_no_agent(
    log: UsageLog, indexer: Indexer, engine: Engine
) -> None:
    for n in range(BLOCK):
        await log.append(by_agent(ANNA, subject=handle(n % 2)))
    with engine.begin() as connection:
        (key,) = keys_of(connection, handle(0))
        destroy_key(connection, key.id, "e")
    indexer.step()
    with engine.connect() as connection:
        assert set(connection.execute(select(AGENT.c.leaf_index)).scalars()) == {1, 3}
        assert connection.scalar(select(func.sum(TALLY.c.entries))) == BLOCK


async def test_blocks_without_what_is_looked_for_are_not_read(
    log: UsageLog, clock: Clock, search: Search, indexer: Indexer, engine: Engine
) -> None:
    await _a_mixture(log, clock)
    while indexer.step():
        pass
    with engine.begin() as connection:
        connection.execute(delete(TALLY).where(TALLY.c.controller == "tax", TALLY.c.first_index < 8))
    assert set(NAMES) <= set(TALLY.c.keys())
    assert _indices(search, CHOICES["one controller"]) == [15, 10]
