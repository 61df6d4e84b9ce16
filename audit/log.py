"""The usage log: intend, append, read."""

import asyncio
import contextlib
import logging
import secrets
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Any, TypeVar, overload

from sqlalchemy import Connection, Engine, insert, select
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from audit.checkpoints.checkpoint import Signer
from audit.checkpoints.kept import Guard, KeptNote
from audit.checkpoints.signing import sign_head
from audit.errors import AuditError, LogUnavailable
from audit.keys.keyring import KeyRing
from audit.keys.sealing import DataKeys, Random
from audit.model import Appended, Entry, Intent, Line, LogSettings, Page
from audit.reading.choice import EVERYTHING, Choice
from audit.reading.lines import Reader
from audit.store import ENTRY, HEAD, Store
from audit.threads import detached
from audit.tree.merkle import EMPTY_ROOT
from audit.writing.admission import Grants
from audit.writing.batch import Batch
from audit.writing.jobs import AppendJob, IntendJob, Job, SweepJob, prepare_entry, prepare_intent
from audit.writing.writer import Writer

T = TypeVar("T")
Clock = Callable[[], datetime]
MOST_COUNTED = 1_000
"""Lines that are counted one by one, at most: a subject with more is told the count of all alone."""

_NOTHING: frozenset[str] = frozenset()
_logger = logging.getLogger(__name__)


def _now() -> datetime:
    return datetime.now(UTC)


