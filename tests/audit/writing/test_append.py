"""Appending: what is durable, what is refused, who is harmed by whom."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from time import monotonic
from typing import Any

import pytest
from sqlalchemy import Column, Connection, Engine, Integer, MetaData, String, Table, insert, select

from audit import (
    Entry,
    EntryRefused,
    GrantGone,
    IntentGone,
    LogFull,
    LogUnavailable,
    MemoryKeyRing,
    UsageLog,
    verify,
)
from tests.audit.conftest import Granted, MakeLog, entry, handle, intent

NOTES = Table(
    "notes", MetaData(), Column("id", Integer, primary_key=True), Column("text", String(50), unique=True)
)


@pytest.fixture(autouse=True)
def notes(engine: Engine) -> None:
    """A table of the caller's own."""
    NOTES.metadata.create_all(engine)


def noted(engine: Engine) -> set[str]:
    with engine.connect() as connection:
        return set(connection.scalars(select(NOTES.c.text)))


def note(text: str) -> Callable[[Connection], str]:
    def write(connection: Connection) -> str:
        connection.execute(insert(NOTES).values(text=text))
        return text

    return write


@asynccontextmanager
async def one_batch(log: UsageLog) -> AsyncIterator[None]:
    """What is started inside waits, and is then written as one batch."""
    entered, leave = threading.Event(), threading.Event()

    def hold(_connection: Connection) -> None:
        entered.set()
        leave.wait(10)

    holding = asyncio.create_task(log.append(entry(99), write=hold))
    await asyncio.to_thread(entered.wait, 10)
    yield
    await asyncio.sleep(0)  # what was started inside gets its place in the queue
    leave.set()
    await holding


async def outcomes(log: UsageLog, *calls: Any) -> list[Any]:
    """The outcomes of calls that share a batch."""
    async with one_batch(log):
        tasks = [asyncio.ensure_future(call) for call in calls]
    return await asyncio.gather(*tasks, return_exceptions=True)


async def test_an_entry_that_closes_its_intent_is_read_back_as_it_was_given(
    log: UsageLog, engine: Engine, keys: MemoryKeyRing
) -> None:
    announced, recorded = intent(), entry()
    await log.intend(announced)
    assert verify(engine, keys=keys).intents == 1
    appended = await log.append(recorded, closes=announced.id)
    (line,) = log.read_subject(handle()).lines
    assert (line.index, line.leaf, line.recorded_at) == (0, appended.leaf, appended.recorded_at)
    assert (line.state, line.details) == ("readable", recorded.details)
    assert verify(engine, keys=keys).intents == 0


async def test_entries_of_many_callers_at_once_stand_at_contiguous_indices(
    log: UsageLog, engine: Engine, keys: MemoryKeyRing
) -> None:
    appended = await asyncio.gather(*(log.append(entry(n % 7)) for n in range(200)))
    assert sorted(a.index for a in appended) == list(range(200))
    report = verify(engine, keys=keys)
    assert (report.ok, report.size, report.readable) == (True, 200, 200)


async def test_an_intent_is_closed_once(log: UsageLog) -> None:
    announced = intent()
    await log.intend(announced)
    results = await outcomes(log, *(log.append(entry(), closes=announced.id) for _ in range(3)))
    assert [type(r).__name__ for r in results] == ["Appended", "IntentGone", "IntentGone"]
    with pytest.raises(IntentGone) as caught:
        await log.append(entry(), closes=announced.id)
    assert caught.value.intent_id == announced.id
    assert log.count_subject(handle()) == 1


async def test_an_entry_without_its_grant_is_not_recorded_and_its_intent_stays_open(
    log: UsageLog, granted: Granted
) -> None:
    announced = intent()
    await log.intend(announced)
    granted.gone = {"consent:1"}
    with pytest.raises(GrantGone) as caught:
        await log.append(entry(), relies_on=frozenset({"consent:1", "client:a"}), closes=announced.id)
    assert caught.value.references == {"consent:1"}
    refusal = await log.append(entry(outcome="refused"), closes=announced.id)
    assert refusal.index == 0


async def test_grants_are_read_again_by_one_query_a_batch(log: UsageLog, granted: Granted) -> None:
    granted.gone = {"consent:3"}
    calls = (log.append(entry(n), relies_on=frozenset({f"consent:{n}"})) for n in range(5))
    results = await outcomes(log, *calls)
    assert [isinstance(r, GrantGone) for r in results] == [False, False, False, True, False]
    assert granted.asked == [frozenset(f"consent:{n}" for n in range(5))]


