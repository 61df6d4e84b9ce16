"""What entries are found by is made again by the verification: whoever changes it, or leaves an entry out, is found."""

import asyncio
from collections.abc import Callable
from functools import partial

import pytest
from sqlalchemy import Engine, text

from audit import BlindKey, Indexer, MemoryKeyRing, UsageLog, destroy_key, keys_of, verify
from audit.entries.agents import AGENTS
from tests.audit.conftest import Clock, entry, handle

BLOCK, KEY = 4, b"k" * 32
Check = Callable[[], list[tuple[int | None, str]]]


@pytest.fixture(autouse=True)
def _small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("audit.reading.indexing", "audit.verifying.indices"):
        monkeypatch.setattr(f"{module}.BLOCK", BLOCK)


@pytest.fixture
async def indexed(log: UsageLog, engine: Engine, keys: MemoryKeyRing, clock: Clock) -> UsageLog:
    """Eleven entries, of which eight are indexed; every other one was made by an agent."""
    for n in range(11):
        who = {"role": "agent", "actor": f"{n % 3:064x}"} if n % 2 else {"role": "subject", "actor": "f" * 64}
        await log.append(entry(n % 3, details=who, outcome="refused" if n % 5 == 0 else "disclosed"))
        clock.advance(hours=7)
    indexer = Indexer(engine, keys, BlindKey(KEY), pause=0)
    assert [indexer.step(), indexer.step(), indexer.step()] == [True, True, False]
    return log


@pytest.fixture
def check(engine: Engine, keys: MemoryKeyRing) -> Check:
    return lambda: [(one.index, one.what) for one in verify(engine, keys=keys, blind=KEY).problems]


async def test_an_index_as_it_was_made_holds(indexed: UsageLog, check: Check, engine: Engine) -> None:
    assert check() == []
    assert verify(engine).ok


TALLY_OF_4 = (4, "the tally of entries 4 to 7 is not theirs")
CHANGES = {
    "UPDATE audit_tally SET entries = entries + 1 WHERE first_index = 4 AND position = 0": TALLY_OF_4,
    "UPDATE audit_tally SET day = day + 1 WHERE first_index = 4 AND position = 0": TALLY_OF_4,
    "UPDATE audit_tally SET controller = 'x' WHERE first_index = 4 AND position = 1": TALLY_OF_4,
    "UPDATE audit_tally SET first_index = 6 WHERE first_index = 4 AND position = 0": TALLY_OF_4,
    "DELETE FROM audit_tally WHERE first_index = 0": (0, "the tally of entries 0 to 3 is not theirs"),
    "INSERT INTO audit_tally SELECT 4, 99, day, kind, controller, client, activity, outcome, 1 FROM audit_tally WHERE first_index = 0 AND position = 0": TALLY_OF_4,
    "INSERT INTO audit_tally SELECT 20, 0, day, kind, controller, client, activity, outcome, 4 FROM audit_tally WHERE first_index = 0 AND position = 0": (
        11, "entry 11 is missing: the index counts 24",
    ),
    "INSERT INTO audit_tally SELECT 3, 0, day, kind, controller, client, activity, outcome, 4 FROM audit_tally WHERE first_index = 0 AND position = 0": (
        None, "a tally is of no block",
    ),
    "DELETE FROM audit_agent WHERE leaf_index = 5": (5, "the index of agents leaves the entry out"),
    "UPDATE audit_agent SET tag = (SELECT b.tag FROM audit_agent b WHERE b.leaf_index = 3) WHERE leaf_index = 5": (
        5, "the index of agents names another agent",
    ),
    "UPDATE audit_agent SET key_id = 'x' WHERE leaf_index = 7": (7, "the index of agents names another agent"),
    "UPDATE audit_agent SET agents_key_id = 'x' WHERE leaf_index = 7": (7, "the index of agents names another agent"),
    "UPDATE audit_agent SET leaf_index = 2 WHERE leaf_index = 1": (1, "the index of agents leaves the entry out"),
    "INSERT INTO audit_agent SELECT 6, tag, key_id, NULL FROM audit_agent WHERE leaf_index = 5": (
        6, "the index of agents names an entry that no agent made, or whose key is gone",
    ),
    "INSERT INTO audit_agent SELECT 9, tag, key_id, NULL FROM audit_agent WHERE leaf_index = 5": (
        None, "the index of agents names an entry that is not indexed yet",
    ),
}  # fmt: skip


