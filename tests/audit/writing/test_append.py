"""Appending: what is durable, what is refused, who is harmed by whom."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from time import monotonic
from typing import Any

import pytest
from sqlalchemy import Engine

from audit import Entry, EntryRefused, IntentGone, LogFull, LogUnavailable, MemoryKeyRing, UsageLog, verify
from tests.audit.conftest import Granted, MakeLog, entry, handle, intent
from tests.audit.writing.batches import one_batch, outcomes


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
