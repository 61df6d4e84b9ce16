"""Who runs on which core, and how much of it a process took."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_TICK = os.sysconf("SC_CLK_TCK")
_CORES = sorted(os.sched_getaffinity(0))
ONE = {1}
"""The core of what is measured."""
REST = {0}
"""The cores of everything else: sources, load, database and policy servers."""


@contextmanager
def on(cores: set[int]) -> Iterator[None]:
    """What is started here runs on these cores for good."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, cores)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


@contextmanager
def before_others() -> Iterator[None]:
    """What is measured comes before what else this machine has to do, where it may say so.

    Linux shares a core out among the sessions of terminals first (autogroups, sched(7)): the niceness of a process only counts within its own.
    """
    group = Path("/proc/self/autogroup")
    niceness = "0"
    with suppress(OSError, IndexError):
        niceness = group.read_text().split()[-1]
        group.write_text("-10")
    with suppress(PermissionError):
        os.nice(-10)
    try:
        yield
    finally:
        with suppress(OSError):
            group.write_text(niceness)


def cpu_seconds(pid: int) -> float:
    """The CPU time that a process took until now, its threads and the kernel on its behalf included."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICK
