"""A disk that is full: here every file of the database has reached its largest size (RLIMIT_FSIZE), which needs no rights to arrange.

Writes fail with EFBIG instead of ENOSPC, at the same places. PostgreSQL's segments of its own log are made small, so that its tables come to their
end, as on a disk with a reserve for that log; where that log is full PostgreSQL kills itself, which `test_durability` has.
"""

import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest
from sqlalchemy import Engine

from audit import metadata, verify
from tests.audit.conftest import open_engine
from tests.audit.processes import Child, account_for, keys, wait_until
from tests.support.postgres import Cluster

WRITERS = 64
ROOM = 256 * 1024
TABLE = 1024 * 1024


Processes = Callable[[], list[psutil.Process]]


@contextmanager
def full(processes: Processes, size: int, user: str | None) -> Iterator[None]:
    """Let no process make a file larger than that."""
    _limit(processes(), str(size), user)
    yield
    _limit(processes(), "unlimited", user)


def _limit(processes: list[psutil.Process], size: str, user: str | None) -> None:
    """As the account that runs them: even root may not be allowed to do this to somebody else's."""
    for process in processes:
        command = ["prlimit", "--pid", str(process.pid), f"--fsize={size}:unlimited"]
        done = subprocess.run(command, user=user, capture_output=True, text=True, check=False)
        assert done.returncode == 0 or not process.is_running(), done.stderr


def fill(child: Child, processes: Processes, size: int, *, user: str | None = None) -> None:
    """Write until nothing is taken any more, then make room."""
    child.work(WRITERS)
    with full(processes, size, user):
        wait_until(lambda: len(child.refused) > WRITERS, "refusal", child.process)
    child.work(WRITERS)
    child.kill()


def check(engine: Engine, child: Child) -> None:
    with engine.connect() as connection:
        ids = connection.exec_driver_sql("SELECT id FROM audit_entry ORDER BY leaf_index").scalars().all()
    account_for([child], ids)
    assert verify(engine, keys=keys()).problems == ()
    assert not set(child.refused) & set(ids)
    engine.dispose()


@pytest.mark.soak
def test_on_a_full_disk_sqlite_takes_nothing_and_goes_on_when_there_is_room(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'log.sqlite3'}"
    engine = open_engine(url)
    metadata.create_all(engine)
    with Child(url, writers=WRITERS) as child:
        largest = max(file.stat().st_size for file in tmp_path.iterdir())
        fill(child, lambda: [psutil.Process(child.process.pid)], largest + ROOM)
    check(engine, child)


@pytest.mark.soak
def test_on_a_full_disk_postgresql_takes_nothing_and_goes_on_when_there_is_room(
    mortal_cluster: Cluster,
) -> None:
    url = mortal_cluster.url("full")
    engine = open_engine(url)
    metadata.create_all(engine)
    with Child(url, writers=WRITERS) as child:
        fill(child, mortal_cluster.processes, TABLE, user=mortal_cluster.user)
    check(engine, child)
