"""Controllers and consents: an administration asks a person, sees what became of its own requests and consents, and says where one is not valid.

Whatever a controller asks, sees or declares is a line of the person's, durable before it is answered. A request is never answered by silence, and
who said no is left in peace for a while.
"""

import asyncio
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection

from audit import GrantGone
from connectors import Identifier
from consent import (
    ACTIVE,
    AlreadyGiven,
    AlreadyRequested,
    ConsentRecord,
    ConsentStore,
    NotActive,
    Status,
    Wanted,
)
from hub.catalogue import SSIN, Activity, Catalogue, Client, IdentifierInvalid
from hub.identity import Handles, Vault
from hub.services.concerns import HUB, OWN_RETENTION, Concern
from hub.services.consent_changes import ConsentChanges
from hub.services.consent_views import concern_of, seal_subject, subject_of
from hub.services.delivery import WITHDRAWAL_WAIT_S
from hub.services.entries import Journal
from hub.services.errors import ClientGone, Fault, NotFound, NotPermitted, RequestInvalid, TooMany
from hub.services.grants import CLIENT
from hub.services.requests import needs_consent

PAGE_SIZES: Final = range(1, 51)
_NO: Final = frozenset({"refused", "withdrawn"})
_READ: Final = "consentRead"


@dataclass(frozen=True, slots=True)
class Request:
    """What became of asking: the request, or the consent that there is already. `made`: whether it was made just now."""

    record: ConsentRecord
    made: bool


@dataclass(frozen=True, slots=True)
class ConsentPage:
    """A page of a controller's consents, newest first; `following` is the cursor of the next page, if there is one."""

    records: Sequence[ConsentRecord]
    following: str | None


