"""Who of a batch may be recorded: the callers' own writes, the grants they rely on, the intents they close."""

from collections.abc import Callable, Sequence
from functools import partial

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from audit.errors import GrantGone, IntentGone
from audit.store import Store
from audit.writing.jobs import AppendJob, IntendJob, Job

Grants = Callable[[Connection, frozenset[str]], frozenset[str]]


class Admission:
    """Decides inside the transaction, under the lock. A job that is not admitted has its `error`."""

    def __init__(self, store: Store, grants: Grants) -> None:
        self._store, self._grants = store, grants

    def entries(self, connection: Connection, jobs: Sequence[AppendJob]) -> list[AppendJob]:
        """The jobs to be recorded, those with a write first: what one of them withdraws is gone for all the others. Each with those beside it."""
        writing = [job for job in jobs if job.write is not None]
        plain = [job for job in jobs if job.write is None]
        for job in writing:
            _in_savepoint(connection, job, partial(self._write, connection, job))
        self._check_grants(connection, plain)
        self._check_intents(connection, [job for job in plain if job.error is None])
        admitted = [job for job in writing + plain if job.error is None]
        return [one for job in admitted for one in (job, *job.beside)]

    @staticmethod
    def intents(connection: Connection, jobs: Sequence[IntendJob]) -> list[IntendJob]:
        """The intents to be recorded."""
        for job in jobs:
            if job.write is not None:
                _in_savepoint(connection, job, partial(job.write, connection))
        return [job for job in jobs if job.error is None]

    def _write(self, connection: Connection, job: AppendJob) -> None:
        self._check_grants(connection, [job])
        if job.error is None:
            self._check_intents(connection, [job])
        if job.error is not None:
            raise job.error
        if job.write is not None:
            job.written = job.write(connection)

    def _check_grants(self, connection: Connection, jobs: Sequence[AppendJob]) -> None:
        references: frozenset[str] = frozenset().union(*(job.relies_on for job in jobs))
        if not references:
            return
        holding = self._grants(connection, references)
        for job in jobs:
            gone = job.relies_on - holding
            if gone:
                job.error = GrantGone(gone)

    def _check_intents(self, connection: Connection, jobs: Sequence[AppendJob]) -> None:
        wanted = {job.closes for job in jobs if job.closes is not None}
        if not wanted:
            return
        was_open = set(self._store.close_intents(connection, wanted))
        for job in jobs:
            if job.closes is None:
                continue
            if job.closes in was_open:
                was_open.remove(job.closes)  # one intent, one entry: a second one in the batch finds it gone
            else:
                job.error = IntentGone(job.closes)


def _in_savepoint(connection: Connection, job: Job, work: Callable[[], object]) -> None:
    """Whatever goes wrong in one caller's own write is told to that caller, and undone for it alone."""
    try:
        with connection.begin_nested():
            work()
    except DBAPIError as error:
        if error.connection_invalidated:
            raise
        job.error = error
    except Exception as error:  # noqa: BLE001 - the caller's own, whatever it is
        job.error = error
