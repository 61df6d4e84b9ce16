"""What every change of a consent needs, whoever makes it: its terms, its term, and the end of the one before it written down."""

from collections.abc import Callable, Collection
from contextlib import AbstractContextManager
from datetime import datetime, timedelta

from sqlalchemy import Connection

from connectors import Identifier
from consent import ConsentRecord, ConsentStore, NotActive, Terms
from hub.catalogue import Activity, Catalogue
from hub.identity import Handles, Vault
from hub.services.consent_reading import ConsentReading
from hub.services.consent_terms import terms_of
from hub.services.consent_views import ConsentView, Term, concern_of, term_of
from hub.services.entries import Journal


class ConsentChanges(ConsentReading):
    """Reads consents and changes them.

    Args:
        store, catalogue, handles, connect, clock: as `ConsentReading`.
        journal: writes the usage log.
        vault: seals, beside a consent, under which handle the usage log knows its person.
        new_id: makes ids of consents.
        address: where people withdraw: the hub's.
        remind: how long before its end a person is reminded of a consent; none: never.
    """

    def __init__(
        self,
        store: ConsentStore,
        *,
        catalogue: Catalogue,
        handles: Handles,
        journal: Journal,
        vault: Vault,
        connect: Callable[[], AbstractContextManager[Connection]],
        clock: Callable[[], datetime],
        new_id: Callable[[], str],
        address: str,
        remind: timedelta,
    ) -> None:
        super().__init__(store, catalogue=catalogue, handles=handles, connect=connect, clock=clock)
        self._journal, self._vault = journal, vault
        self._new_id, self._address, self._remind = new_id, address, remind

    async def _note_end(self, subject: Identifier, record: ConsentRecord | None) -> None:
        """Write down that time has ended a consent, before a new one takes its place, if nobody has."""
        if record is None or record.noted:
            return
        try:
            await self._journal.consent_changed(
                "consentExpired", concern_of(self._catalogue.activities.get(record.activity) or record),
                subject=self._journal.subject(subject), write=lambda connection: self._store.expire(connection, record.id),
                details={"consentIds": [record.id], "role": None},
            )  # fmt: skip
        except NotActive:  # another was quicker
            return

    def _changed(self, connection: Connection, record: ConsentRecord) -> ConsentView:
        return self._view(self._store.matter(connection, record))

    def _terms(self, activity: Activity, attributes: Collection[str]) -> Terms:
        return terms_of(self._catalogue, activity, attributes, address=self._address)

    def _term(self, activity: Activity) -> Term:
        return term_of(activity, self._clock(), self._remind)
