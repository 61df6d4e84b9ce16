"""Consents: what a person agreed to, given and withdrawn in one step each.

A change of consent and its entry in the usage log are one transaction, under the lock that disclosures take too. A
withdrawal is shown, by whatever answer, only once no value that rested on the consent can still be on its way.
"""

import asyncio
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection

from connectors import Identifier
from consent import ACTIVE, AlreadyGiven, ConsentRecord, ConsentStore, ConsentUnknown, NotActive, Notice
from hub.catalogue import Activity, Catalogue, Duration
from hub.identity import Handles
from hub.services.concerns import OWN_RETENTION, Concern
from hub.services.delivery import WITHDRAWAL_WAIT_S
from hub.services.entries import Journal
from hub.services.errors import Fault, NotFound, RequestInvalid
from hub.services.reading import Reads
from hub.services.requests import needs_consent

METHOD: Final = "https://w3id.org/dpv#ClickAction"
_JUST_NOW: Final = timedelta(minutes=1)
"""A withdrawal not older than this may not be effective yet: more than clocks of replicas differ, or a commit takes."""


@dataclass(frozen=True, slots=True)
class ConsentView:
    """A consent with what its subject can do with it."""

    record: ConsentRecord
    activity: Activity | None
    receipt: str


class Consents:
    """Gives, withdraws and lists consents."""

    def __init__(
        self,
        store: ConsentStore,
        *,
        catalogue: Catalogue,
        handles: Handles,
        journal: Journal,
        connect: Callable[[], AbstractContextManager[Connection]],
        clock: Callable[[], datetime],
        new_id: Callable[[], str],
    ) -> None:
        self._store, self._catalogue, self._handles, self._journal = store, catalogue, handles, journal
        self._connect, self._clock = connect, clock
        self._new_id = new_id
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

        def read() -> tuple[ConsentRecord, ...]:
            with self._connect() as connection:
                return self._store.of_subject(connection, handle)

        return await self._reads(read)

    async def shown(self, subject: Identifier) -> tuple[ConsentRecord, ...]:
        """As `of_subject`, told only once every withdrawal in it is effective.

        Raises:
            NotRecorded: the database is away.
        """
        records = await self.of_subject(subject)
        # Counted from now, which is after the commit whatever this replica's clock says.
        if any(one.withdrawn_at and self._clock() - one.withdrawn_at < _JUST_NOW for one in records):
            await asyncio.sleep(WITHDRAWAL_WAIT_S)
        return records

    def view(self, record: ConsentRecord) -> ConsentView:
        """A record with its receipt."""
        return ConsentView(
            record, self._catalogue.activities.get(record.activity), self._store.receipt(record)
        )

    async def give(
        self, subject: Identifier, *, activity_id: str, language: str, notice_hash: str
    ) -> ConsentView:
        """Record that a person agrees to what exactly this notice says. It takes the place of a consent to other words or to less.

        Raises:
            NotFound: as `notice`.
            RequestInvalid: the person did not see the present notice, or already agreed.
        """
        notice = self.notice(activity_id, language)
        if notice.version_hash != notice_hash:
            raise RequestInvalid(
                Fault("noticeHash", "is not the hash of the present notice in this language")
            )
        activity, handle = self._catalogue.activities[activity_id], self._handle(subject)
        held = {one.status: one for one in await self.of_subject(subject) if one.activity == activity.id}
        outdated = next(
            (one for status, one in held.items() if status in ACTIVE and self._is_outdated(one, activity)),
            None,
        )
        consent_id = held["requested"].id if "requested" in held else self._new_id()

        def write(connection: Connection) -> ConsentRecord:
            if outdated is not None:
                self._store.withdraw(connection, outdated.id, subject=handle)
            return self._store.give(
                connection, subject=handle, activity=activity.id, controller=activity.controller,
                attributes=activity.attributes, notice=notice, method=METHOD, valid_until=self._end(activity),
                consent_id=consent_id,
            )  # fmt: skip

        details = {
            "noticeHash": notice.version_hash, "language": language, "asked": sorted(activity.attributes),
            "consentIds": [consent_id], "replaces": outdated.id if outdated else None,
        }  # fmt: skip
        try:
            appended = await self._journal.consent_changed(
                "consentGiven",
                Concern.of(activity),
                subject=self._journal.subject(subject),
                write=write,
                details=details,
            )
        except (AlreadyGiven, NotActive):
            raise RequestInvalid(Fault("activityId", "this consent was already given")) from None
        return self.view(appended.written)

    def _is_outdated(self, record: ConsentRecord, activity: Activity) -> bool:
        """Whether the activity asks for more than was agreed to, or with other words."""
        words = self.notice(activity.id, record.language).version_hash
        return record.notice_hash != words or not activity.attributes <= record.attributes

    def _end(self, activity: Activity) -> datetime | None:
        if activity.consent_validity is None:
            return None
        return Duration.parse(activity.consent_validity).after(self._clock())

    async def withdraw(self, subject: Identifier, consent_id: str) -> ConsentView:
        """Withdraw a consent. Once this returns, no value leaves on it, on any replica.

        Raises:
            NotFound: there is no such consent of this subject.
            RequestInvalid: it is over already, and no value leaves on it either.
        """
        handle = self._handle(subject)
        record = next((one for one in await self.of_subject(subject) if one.id == consent_id), None)
        if record is None:
            raise NotFound("there is no such consent")

        def write(connection: Connection) -> ConsentRecord:
            return self._store.withdraw(connection, consent_id, subject=handle)

        try:
            appended = await self._journal.consent_changed(
                "consentWithdrawn", self._concerning(record), subject=self._journal.subject(subject), write=write,
                details={"consentIds": [consent_id]},
            )  # fmt: skip
        except ConsentUnknown:
            raise NotFound("there is no such consent") from None
        except NotActive:
            await asyncio.sleep(WITHDRAWAL_WAIT_S)
            raise RequestInvalid(Fault("consentId", "this consent is over already")) from None
        await asyncio.sleep(WITHDRAWAL_WAIT_S)
        return self.view(appended.written)

    def _concerning(self, record: ConsentRecord) -> Concern:
        """What the line is about, also where the activity has left the catalogue: one can always withdraw."""
        activity = self._catalogue.activities.get(record.activity)
        return (
            Concern.of(activity) if activity else Concern(record.activity, record.controller, OWN_RETENTION)
        )

    def _handle(self, subject: Identifier) -> str:
        return self._handles.of("consent", subject.scheme, subject.value)
