"""Consents: given, withdrawn, read. Every function runs in the caller's transaction."""

import json
import re
import uuid
from collections.abc import Callable, Collection
from datetime import datetime
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from sqlalchemy import Connection, RowMapping

from consent import rows
from consent.errors import AlreadyGiven, AlreadyRequested, ConsentInvalid, ConsentUnknown
from consent.ledger import Change, Ledger
from consent.model import Clock, ConsentEvent, ConsentRecord, Notice, milliseconds
from consent.receipts import TYPE, receipt_of
from consent.signing import Signer
from consent.states import ACTIVE

_HANDLE = re.compile(r"[0-9a-f]{64}")
_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*")


def _new_id() -> str:
    return str(uuid.uuid4())


class ConsentStore:
    """Gives, withdraws and reads consents. The same transaction that holds a change holds its signed, chained event.

    Consent is asked only where the law is not the basis: the hub sees to that before it calls.

    Args:
        signing_key: P-256; signs events and receipts.
        issuer: the hub's public address.
        clock: the time, aware.
        ids: makes the ids of consents.
        jurisdiction: ISO 3166 code for receipts.
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
        self._signer = Signer(signing_key)
        self._ledger = Ledger(self._signer)
        self._issuer, self._clock, self._ids, self._jurisdiction = issuer, clock, ids, jurisdiction

    @property
    def public_jwk(self) -> dict[str, Any]:
        """The public key that receipts and events are checked with."""
        return dict(self._signer.public_jwk)

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
        consent_id: str | None = None,
    ) -> ConsentRecord:
        """Record that a person agrees: a new consent, or the answer to a request that waits for them.

        Args:
            connection: of the caller's transaction.
            subject: the person's handle.
            activity: the one processing activity that it is for.
            controller: who may rely on it.
            attributes: what may be disclosed; when a request is answered, no more than it asked for.
            notice: exactly what the person was shown.
            method: how they said so, as an IRI or term of DPV.
            valid_until: when the consent ends by itself; None: when it is withdrawn.
            consent_id: of a new consent, where the caller must know it beforehand; None: one of the store's own.

        Raises:
            ConsentInvalid: the notice is not the one of its hash or of this activity, nothing is consented to, or it is over already.
            AlreadyGiven: the subject's consent to this activity holds already.
        """
        now = self._clock()
        given = self._said(notice, activity, method) | {
            "given_at": milliseconds(now),
            "valid_until": _end(valid_until, now),
        }
        whole = self._asked(subject, activity, controller, attributes) | given
        row = self._settle(connection, rows.open_of(connection, subject, activity), now)
        rows.keep_notice(connection, notice)
        if row is None:
            change = Change("given", "subject", now, whole)
            return self._read(self._ledger.create(connection, consent_id or self._ids(), change))
        if row["status"] in ACTIVE:
            raise AlreadyGiven
        if row["controller"] != controller or not set(attributes) <= set(json.loads(row["attributes"])):
            raise ConsentInvalid("the answer goes beyond what was asked for")
        change = Change("given", "subject", now, given | {"attributes": whole["attributes"]})
        return self._read(self._ledger.apply(connection, row, change))

    def request(
        self,
        connection: Connection,
        *,
        subject: str,
        activity: str,
        controller: str,
        attributes: Collection[str],
        notice: Notice,
    ) -> ConsentRecord:
        """Record that a controller asks a person for a consent. Nothing may be disclosed on it; silence stays silence.

        Raises:
            ConsentInvalid: as `give`.
            AlreadyGiven: they agreed already.
            AlreadyRequested: they were asked already.
        """
        now = self._clock()
        asked = self._asked(subject, activity, controller, attributes) | self._said(
            notice, activity, "dpv:Request"
        )
        row = self._settle(connection, rows.open_of(connection, subject, activity), now)
        if row is not None:
            raise AlreadyGiven if row["status"] in ACTIVE else AlreadyRequested
        rows.keep_notice(connection, notice)
        change = Change("requested", "controller", now, asked)
        return self._read(self._ledger.create(connection, self._ids(), change))

    def refuse(self, connection: Connection, consent_id: str, *, subject: str) -> ConsentRecord:
        """Record that the person says no to a request.

        Raises:
            ConsentUnknown: there is no such consent of this subject.
            NotActive: it does not wait for an answer.
        """
        row = self._own(connection, consent_id, subject)
        change = Change("refused", "subject", self._clock())
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
    ) -> ConsentRecord:
        """Record that the person reaffirms a consent that still holds.

        Raises:
            ConsentInvalid: as `give`.
            ConsentUnknown: there is no such consent of this subject.
            NotActive: it does not hold any more: a new one must be given.
        """
        now = self._clock()
        row = self._own(connection, consent_id, subject)
        said = self._said(notice, row["activity"], method) | {"valid_until": _end(valid_until, now)}
        rows.keep_notice(connection, notice)
        change = Change("renewed", "subject", now, said)
        return self._read(self._ledger.apply(connection, row, change))

    def withdraw(self, connection: Connection, consent_id: str, *, subject: str) -> ConsentRecord:
        """Withdraw a consent: an id is all it takes. From the transaction's commit on, `still_given` leaves it out.

        Raises:
            ConsentUnknown: there is no such consent of this subject.
            NotActive: it is over already.
        """
        now = self._clock()
        row = self._own(connection, consent_id, subject)
        change = Change("withdrawn", "subject", now, {"withdrawn_at": milliseconds(now)})
        return self._read(self._ledger.apply(connection, row, change))

    def invalidate(self, connection: Connection, consent_id: str) -> ConsentRecord:
        """Record that a consent or a request turned out not to be valid (not informed, not free, the activity changed).

        Raises:
            ConsentUnknown: there is no such consent.
            NotActive: it is over already.
        """
        row = self._row(connection, consent_id)
        change = Change("invalidated", "controller", self._clock())
        return self._read(self._ledger.apply(connection, row, change))

    def expire_due(self, connection: Connection, limit: int = 1_000) -> tuple[ConsentRecord, ...]:
        """Record the end of consents whose time is over. They were refused before: this only writes it down."""
        now = self._clock()
        over = rows.due(connection, now, limit)
        return tuple(
            self._read(self._ledger.apply(connection, row, Change("expired", "time", now))) for row in over
        )

    def get(self, connection: Connection, consent_id: str) -> ConsentRecord:
        """Read one consent.

        Raises:
            ConsentUnknown: there is none.
        """
        return self._read(self._row(connection, consent_id))

    def of_subject(self, connection: Connection, subject: str) -> tuple[ConsentRecord, ...]:
        """All consents of a subject with their state now, newest first."""
        now = self._clock()
        return tuple(rows.record_of(row, now) for row in rows.of_subject(connection, subject))

    def still_given(self, connection: Connection, references: Collection[str]) -> frozenset[str]:
        """Those of these consents on which data may be disclosed now. One query, none for none."""
        return rows.still_given(connection, references, self._clock()) if references else frozenset()

    def notice(self, connection: Connection, version_hash: str) -> Notice:
        """The exact notice that somebody answered.

        Raises:
            ConsentUnknown: nobody answered one with this hash.
        """
        found = rows.notice_of(connection, version_hash)
        if found is None:
            raise ConsentUnknown
        return found

    def receipt(self, record: ConsentRecord) -> str:
        """A signed receipt of a consent in its present state, for its subject to keep."""
        return self._signer.sign(
            receipt_of(record, issuer=self._issuer, jurisdiction=self._jurisdiction), TYPE
        )

    def history(self, connection: Connection, consent_id: str) -> tuple[ConsentEvent, ...]:
        """All changes of a consent, with the chain checked from the first event to the record's present state.

        Raises:
            ConsentUnknown: there is no such consent.
            HistoryBroken: an event was altered, removed or put in, or the record says something else than its last event.
        """
        return self._ledger.history(connection, self._row(connection, consent_id))

    def _read(self, row: RowMapping) -> ConsentRecord:
        return rows.record_of(row, self._clock())

    def _row(self, connection: Connection, consent_id: str) -> RowMapping:
        row = rows.by_id(connection, consent_id)
        if row is None:
            raise ConsentUnknown
        return row

    def _own(self, connection: Connection, consent_id: str, subject: str) -> RowMapping:
        row = self._row(connection, consent_id)
        if row["subject"] != subject:
            raise ConsentUnknown
        return row

    def _settle(self, connection: Connection, row: RowMapping | None, now: datetime) -> RowMapping | None:
        """Record the end of a consent that time has ended, so that a new one can take its place."""
        if row is None or not rows.over(row, now):
            return row
        self._ledger.apply(connection, row, Change("expired", "time", now))
        return None

    def _asked(
        self, subject: str, activity: str, controller: str, attributes: Collection[str]
    ) -> dict[str, Any]:
        if not _HANDLE.fullmatch(subject):
            raise ConsentInvalid("the subject is not a handle")
        if not attributes or isinstance(attributes, str):
            raise ConsentInvalid("a consent is to some attributes")
        listed = json.dumps(sorted(set(attributes)))
        return {"subject": subject, "activity": activity, "controller": controller, "attributes": listed}

    def _said(self, notice: Notice, activity: str, method: str) -> dict[str, Any]:
        if notice.activity != activity:
            raise ConsentInvalid("the notice is about another processing activity")
        if notice.version_hash != notice.fingerprint() or not notice.text.strip():
            raise ConsentInvalid("the notice is not the one of its hash")
        if not _LANGUAGE.fullmatch(notice.language) or not method:
            raise ConsentInvalid("the language of the notice or the method of the answer is missing")
        return {
            "notice_hash": notice.version_hash,
            "notice_id": notice.id,
            "language": notice.language,
            "method": method,
        }


def _end(valid_until: datetime | None, now: datetime) -> int | None:
    if valid_until is None:
        return None
    if milliseconds(valid_until) <= milliseconds(now):
        raise ConsentInvalid("a consent that is over already cannot be given")
    return milliseconds(valid_until)
