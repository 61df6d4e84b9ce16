"""Processes that are killed, and processes that append at once."""

import itertools
import os
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
from sqlalchemy import Engine

from audit import MemoryKeyRing, metadata, verify
from tests.audit.conftest import open_engine

ROUNDS = 50 if os.environ.get("ONLYONCE_SOAK") else 3
KEY = "5a" * 32


@contextmanager
def child(url: str, *, writers: int, seconds: float) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.audit.child", url, KEY, str(writers), str(seconds)],
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        if process.stdout is not None:
            process.stdout.close()


def keys() -> MemoryKeyRing:
    return MemoryKeyRing(random=lambda size: bytes.fromhex(KEY)[:size])


def stored(engine: Engine) -> list[str]:
    with engine.connect() as connection:
        return list(connection.exec_driver_sql("SELECT id FROM audit_entry ORDER BY leaf_index").scalars())


@pytest.mark.soak
def test_what_a_killed_process_had_acknowledged_is_in_the_log(database_url: str, engine: Engine) -> None:
    acknowledged: list[str] = []
    for _ in range(ROUNDS):
        with child(database_url, writers=16, seconds=60) as process:
            assert process.stdout is not None
            acknowledged.append(process.stdout.readline().strip())  # it is at work
            time.sleep(random.uniform(0.05, 0.5))
            process.kill()
            acknowledged += process.stdout.read().split()
        report = verify(engine, keys=keys())
        assert report.ok, report.first
        assert set(acknowledged) <= set(stored(engine))
    assert len(acknowledged) > 20 * ROUNDS


@pytest.mark.soak
def test_two_processes_on_one_database_make_one_tree(postgres_url: str) -> None:
    engine = open_engine(postgres_url)
    metadata.create_all(engine)
    seconds = 60 if os.environ.get("ONLYONCE_SOAK") else 2
    with (
        child(postgres_url, writers=8, seconds=seconds) as one,
        child(postgres_url, writers=8, seconds=seconds) as other,
    ):
        with (
            ThreadPoolExecutor() as pool
        ):  # both at once: a child whose pipe is full stands still, and its intents become orphans
            ends = pool.map(lambda process: process.communicate(timeout=seconds + 30)[0], (one, other))
            said = [told.split() for told in ends]
        assert (one.returncode, other.returncode) == (0, 0)
    ids = stored(engine)
    assert all(said)
    assert set(ids) == {*said[0], *said[1]}
    who = [name.split("-")[1] for name in ids]
    assert sum(a != b for a, b in itertools.pairwise(who)) > 1  # they took turns
    report = verify(engine, keys=keys())
    assert (report.problems, report.size, report.intents) == ((), len(ids), 0)
    engine.dispose()
