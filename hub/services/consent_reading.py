"""Reading consents: the lists, the notices, the histories and records of one's own.

The end of a consent is shown, by whatever answer, only once no value that rested on the consent can still be on its way.
"""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from typing import Any, Final, TypeVar

from sqlalchemy import Connection

from connectors import Identifier
from consent import ConsentEvent, ConsentRecord, ConsentStore, ConsentUnknown, HistoryBroken, Matter, Notice
from hub.catalogue import Catalogue
from hub.identity import Handles
from hub.services.consent_views import ConsentView, view_of
from hub.services.delivery import WITHDRAWAL_WAIT_S
from hub.services.errors import Altered, NotFound
from hub.services.reading import Reads
from hub.services.requests import needs_consent

T = TypeVar("T")
_JUST_NOW: Final = timedelta(minutes=1)
"""An end not older than this may not be effective yet: more than clocks of replicas differ, or a commit takes."""
_ENDED: Final = frozenset({"withdrawn", "refused", "invalidated"})


class ConsentReading:
    """Shows consents.

    Args:
        store: the consents.
        catalogue: what they are to.
        handles: under which the room of consents knows people.
        connect: to the hub's database.
        clock: the time, aware.
    """

    def __init__(
        self,
        store: ConsentStore,
        *,
        catalogue: Catalogue,
        handles: Handles,
        connect: Callable[[], AbstractContextManager[Connection]],
        clock: Callable[[], datetime],
    ) -> None:
        self._store, self._catalogue, self._handles = store, catalogue, handles
        self._connect, self._clock = connect, clock
        self._reads = Reads("consents")

    def notice(self, activity_id: str, language: str) -> Notice:
        """The text that a person reads before they agree.

        Raises:
            NotFound: there is no such activity, or the law is its basis: consent is never asked then.
        """
        activity = self._catalogue.activities.get(activity_id)
        if activity is None or not needs_consent(activity) or activity.notice is None:
            raise NotFound("there is no consent to give for this activity")
        return Notice.of(activity=activity.id, language=language, text=activity.notice[language])

    async def of_subject(self, subject: Identifier) -> tuple[ConsentRecord, ...]:
        """Every consent of a subject, newest first, with its state as it was committed. People are told what `shown` gives.

        Raises:
            NotRecorded: the database is away.
        """
        handle = self._handle(subject)
        return await self._read(lambda connection: self._store.of_subject(connection, handle))

    async def shown(self, subject: Identifier, *, status: str | None = None) -> tuple[ConsentView, ...]:
        """What `of_subject` gives, those that wait for an answer first, told only once every end in it is effective.

        Args:
            subject: whose.
            status: only those in this state; None: all.

        Raises:
            NotRecorded: the database is away.
        """
        handle = self._handle(subject)

        def read(connection: Connection) -> tuple[ConsentView, ...]:
            records = [
                one for one in self._store.of_subject(connection, handle) if status in {None, one.status}
            ]
            records.sort(key=lambda one: one.status != "requested")
            return tuple(map(self._view, self._store.matters(connection, records)))

        views = await self._read(read)
        await self._settled(*(view.record for view in views))
        return views

    async def one(self, subject: Identifier, consent_id: str) -> ConsentView:
        """One consent, as `shown` tells it.

        Raises:
            NotFound: there is no such consent of this subject.
            NotRecorded: the database is away.
        """
        return await self._told(subject, consent_id, lambda _, view: view)

    async def history(self, subject: Identifier, consent_id: str) -> tuple[ConsentEvent, ...]:
        """All changes of a consent, checked.

        Raises:
            Altered: they are not what was signed.
            NotFound, NotRecorded: as `one`.
        """
        return await self._told(
            subject, consent_id, lambda connection, _: self._store.history(connection, consent_id)
        )

    async def record(self, subject: Identifier, consent_id: str) -> Mapping[str, Any]:
        """The whole record with its history, as JSON-LD, signed.

        Raises:
            Altered, NotFound, NotRecorded: as `history`.
        """
        return await self._told(
            subject, consent_id, lambda connection, _: self._store.record(connection, consent_id)
        )

    async def _own(self, subject: Identifier, consent_id: str) -> ConsentRecord:
        handle = self._handle(subject)
        return await self._read(lambda connection: self._store.own(connection, consent_id, subject=handle))

    async def _told(
        self, subject: Identifier, consent_id: str, read: Callable[[Connection, ConsentView], T]
    ) -> T:
        """What is read of a consent of this subject, told only once an end that it tells of is effective."""
        handle = self._handle(subject)

        def both(connection: Connection) -> tuple[ConsentRecord, T]:
            record = self._store.own(connection, consent_id, subject=handle)
            return record, read(connection, self._view(self._store.matter(connection, record)))

        record, found = await self._read(both)
        await self._settled(record)
        return found

    async def _read(self, read: Callable[[Connection], T]) -> T:
        def connected() -> T:
            with self._connect() as connection:
                return read(connection)

        try:
            return await self._reads(connected)
        except ConsentUnknown:
            raise NotFound("there is no such consent") from None
        except HistoryBroken:
            raise Altered("the history of the consent is not what was signed") from None

    async def _settled(self, *records: ConsentRecord) -> None:
        """Wait until no value can be on its way any more that rested on one of these."""
        # Counted from now, which is after the commit whatever this replica's clock says.
        if any(one.status in _ENDED and self._clock() - one.changed_at < _JUST_NOW for one in records):
            await asyncio.sleep(WITHDRAWAL_WAIT_S)

    def _view(self, matter: Matter) -> ConsentView:
        return view_of(matter, self._catalogue, self._clock(), self._store)

    def _handle(self, subject: Identifier) -> str:
        return self._handles.of("consent", subject.scheme, subject.value)
