"""Re-wrapping by epoch: while appends go on, across replicas, and without bringing back what was destroyed."""

import asyncio

import pytest
from sqlalchemy import Engine, select, update

from audit import MemoryKeyRing, UsageLog, destroy_key, elected, keys_of, rewrap, verify
from audit.keys import rewrapping
from audit.store import DATA_KEY
from tests.audit.conftest import MakeLog, entry, handle, intent

SUBJECTS = 12


@pytest.fixture(autouse=True)
def _small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rewrapping, "_BATCH", 5)


def epochs_in_use(engine: Engine) -> set[str]:
    with engine.connect() as connection:
        query = select(DATA_KEY.c.epoch).where(DATA_KEY.c.wrapped.is_not(None))
        return set(connection.execute(query).scalars())


async def fill(log: UsageLog) -> None:
    await log.intend(intent())
    await asyncio.gather(*(log.append(entry(n)) for n in range(SUBJECTS)))


async def test_every_key_goes_to_the_new_epoch_and_the_log_reads_and_verifies_without_the_old_one(
    log: UsageLog, engine: Engine, keys: MemoryKeyRing
) -> None:
    await fill(log)
    keys.begin()
    done = await asyncio.to_thread(rewrap, engine, keys)
    assert (done.keys, done.stuck, done.unreadable) == (
        SUBJECTS + 1,
        frozenset(),
        (),
    )  # and that of the intents
    keys.destroy("1")
    assert epochs_in_use(engine) == {"2"}
    assert all(log.read_subject(handle(n)).lines[0].state == "readable" for n in range(SUBJECTS))
    report = verify(engine, keys=keys)
    assert (report.problems, report.readable) == ((), SUBJECTS)


async def test_appends_go_on_meanwhile_and_nothing_stays_under_the_old_epoch(
    log: UsageLog, engine: Engine, keys: MemoryKeyRing
) -> None:
    await fill(log)
    stop = asyncio.Event()

    async def append(start: int) -> int:
        number = start
        while not stop.is_set():
            await log.append(entry(number))
            number += 10
        return number

    writers = [asyncio.create_task(append(1000 + n)) for n in range(10)]
    keys.begin()
    done = await asyncio.to_thread(rewrap, engine, keys)
    stop.set()
    await asyncio.gather(*writers)
    assert done.keys >= SUBJECTS + 1
    assert not done.stuck
    assert epochs_in_use(engine) == {"2"}
    keys.destroy("1")
    assert verify(engine, keys=keys).problems == ()


async def test_a_second_run_finds_nothing_to_do(log: UsageLog, engine: Engine, keys: MemoryKeyRing) -> None:
    await fill(log)
    keys.begin()
    rewrap(engine, keys)
    assert rewrap(engine, keys).keys == 0


async def test_a_run_that_was_cut_short_is_finished_by_the_next(
    log: UsageLog, engine: Engine, keys: MemoryKeyRing, monkeypatch: pytest.MonkeyPatch
) -> None:
    await fill(log)
    keys.begin()
    calls = iter(range(100))
    whole = keys.wrap

    def wrap_until_the_crash(key: bytes, ad: bytes) -> object:
        if next(calls) == 7:  # in the second batch of five
            raise SystemExit
        return whole(key, ad)

    monkeypatch.setattr(keys, "wrap", wrap_until_the_crash)
    with pytest.raises(SystemExit):
        rewrap(engine, keys)
    assert epochs_in_use(engine) == {"1", "2"}
    monkeypatch.undo()
    assert rewrap(engine, keys).stuck == frozenset()
    assert epochs_in_use(engine) == {"2"}
    assert verify(engine, keys=keys).problems == ()


async def test_a_key_that_is_destroyed_in_the_same_moment_stays_destroyed(
    log: UsageLog, engine: Engine, keys: MemoryKeyRing, monkeypatch: pytest.MonkeyPatch
) -> None:
    await log.append(entry(1))
    with engine.connect() as connection:
        (key,) = keys_of(connection, handle(1))
    keys.begin()
    read, destroyed = rewrapping._under_earlier, list[bool]()

    def read_then_destroyed(*given: object) -> object:
        rows = read(*given)  # type: ignore[arg-type]
        if not destroyed:
            with engine.begin() as connection:
                destroyed.append(destroy_key(connection, key.id, "e"))
        return rows

    monkeypatch.setattr(rewrapping, "_under_earlier", read_then_destroyed)
    rewrap(engine, keys)
    with engine.connect() as connection:
        row = connection.execute(select(DATA_KEY).where(DATA_KEY.c.id == key.id)).one()
    assert (row.wrapped, row.epoch, row.destroyed_by) == (None, "", "e")


async def test_a_key_that_does_not_open_keeps_its_epoch_from_being_destroyed_and_is_named(
    log: UsageLog, engine: Engine, keys: MemoryKeyRing
) -> None:
    await fill(log)
    with engine.begin() as connection:
        (key,) = keys_of(connection, handle(3))
        connection.execute(update(DATA_KEY).where(DATA_KEY.c.id == key.id).values(wrapped=b"x" * 60))
    keys.begin()
    done = rewrap(engine, keys)
    assert (done.keys, done.stuck, done.unreadable) == (SUBJECTS, frozenset({"1"}), (key.id,))


async def test_one_replica_works_on_the_keys_at_a_time(make_log: MakeLog, engine: Engine) -> None:
    with elected(engine) as first, elected(engine) as second:
        assert first
        assert second is (engine.dialect.name == "sqlite")
    with elected(engine) as again:
        assert again
