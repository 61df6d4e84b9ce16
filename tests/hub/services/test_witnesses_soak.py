"""Replicas on one PostgreSQL, whose log two witnesses cosign the whole time. A minute with ONLYONCE_SOAK=1, else a second."""

import asyncio
import os
import time
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from audit import UsageLog, note_in, verify
from tests.audit.conftest import entry
from tests.hub.services.witnessed import House, until

SECONDS = 60.0 if os.environ.get("ONLYONCE_SOAK") == "1" else 1.0
WRITERS = 8
LONGEST_S = 20.0
"""Without a newly cosigned checkpoint: a hundred times what it takes."""


async def write(log: UsageLog, ends: float, enough: asyncio.Event) -> int:
    written = 0
    while time.monotonic() < ends or not enough.is_set():
        await log.append(entry(written % 50))
        written += 1
    return written


@pytest.mark.soak
@pytest.mark.parametrize("replicas", [2, 4])
async def test_replicas_make_one_log_that_is_cosigned_throughout(
    replicas: int, postgres_url: str, tmp_path: Path
) -> None:
    house = House(postgres_url, tmp_path)
    peers = [house.peer(f"w.example/{n}") for n in range(2)]
    async with AsyncExitStack() as stack:
        for peer in peers:
            await stack.enter_async_context(peer.there())
        logs = [(await stack.enter_async_context(house.running(*peers)))[0] for _ in range(replicas)]
        ends, enough = time.monotonic() + SECONDS, asyncio.Event()
        writing = asyncio.gather(*(write(log, ends, enough) for log in logs for _ in range(WRITERS)))
        sizes, moved = [0], time.monotonic()
        while not writing.done():
            await asyncio.sleep(0.1)
            size = await asyncio.to_thread(house.cosigned, *peers)
            assert size >= sizes[-1], "what is published went back"
            if size > sizes[-1]:
                sizes.append(size)
                moved = time.monotonic()
            if len(sizes) > 3:
                enough.set()
            assert time.monotonic() - moved < LONGEST_S, "nothing was cosigned for too long"
        written = sum(await writing)
        await until(lambda: house.cosigned(*peers) == written)
    assert house.kept.contradiction() is None
    report = verify(
        house.engine, keys=house.ring, public_key=house.key.public_key(), kept=[note_in(house.kept.path.read_text("utf-8"))],
        witnesses=[peer.witness.key for peer in peers],
    )  # fmt: skip
    house.engine.dispose()
    assert (report.problems, report.size, report.cosigned) == ((), written, written)
