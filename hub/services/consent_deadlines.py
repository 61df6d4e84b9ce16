"""What time does to consents: it ends those that are over, lets requests lapse that nobody answered, and reminds people of those that end soon.

A consent that is over opens nothing from that millisecond on; this writes it down, with its line in the person's usage log. Every replica looks;
each deed is done once, by whoever is first.
"""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from typing import Final

import structlog
from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from consent import ConsentRecord, ConsentStore, NotActive
from hub.catalogue import Catalogue
from hub.identity import Unsealable, Vault
from hub.services.background import Background
from hub.services.consent_views import concern_of, subject_of
from hub.services.entries import Journal
from hub.services.errors import NotRecorded
from hub.services.reading import Reads

EXPIRED: Final = "consentExpired"
LAPSED: Final = "consentInvalidated"
RENEWAL_DUE: Final = "consentRenewalDue"
_PAGE: Final = 100
_log = structlog.get_logger("hub.consents")


class ConsentDeadlines:
    """Keeps the days of consents.

    Args:
        store: the consents.
        journal: writes the usage log.
        vault: opens what is kept beside a consent.
        catalogue: what they are to.
        connect: to the hub's database.
        clock: the time, aware.
        answer_within: how long a request waits for its answer.
        every_s: how often it looks, in seconds.
    """

    def __init__(
        self,
        store: ConsentStore,
        *,
        journal: Journal,
        vault: Vault,
        catalogue: Catalogue,
        connect: Callable[[], AbstractContextManager[Connection]],
        clock: Callable[[], datetime],
        answer_within: timedelta,
        every_s: float = 60.0,
    ) -> None:
        self._store, self._journal, self._vault, self._catalogue = store, journal, vault, catalogue
        self._connect, self._clock = connect, clock
        self._answer_within, self._every = answer_within, every_s
        self._reads = Reads("consent-deadlines", threads=1)
        self._background = Background()

    async def start(self) -> None:
        """Begin to look."""
        self._background.begin(self._follow())

    async def close(self) -> None:
        """Look no more."""
        await self._background.end()

    async def keep(self) -> int:
        """Do all that is due.

        Returns:
            How much was done here.

        Raises:
            NotRecorded: the database is away; what is left is done later.
        """
        store = self._store
        return (
            await self._all(EXPIRED, store.due, lambda at, one: store.expire(at, one.id))
            + await self._all(LAPSED, self._unanswered, lambda at, one: store.lapse(at, one.id))
            + await self._all(RENEWAL_DUE, store.to_remind, store.remind)
        )

    def _unanswered(self, connection: Connection, limit: int) -> tuple[ConsentRecord, ...]:
        return self._store.unanswered(connection, self._clock() - self._answer_within, limit)

    async def _all(
        self,
        kind: str,
        find: Callable[[Connection, int], Sequence[ConsentRecord]],
        do: Callable[[Connection, ConsentRecord], object],
    ) -> int:
        done, tried = 0, set[str]()
        while True:

            def read(limit: int = _PAGE + len(tried)) -> Sequence[ConsentRecord]:
                with self._connect() as connection:
                    return find(connection, limit)

            found = [one for one in await self._reads(read) if one.id not in tried]
            if not found:
                return done
            for one in found:
                tried.add(one.id)
                done += await self._one(kind, one, do)

    async def _one(
        self, kind: str, record: ConsentRecord, do: Callable[[Connection, ConsentRecord], object]
    ) -> bool:
        """Do one thing with its line in the log; False where another replica, or the person, was quicker."""
        try:
            subject = subject_of(self._vault, record)
        except Unsealable:
            _log.error(
                "what is kept beside a consent cannot be opened: its person is not told", consent=record.id
            )
            return False
        details = {
            "role": None, "consentIds": [record.id],
            "validUntil": record.valid_until.isoformat() if record.valid_until else None,
        }  # fmt: skip
        concern = concern_of(self._catalogue.activities.get(record.activity) or record)
        try:
            await self._journal.consent_changed(
                kind,
                concern,
                subject=subject,
                write=lambda connection: do(connection, record),
                details=details,
            )
        except NotActive:
            return False
        return True

    async def _follow(self) -> None:
        while True:
            try:
                await self.keep()
            except (NotRecorded, SQLAlchemyError):
                _log.warning("what is due of consents is not written down yet: the database gives no answer")
            except Exception as error:  # noqa: BLE001 - it goes on looking; the text could hold anything
                _log.error("what is due of consents is not written down yet", error=type(error).__name__)
            await asyncio.sleep(self._every)
