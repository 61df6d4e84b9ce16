"""Consents: what a person agreed to, signed and chained; withdrawn as easily as given. Knows people by opaque handles alone."""

from consent.documents import Matter
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
from consent.ledger import chain as verify_history
from consent.ledger import verify_event
from consent.model import ConsentEvent, ConsentRecord, Guardian, Notice, Wanted
from consent.receipts import verify_document, verify_receipt
from consent.states import ACTIVE, STATUSES, Status
from consent.store import ConsentStore
from consent.tables import metadata
from consent.terms import Datum, Party, Terms
from consent.vocabulary import BUTTON

__all__ = [
    "ACTIVE",
    "BUTTON",
    "STATUSES",
    "AlreadyGiven",
    "AlreadyRequested",
    "ConsentError",
    "ConsentEvent",
    "ConsentInvalid",
    "ConsentRecord",
    "ConsentStore",
    "ConsentUnknown",
    "Datum",
    "Guardian",
    "HistoryBroken",
    "Matter",
    "NotActive",
    "Notice",
    "Party",
    "ReceiptInvalid",
    "Status",
    "Terms",
    "Wanted",
    "metadata",
    "verify_document",
    "verify_event",
    "verify_history",
    "verify_receipt",
]
