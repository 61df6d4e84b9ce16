"""A database that goes away, at the worst moments."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine

from audit import DELIVERY_UNKNOWN, LogSettings, LogUnavailable, MemoryKeyRing, UsageLog, metadata, verify
from tests.audit.conftest import Granted, entry, handle, intent, open_engine
from tests.audit.proxy import Fault, Proxy

FIRST = 2


@pytest.fixture
def proxy(postgres_url: str) -> Iterator[Proxy]:
    proxy = Proxy(postgres_url)
    yield proxy
    proxy.close()


@pytest.fixture
def engine(postgres_url: str) -> Iterator[Engine]:
    """Straight to the database, past the proxy."""
    engine = open_engine(postgres_url)
    metadata.create_all(engine)
    yield engine
    engine.dispose()


@pytest.fixture
async def log(engine: Engine, proxy: Proxy, keys: MemoryKeyRing) -> AsyncIterator[UsageLog]:
    through = open_engine(proxy.url.render_as_string(hide_password=False))
    log = UsageLog(
        through, keys=keys, grants=Granted(), settings=LogSettings(sweep_every=3600, recover_for=1.0)
    )
    await log.start()
    for _ in range(FIRST):
        await log.append(entry(9))  # after the second one, the sweep of the start is over as well
    yield log
    await log.close()
    through.dispose()


async def test_an_entry_whose_commit_was_not_answered_is_looked_up_and_found(
    log: UsageLog, engine: Engine, keys: MemoryKeyRing, proxy: Proxy
) -> None:
    await log.append(entry())
    proxy.fail_next_commit(Fault.ANSWER_LOST)
    appended = await log.append(entry())
    assert (appended.index, proxy.faults) == (FIRST + 1, 1)
    proxy.fail_next_commit(Fault.ANSWER_LOST)
    announced = intent()
    await log.intend(announced)
    await log.append(entry(), closes=announced.id)
    report = verify(engine, keys=keys)
    assert (report.ok, report.size, proxy.faults) == (True, FIRST + 3, 2)


async def test_an_entry_whose_commit_was_lost_is_not_recorded_and_its_caller_knows(
    log: UsageLog, engine: Engine, keys: MemoryKeyRing, proxy: Proxy
) -> None:
    await log.append(entry())
    proxy.fail_next_commit(Fault.REQUEST_LOST)
    with pytest.raises(LogUnavailable):
        await log.append(entry())
    assert (await log.append(entry())).index == FIRST + 1
    assert (verify(engine, keys=keys).size, proxy.faults) == (FIRST + 2, 1)


async def test_callers_are_told_while_the_database_is_away_and_served_when_it_is_back(
    log: UsageLog, engine: Engine, keys: MemoryKeyRing, proxy: Proxy
) -> None:
    await log.append(entry())
    proxy.go_down()
    results = await asyncio.gather(*(log.append(entry()) for _ in range(20)), return_exceptions=True)
    assert [type(r) for r in results] == [LogUnavailable] * 20
    with pytest.raises(LogUnavailable):
        await log.intend(intent())
    with pytest.raises(LogUnavailable):
        log.read_subject(handle())
    proxy.come_back()
    assert (await log.append(entry())).index == FIRST + 1
    assert verify(engine, keys=keys).ok


async def test_a_connection_that_died_while_idle_costs_nobody_an_entry(
    log: UsageLog, engine: Engine, proxy: Proxy
) -> None:
    await log.append(entry())
    proxy.go_down()
    proxy.come_back()
    assert (await log.append(entry())).index == FIRST + 1


async def test_what_was_acknowledged_through_a_network_that_loses_commits_is_in_the_log(
    log: UsageLog, engine: Engine, keys: MemoryKeyRing, proxy: Proxy
) -> None:
    acknowledged, refused = set(), set()

    async def write(worker: int) -> None:
        for _ in range(15):
            recorded = entry(worker)
            try:
                await log.append(recorded)
            except LogUnavailable:
                refused.add(recorded.id)
            else:
                acknowledged.add(recorded.id)

    async def disturb() -> None:
        for n in range(12):
            await asyncio.sleep(0.02)
            proxy.fail_next_commit(Fault.ANSWER_LOST if n % 2 else Fault.REQUEST_LOST)

    await asyncio.gather(*(write(n) for n in range(8)), disturb())
    with engine.connect() as connection:
        ids = connection.exec_driver_sql("SELECT id FROM audit_entry ORDER BY leaf_index").scalars().all()
    stored = set(ids[FIRST:])
    assert proxy.faults > 1
    assert acknowledged == stored
    assert not refused & stored
    assert verify(engine, keys=keys).ok


async def test_nothing_is_recorded_on_a_head_that_moved_behind_the_locks_back(
    log: UsageLog, engine: Engine, keys: MemoryKeyRing
) -> None:
    def move(connection: Connection) -> None:
        connection.exec_driver_sql("UPDATE audit_head SET size = 1000")

    with pytest.raises(LogUnavailable, match="moving"):
        await log.append(entry(), write=move)
    assert (await log.append(entry())).index == FIRST
    assert verify(engine, keys=keys).ok


async def test_a_head_that_is_no_tree_takes_nothing_until_it_is_one_again(
    log: UsageLog, engine: Engine, keys: MemoryKeyRing
) -> None:
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE audit_head SET size = size + 1")
    with pytest.raises(LogUnavailable):
        await log.append(entry())
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE audit_head SET size = size - 1")
    assert (await log.append(entry())).index == FIRST
    assert verify(engine, keys=keys).ok


async def test_a_log_without_its_head_takes_nothing(
    log: UsageLog, engine: Engine, keys: MemoryKeyRing
) -> None:
    await log.append(entry())
    with engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM audit_head")
    with pytest.raises(LogUnavailable):
        await log.append(entry())
    again = UsageLog(engine, keys=keys, grants=Granted())
    with pytest.raises(LogUnavailable, match="no head"):
        await again.start()


async def test_a_database_that_another_process_holds_is_waited_for(
    tmp_path: Path, keys: MemoryKeyRing
) -> None:
    engine = open_engine(f"sqlite:///{tmp_path / 'log.sqlite3'}")
    metadata.create_all(engine)
    log = UsageLog(engine, keys=keys, grants=Granted(), settings=LogSettings(sweep_every=3600))
    await log.start()
    await log.append(entry())
    holder = engine.connect()
    raw = holder.connection.dbapi_connection
    assert raw is not None
    raw.execute("BEGIN IMMEDIATE")
    waiting = asyncio.create_task(log.append(entry()))
    await asyncio.sleep(0.3)
    raw.rollback()
    holder.close()
    assert (await waiting).index == 1
    await log.close()
    engine.dispose()


async def patient(proxy: Proxy, keys: MemoryKeyRing, **settings: float) -> UsageLog:
    """A log behind the proxy that waits half a second for its database."""
    through = open_engine(proxy.url.render_as_string(hide_password=False))
    given = {"sweep_every": 3600.0, "deadline": 0.5} | settings
    log = UsageLog(through, keys=keys, grants=Granted(), settings=LogSettings(**given))  # type: ignore[arg-type]
    await log.start()
    await log.append(entry(9))
    await asyncio.sleep(0.1)
    return log


async def test_a_database_that_hangs_keeps_nobody_waiting_and_nothing_that_was_not_begun_is_recorded(
    engine: Engine, keys: MemoryKeyRing, proxy: Proxy
) -> None:
    log = await patient(proxy, keys)
    proxy.hang()
    begun = asyncio.create_task(log.append(entry(1)))
    await asyncio.sleep(0.1)
    waiting = [asyncio.create_task(log.append(entry(2))) for _ in range(5)]
    async with asyncio.timeout(2):
        results = await asyncio.gather(begun, *waiting, return_exceptions=True)
    assert [type(result) for result in results] == [LogUnavailable] * 6
    proxy.resume()
    async with asyncio.timeout(20):
        last = await log.append(entry(3))
    assert last.index == 2  # the one under way was recorded late: it says more than happened
    await log.close()
    assert verify(engine, keys=keys).ok


async def test_an_intent_that_is_recorded_late_becomes_an_entry(
    engine: Engine, keys: MemoryKeyRing, proxy: Proxy
) -> None:
    log = await patient(proxy, keys, sweep_every=0.2)
    short = UsageLog(
        engine,
        keys=keys,
        grants=Granted(),
        settings=LogSettings(sweep_every=0.05, orphan_after=timedelta(seconds=0.1)),
    )
    proxy.hang()
    with pytest.raises(LogUnavailable):
        await log.intend(intent(5))
    proxy.resume()
    await log.close()
    await short.start()
    for _ in range(100):
        await asyncio.sleep(0.05)
        if short.count_subject(handle(5)):
            break
    await short.close()
    (line,) = short.read_subject(handle(5)).lines
    assert line.outcome == DELIVERY_UNKNOWN


async def test_a_log_is_closed_while_its_database_hangs(
    engine: Engine, keys: MemoryKeyRing, proxy: Proxy
) -> None:
    log = await patient(proxy, keys)
    proxy.hang()
    waiting = [asyncio.create_task(log.append(entry())) for _ in range(600)]
    await asyncio.sleep(0.1)
    async with asyncio.timeout(3):
        await log.close()
        results = await asyncio.gather(*waiting, return_exceptions=True)
    assert {type(result) for result in results} == {LogUnavailable}
    proxy.go_down()
