"""Several replicas keep one map: whatever they do at the same time, each state is told once, and nothing of it is lost."""

import asyncio
import os
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from sqlalchemy import Engine

from audit import LogChanged, MemoryKeyRing, UsageLog, verify
from audit.subject_map import tables
from audit.subject_map.proving import prove
from audit.subject_map.renewing import renew_map
from tests.audit.conftest import MakeLog, entry, handle
from tests.audit.subject_map.test_subject_map import builder, tell

SOAK = bool(os.environ.get("ONLYONCE_SOAK"))


async def test_a_state_that_is_told_while_another_replica_looks_is_kept(
    log: UsageLog, engine: Engine, keys: MemoryKeyRing, monkeypatch: pytest.MonkeyPatch
) -> None:
    await log.append(entry(1))
    state = builder(engine).build()
    assert state is not None
    telling = tell(state)
    await log.append(telling)
    waiting = [lambda connection: tables.tell(connection, state, telling.id)]

    def after(look: Callable[..., Any]) -> Callable[..., Any]:
        def looked(connection: Any) -> Any:
            seen = look(connection)
            if waiting:
                with engine.begin() as another:
                    waiting.pop()(another)
            return seen

        return looked

    for name in ("told", "untold"):
        monkeypatch.setattr(tables, name, after(getattr(tables, name)))
    builder(engine).build()
    assert prove(engine, handle(1)) is not None
    assert verify(engine, keys=keys).ok


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)  # an SQLite file has one hub
@pytest.mark.soak
async def test_replicas_that_renew_at_once_tell_each_state_once(
    make_log: MakeLog, engine: Engine, keys: MemoryKeyRing
) -> None:
    logs = [make_log() for _ in range(3)]
    for log in logs:
        await log.start()
    until = time.monotonic() + (60 if SOAK else 1.5)
    told: list[int] = []
    await asyncio.gather(
        *(append(log, 10 * n, until) for n, log in enumerate(logs)),
        *(renew(log, engine, until, told) for log in logs),
    )
    for log in logs:
        await log.close()
    assert sorted(told) == list(range(1, len(told) + 1))
    assert verify(engine, keys=keys).problems == ()


async def append(log: UsageLog, first: int, until: float) -> None:
    while time.monotonic() < until:
        for subject in range(first, first + 20):
            await log.append(entry(subject))


async def renew(log: UsageLog, engine: Engine, until: float, told: list[int]) -> None:
    building = builder(engine)
    while time.monotonic() < until or not told:
        with suppress(LogChanged):  # another replica told it
            state = await renew_map(log, building, tell)
            if state is not None:
                told.append(state.number)
