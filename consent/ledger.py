"""The history of consents: each change a signed event that holds the digest of the one before; nothing is rewritten."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Literal

from sqlalchemy import Connection, RowMapping

from consent import rows
from consent.errors import HistoryBroken, NotActive, ReceiptInvalid
from consent.model import ConsentEvent, iso, milliseconds
from consent.signing import Signer, check
from consent.states import Status, legal, status_of

EVENT_TYPE: Final = "consent-event+jws"
_MEMBERS: Final = frozenset({"consent", "revision", "previous", "subject", "status", "at", "by"})


@dataclass(frozen=True, slots=True)
class Change:
    """What is to happen to a consent: its new state, who brought it about, when, and the columns that change with it."""

    status: Status
    by: Literal["subject", "controller", "time"]
    at: datetime
    values: Mapping[str, Any] = field(default_factory=dict)


class Ledger:
    """Writes changes with their events, and reads them back checked."""

    def __init__(self, signer: Signer) -> None:
        self._signer = signer

    def create(self, connection: Connection, consent_id: str, change: Change) -> RowMapping:
        """Write a new consent with its first event.

        Raises:
            AlreadyGiven: another transaction was quicker.
        """
        blank = {"given_at": None, "valid_until": None, "withdrawn_at": None}
        row = blank | dict(change.values) | {"id": consent_id, "created_at": milliseconds(change.at)}
        after, signed = self._after(row, None, change)
        rows.insert_record(connection, after)
        return self._add_event(connection, after, signed)

    def apply(self, connection: Connection, row: RowMapping, change: Change) -> RowMapping:
        """Write a change of a consent with its event; the compare-and-set on the record decides who was first.

        Raises:
            NotActive: the change is not legal from the consent's state, or another transaction was quicker.
        """
        ended = rows.over(row, change.at) and change.status != "expired"
        if ended or not legal(status_of(row["status"]), change.status):
            raise NotActive
        after, signed = self._after({**row, **change.values}, row, change)
        rows.update_record(connection, row["id"], row["revision"], after)
        return self._add_event(connection, after, signed)

    def history(self, connection: Connection, row: RowMapping) -> tuple[ConsentEvent, ...]:
        """The events of a consent, checked from the first to the record's present state.

        Raises:
            HistoryBroken: they do not hold.
        """
        events: list[ConsentEvent] = []
        for stored in rows.events_of(connection, row["id"]):
            events.append(self._checked(stored, events[-1] if events else None, row))
        if not events or not self._ends_in(events[-1], row):
            raise HistoryBroken(row["revision"])
        return tuple(events)

    def _ends_in(self, last: ConsentEvent, row: RowMapping) -> bool:
        """Whether the record says what its last event says, in every column."""
        said = verify_event(last.signed, self._signer.public_jwk)
        return last.digest == row["head"] and document_of({**row}).items() <= said.items()

    def _after(
        self, row: Mapping[str, Any], before: RowMapping | None, change: Change
    ) -> tuple[dict[str, Any], str]:
        after = dict(row) | {
            "status": change.status,
            "changed_at": milliseconds(change.at),
            "revision": before["revision"] + 1 if before else 1,
        }
        said = document_of(after) | {"previous": before["head"] if before else None, "by": change.by}
        signed = self._signer.sign(said, EVENT_TYPE)
        return after | {"head": digest_of(signed)}, signed

    def _add_event(self, connection: Connection, after: Mapping[str, Any], signed: str) -> RowMapping:
        rows.insert_event(connection, after["id"], after["revision"], after["head"], signed)
        written = rows.by_id(connection, after["id"])
        if written is None:
            raise NotActive
        return written

    def _checked(self, stored: RowMapping, before: ConsentEvent | None, row: RowMapping) -> ConsentEvent:
        expected = before.revision + 1 if before else 1
        try:
            said = verify_event(stored["signed"], self._signer.public_jwk)
            status, at = status_of(said["status"]), datetime.fromisoformat(said["at"])
        except (ReceiptInvalid, ValueError):
            raise HistoryBroken(expected) from None
        linked = (said["consent"], said["revision"], said["previous"], said["subject"])
        holds = (
            linked == (row["id"], expected, before.digest if before else None, row["subject"])
            and legal(before.status if before else None, status)
            and stored["digest"] == digest_of(stored["signed"])
        )
        if not holds:
            raise HistoryBroken(expected)
        return ConsentEvent(
            consent_id=row["id"],
            revision=expected,
            status=status,
            at=at,
            by=said["by"],
            previous=said["previous"],
            digest=stored["digest"],
            signed=stored["signed"],
        )


def verify_event(signed: str, public_jwk: Mapping[str, Any]) -> dict[str, Any]:
    """Check a signed event with the hub's public key alone, offline, and return what it says.

    Raises:
        ReceiptInvalid: it was altered, was signed with another key, or is no event.
    """
    said = check(signed, public_jwk, EVENT_TYPE)
    if not said.keys() >= _MEMBERS:
        raise ReceiptInvalid
    return said


def document_of(row: Mapping[str, Any]) -> dict[str, Any]:
    """The whole state of a consent, as its events hold it."""
    return {
        "consent": row["id"],
        "revision": row["revision"],
        "status": row["status"],
        "at": iso(row["changed_at"]),
        "subject": row["subject"],
        "activity": row["activity"],
        "controller": row["controller"],
        "attributes": json.loads(row["attributes"]),
        "notice": {"id": row["notice_id"], "hash": row["notice_hash"], "language": row["language"]},
        "method": row["method"],
        "givenAt": iso(row["given_at"]),
        "validUntil": iso(row["valid_until"]),
        "withdrawnAt": iso(row["withdrawn_at"]),
    }


def digest_of(signed: str) -> str:
    """The digest by which the next event names this one."""
    return hashlib.sha256(signed.encode()).hexdigest()