class UsageLog:
    """An append-only Merkle log in a database, shared by any number of replicas.

    Args:
        engine: of a database that holds this room's tables.
        keys: wraps the data keys.
        grants: given references, the subset that still holds; asked once a batch, under the log's lock. It only reads.
        clock: of the entries; aware, UTC.
        intent_clock: of the intents, whose age each replica judges; None: the database's clock, which is the same for all of them.
        random: gives that many random bytes.
        signer: of checkpoints; None where another process signs.
        kept: where the last checkpoint is kept, outside the database. The log goes on only from there.
        settings: how the log is run.
    """

    def __init__(
        self,
        engine: Engine,
        *,
        keys: KeyRing,
        grants: Grants,
        clock: Clock = _now,
        intent_clock: Clock | None = None,
        random: Random = secrets.token_bytes,
        signer: Signer | None = None,
        kept: KeptNote | None = None,
        settings: LogSettings | None = None,
    ) -> None:
        self._engine, self._signer = engine, signer
        self._settings = settings or LogSettings()
        data_keys = DataKeys(keys, random=random, keep=self._settings.cached_keys)
        store = Store(engine)
        self._guard = Guard(kept)
        batch = Batch(
            store,
            data_keys,
            grants,
            random,
            self._guard,
            orphan_after=self._settings.orphan_after,
            intent_clock=intent_clock,
        )
        self._writer = Writer(
            engine, store=store, batch=batch, keys=data_keys, clock=clock, settings=self._settings
        )
        self._reader = Reader(engine, data_keys)
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """Begin to write, to sweep and to sign.

        Raises:
            LogUnavailable: the database is away, the log is not whole, or it is not the one that was signed.
        """
        await detached(partial(_open_log, self._engine, self._guard))
        self._writer.start()
        self._tasks = [asyncio.create_task(self._sweep())]
        if self._signer is not None:
            self._tasks.append(asyncio.create_task(self._sign(self._signer)))

    async def close(self) -> None:
        """Write what waits, sign it, and stop; a database that does not answer is waited for no longer than for an entry."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks = []
        await detached(self._writer.stop)
        if self._signer is not None:
            await self._sign_now(self._signer, within=self._settings.deadline)

    async def goes_on(self) -> bool:
        """Whether the log goes on from what was signed, and from what witnesses hold; else nothing is appended. It is looked at as often as the log is signed."""
        return not self._guard.refuses

    async def intend(self, intent: Intent, write: Callable[[Connection], object] | None = None) -> None:
        """Record that something is about to be consulted; durable on return.

        Args:
            intent: what, for whom.
            write: the caller's own change, in the same transaction and under the same lock. Its exception undoes it, keeps the
                intent from being recorded, and is raised here. It may be called again if the transaction is tried again.

        Raises:
            EntryRefused: the id was used before, or the intent cannot be written down.
            LogUnavailable: nothing may be consulted. If it is recorded late, it becomes an entry `deliveryUnknown`.
        """
        await self._submit(IntendJob(intent=intent, body=prepare_intent(intent), write=write))

    @overload
    async def append(
        self, entry: Entry, *, relies_on: frozenset[str] = ..., closes: str | None = ..., write: None = None,
        beside: Sequence[Entry] = ...,
    ) -> Appended[None]: ...  # fmt: skip

    @overload
    async def append(
        self,
        entry: Entry,
        *,
        relies_on: frozenset[str] = ...,
        closes: str | None = ...,
        write: Callable[[Connection], T],
        beside: Sequence[Entry] = ...,
    ) -> Appended[T]: ...

    async def append(
        self,
        entry: Entry,
        *,
        relies_on: frozenset[str] = _NOTHING,
        closes: str | None = None,
        write: Callable[[Connection], object] | None = None,
        beside: Sequence[Entry] = (),
    ) -> Appended[Any]:
        """Record an entry; durable on return.

        Args:
            entry: the line.
            relies_on: references of the grants that it relies on, read again under the lock.
            closes: the id of the intent that it closes, in the same transaction. Best its own id too: no two entries have one id, so that whoever
                puts the intent back into the database gets no second entry made of it.
            write: the caller's own change, as in `intend`; what it returns is `written` of the result.
            beside: entries that stand or fall with it, such as the line of somebody else whom the same event concerns: in the same
                transaction, right after it.

        Raises:
            GrantGone, IntentGone: nothing was recorded, and no value may leave.
            EntryRefused: the id was used before, or the entry cannot be written down.
            LogUnavailable: nothing was recorded, or it is not known whether it was; no value may leave.
        """
        job = AppendJob(
            entry=entry, fields=prepare_entry(entry), relies_on=relies_on, closes=closes, write=write,
            beside=tuple(AppendJob(entry=one, fields=prepare_entry(one)) for one in beside),
        )  # fmt: skip
        appended: Appended[Any] = await self._submit(job)
        return appended

    def read_subject(
        self,
        handle: str,
        *,
        before: int | None = None,
        limit: int = 50,
        choice: Choice = EVERYTHING,
        skip: int = 0,
    ) -> Page:
        """A subject's lines, newest first. Blocking; call it in a thread.

        Args:
            handle: of the subject.
            before: only lines with a smaller index: `next` of the page before.
            limit: the most lines.
            choice: only lines that meet it.
            skip: leave out so many of them first; each costs a look, so a cursor (`before`) is better where one can be used.

        Raises:
            LogUnavailable: the database is away.
        """
        with _reading():
            return self._reader.subject(handle, before=before, limit=limit, choice=choice, skip=skip)

    def count_subject(self, handle: str, *, choice: Choice = EVERYTHING, most: int = MOST_COUNTED) -> int:
        """How many lines a subject has. Blocking.

        Args:
            handle: of the subject.
            choice: only lines that meet it are counted,
            most: and no more than so many, for each has to be looked at.

        Raises:
            LogUnavailable: the database is away.
        """
        with _reading():
            return self._reader.count(handle, choice, most)

    def get_entry(self, entry_id: str) -> Line | None:
        """One line, by its entry's id; None if there is none. Blocking.

        Raises:
            LogUnavailable: the database is away.
        """
        with _reading():
            return self._reader.entry(entry_id)

    async def _submit(self, job: Job) -> Any:
        loop = asyncio.get_running_loop()
        job.waiter = loop.create_future()
        self._writer.submit(job)
        deadline = loop.call_later(self._settings.deadline, job.abandon)
        try:
            return await job.waiter
        finally:
            deadline.cancel()

    async def _sweep(self) -> None:
        """Record what became of intents that nothing closed."""
        while True:
            try:
                more = await self._submit(SweepJob())
            except AuditError as error:
                kind = type(error).__name__
                _logger.warning(
                    "intents that nothing closed could not be looked for (%s); they will be", kind
                )
                more = False
            if not more:
                await asyncio.sleep(self._settings.sweep_every)

    async def _sign(self, signer: Signer) -> None:
        """Sign the head at a fixed cadence."""
        loop = asyncio.get_running_loop()
        due = loop.time()
        while True:
            due = max(due + self._settings.checkpoint_every, loop.time())
            await asyncio.sleep(due - loop.time())
            await self._sign_now(signer)

    async def _sign_now(self, signer: Signer, *, within: float | None = None) -> None:
        try:
            await detached(partial(sign_head, self._engine, signer, self._guard), within=within)
        except Exception as error:  # noqa: BLE001 - the next one may succeed; the text could hold anything
            kind = type(error).__name__
            _logger.error("no checkpoint was signed: %s", kind)  # noqa: TRY400


@contextlib.contextmanager
def _reading() -> Iterator[None]:
    try:
        yield
    except SQLAlchemyError:
        raise LogUnavailable("the log cannot be read now") from None


def _open_log(engine: Engine, guard: Guard) -> None:
    _make_head(engine)
    try:
        with engine.connect() as connection:
            guard.begin(connection)
    except SQLAlchemyError:
        raise LogUnavailable("the log's tables cannot be read") from None


def _make_head(engine: Engine) -> None:
    """Make the head of a new log."""
    try:
        with engine.begin() as connection:
            if connection.scalar(select(HEAD.c.id)) is not None:
                return
            if connection.scalar(select(ENTRY.c.leaf_index).limit(1)) is not None:
                raise LogUnavailable("the log has entries, and no head: `log verify` says more")
            connection.execute(insert(HEAD).values(id=1, size=0, root=EMPTY_ROOT, compact_range=b""))
    except IntegrityError:  # another replica was quicker
        return
    except SQLAlchemyError:
        raise LogUnavailable("the log's tables cannot be read") from None