@pytest.mark.parametrize("statement", CHANGES)
async def test_each_change_of_the_index_is_found(
    indexed: UsageLog, check: Check, engine: Engine, statement: str
) -> None:
    with engine.begin() as connection:
        connection.execute(text(statement))
    assert check()[0] == CHANGES[statement]


async def test_without_keys_the_tallies_are_checked_and_without_the_blind_key_whose_entries_are_named(
    indexed: UsageLog, engine: Engine, keys: MemoryKeyRing
) -> None:
    with engine.begin() as connection:
        connection.execute(
            text("UPDATE audit_agent SET tag = (SELECT b.tag FROM audit_agent b WHERE b.leaf_index = 3)")
        )
    assert verify(engine).ok
    assert verify(engine, keys=keys).ok
    with engine.begin() as connection:
        connection.execute(text("DELETE FROM audit_agent WHERE leaf_index = 3"))
    first = verify(engine, keys=keys).first
    assert first is not None
    assert first.index == 3
    with engine.begin() as connection:
        connection.execute(text("DELETE FROM audit_tally WHERE first_index = 0"))
    first = verify(engine).first
    assert first is not None
    assert first.index == 0


async def test_what_is_forgotten_is_in_the_tally_and_no_longer_in_the_index_of_agents(
    indexed: UsageLog, check: Check, engine: Engine
) -> None:
    with engine.connect() as connection:
        (key,) = keys_of(connection, handle(0))
    gone = entry(0, kind="keyDestroyed", outcome=key.id, retention="P1Y", details={})
    await indexed.append(gone, write=lambda connection: destroy_key(connection, key.id, gone.id))
    assert check() == []
    row = "SELECT 3, tag, key_id, NULL FROM audit_agent WHERE leaf_index = 5"
    with engine.begin() as connection:
        connection.execute(text(f"INSERT INTO audit_agent {row}"))
    assert check()[0][0] == 3


async def test_an_index_that_grows_beside_appends_holds_at_every_instant(
    log: UsageLog, engine: Engine, keys: MemoryKeyRing, check: Check
) -> None:
    indexer = Indexer(engine, keys, BlindKey(KEY), pause=0)
    appends = [
        asyncio.create_task(log.append(entry(n, details={"role": "agent", "actor": "a" * 64})))
        for n in range(40)
    ]
    while not all(one.done() for one in appends) or await asyncio.to_thread(indexer.step):
        await asyncio.to_thread(indexer.step)
        assert await asyncio.to_thread(check) == []
    assert await asyncio.to_thread(indexer.step) is False


async def test_either_key_destroyed_takes_the_row_of_the_agent_with_it(
    log: UsageLog, engine: Engine, keys: MemoryKeyRing, check: Check
) -> None:
    for n in range(BLOCK):
        await log.append(entry(n % 2, controller="ab"[n // 2], agents={"actor": "c" * 64}))
    indexer = Indexer(engine, keys, BlindKey(KEY), pause=0)
    assert indexer.step()

    def rows() -> list[int]:
        with engine.connect() as connection:
            return list(connection.execute(text("SELECT leaf_index FROM audit_agent ORDER BY 1")).scalars())

    assert (rows(), check()) == ([0, 1, 2, 3], [])
    for subject, controller, left in ((AGENTS, "a", [2, 3]), (handle(0), "b", [3])):
        with engine.connect() as connection:
            (key,) = [one for one in keys_of(connection, subject) if one.controller == controller]
        gone = entry(
            0,
            kind="keyDestroyed",
            outcome=key.id,
            subject=subject,
            retention="P1Y",
            controller=controller,
            details={},
        )
        await log.append(gone, write=partial(destroy_key, key_id=key.id, entry_id=gone.id))
        assert (rows(), check()) == (left, [])


async def test_what_can_be_read_no_more_is_not_indexed_for_its_agent(
    log: UsageLog, engine: Engine, keys: MemoryKeyRing, check: Check
) -> None:
    for _ in range(BLOCK - 1):
        await log.append(entry(agents={"actor": "c" * 64}))
    with engine.connect() as connection:
        (key,) = keys_of(connection, AGENTS)
    gone = entry(kind="keyDestroyed", outcome=key.id, subject=AGENTS, retention="P1Y", details={})
    await log.append(gone, write=partial(destroy_key, key_id=key.id, entry_id=gone.id))
    assert Indexer(engine, keys, BlindKey(KEY), pause=0).step()
    with engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM audit_agent")).scalar() == 0
    assert check() == []