@pytest.mark.parametrize(("spent", "together"), [(monotonic, True), (lambda: 0.0, False)])
async def test_only_a_process_that_uses_a_whole_core_waits_for_more_to_write_at_once(
    make_log: MakeLog,
    granted: Granted,
    monkeypatch: pytest.MonkeyPatch,
    spent: Callable[[], float],
    together: bool,
) -> None:
    monkeypatch.setattr("audit.writing.writer.process_time", spent)
    log = make_log(delay=0.5)
    await log.start()
    await asyncio.sleep(0.3)
    early = asyncio.create_task(log.append(entry(), relies_on=frozenset({"early"})))
    await asyncio.sleep(0.1)
    assert early.done() is not together
    await log.append(entry(), relies_on=frozenset({"late"}))
    await early
    assert [*map(set, granted.asked)] == ([{"early", "late"}] if together else [{"early"}, {"late"}])
    await log.close()


@pytest.mark.parametrize("withdrawal_first", [True, False])
async def test_a_withdrawal_in_the_same_batch_keeps_a_disclosure_from_being_recorded(
    log: UsageLog, granted: Granted, withdrawal_first: bool
) -> None:
    def withdraw(_connection: Connection) -> str:
        granted.gone.add("consent:1")
        return "withdrawn"

    calls = [
        log.append(entry(kind="consentWithdrawn"), write=withdraw),
        log.append(entry(), relies_on=frozenset({"consent:1"})),
    ]
    results = await outcomes(log, *(calls if withdrawal_first else calls[::-1]))
    withdrawn, disclosed = results if withdrawal_first else results[::-1]
    assert withdrawn.written == "withdrawn"
    assert isinstance(disclosed, GrantGone)


async def test_the_callers_write_is_committed_with_its_entry(log: UsageLog, engine: Engine) -> None:
    appended = await log.append(entry(), write=note("one"))
    await log.intend(intent(), write=note("two"))
    assert appended.written == "one"
    assert noted(engine) == {"one", "two"}


async def test_a_write_that_fails_is_undone_and_told_to_its_caller_alone(
    log: UsageLog, engine: Engine, keys: MemoryKeyRing
) -> None:
    class TooMany(Exception):
        pass

    def refuse(connection: Connection) -> None:
        note("refused")(connection)
        raise TooMany

    results = await outcomes(
        log,
        log.append(entry(), write=note("first")),
        log.append(entry(), write=refuse),
        log.append(entry()),
        log.intend(intent(), write=refuse),
        log.append(entry(), write=note("second")),
    )
    assert [type(r).__name__ for r in results] == ["Appended", "TooMany", "Appended", "TooMany", "Appended"]
    assert noted(engine) == {"first", "second"}
    report = verify(engine, keys=keys)
    assert (report.ok, report.size, report.intents) == (True, 4, 0)


async def test_a_write_that_breaks_a_constraint_harms_nobody_else(log: UsageLog, engine: Engine) -> None:
    results = await outcomes(
        log, *(log.append(entry(), write=note("same")) for _ in range(2)), log.append(entry())
    )
    assert [type(r).__name__ for r in results] == ["Appended", "IntegrityError", "Appended"]
    assert noted(engine) == {"same"}


async def test_a_write_is_not_made_without_its_grant_and_its_intent(
    log: UsageLog, engine: Engine, granted: Granted
) -> None:
    granted.gone = {"client:a"}
    with pytest.raises(GrantGone):
        await log.append(entry(), relies_on=frozenset({"client:a"}), write=note("never"))
    with pytest.raises(IntentGone):
        await log.append(entry(), closes="no-such-intent", write=note("never"))
    assert noted(engine) == set()


async def test_an_id_used_before_is_refused_and_harms_nobody_else(
    log: UsageLog, engine: Engine, keys: MemoryKeyRing
) -> None:
    first, announced = entry(), intent()
    await log.append(first)
    await log.intend(announced)
    results = await outcomes(
        log, log.append(first), log.append(entry()), log.intend(announced), log.intend(intent())
    )
    assert [type(r).__name__ for r in results] == ["EntryRefused", "Appended", "EntryRefused", "NoneType"]
    assert verify(engine, keys=keys).ok


