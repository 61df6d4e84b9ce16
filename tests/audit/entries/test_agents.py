"""Officials stand in the log under their controller's key: the subject's key alone does not open them, and they end by themselves."""

import asyncio

import pytest
from sqlalchemy import Engine, delete, select, update

from audit import EntryRefused, MemoryKeyRing, Officials, UsageLog, destroy_key, keys_of, rewrap, verify
from audit.entries.agents import AGENTS
from audit.store import DATA_KEY, ENTRY
from tests.audit.conftest import Clock, MakeLog, entry, handle, intent

WHO = {"actor": "ac" * 32, "approver": "bd" * 32}


def officials(
    engine: Engine, keys: MemoryKeyRing, log: UsageLog, subject: int = 1
) -> list[dict[str, str] | None]:
    lines = log.read_subject(handle(subject)).lines
    found = Officials(engine, keys).of(lines)
    return [dict(found[line.index]) if line.index in found else None for line in lines]


async def test_agents_are_read_by_their_controller_and_are_no_detail_of_the_line(
    log: UsageLog, engine: Engine, keys: MemoryKeyRing
) -> None:
    await log.append(entry(1, agents=WHO))
    await log.append(entry(1))
    lines = log.read_subject(handle(1)).lines
    assert [set(line.details or {}) & {"actor", "approver", "@agents"} for line in lines] == [set(), set()]
    assert officials(engine, keys, log) == [None, WHO]
    assert verify(engine, keys=keys).problems == ()


async def test_what_the_subjects_key_opens_holds_no_agent(
    log: UsageLog, engine: Engine, keys: MemoryKeyRing
) -> None:
    await log.append(entry(1, agents=WHO))
    (line,) = log.read_subject(handle(1)).lines
    assert line.sealed_agents is not None
    assert WHO["actor"].encode() not in line.sealed_agents
    with engine.connect() as connection:
        (key,) = keys_of(connection, AGENTS)
    assert (key.controller, key.retention, key.period) == ("study-grants", "P10Y", "2026")
    assert line.sealed_agents.startswith(key.id.encode() + b"\x00")


async def test_each_controller_has_a_key_of_its_own_for_its_agents_and_for_each_subject(
    log: UsageLog, engine: Engine, keys: MemoryKeyRing
) -> None:
    await asyncio.gather(
        *(log.append(entry(n, controller=name, agents=WHO)) for n in (1, 2) for name in ("a", "b"))
    )
    with engine.connect() as connection:
        assert sorted(key.controller for key in keys_of(connection, AGENTS)) == ["a", "b"]
        assert sorted(key.controller for key in keys_of(connection, handle(1))) == ["a", "b"]
    assert officials(engine, keys, log) == [WHO, WHO]


async def test_agents_of_an_orphan_are_its_intents(
    make_log: MakeLog, engine: Engine, keys: MemoryKeyRing, clock: Clock
) -> None:
    log = make_log(sweep_every=0.05)
    await log.start()
    await log.intend(intent(1, agents=WHO))
    clock.advance(seconds=31)
    async with asyncio.timeout(20):
        while not log.read_subject(handle(1)).lines:  # noqa: ASYNC110 - the sweep tells nobody
            await asyncio.sleep(0.02)
    assert officials(engine, keys, log) == [WHO]
    await log.close()


async def test_without_the_controllers_key_the_line_is_readable_and_its_agents_are_not(
    log: UsageLog, engine: Engine, keys: MemoryKeyRing
) -> None:
    await log.append(entry(1, agents=WHO))
    with engine.connect() as connection:
        (key,) = keys_of(connection, AGENTS)
    gone = entry(1, kind="keyDestroyed", outcome=key.id, retention="P1Y", subject=AGENTS)
    done = await log.append(gone, write=lambda connection: destroy_key(connection, key.id, gone.id))
    assert done.written
    assert officials(engine, keys, log) == [None]
    assert log.read_subject(handle(1)).lines[0].state == "readable"
    assert verify(engine, keys=keys).problems == ()


async def test_agents_are_read_after_their_keys_were_rewrapped(
    log: UsageLog, engine: Engine, keys: MemoryKeyRing
) -> None:
    await log.append(entry(1, agents=WHO))
    keys.begin()
    rewrap(engine, keys)
    keys.destroy("1")
    assert officials(engine, keys, log) == [WHO]


async def test_agents_key_that_was_taken_away_or_exchanged_is_found_at_the_entry(
    log: UsageLog, engine: Engine, keys: MemoryKeyRing
) -> None:
    await log.append(entry(1))
    await log.append(entry(1, agents=WHO))
    await log.append(entry(1, controller="other", agents=WHO))
    first = DATA_KEY.c.controller == "study-grants"
    for tamper in (
        delete(DATA_KEY).where(DATA_KEY.c.subject == AGENTS, first),
        update(DATA_KEY)
        .where(DATA_KEY.c.subject == AGENTS, first)
        .values(wrapped=None, epoch="", controller=""),
        update(DATA_KEY).where(DATA_KEY.c.subject == AGENTS, first).values(controller=""),
    ):
        with engine.connect() as connection:
            rows = connection.execute(select(DATA_KEY)).mappings().all()
        with engine.begin() as connection:
            assert connection.execute(tamper).rowcount == 1
        report = verify(engine, keys=keys)
        assert report.first is not None
        assert report.first.index == 1
        with engine.begin() as connection:
            connection.execute(delete(DATA_KEY))
            connection.execute(DATA_KEY.insert(), [dict(row) for row in rows])
    assert verify(engine, keys=keys).problems == ()


async def test_the_sealed_agents_are_a_field_of_the_leaf(
    log: UsageLog, engine: Engine, keys: MemoryKeyRing
) -> None:
    await log.append(entry(1, agents=WHO))
    with engine.connect() as connection:
        row = connection.execute(select(ENTRY)).mappings().one()
    line = log.get_entry(row["id"])
    assert line is not None
    assert line.sealed_agents is not None
    assert line.sealed_agents not in bytes(row["body"])  # it is sealed once more, for the subject


async def test_too_many_agents_or_one_that_is_no_text_are_refused(log: UsageLog) -> None:
    for agents in ({f"a{n}": "x" for n in range(11)}, {"actor": "\ud800"}):
        with pytest.raises(EntryRefused):
            await log.append(entry(1, agents=agents))
        with pytest.raises(EntryRefused):
            await log.intend(intent(1, agents=agents))
