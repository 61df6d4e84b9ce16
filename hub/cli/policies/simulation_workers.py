"""Comparing decisions in several processes: evaluating takes a core each, and reading the log very little of one."""

import multiprocessing
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass
from typing import Final

from hub.database import open_engine
from hub.services.simulation import Batch, Compared, compare
from policies import PolicySet, policy_set
from policies.simulation import Recorded, Simulation

_AHEAD: Final = 2
"""Batches that wait for each process: enough to keep it at work, and little memory however long the log."""
_here: list[Simulation] = []


@dataclass(frozen=True, slots=True)
class Setup:
    """What a process needs to compare: the modules of the proposed set and of the active one, and where the archive is."""

    proposed: Mapping[str, str]
    active: Mapping[str, str] | None
    database: str

    @classmethod
    def of(cls, proposed: PolicySet, active: PolicySet | None, database: str) -> "Setup":
        """What can be sent to another process."""
        return cls(dict(proposed.modules), dict(active.modules) if active else None, database)


class Workers:
    """Some processes that compare."""

    def __init__(self, setup: Setup, processes: int) -> None:
        """Start them when they are needed; not by `fork`, for this process has threads."""
        context = multiprocessing.get_context("spawn")
        self._pool = ProcessPoolExecutor(
            processes, mp_context=context, initializer=_prepare, initargs=(setup,)
        )
        self._ahead = processes * _AHEAD

    def __call__(self, batches: Iterable[Batch]) -> Iterator[tuple[Batch, list[Compared]]]:
        """Compare batches, in order."""
        waiting: deque[tuple[Batch, Future[list[Compared]]]] = deque()
        for batch in batches:
            waiting.append((batch, self._pool.submit(_compare, batch.decisions)))
            if len(waiting) >= self._ahead:
                done, found = waiting.popleft()
                yield done, found.result()
        for done, found in waiting:
            yield done, found.result()

    def close(self) -> None:
        """End them."""
        self._pool.shutdown(cancel_futures=True)


def _prepare(setup: Setup) -> None:
    from hub.cli.policy_room import policy_sets  # noqa: PLC0415

    active = policy_set(setup.active) if setup.active is not None else None
    sets = policy_sets(open_engine(setup.database, create=False), lambda: active)
    _here.append(Simulation(policy_set(setup.proposed), sets))


def _compare(decisions: tuple[Recorded, ...]) -> list[Compared]:
    return compare(_here[0], decisions)
