"""Lines that their subjects are shown later: shown when they are due, and put off where two people of their controller order it."""

import asyncio
import contextlib
import hashlib
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Final

import structlog
from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from audit import Line, LogUnavailable, UsageLog
from hub.catalogue import Catalogue, Duration
from hub.oversight import (
    Deferred,
    NotDeferred,
    NoticeUnknown,
    Order,
    OrderInvalid,
    OrderUsed,
    deferred,
    due,
    find_notice,
    order_used,
    put_off,
    use_order,
    waits_until,
)
from hub.services.background import Background
from hub.services.concerns import HUB, OWN_RETENTION, THE_HUB, WAITS_FOR, Concern
from hub.services.entries import Journal
from hub.services.errors import NotRecorded
from hub.services.notices import NewNotice
from hub.services.orders import believed, what_is_put_off
from hub.services.reading import Reads

PUT_OFF: Final = "putOff"
"""The kind of an order to show a line later: `entry` (its id) and `until` (ISO 8601, with its offset)."""

GRACE: Final = timedelta(hours=1)
"""After this time a line that is due and not shown counts as overdue."""

OVERDUE: Final = "deferralOverdue"
"""The kind of the notice of such a line, and of the entry that says that it was given."""

_PAGE = 100
_log = structlog.get_logger("hub.oversight")


class _Told(Exception):
    """The data protection officer has the notice already."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A line that waits for its day.

    Attributes:
        entry, index, kind, controller, activity: as in the log; index and rest are None where the consultation is still under way.
        due_at: aware, UTC.
        overdue: it should have been shown more than `GRACE` ago.
    """

    entry: str
    due_at: datetime
    overdue: bool
    index: int | None = None
    kind: str | None = None
    controller: str | None = None
    activity: str | None = None


