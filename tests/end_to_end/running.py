"""Houses that run for a while, and callers who call meanwhile."""

import asyncio
import time
from collections.abc import AsyncIterator, Coroutine, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp

from hub.demo.caller import Caller
from hub.demo.processes import Programs, start_all
from tests.end_to_end.house import House

PROGRAMS = Programs(login="tests.end_to_end.programs.login", sources="tests.end_to_end.programs.sources")


@asynccontextmanager
async def calling(*callers: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """Callers who call meanwhile, and end once they are told to; or are ended, if what happens meanwhile fails."""
    tasks = [asyncio.create_task(one) for one in callers]
    try:
        yield
        await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


@asynccontextmanager
async def running(
    folder: Path, settings: Mapping[str, str] | None = None, programs: Programs = PROGRAMS
) -> AsyncIterator[House]:
    """A house over an empty folder."""
    async with (
        start_all(folder, say=lambda _: None, settings=settings, programs=programs) as processes,
        Caller(processes) as caller,
        aiohttp.ClientSession(
            timeout=aiohttp.ClientTimeout(total=30),
            max_line_size=1_000_000,
            # Shorter than uvicorn keeps a connection (5 s): none is used in the moment in which it is closed.
            connector=aiohttp.TCPConnector(limit=200, force_close=False, keepalive_timeout=2),
        ) as session,
    ):
        house = House(processes, caller, session)
        await _contracts_read(house)
        yield house


async def _contracts_read(house: House) -> None:
    """Sources are read behind the start of the hub: wait for them, so that no test sees them come up."""
    deadline = time.monotonic() + 60
    while True:
        reply = await house.prefill("study-grant", 0)
        if reply.status == 200 and all(f["status"] == "filled" for f in reply.json["fields"].values()):
            return
        assert time.monotonic() < deadline, reply.body
        await asyncio.sleep(0.1)
