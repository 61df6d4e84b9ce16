"""The one thread that writes the log: it drains a bounded queue, and gives each batch one transaction.

What goes wrong, and what its callers get:

- the database is away: `LogUnavailable` for all that waited; the next batch tries a new connection;
- one member cannot be recorded: the batch is undone, and its members are tried one by one, so that it fails alone;
- the database hangs: whoever waited too long was told `LogUnavailable`, and what was not begun by then is not recorded;
- the commit's outcome is unknown: a new connection takes the lock (so the old transaction is over) and looks the ids up.
"""

import logging
import queue
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime
from time import monotonic, process_time, sleep

from sqlalchemy import Connection, Engine, select
from sqlalchemy.exc import (
    DataError,
    DBAPIError,
    IntegrityError,
    InterfaceError,
    OperationalError,
    SQLAlchemyError,
)
from sqlalchemy.exc import TimeoutError as PoolTimeout

from audit.errors import AuditError, EntryRefused, LogFull, LogUnavailable
from audit.keys.sealing import DataKeys
from audit.model import LogSettings
from audit.store import ENTRY, INTENT, HeadMoved, Store
from audit.writing.batch import Batch, Done
from audit.writing.jobs import AppendJob, IntendJob, Job, deliver

_ATTEMPTS = 3
_RECOVERY_PAUSE = 0.2
_MOST, _LATELY = 0.8, 0.25  # of a core; seconds
_logger = logging.getLogger(__name__)


