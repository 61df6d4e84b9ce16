"""Consents: asked for, given, refused, renewed, withdrawn, declared invalid. Every function runs in the caller's transaction."""

import json
import uuid
from collections.abc import Callable, Collection
from datetime import datetime
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from sqlalchemy import Connection, RowMapping

from consent import rows
from consent.archive import Archive
from consent.asking import answered_by, asked_for, said, term, with_terms
from consent.errors import AlreadyGiven, AlreadyRequested, ConsentInvalid, NotActive
from consent.ledger import Change
from consent.model import Clock, ConsentRecord, Guardian, Notice, milliseconds
from consent.states import ACTIVE
from consent.terms import Terms
from consent.vocabulary import BUTTON, CONTROLLER, REQUEST, TIME


def _new_id() -> str:
    return str(uuid.uuid4())


class ConsentStore(Archive):
    """Changes consents. The same transaction that holds a change holds its signed, chained event.

    Consent is asked only where the law is not the basis: the hub sees to that before it calls.

    Args:
        signing_key, issuer, clock, jurisdiction: as `Archive`.
        ids: makes the ids of consents.
    """

    def __init__(
        self,
        signing_key: EllipticCurvePrivateKey,
        issuer: str,
        clock: Clock,
        ids: Callable[[], str] = _new_id,
        *,
        jurisdiction: str = "BE",
    ) -> None:
        super().__init__(signing_key, issuer, clock, jurisdiction=jurisdiction)
        self._ids = ids

    def give(
        self,
        connection: Connection,
        *,
        subject: str,
        activity: str,
        controller: str,
        attributes: Collection[str],
        notice: Notice,
        method: str,
        valid_until: datetime | None = None,
        remind_at: datetime | None = None,
        consent_id: str | None = None,
        terms: Terms | None = None,
        guardian: Guardian | None = None,
        tag: bytes | None = None,
    ) -> ConsentRecord:
        """Record that a person agrees: a new consent, or the answer to a request that waits for them.

        Args:
            connection: of the caller's transaction.
            subject: the person's handle.
            activity: the one processing activity that it is for.
            controller: who may rely on it.
            attributes: what may be disclosed; when a request is answered, no more than it asked for.
            notice: exactly what the person was shown.
            method: how they said so, as an IRI or a text.
            valid_until: when the consent ends by itself; None: when it is withdrawn.
            remind_at: from when it is to be renewed; None: the person is not reminded.
            consent_id: of a new consent, where the caller must know it beforehand; None: one of the store's own.
            terms: what it is to, as the catalogue has it today, about these attributes.
            guardian: who answers for the person, where they cannot yet do so alone.
            tag: what the hub keeps with it, for itself.

        Raises:
            ConsentInvalid: the notice is not the one of its hash or of this activity, nothing is consented to, or it is over already.
            AlreadyGiven: the subject's consent to this activity holds already.
        """
        now = self._clock()
        given = said(notice, activity, method) | answered_by(guardian) | {"given_at": milliseconds(now)}
        given |= term(valid_until, remind_at, now)
        whole = asked_for(subject, activity, controller, attributes, terms) | given | _tagged(tag)
        row = self._settle(connection, rows.open_of(connection, subject, activity), now)
        self._keep(connection, notice, terms)
        by = _who(guardian)
        if row is None:
            change = Change("given", by, now, whole)
            return self._read(self._ledger.create(connection, consent_id or self._ids(), change))
        if row["status"] in ACTIVE:
            raise AlreadyGiven
        if row["controller"] != controller or not set(attributes) <= set(json.loads(row["attributes"])):
            raise ConsentInvalid("the answer goes beyond what was asked for")
        return self._read(self._ledger.apply(connection, row, Change("given", by, now, whole)))

    def request(
        self,
        connection: Connection,
        *,
        subject: str,
        activity: str,
        controller: str,
        attributes: Collection[str],
        notice: Notice,
        consent_id: str | None = None,
        terms: Terms | None = None,
        tag: bytes | None = None,
    ) -> ConsentRecord:
        """Record that a controller asks a person for a consent. Nothing may be disclosed on it; silence stays silence.

        Raises:
            ConsentInvalid: as `give`.
            AlreadyGiven: they agreed already.
            AlreadyRequested: they were asked already.
        """
        now = self._clock()
        asked = asked_for(subject, activity, controller, attributes, terms) | _tagged(tag)
        asked |= said(notice, activity, REQUEST)
        row = self._settle(connection, rows.open_of(connection, subject, activity), now)
        if row is not None:
            raise AlreadyGiven if row["status"] in ACTIVE else AlreadyRequested
        self._keep(connection, notice, terms)
        change = Change("requested", "controller", now, asked)
        return self._read(self._ledger.create(connection, consent_id or self._ids(), change))

    def refuse(
        self, connection: Connection, consent_id: str, *, subject: str, method: str = BUTTON,
        guardian: Guardian | None = None,
    ) -> ConsentRecord:  # fmt: skip
        """Record that the person says no to a request.

        Raises:
            ConsentUnknown: there is no such consent of this subject.
            NotActive: it does not wait for an answer.
        """
        row = self._own(connection, consent_id, subject)
        values = {"method": method} | answered_by(guardian)
        change = Change("refused", _who(guardian), self._clock(), values)
        return self._read(self._ledger.apply(connection, row, change))

    def renew(
        self,
        connection: Connection,
        consent_id: str,
        *,
        subject: str,
        notice: Notice,
        method: str,
        valid_until: datetime | None = None,
        remind_at: datetime | None = None,
        terms: Terms | None = None,
        guardian: Guardian | None = None,
    ) -> ConsentRecord:
        """Record that the person reaffirms a consent that still holds.

        Raises:
            ConsentInvalid: as `give`.
            ConsentUnknown: there is no such consent of this subject.
            NotActive: it does not hold any more: a new one must be given.
        """
        now = self._clock()
        row = self._own(connection, consent_id, subject)
        values = said(notice, row["activity"], method) | answered_by(guardian)
        values |= term(valid_until, remind_at, now)
        if terms is not None:
            values |= with_terms(terms, json.loads(row["attributes"]))
        self._keep(connection, notice, terms)
        change = Change("renewed", _who(guardian), now, values)
        return self._read(self._ledger.apply(connection, row, change))

    def withdraw(
        self, connection: Connection, consent_id: str, *, subject: str, method: str = BUTTON,
        guardian: Guardian | None = None,
    ) -> ConsentRecord:  # fmt: skip
        """Withdraw a consent: an id is all it takes. From the transaction's commit on, `still_given` leaves it out.

        Raises:
            ConsentUnknown: there is no such consent of this subject.
            NotActive: it is over already.
        """
        now = self._clock()
        row = self._own(connection, consent_id, subject)
        values = {"withdrawn_at": milliseconds(now), "method": method} | answered_by(guardian)
        change = Change("withdrawn", _who(guardian), now, values)
        return self._read(self._ledger.apply(connection, row, change))

    def invalidate(self, connection: Connection, consent_id: str) -> ConsentRecord:
        """Record that its controller declares a consent or a request not valid (not informed, not free, the activity changed).

        Raises:
            ConsentUnknown: there is no such consent.
            NotActive: it is over already.
        """
        row = self._row(connection, consent_id)
        change = Change("invalidated", "controller", self._clock(), {"method": CONTROLLER})
        return self._read(self._ledger.apply(connection, row, change))

    def _settle(self, connection: Connection, row: RowMapping | None, now: datetime) -> RowMapping | None:
        """Record the end of a consent that time has ended, so that a new one can take its place."""
        if row is None or not rows.over(row, now):
            return row
        self._ledger.apply(connection, row, Change("expired", "time", now, {"method": TIME}))
        return None

    # What time does: each is found by one method and written down by another, one by one.

    def due(self, connection: Connection, limit: int = 1_000) -> tuple[ConsentRecord, ...]:
        """Given consents whose time is over and not written down yet. They open nothing any more."""
        return tuple(map(self._read, rows.due(connection, self._clock(), limit)))

    def expire(self, connection: Connection, consent_id: str) -> ConsentRecord:
        """Write down that the time of a given consent is over.

        Raises:
            ConsentUnknown: there is no such consent.
            NotActive: it is not over, or that is written down already.
        """
        row, now = self._row(connection, consent_id), self._clock()
        if self._settle(connection, row, now) is not None:
            raise NotActive
        return self._read(self._row(connection, consent_id))

    def unanswered(
        self, connection: Connection, since: datetime, limit: int = 1_000
    ) -> tuple[ConsentRecord, ...]:
        """Requests that nobody has answered since then or longer."""
        return tuple(map(self._read, rows.unanswered(connection, since, limit)))

    def lapse(self, connection: Connection, consent_id: str) -> ConsentRecord:
        """Record that a request was not answered in time: it becomes invalid, and never a consent.

        Raises:
            ConsentUnknown: there is no such consent.
            NotActive: it does not wait for an answer.
        """
        row = self._row(connection, consent_id)
        if row["status"] != "requested":
            raise NotActive
        change = Change("invalidated", "time", self._clock(), {"method": TIME})
        return self._read(self._ledger.apply(connection, row, change))

    def to_remind(self, connection: Connection, limit: int = 1_000) -> tuple[ConsentRecord, ...]:
        """Given consents that are to be renewed, and whose person was not told in the present term."""
        return tuple(map(self._read, rows.to_remind(connection, self._clock(), limit)))

    def remind(self, connection: Connection, record: ConsentRecord) -> None:
        """Note that the person was told that a consent ends soon. Its state is as before: it is no event.

        Raises:
            NotActive: it was noted already, or the consent changed meanwhile.
        """
        rows.note_reminder(connection, record.id, record.revision, self._clock())

    @staticmethod
    def _keep(connection: Connection, notice: Notice, terms: Terms | None) -> None:
        rows.keep_notice(connection, notice)
        if terms is not None:
            rows.keep_terms(connection, terms)


def _tagged(tag: bytes | None) -> dict[str, Any]:
    return {} if tag is None else {"tag": tag}


def _who(guardian: Guardian | None) -> Any:
    return "subject" if guardian is None else "guardian"
