"""Consents: what a person agreed to; given, refused, renewed and withdrawn in one step each.

A change of consent and its entry in the usage log are one transaction, under the lock that disclosures take too. The end of a
consent is shown, by whatever answer, only once no value that rested on the consent can still be on its way.
"""

import asyncio
from collections.abc import Callable, Mapping

from sqlalchemy import Connection

from connectors import Identifier
from consent import (
    ACTIVE,
    BUTTON,
    AlreadyGiven,
    ConsentInvalid,
    ConsentRecord,
    ConsentUnknown,
    Guardian,
    NotActive,
    Notice,
)
from hub.catalogue import Activity, least_age
from hub.catalogue.ages import OF_AGE
from hub.services.consent_changes import ConsentChanges
from hub.services.consent_views import ConsentView, concern_of, seal_subject
from hub.services.delivery import WITHDRAWAL_WAIT_S
from hub.services.errors import Fault, NotFound, RequestInvalid, TooYoung


class Consents(ConsentChanges):
    """Gives, refuses, renews and withdraws consents, for the people whose they are."""

    async def give(
        self, subject: Identifier, *, activity_id: str, language: str, notice_hash: str, parent: Identifier | None = None
    ) -> ConsentView:  # fmt: skip
        """Record that a person agrees to what exactly this notice says, or their `parent` for them. It takes the place of a consent to other words or to less, and answers a request.

        Raises:
            NotFound: as `notice`.
            TooYoung: the person is too young to agree to this alone.
            RequestInvalid: the person did not see the present notice, or already agreed.
        """
        notice = self._read_notice(activity_id, language, notice_hash)
        activity, handle = self._catalogue.activities[activity_id], self._handle(subject)
        guardian = self._guardian(activity, subject, parent)
        held = {one.status: one for one in await self.of_subject(subject) if one.activity == activity.id}
        await self._note_end(subject, held.get("expired"))
        outdated = next((one for status, one in held.items() if status in ACTIVE and self._is_outdated(one)), None)  # fmt: skip
        asked = held.get("requested")
        consent_id = asked.id if asked is not None else self._new_id()
        attributes = activity.attributes & asked.attributes if asked is not None else activity.attributes

        def write(connection: Connection) -> ConsentView:
            if outdated is not None:
                self._store.withdraw(connection, outdated.id, subject=handle, guardian=guardian)
            return self._changed(connection, self._store.give(
                connection, subject=handle, activity=activity.id, controller=activity.controller, attributes=attributes,
                notice=notice, method=BUTTON, consent_id=consent_id, guardian=guardian, terms=self._terms(activity, attributes),
                tag=seal_subject(self._vault, self._journal.subject(subject), consent_id), **self._term(activity),
            ))  # fmt: skip

        details = {
            "noticeHash": notice.version_hash, "language": language, "asked": sorted(attributes),
            "replaces": outdated.id if outdated else None,
        }  # fmt: skip
        try:
            return await self._record(
                "consentGiven", subject, activity, consent_id, write=write, details=details, parent=parent
            )
        except (AlreadyGiven, NotActive):
            raise RequestInvalid(Fault("activityId", "this consent was already given")) from None
        except ConsentInvalid:
            raise RequestInvalid(Fault("activityId", "the request asked for other data: it cannot be answered")) from None  # fmt: skip

    async def answer(
        self, subject: Identifier, consent_id: str, *, language: str, notice_hash: str, parent: Identifier | None = None
    ) -> ConsentView:  # fmt: skip
        """Record that a person agrees to what they were asked for, having read exactly this notice.

        Raises:
            NotFound: there is no such consent of this subject, or the law is the basis by now.
            RequestInvalid: it does not wait for an answer, or as `give`.
        """
        record = await self._own(subject, consent_id)
        if record.status != "requested":
            await self._settled(record)
            raise RequestInvalid(Fault("consentId", "this does not wait for an answer", where="path"))
        return await self.give(
            subject, activity_id=record.activity, language=language, notice_hash=notice_hash, parent=parent
        )

    async def refuse(
        self, subject: Identifier, consent_id: str, *, parent: Identifier | None = None
    ) -> ConsentView:
        """Record that a person says no to a request, or a parent for them. Nobody is too young to say no.

        Raises:
            NotFound: there is no such consent of this subject.
            RequestInvalid: it does not wait for an answer.
        """
        record, handle = await self._own(subject, consent_id), self._handle(subject)
        guardian = self._parent(parent)

        def write(connection: Connection) -> ConsentView:
            return self._changed(
                connection, self._store.refuse(connection, consent_id, subject=handle, guardian=guardian)
            )

        return await self._end(
            "consentRefused", subject, record, write, refusal="this does not wait for an answer", parent=parent
        )  # fmt: skip

    async def renew(
        self, subject: Identifier, consent_id: str, *, language: str, notice_hash: str, parent: Identifier | None = None
    ) -> ConsentView:  # fmt: skip
        """Record that a person reaffirms a consent that still holds, having read exactly this notice: its term begins anew.

        Raises:
            NotFound: there is no such consent of this subject, or the law is the basis by now.
            RequestInvalid: it holds no more, the person did not see the present notice, or the activity asks for more than they agreed to.
        """
        record, handle = await self._own(subject, consent_id), self._handle(subject)
        notice = self._read_notice(record.activity, language, notice_hash)
        activity = self._catalogue.activities[record.activity]
        guardian = self._guardian(activity, subject, parent)
        if record.status in ACTIVE and not activity.attributes <= record.attributes:
            raise RequestInvalid(Fault("consentId", "the activity asks for more by now: agree anew", where="path"))  # fmt: skip

        def write(connection: Connection) -> ConsentView:
            return self._changed(connection, self._store.renew(
                connection, consent_id, subject=handle, notice=notice, method=BUTTON, guardian=guardian,
                terms=self._terms(activity, record.attributes), **self._term(activity),
            ))  # fmt: skip

        details = {"noticeHash": notice.version_hash, "language": language}
        return await self._end(
            "consentRenewed",
            subject,
            record,
            write,
            refusal="this consent holds no more: give a new one",
            details=details,
            parent=parent,
        )

    async def withdraw(
        self, subject: Identifier, consent_id: str, *, parent: Identifier | None = None
    ) -> ConsentView:
        """Withdraw a consent, whoever gave it. Once this returns, no value leaves on it, on any replica.

        Raises:
            NotFound: there is no such consent of this subject.
            RequestInvalid: it is over already, and no value leaves on it either.
        """
        record, handle = await self._own(subject, consent_id), self._handle(subject)
        guardian = self._parent(parent)

        def write(connection: Connection) -> ConsentView:
            return self._changed(
                connection, self._store.withdraw(connection, consent_id, subject=handle, guardian=guardian)
            )

        return await self._end(
            "consentWithdrawn", subject, record, write, refusal="this consent is over already", parent=parent
        )

    async def _end(
        self, kind: str, subject: Identifier, record: ConsentRecord, write: Callable[[Connection], ConsentView], *,
        refusal: str, details: Mapping[str, object] | None = None, parent: Identifier | None = None,
    ) -> ConsentView:  # fmt: skip
        """Make a change to a consent that there is; tell of it, or of the one that was quicker, when that is effective."""
        activity = self._catalogue.activities.get(record.activity)
        try:
            view = await self._record(
                kind,
                subject,
                activity or record,
                record.id,
                write=write,
                details=details or {},
                parent=parent,
            )
        except ConsentUnknown:
            raise NotFound("there is no such consent") from None
        except NotActive:
            await asyncio.sleep(WITHDRAWAL_WAIT_S)
            raise RequestInvalid(Fault("consentId", refusal, where="path")) from None
        if kind == "consentWithdrawn":
            await asyncio.sleep(WITHDRAWAL_WAIT_S)  # whatever somebody did to the clock meanwhile
        return view

    async def _record(
        self, kind: str, subject: Identifier, what: Activity | ConsentRecord, consent_id: str, *,
        write: Callable[[Connection], ConsentView], details: Mapping[str, object], parent: Identifier | None,
    ) -> ConsentView:  # fmt: skip
        appended = await self._journal.consent_changed(
            kind, concern_of(what), subject=self._journal.subject(subject), write=write,
            details={"consentIds": [consent_id], **details}, parent=None if parent is None else (parent, subject),
        )  # fmt: skip
        view: ConsentView = appended.written
        return view

    def _read_notice(self, activity_id: str, language: str, notice_hash: str) -> Notice:
        notice = self.notice(activity_id, language)
        if notice.version_hash != notice_hash:
            raise RequestInvalid(
                Fault("noticeHash", "is not the hash of the present notice in this language")
            )
        return notice

    def _is_outdated(self, record: ConsentRecord) -> bool:
        """Whether the activity asks for more than was agreed to, or with other words."""
        activity = self._catalogue.activities[record.activity]
        words = self.notice(activity.id, record.language).version_hash
        return record.notice_hash != words or not activity.attributes <= record.attributes

    def _guardian(
        self, activity: Activity, subject: Identifier, parent: Identifier | None
    ) -> Guardian | None:
        """Who agrees for the person; None: they do so themselves, and are old enough.

        An age that the number does not prove is none, as the policies have it (GDPR Art. 8).
        """
        if parent is None and (least_age(subject.value, self._clock()) or 0) < (
            activity.own_from_age or OF_AGE
        ):
            raise TooYoung("too young to agree to this alone")
        return self._parent(parent)

    def _parent(self, parent: Identifier | None) -> Guardian | None:
        return None if parent is None else Guardian(self._handle(parent), "parent")