class ConsentRequests(ConsentChanges):
    """Serves controllers, each by a client of theirs.

    Args:
        ask_again: how long nobody is asked for what they refused or withdrew; all else as `ConsentChanges`.
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
        ask_again: timedelta,
    ) -> None:
        super().__init__(
            store, catalogue=catalogue, handles=handles, journal=journal, vault=vault, connect=connect, clock=clock,
            new_id=new_id, address=address, remind=remind,
        )  # fmt: skip
        self._ask_again = ask_again

    async def ask(self, client_id: str, subject: Identifier, *, activity_id: str, language: str) -> Request:
        """Ask a person for their consent to one processing activity; where they were asked or agreed already, that is the answer.

        Nothing tells whether there is such a person: nobody looks.

        Raises:
            RequestInvalid: the activity is not one of this controller that rests on consent, or the number is none.
            TooMany: they said no not long ago.
            NotPermitted: there is no such client, or it was revoked meanwhile.
            NotRecorded: nobody was asked.
        """
        client = self._client(client_id)
        activity = self._check(client, subject, activity_id)
        held = [one for one in await self.of_subject(subject) if one.activity == activity_id]
        await self._settled(*held)
        await self._note_end(subject, next((one for one in held if one.status == "expired"), None))
        there = next((one for one in held if one.status == "requested" or one.status in ACTIVE), None)
        if there is None:
            await self._leave_in_peace(client, activity, subject, held)
            try:
                return Request(await self._request(client, activity, subject, language), made=True)
            except (AlreadyGiven, AlreadyRequested):  # another replica was quicker
                held = [one for one in await self.of_subject(subject) if one.activity == activity_id]
                there = held[0]
        await self._note_reading(client, there, self._journal.subject(subject))
        return Request(there, made=False)

    async def _request(
        self, client: Client, activity: Activity, subject: Identifier, language: str
    ) -> ConsentRecord:
        notice, consent_id = self.notice(activity.id, language), self._new_id()
        handle, logged = self._handle(subject), self._journal.subject(subject)

        def write(connection: Connection) -> ConsentRecord:
            return self._store.request(
                connection, subject=handle, activity=activity.id, controller=activity.controller,
                attributes=activity.attributes, notice=notice, consent_id=consent_id,
                terms=self._terms(activity, activity.attributes), tag=seal_subject(self._vault, logged, consent_id),
            )  # fmt: skip

        told = {
            "consentIds": [consent_id], "asked": sorted(activity.attributes), "noticeHash": notice.version_hash,
            "language": language,
        }  # fmt: skip
        return await self._do("consentRequested", client, Concern.of(activity), logged, told, change=write)

    async def _leave_in_peace(
        self, client: Client, activity: Activity, subject: Identifier, held: Collection[ConsentRecord]
    ) -> None:
        """Refuse to ask somebody who said no not long ago. They read that they would have been asked."""
        said_no = max((one.changed_at for one in held if one.status in _NO), default=None)
        if said_no is None:
            return
        left = said_no + self._ask_again - self._clock()
        if left <= timedelta():
            return
        await self._note(
            "consentRequested", client, Concern.of(activity), self._journal.subject(subject),
            {"refusedBecause": "askedNotLongAgo"}, outcome="refused",
        )  # fmt: skip
        raise TooMany(
            "the person said no to this and is not asked again for a while", limit=1, retry_after_s=int(left.total_seconds()) + 1
        )  # fmt: skip

    async def found(
        self, client_id: str, *, subject: Identifier | None, activity_id: str | None, status: Status | None,
        after: str | None, size: int,
    ) -> ConsentPage:  # fmt: skip
        """The consents of the client's controller that meet all conditions, newest first. Each of its people reads that theirs was read.

        Raises:
            RequestInvalid: the number is none, or `after` is not a consent of this controller.
            NotPermitted, NotRecorded: as `ask`; nothing is shown.
        """
        client = self._client(client_id)
        if subject is not None:
            self._check_number(subject)
        if after is not None:
            await self._check_cursor(client, after)
        such = Wanted(None if subject is None else self._handle(subject), activity_id, status, after)
        records = await self._read(
            lambda connection: self._store.of_controller(connection, client.controller, such, limit=size + 1)
        )
        shown = records[:size]
        if subject is not None and not shown:  # that there is none is said of somebody too
            concern = Concern(HUB, client.controller, OWN_RETENTION)
            await self._note(_READ, client, concern, self._journal.subject(subject), {"consentIds": []})
        await asyncio.gather(*(self._note_reading(client, one) for one in shown))
        await self._settled(*shown)
        return ConsentPage(shown, shown[-1].id if len(records) > size else None)

    async def seen(self, client_id: str, consent_id: str) -> ConsentRecord:
        """One consent of the client's controller. Its person reads that it was read.

        Raises:
            NotFound: this controller has no such consent.
            NotPermitted, NotRecorded: as `ask`; nothing is shown.
        """
        client = self._client(client_id)
        record = await self._theirs(client, consent_id)
        await self._note_reading(client, record)
        await self._settled(record)
        return record

    async def invalidate(self, client_id: str, consent_id: str, *, reason: str) -> ConsentRecord:
        """Declare a consent, or a request, of the client's controller not valid. Once this returns, no value leaves on it, on any replica.

        Raises:
            NotFound: as `seen`.
            RequestInvalid: it is over already.
            NotPermitted, NotRecorded: as `ask`; nothing changed.
        """
        client = self._client(client_id)
        record = await self._theirs(client, consent_id)
        try:
            changed = await self._do(
                "consentInvalidated", client, self._concern(record), subject_of(self._vault, record),
                {"consentIds": [consent_id], "reason": reason},
                change=lambda connection: self._store.invalidate(connection, consent_id),
            )  # fmt: skip
        except NotActive:
            await asyncio.sleep(WITHDRAWAL_WAIT_S)
            raise RequestInvalid(Fault("consentId", "this consent is over already", where="path")) from None
        await asyncio.sleep(WITHDRAWAL_WAIT_S)
        return changed

    def _client(self, client_id: str) -> Client:
        client = self._catalogue.clients.get(client_id)
        if client is None:
            raise NotPermitted("the client is no longer in the catalogue")
        return client

    def _check(self, client: Client, subject: Identifier, activity_id: str) -> Activity:
        self._check_number(subject)
        activity = self._catalogue.activities.get(activity_id)
        if activity is None:
            raise RequestInvalid(
                Fault("activityId", "the hub has no such activity", "referencedResourceNotFound")
            )
        if activity.controller != client.controller:
            raise RequestInvalid(Fault("activityId", "this is the activity of another administration"))
        if not needs_consent(activity):
            raise RequestInvalid(Fault("activityId", "the law is the basis of this activity: nobody is asked for consent"))  # fmt: skip
        return activity

    def _check_number(self, subject: Identifier) -> None:
        try:
            self._catalogue.check_identifier(SSIN, subject.value)
        except IdentifierInvalid as error:
            raise RequestInvalid(Fault("subject.ssin", str(error))) from None

    async def _check_cursor(self, client: Client, after: str) -> None:
        try:
            await self._theirs(client, after)
        except NotFound:
            raise RequestInvalid(Fault("after", "is no consent of this administration")) from None

    async def _theirs(self, client: Client, consent_id: str) -> ConsentRecord:
        record = await self._read(lambda connection: self._store.get(connection, consent_id))
        if record.controller != client.controller:
            raise NotFound("there is no such consent")
        return record

    def _concern(self, record: ConsentRecord) -> Concern:
        return concern_of(self._catalogue.activities.get(record.activity) or record)

    async def _note_reading(self, client: Client, record: ConsentRecord, logged: str | None = None) -> None:
        await self._note(
            _READ, client, self._concern(record), logged or subject_of(self._vault, record), {"consentIds": [record.id]}
        )  # fmt: skip

    async def _do(
        self, kind: str, client: Client, concern: Concern, subject: str, told: Mapping[str, object],
        *, change: Callable[[Connection], ConsentRecord],
    ) -> ConsentRecord:  # fmt: skip
        """Make a change in the transaction of its line."""
        changed: list[ConsentRecord] = []

        def write(connection: Connection, _: str) -> None:
            changed[:] = [change(connection)]  # once more where the transaction is tried again

        await self._note(kind, client, concern, subject, told, write=write)
        return changed[0]

    async def _note(
        self, kind: str, client: Client, concern: Concern, subject: str, told: Mapping[str, object], *,
        write: Callable[[Connection, str], None] | None = None, outcome: str | None = None,
    ) -> None:  # fmt: skip
        try:
            await self._journal.overseen(
                kind, concern, client=client.id, subject=subject, details={"role": "controller", **told}, write=write,
                outcome=outcome, relies_on=frozenset({f"{CLIENT}{client.id}"}),
            )  # fmt: skip
        except GrantGone:
            raise ClientGone("the client was revoked meanwhile") from None
