"""Reading consents, and making documents of them. Every function runs in the caller's transaction."""

from collections.abc import Collection, Iterable
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from sqlalchemy import Connection, RowMapping

from consent import rows
from consent.documents import Matter, bare_terms, receipt_of, record_of
from consent.errors import ConsentUnknown
from consent.ledger import Ledger
from consent.model import Clock, ConsentEvent, ConsentRecord, Notice, Wanted
from consent.receipts import RECEIPT_TYPE, RECORD_TYPE, SIGNATURE
from consent.signing import Signer


class Archive:
    """The consents there are, their histories, receipts and records.

    Args:
        signing_key: P-256; signs events, receipts and records.
        issuer: the hub's public address.
        clock: the time, aware.
        jurisdiction: ISO 3166 code for documents.
    """

    def __init__(
        self, signing_key: EllipticCurvePrivateKey, issuer: str, clock: Clock, *, jurisdiction: str = "BE"
    ) -> None:
        self._signer = Signer(signing_key)
        self._ledger = Ledger(self._signer)
        self._issuer, self._clock, self._jurisdiction = issuer, clock, jurisdiction

    @property
    def public_jwk(self) -> dict[str, Any]:
        """The public key that events, receipts and records are checked with."""
        return dict(self._signer.public_jwk)

    def get(self, connection: Connection, consent_id: str) -> ConsentRecord:
        """Read one consent.

        Raises:
            ConsentUnknown: there is none.
        """
        return self._read(self._row(connection, consent_id))

    def own(self, connection: Connection, consent_id: str, *, subject: str) -> ConsentRecord:
        """Read one consent of a subject.

        Raises:
            ConsentUnknown: there is no such consent of this subject.
        """
        return self._read(self._own(connection, consent_id, subject))

    def of_subject(self, connection: Connection, subject: str) -> tuple[ConsentRecord, ...]:
        """All consents of a subject with their state now, newest first."""
        now = self._clock()
        return tuple(rows.record_of(row, now) for row in rows.of_subject(connection, subject))

    def of_controller(
        self, connection: Connection, controller: str, such: Wanted, *, limit: int
    ) -> tuple[ConsentRecord, ...]:
        """Consents that a controller asked for or may rely on, with their state now, newest first."""
        now = self._clock()
        found = rows.of_controller(connection, controller, such, now, limit)
        return tuple(rows.record_of(row, now) for row in found)

    def still_given(self, connection: Connection, references: Collection[str]) -> frozenset[str]:
        """Those of these consents on which data may be disclosed now. One query, none for none."""
        return rows.still_given(connection, references, self._clock()) if references else frozenset()

    def notice(self, connection: Connection, version_hash: str) -> Notice:
        """The exact notice that somebody was shown.

        Raises:
            ConsentUnknown: nobody was shown one with this hash.
        """
        found = rows.notice_of(connection, version_hash)
        if found is None:
            raise ConsentUnknown
        return found

    def matters(self, connection: Connection, records: Iterable[ConsentRecord]) -> list[Matter]:
        """These consents with their terms and notices, for documents: two queries, however many."""
        listed = list(records)
        terms = rows.terms_of(connection, {one.terms_hash for one in listed if one.terms_hash is not None})
        notices = rows.notices_of(connection, {one.notice_hash for one in listed})
        return [
            Matter(
                one, terms.get(one.terms_hash or "") or bare_terms(one), notices.get(one.notice_hash),
                self._issuer, self._jurisdiction,
            )
            for one in listed
        ]  # fmt: skip

    def matter(self, connection: Connection, record: ConsentRecord) -> Matter:
        """One consent with its terms and notice."""
        return self.matters(connection, [record])[0]

    def receipt(self, matter: Matter) -> str:
        """A signed receipt of a consent in its present state, for its subject to keep: JWS compact."""
        return self._signer.sign(receipt_of(matter, self._clock()), RECEIPT_TYPE)

    def open_receipt(self, matter: Matter) -> dict[str, Any]:
        """The same as JSON-LD, with its signature beside it."""
        return self._signed(receipt_of(matter, self._clock()), RECEIPT_TYPE)

    def record(self, connection: Connection, consent_id: str) -> dict[str, Any]:
        """The whole record of a consent with its history, as JSON-LD, signed.

        Raises:
            ConsentUnknown: there is no such consent.
            HistoryBroken: as `history`.
        """
        row = self._row(connection, consent_id)
        events = self._ledger.history(connection, row)
        return self._signed(record_of(self.matter(connection, self._read(row)), events), RECORD_TYPE)

    def history(self, connection: Connection, consent_id: str) -> tuple[ConsentEvent, ...]:
        """All changes of a consent, with the chain checked from the first event to the record's present state.

        Raises:
            ConsentUnknown: there is no such consent.
            HistoryBroken: an event was altered, removed or put in, or the record says something else than its last event.
        """
        return self._ledger.history(connection, self._row(connection, consent_id))

    def _signed(self, document: dict[str, Any], typ: str) -> dict[str, Any]:
        return document | {SIGNATURE: self._signer.sign_detached(document, typ)}

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
