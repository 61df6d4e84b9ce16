"""Appending: what is durable, what is refused, who is harmed by whom."""

import asyncio

from sqlalchemy import Engine

from audit import MemoryKeyRing, UsageLog, verify
from tests.audit.conftest import entry, handle, intent


async def test_an_entry_that_closes_its_intent_is_read_back_as_it_was_given(
    log: UsageLog, engine: Engine, keys: MemoryKeyRing
) -> None:
    announced, recorded = intent(), entry()
    await log.intend(announced)
    appended = await log.append(recorded, closes=announced.id)
    (line,) = log.read_subject(handle()).lines
    assert (line.index, line.leaf, line.recorded_at) == (0, appended.leaf, appended.recorded_at)
    assert line.details == recorded.details
    assert verify(engine, keys=keys).ok


async def test_entries_of_many_callers_at_once_stand_at_contiguous_indices(
    log: UsageLog, engine: Engine, keys: MemoryKeyRing
) -> None:
    appended = await asyncio.gather(*(log.append(entry(n % 7)) for n in range(200)))
    assert sorted(a.index for a in appended) == list(range(200))
    report = verify(engine, keys=keys)
    assert report.ok, report.problems
    assert report.readable == 200