class Writer:
    """Owns the queue, the thread, and the one connection that appends."""

    def __init__(
        self,
        engine: Engine,
        *,
        store: Store,
        batch: Batch,
        keys: DataKeys,
        clock: Callable[[], datetime],
        settings: LogSettings,
    ) -> None:
        self._engine, self._store, self._batch, self._keys = engine, store, batch, keys
        self._clock, self._settings = clock, settings
        self._queue: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="audit-writer", daemon=True)
        self._connection: Connection | None = None
        self._spent, self._asked_at, self._hard_pressed = process_time(), monotonic(), False
        self._open = False

    def start(self) -> None:
        """Start the thread."""
        self._open = True
        self._thread.start()

    def stop(self) -> None:
        """Write what waits, then end the thread. Blocks, but not for a database that does not answer."""
        if not self._open:
            return
        self._open = False
        until = monotonic() + self._settings.deadline
        self._queue.put(None)
        self._thread.join(max(0.0, until - monotonic()))
        if self._thread.is_alive():
            _logger.error("the database does not answer: what waits is not recorded")
        late: list[Job] = []
        while more := self._drain_now()[0]:
            late += more
        _fail(late, LogUnavailable("the log is closed"))
        deliver(late)
        self._queue.put(None)  # for a thread that comes back

    def submit(self, job: Job) -> None:
        """Let a job wait for the next batch.

        Raises:
            LogFull: too many wait already.
            LogUnavailable: the log is closed.
        """
        if not self._open:
            raise LogUnavailable("the log is closed")
        if self._queue.qsize() >= self._settings.queue:
            raise LogFull(f"{self._settings.queue} entries are waiting already")
        self._queue.put(job)

    def _run(self) -> None:
        stopping = False
        while not stopping:
            jobs, stopping = self._drain()
            if not jobs:
                continue
            self._process(jobs)
            deliver(jobs)
        self._disconnect()

    def _drain(self) -> tuple[list[Job], bool]:
        """The next batch, and whether it is the last one."""
        job = self._queue.get()
        if job is None:
            return [], True
        if self._is_hard_pressed() and self._queue.qsize() < self._settings.plenty:
            sleep(self._settings.delay)
        rest, stopping = self._drain_now()
        return [job, *rest], stopping

    def _is_hard_pressed(self) -> bool:
        """Whether the process used most of a core lately, which is all that its threads have between them."""
        spent, now = process_time(), monotonic()
        if now - self._asked_at > _LATELY:
            self._hard_pressed = spent - self._spent > _MOST * (now - self._asked_at)
            self._spent, self._asked_at = spent, now
        return self._hard_pressed

    def _drain_now(self) -> tuple[list[Job], bool]:
        jobs: list[Job] = []
        while len(jobs) < self._settings.batch - 1:
            try:
                job = self._queue.get_nowait()
            except queue.Empty:
                break
            if job is None:
                return jobs, True
            jobs.append(job)
        return jobs, False

    def _process(self, jobs: Sequence[Job]) -> None:
        """Give the jobs one transaction, or, where one of them spoils it, one each."""
        try:
            self._write(jobs)
        except (OperationalError, InterfaceError, PoolTimeout):
            _fail(jobs, LogUnavailable("the database did not take the entries"))
        except Exception as error:  # noqa: BLE001 - whatever one job brings about, the others are not to suffer from it
            if len(jobs) > 1:
                for job in jobs:
                    self._process([job])
            else:
                _fail(jobs, self._explain(error, jobs[0]))

    def _write(self, jobs: Sequence[Job]) -> None:
        """One transaction, tried again where the connection turns out to be dead before anything was committed."""
        for attempt in range(_ATTEMPTS):
            jobs = [job for job in jobs if not job.abandoned]
            if not jobs:
                return
            fresh = self._connection is None
            try:
                done = self._transact(self._connect(), jobs)
            except HeadMoved:
                self._disconnect()
            except DBAPIError as error:
                self._disconnect()
                if fresh or not error.connection_invalidated or attempt == _ATTEMPTS - 1:
                    raise
            except BaseException:
                self._disconnect()
                raise
            else:
                self._commit(jobs, done)
                return
        raise LogUnavailable("the head of the log keeps moving")

    def _transact(self, connection: Connection, jobs: Sequence[Job]) -> Done:
        for job in jobs:
            job.result = job.error = None
        now = self._clock()
        self._store.begin(connection)
        return self._batch.run(connection, jobs, now)

    def _commit(self, jobs: Sequence[Job], done: Done) -> None:
        assert self._connection is not None  # noqa: S101 - `_transact` just used it
        try:
            self._connection.commit()
        except SQLAlchemyError:
            self._disconnect()
            if not self._was_committed(done):
                _fail(jobs, LogUnavailable("the database did not confirm the entries"))
                return
        for stored, key in done.keys.items():
            self._keys.remember(stored, key)

    def _was_committed(self, done: Done) -> bool:
        """Look up what became of a commit that was not answered. All of a batch is there, or nothing is."""
        if not done.entries and not done.intents:
            return False
        until = monotonic() + self._settings.recover_for
        while True:
            try:
                connection = self._connect()
                self._store.begin(connection)  # waits until the old transaction is over
                found = _is_there(connection, done)
                connection.rollback()
            except SQLAlchemyError:
                self._disconnect()
            else:
                return found
            if monotonic() > until:
                return False
            sleep(_RECOVERY_PAUSE)

    def _explain(self, error: Exception, job: Job) -> AuditError:
        """Say whether it is the job that cannot be recorded, or the log that cannot record."""
        if isinstance(error, AuditError):
            return error
        if isinstance(error, DataError):
            return EntryRefused("the database cannot hold this entry")
        if isinstance(error, IntegrityError) and self._was_used(job):
            return EntryRefused("this id was used before")
        # The text of the exception could hold a value of a person: only its kind is told.
        _logger.error("an entry could not be recorded: %s", type(error).__name__)
        return LogUnavailable("the entry could not be recorded")

    def _was_used(self, job: Job) -> bool:
        if isinstance(job, AppendJob):
            ids = [Done([one.entry.id], [], {}) for one in (job, *job.beside)]
        elif isinstance(job, IntendJob):
            ids = [Done([], [job.intent.id], {})]
        else:
            return False
        try:
            with self._engine.connect() as connection:
                return any(_is_there(connection, one) for one in ids)
        except SQLAlchemyError:
            return False

    def _connect(self) -> Connection:
        if self._connection is None:
            connection = self._engine.connect()
            self._store.prepare(connection)
            self._connection = connection
        return self._connection

    def _disconnect(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            try:
                connection.close()
            except SQLAlchemyError:
                # Its rollback failed: the connection is dead, and may count as closed by now.
                with suppress(SQLAlchemyError):
                    connection.invalidate()


def _is_there(connection: Connection, done: Done) -> bool:
    table, some_id = (ENTRY, done.entries[0]) if done.entries else (INTENT, done.intents[0])
    return connection.execute(select(table.c.id).where(table.c.id == some_id)).first() is not None


def _fail(jobs: Sequence[Job], error: Exception) -> None:
    for job in jobs:
        job.result, job.error = None, error
