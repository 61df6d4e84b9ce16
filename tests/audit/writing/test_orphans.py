"""Intents that nothing closed."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine

from audit import (
    DELIVERY_UNKNOWN,
    EntryRefused,
    IntentGone,
    LogSettings,
    LogUnavailable,
    MemoryKeyRing,
    UsageLog,
    verify,
)
from audit.writing.jobs import Job, SweepJob
from tests.audit.conftest import NOW, Clock, Granted, MakeLog, entry, handle, intent


async def eventually(condition: object, seconds: float = 5.0) -> None:
    for _ in range(int(seconds / 0.02)):
        if condition():  # type: ignore[operator]
            return
        await asyncio.sleep(0.02)
    pytest.fail("it did not come about")


async def test_an_intent_that_nothing_closed_becomes_an_entry_with_what_it_announced(
    make_log: MakeLog, engine: Engine, keys: MemoryKeyRing, clock: Clock
) -> None:
    log = make_log(sweep_every=0.02)
    await log.start()
    orphan, young = intent(1), intent(2)
    await log.intend(orphan)
    clock.advance(seconds=29)
    await log.intend(young)
    await asyncio.sleep(0.1)
    assert log.count_subject(handle(1)) == 0
    clock.advance(seconds=1)
    await eventually(lambda: log.count_subject(handle(1)) == 1)
    (line,) = log.read_subject(handle(1)).lines
    assert (line.outcome, line.controller, line.kind) == (DELIVERY_UNKNOWN, orphan.controller, orphan.kind)
    assert line.details == {**orphan.details, "intendedAt": NOW.isoformat()}
    assert line.recorded_at == NOW + timedelta(seconds=30)
    with pytest.raises(IntentGone):
        await log.append(entry(), closes=orphan.id)
    await log.append(entry(2), closes=young.id)
    await log.close()
    report = verify(engine, keys=keys)
    assert (report.ok, report.size, report.intents) == (True, 2, 0)


async def test_several_replicas_record_an_orphan_once(
    make_log: MakeLog, engine: Engine, keys: MemoryKeyRing, clock: Clock
) -> None:
    logs = [make_log(sweep_every=0.01) for _ in range(3)]
    for log in logs:
        await log.start()
    await asyncio.gather(*(logs[n % 3].intend(intent(n)) for n in range(250)))
    clock.advance(minutes=1)
    await eventually(lambda: verify(engine, keys=keys).size >= 250, 15)
    await asyncio.sleep(0.1)
    for log in logs:
        await log.close()
    report = verify(engine, keys=keys)
    assert (report.ok, report.size, report.intents) == (True, 250, 0)


async def test_an_intent_of_a_process_that_was_killed_is_recorded_by_the_next(
    make_log: MakeLog, clock: Clock
) -> None:
    first = make_log()
    await first.start()
    await first.intend(intent())
    await first.close()
    clock.advance(minutes=2)
    second = make_log(sweep_every=0.02)
    await second.start()
    await eventually(lambda: second.count_subject(handle()) == 1)
    await second.close()


async def test_an_intent_that_cannot_be_read_stays_and_keeps_no_other_from_being_recorded(
    make_log: MakeLog, engine: Engine, keys: MemoryKeyRing, clock: Clock
) -> None:
    log = make_log(sweep_every=0.02)
    await log.start()
    broken, sound = intent(1), intent(2)
    await log.intend(broken)
    await log.intend(sound)
    with engine.begin() as connection:
        connection.exec_driver_sql(
            f"UPDATE audit_intent SET recorded_at = recorded_at - 1 WHERE id = '{broken.id}'"  # noqa: S608
        )
    clock.advance(minutes=1)
    await eventually(lambda: log.count_subject(handle(2)) == 1)
    await log.close()
    report = verify(engine, keys=keys)
    assert (report.ok, report.size, report.intents) == (False, 1, 1)


async def test_a_subject_whose_key_was_tampered_with_harms_nobody_else(
    make_log: MakeLog, engine: Engine, clock: Clock
) -> None:
    log = make_log(sweep_every=0.02)
    await log.start()
    await log.append(entry(1))
    with engine.begin() as connection:
        connection.exec_driver_sql(
            f"UPDATE audit_data_key SET epoch = 'gone' WHERE subject = '{handle(1)}'"  # noqa: S608
        )
    results = await asyncio.gather(*(log.append(entry(n)) for n in range(3)), return_exceptions=True)
    assert [isinstance(r, LogUnavailable) for r in results] == [False, True, False]
    for n in range(3):
        await log.intend(intent(n))
    clock.advance(minutes=1)
    await eventually(lambda: [log.count_subject(handle(n)) for n in range(3)] == [2, 1, 2])
    await log.close()


async def test_a_controllers_key_of_officials_that_was_tampered_with_harms_no_other_controller(
    make_log: MakeLog, engine: Engine, clock: Clock
) -> None:
    log = make_log(sweep_every=0.02)
    await log.start()
    await log.append(entry(1, agents={"actor": "ab" * 32}))
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE audit_data_key SET epoch = 'gone' WHERE subject = 'agents'")
    for n in range(3):
        await log.intend(intent(n, agents={"actor": "ab" * 32} if n == 1 else {}))
    clock.advance(minutes=1)
    await eventually(lambda: [log.count_subject(handle(n)) for n in range(3)] == [1, 1, 1])
    await log.close()


async def test_intents_that_cannot_be_read_keep_no_other_from_being_recorded_however_many_they_are(
    make_log: MakeLog, engine: Engine, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    log = make_log(sweep_every=0.05)
    await log.start()
    await log.intend(intent(1))
    with engine.begin() as connection:
        for n in range(350):
            connection.exec_driver_sql(
                f"INSERT INTO audit_intent SELECT 'junk-{n}', {n % 7}, key_id, body FROM audit_intent WHERE id NOT LIKE 'junk%%'"  # noqa: S608
            )
    clock.advance(minutes=1)
    await eventually(lambda: log.count_subject(handle(1)) == 1)
    await log.intend(intent(2))
    clock.advance(minutes=1)
    await eventually(lambda: log.count_subject(handle(2)) == 1)
    await asyncio.sleep(0.3)
    await log.close()
    said = [record.message for record in caplog.records if "cannot be read" in record.message]
    assert len(said) == len(set(said)) == 350


async def test_an_intent_that_was_put_back_after_it_was_recorded_stops_nobody(
    make_log: MakeLog, engine: Engine, clock: Clock
) -> None:
    log = make_log(sweep_every=0.02)
    await log.start()
    old = intent(1)
    await log.intend(old)
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE stolen AS SELECT * FROM audit_intent")
    clock.advance(minutes=1)
    await eventually(lambda: log.count_subject(handle(1)) == 1)
    with engine.begin() as connection:
        connection.exec_driver_sql("INSERT INTO audit_intent SELECT * FROM stolen")
        connection.exec_driver_sql("DROP TABLE stolen")
    await log.intend(intent(2))
    clock.advance(minutes=1)
    await eventually(lambda: log.count_subject(handle(2)) == 1)
    await log.close()
    assert log.count_subject(handle(1)) == 1


async def test_an_intent_that_was_put_back_after_its_entry_closed_it_becomes_no_second_entry(
    make_log: MakeLog, engine: Engine, clock: Clock
) -> None:
    log = make_log(sweep_every=0.02)
    await log.start()
    announced = intent(1)
    await log.intend(announced)
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE stolen AS SELECT * FROM audit_intent")
    await log.append(entry(1, id=announced.id), closes=announced.id)
    with engine.begin() as connection:
        connection.exec_driver_sql("INSERT INTO audit_intent SELECT * FROM stolen")
        connection.exec_driver_sql("DROP TABLE stolen")
    await log.intend(intent(2))
    clock.advance(minutes=1)
    await eventually(lambda: log.count_subject(handle(2)) == 1)
    await log.close()
    assert log.count_subject(handle(1)) == 1
    (problem,) = verify(engine).problems
    assert problem.what == "an intent is open that has its entry already"


async def test_a_sweep_that_fails_is_not_the_last_one(
    make_log: MakeLog, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = make_log(sweep_every=0.02)
    refused: list[Job] = []
    submit = log._submit

    async def refuse_once(job: Job) -> object:
        if isinstance(job, SweepJob) and not refused:
            refused.append(job)
            raise EntryRefused("for once")
        return await submit(job)

    monkeypatch.setattr(log, "_submit", refuse_once)
    await log.start()
    await log.intend(intent())
    clock.advance(minutes=1)
    await eventually(lambda: log.count_subject(handle()) == 1)
    assert refused
    await log.close()


async def test_a_replica_whose_clock_is_ahead_takes_nobodys_intents_away(
    engine: Engine, keys: MemoryKeyRing
) -> None:
    ahead = UsageLog(
        engine,
        keys=keys,
        grants=Granted(),
        clock=lambda: datetime.now(UTC) + timedelta(minutes=5),
        settings=LogSettings(sweep_every=0.02),
    )
    behind = UsageLog(engine, keys=keys, grants=Granted(), settings=LogSettings(sweep_every=3600.0))
    await ahead.start()
    await behind.start()
    announced = intent()
    await behind.intend(announced)
    await asyncio.sleep(0.2)
    assert (await behind.append(entry(), closes=announced.id)).index == 0
    await ahead.close()
    await behind.close()