class Deferrals:
    """Keeps the days. Every replica looks; a line is shown once, by whoever is first.

    Args:
        journal: writes the entries.
        log: is read for the lines.
        connect: to the hub's database.
        clock: the time, aware.
        every_s: how often it looks for lines that are due, in seconds.
    """

    def __init__(
        self,
        journal: Journal,
        log: UsageLog,
        *,
        connect: Callable[[], AbstractContextManager[Connection]],
        clock: Callable[[], datetime],
        every_s: float = 60.0,
    ) -> None:
        self._journal, self._log, self._connect = journal, log, connect
        self._clock, self._every = clock, every_s
        self._reads = Reads("deferrals", threads=1)
        self._background = Background()
        self._said, self._told = set[str](), set[str]()

    async def start(self) -> None:
        """Begin to look."""
        self._background.begin(self._follow())

    async def close(self) -> None:
        """Look no more."""
        await self._background.end()

    async def show(self) -> int:
        """Show every line that is due.

        Returns:
            How many were shown here.

        Raises:
            NotRecorded: the database is away; those that are left are shown later.
        """
        shown, tried = 0, set[str]()
        while True:
            at = self._clock()
            page = await self._reads(partial(self._due, at, len(tried)))
            found = [one for one in page if one.entry not in tried]
            if not found:
                return shown
            for one in found:
                tried.add(one.entry)
                shown += await self._show(one, at)

    def _due(self, at: datetime, tried: int) -> tuple[Deferred, ...]:
        with self._connect() as connection:
            return due(connection, at, most=_PAGE + tried)

    async def _show(self, one: Deferred, at: datetime) -> bool:
        line = await self._line(one.entry)
        if line is None:
            return False  # its consultation is under way: its own entry, or the sweep's, comes first
        if line.details is None:
            await self._tell(one, line, at)
            return False
        others = line.details.get(WAITS_FOR)
        if others and await self._reads(partial(self._waits_longer, one, others, at)):
            return False
        try:
            await self._journal.revealed(line, at)
        except NotDeferred:
            return False  # another replica was quicker, or it was put off
        return True

    async def _tell(self, one: Deferred, line: Line, at: datetime) -> None:
        """Tell of a line that is due and cannot be read: once a process in its log, and once it is overdue the data protection officer.

        What says so is about the hub: its subject is not to hear of the line by it.
        """
        if one.entry not in self._said:
            self._said.add(one.entry)
            _log.error("a line is due and cannot be read: its subject is not told", entry=one.entry)
        if not _is_overdue(one, at) or one.entry in self._told:
            return
        name = hashlib.sha256(f"{OVERDUE} {one.entry}".encode()).hexdigest()[:32]
        notice = NewNotice(
            name, OVERDUE, at, line.controller, line.client, line.activity, THE_HUB, emergency=None
        )

        def write(connection: Connection, _: str) -> None:
            with contextlib.suppress(NoticeUnknown):
                find_notice(connection, name)
                raise _Told
            notice.write(connection, one.entry)

        details = {"aboutEntry": one.entry, "entries": [line.index], "deferredUntil": one.due_at.isoformat()}
        concern = Concern(line.activity, line.controller, OWN_RETENTION)
        with contextlib.suppress(_Told):
            await self._journal.overseen(
                OVERDUE, concern, client=HUB, subject=THE_HUB, details=details, write=write
            )
            notice.tell()
        self._told.add(one.entry)

    def _waits_longer(self, one: Deferred, others: Sequence[str], at: datetime) -> bool:
        """Whether an entry has to wait longer, because lines that it is about were put off: then it waits for their day."""
        with self._connect() as connection:
            last = max((day for other in others if (day := waits_until(connection, other))), default=at)
            if last > at:
                put_off(connection, one.entry, last)
                connection.commit()
        return last > at

    async def put_off(self, document: bytes, *, audience: str, catalogue: Catalogue) -> datetime:
        """Carry out an order to show a line later. The entry that says so is shown with the line.

        Args:
            document: the order, as its approvers signed it.
            audience: the address of this hub.
            catalogue: for the approvers of each controller.

        Returns:
            When the line is due now.

        Raises:
            OrderInvalid: it is not good, or orders what cannot be done.
            OrderUsed: it was carried out already.
            NotDeferred: the line is shown already, or always was.
            NotRecorded: nothing was put off.
        """
        order = await self._reads(
            lambda: believed(
                document, kind=PUT_OFF, audience=audience, catalogue=catalogue, connect=self._connect, now=self._clock()
            )
        )  # fmt: skip
        entry, until = what_is_put_off(order)
        line = await self._line(entry)
        if line is None or line.controller != order.controller or line.details is None:
            raise OrderInvalid("its controller has no such line, or the line cannot be read any more")
        if WAITS_FOR in line.details:
            raise OrderInvalid("it names an entry about a line that waits: name the line")
        await self._check(order, line, until)

        def write(connection: Connection, by: str) -> None:
            use_order(connection, order, by, self._clock())

        details = {"orderId": order.id, "orderDigest": order.digest, "approver": " ".join(order.approvers)}
        await self._journal.put_off(line, until, details=details, write=write)
        return until

    async def _check(self, order: Order, line: Line, until: datetime) -> None:
        """Refuse an order that was carried out, and a day that is no later, or on which nothing could be shown any more."""

        def day() -> datetime | None:
            with self._connect() as connection:
                if order_used(connection, order.id) is not None:
                    raise OrderUsed(order.id)
                return waits_until(connection, line.id)

        due_at = await self._reads(day)
        if due_at is None:
            raise NotDeferred(line.id)
        if until <= due_at:
            raise OrderInvalid("it puts the line off to no later day")
        if until >= Duration.parse(line.retention).after(line.recorded_at):
            raise OrderInvalid("it puts the line off beyond its retention: it would never be shown")

    async def waiting(self) -> tuple[Waiting, ...]:
        """Every line that waits for its day, the first due first.

        Raises:
            NotRecorded: the database is away.
        """
        found: list[Waiting] = []
        page: tuple[Deferred, ...] = ()
        while True:
            after = page[-1] if page else None
            page = await self._reads(partial(self._page, after))
            found += [self._waiting(one, await self._line(one.entry)) for one in page]
            if len(page) < _PAGE:
                return tuple(found)

    def _page(self, after: Deferred | None) -> tuple[Deferred, ...]:
        with self._connect() as connection:
            return deferred(connection, after=after, most=_PAGE)

    def _waiting(self, one: Deferred, line: Line | None) -> Waiting:
        overdue = _is_overdue(one, self._clock())
        if line is None:
            return Waiting(one.entry, one.due_at, overdue)
        return Waiting(one.entry, one.due_at, overdue, line.index, line.kind, line.controller, line.activity)

    async def _line(self, entry: str) -> Line | None:
        try:
            return await self._reads(partial(self._log.get_entry, entry))
        except LogUnavailable:
            raise NotRecorded("the usage log cannot be read") from None

    async def _follow(self) -> None:
        while True:
            try:
                await self.show()
            except (NotRecorded, SQLAlchemyError):
                _log.warning("lines that are due are not shown yet: the database gives no answer")
            except Exception as error:  # noqa: BLE001 - it goes on looking; the text could hold anything
                _log.error("lines that are due are not shown yet", error=type(error).__name__)
            await asyncio.sleep(self._every)


def _is_overdue(one: Deferred, at: datetime) -> bool:
    return one.due_at + GRACE < at
