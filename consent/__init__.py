"""Consents: what a person agreed to, signed and chained; withdrawn as easily as given. Knows people by opaque handles alone."""

from consent.errors import (
    AlreadyGiven,
    AlreadyRequested,
    ConsentError,
    ConsentInvalid,
    ConsentUnknown,
    HistoryBroken,
    NotActive,
    ReceiptInvalid,
)
from consent.ledger import verify_event
from consent.model import ConsentEvent, ConsentRecord, Notice
from consent.receipts import verify_receipt
from consent.states import ACTIVE, Status
from consent.store import ConsentStore
from consent.tables import metadata

__all__ = [
    "ACTIVE",
    "AlreadyGiven",
    "AlreadyRequested",
    "ConsentError",
    "ConsentEvent",
    "ConsentInvalid",
    "ConsentRecord",
    "ConsentStore",
    "ConsentUnknown",
    "HistoryBroken",
    "NotActive",
    "Notice",
    "ReceiptInvalid",
    "Status",
    "metadata",
    "verify_event",
    "verify_receipt",
]
