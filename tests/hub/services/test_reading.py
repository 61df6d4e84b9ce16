import asyncio
import threading
import time

import pytest
from sqlalchemy.exc import OperationalError

from hub.services.errors import NotRecorded
from hub.services.reading import Reads


async def test_a_read_gives_what_it_read() -> None:
    assert await Reads("test")(lambda: 42) == 42


async def test_a_database_that_is_away_is_an_answer_for_later() -> None:
    def read() -> None:
        raise OperationalError("SELECT", {}, Exception("away"))

    with pytest.raises(NotRecorded):
        await Reads("test")(read)


async def test_a_mistake_in_a_read_is_not_hidden() -> None:
    with pytest.raises(ZeroDivisionError):
        await Reads("test")(lambda: 1 // 0)


async def test_reads_that_hang_hold_nobody_else() -> None:
    hanging = threading.Event()
    reads = Reads("test", threads=2, within_s=0.2)
    started = time.monotonic()
    try:
        # More than there are threads: those that wait for one are given up as well, and never run.
        gone = await asyncio.gather(*(reads(hanging.wait) for _ in range(100)), return_exceptions=True)
        assert {type(one) for one in gone} == {NotRecorded}
        assert time.monotonic() - started < 6  # one after the other it would be 10
        assert await asyncio.to_thread(lambda: 42) == 42
    finally:
        hanging.set()
    assert await reads(lambda: 42) == 42
