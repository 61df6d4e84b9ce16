"""The history of consents: each change a signed event that holds the digest of the one before; nothing is rewritten."""

import hashlib
import json
from collections.abc import Iterable, Mapping
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
_MAY_BE_EMPTY: Final = (
    "given_at",
    "valid_until",
    "withdrawn_at",
    "guardian",
    "basis",
    "terms_hash",
    "remind_at",
    "reminded_at",
    "tag",
)
_MEMBERS: Final = frozenset({"consent", "revision", "previous", "subject", "status", "at", "by"})


@dataclass(frozen=True, slots=True)
class Change:
    """What is to happen to a consent: its new state, who brought it about, when, and the columns that change with it."""

    status: Status
    by: Literal["subject", "guardian", "controller", "time"]
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
        blank = dict.fromkeys(_MAY_BE_EMPTY)
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
        stored = rows.events_of(connection, row["id"])
        events = chain([one["signed"] for one in stored], self._signer.public_jwk)
        for event, one in zip(events, stored, strict=True):
            whose = (event.consent_id, event.said["subject"], event.digest)
            if whose != (row["id"], row["subject"], one["digest"]):
                raise HistoryBroken(event.revision)
        if not events or not self._ends_in(events[-1], row):
            raise HistoryBroken(row["revision"])
        return events

    def _ends_in(self, last: ConsentEvent, row: RowMapping) -> bool:
        """Whether the record says what its last event says, in every column, and no more."""
        said = {name: one for name, one in last.said.items() if name not in {"previous", "by"}}
        return last.digest == row["head"] and document_of({**row}) == said

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


def chain(signed: Iterable[str], public_jwk: Mapping[str, Any]) -> tuple[ConsentEvent, ...]:
    """Check the signed events of one consent, in order: each signature, each link, each change of state.

    Raises:
        HistoryBroken: they are not what the hub signed, or one is missing among them.
    """
    events: list[ConsentEvent] = []
    for one in signed:
        events.append(_linked(one, events[-1] if events else None, public_jwk))
    return tuple(events)


def _linked(signed: str, before: ConsentEvent | None, public_jwk: Mapping[str, Any]) -> ConsentEvent:
    expected = before.revision + 1 if before else 1
    try:
        said = verify_event(signed, public_jwk)
        status, at = status_of(said["status"]), datetime.fromisoformat(said["at"])
    except (ReceiptInvalid, ValueError, TypeError):
        raise HistoryBroken(expected) from None
    goes_on = before is None or (said["consent"], said["subject"]) == (
        before.consent_id, before.said["subject"],
    )  # fmt: skip
    follows = (said["revision"], said["previous"]) == (expected, before.digest if before else None)
    if not (goes_on and follows and legal(before.status if before else None, status)):
        raise HistoryBroken(expected)
    return ConsentEvent(
        consent_id=said["consent"], revision=expected, status=status, at=at, by=said["by"], previous=said["previous"],
        digest=digest_of(signed), signed=signed, said=said,
    )  # fmt: skip


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
    answered = {"guardian": row["guardian"], "basis": row["basis"], "terms": row["terms_hash"]}
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
        **{name: one for name, one in answered.items() if one is not None},
    }


def digest_of(signed: str) -> str:
    """The digest by which the next event names this one."""
    return hashlib.sha256(signed.encode()).hexdigest()