@pytest.mark.parametrize(
    "changes",
    [
        {"kind": "x" * 201},
        {"client": "a\x00b"},
        {"controller": "\ud800"},
        {"subject": "85010112345-"},
        {"subject": ""},
        {"details": {"@number": 3}},
        {"details": {"x": object()}},
        {"details": {"x": "\ud800"}},
        {"details": {"x": "y" * (1 << 20)}},
        {"details": dict.fromkeys(map(str, range(1001)), 1)},
    ],
    ids=["long", "null", "surrogate", "number", "empty", "reserved", "object", "text", "large", "many"],
)
async def test_an_entry_that_cannot_be_written_down_is_refused_before_it_waits(
    log: UsageLog, changes: dict[str, Any]
) -> None:
    with pytest.raises(EntryRefused):
        await log.append(entry(**changes))
    with pytest.raises(EntryRefused):
        await log.intend(intent(**changes))


async def test_a_full_queue_refuses_and_drops_nothing(make_log: MakeLog) -> None:
    log = make_log(queue=5)
    await log.start()
    await log.append(entry())
    async with one_batch(log):
        waiting = [asyncio.create_task(log.append(entry())) for _ in range(5)]
        await asyncio.sleep(0)
        with pytest.raises(LogFull):
            await log.append(entry())
    assert len({a.index for a in await asyncio.gather(*waiting)}) == 5
    await log.close()


async def test_a_cancelled_caller_leaves_the_batch_whole(
    log: UsageLog, engine: Engine, keys: MemoryKeyRing
) -> None:
    async with one_batch(log):
        tasks = [asyncio.create_task(log.append(entry(n))) for n in range(6)]
        await asyncio.sleep(0)
        for task in tasks[::2]:
            task.cancel()
    results = await asyncio.gather(*tasks, return_exceptions=True)
    assert [isinstance(r, asyncio.CancelledError) for r in results] == [True, False] * 3
    report = verify(engine, keys=keys)
    assert (report.ok, report.size) == (True, 7)


async def test_a_closed_log_writes_what_waits_and_takes_nothing_more(make_log: MakeLog) -> None:
    log = make_log()
    await log.start()
    waiting = [asyncio.create_task(log.append(entry())) for _ in range(50)]
    await asyncio.sleep(0)
    await log.close()
    assert sorted(a.index for a in await asyncio.gather(*waiting)) == list(range(50))
    with pytest.raises(LogUnavailable):
        await log.append(entry())


async def test_a_log_goes_on_where_it_stopped(make_log: MakeLog, engine: Engine, keys: MemoryKeyRing) -> None:
    for _ in range(3):
        log = make_log()
        await log.start()
        await asyncio.gather(*(log.append(entry(n)) for n in range(4)))
        await log.close()
    report = verify(engine, keys=keys)
    assert (report.ok, report.size, report.checkpoints) == (True, 12, 3)


async def test_grants_that_cannot_be_read_keep_only_what_relies_on_them_from_being_recorded(
    make_log: MakeLog, engine: Engine, keys: MemoryKeyRing
) -> None:
    def broken(_connection: Connection, _references: frozenset[str]) -> frozenset[str]:
        raise RuntimeError

    log = UsageLog(engine, keys=keys, grants=broken)
    await log.start()
    results = await outcomes(
        log, log.append(entry(), relies_on=frozenset({"consent:1"})), log.append(entry())
    )
    await log.close()
    assert [type(r).__name__ for r in results] == ["LogUnavailable", "Appended"]


async def test_what_an_entry_and_an_intent_hold_is_not_in_their_representation() -> None:
    secret = {"actor": "85010112345"}
    for thing in (entry(details=secret), intent(details=secret)):
        assert "85010112345" not in repr(thing)


async def test_details_stand_nowhere_in_the_clear(make_log: MakeLog, engine: Engine) -> None:
    log, secret = make_log(), "Cassiopeia"
    await log.start()
    await log.intend(intent(details={"asked": [secret]}))
    await log.append(entry(details={"disclosed": {secret: [secret]}}))
    await log.close()
    with engine.connect() as connection:
        for name in ("audit_entry", "audit_intent", "audit_data_key", "audit_subject", "audit_head"):
            stored = repr(connection.exec_driver_sql(f"SELECT * FROM {name}").all())  # noqa: S608
            assert secret not in stored


async def test_an_entry_survives_a_caller_whose_loop_is_gone(
    make_log: MakeLog, engine: Engine, keys: MemoryKeyRing
) -> None:
    log = make_log()
    await log.start()

    def elsewhere() -> None:
        async def leave() -> None:
            with suppress(TimeoutError):
                await asyncio.wait_for(log.append(Entry(**vars_of(entry()))), 0)

        asyncio.run(leave())

    await asyncio.to_thread(elsewhere)
    await log.append(entry())
    await log.close()
    assert verify(engine, keys=keys).ok


def vars_of(thing: Entry) -> dict[str, Any]:
    return {name: getattr(thing, name) for name in thing.__dataclass_fields__}
