"""What those who watch over the hub keep in its database: revisions and when they ruled, sealed subjects, emergencies, notices to the DPO, controllers' orders, lines that are shown later."""

from hub.oversight.activation import Activation, activate, active, list_activations
from hub.oversight.archive import KeptRevision, fetch, keep, list_revisions
from hub.oversight.deferrals import Deferred, defer, deferred, due, note_revealed, put_off, waits_until
from hub.oversight.emergencies import Emergency, case_digest, find_emergency, open_emergency
from hub.oversight.errors import (
    AcknowledgedAlready,
    ActiveMoved,
    NotDeferred,
    NoticeUnknown,
    NotSealed,
    OrderInvalid,
    OrderUsed,
    OversightError,
    RevisionDiffers,
)
from hub.oversight.notices import Notice, NoticeKind, acknowledge, find_notice, give_notice, list_notices
from hub.oversight.orders import (
    Approvers,
    Order,
    approve,
    draft_order,
    order_used,
    read_draft,
    read_order,
    use_order,
)
from hub.oversight.receipts import KeptReceipt, keep_receipt, list_receipts
from hub.oversight.seals import Seal, lift, seal, seal_version, seals_of, seals_since, unchanged
from hub.oversight.tables import metadata

__all__ = [
    "AcknowledgedAlready",
    "Activation",
    "ActiveMoved",
    "Approvers",
    "Deferred",
    "Emergency",
    "KeptReceipt",
    "KeptRevision",
    "NotDeferred",
    "NotSealed",
    "Notice",
    "NoticeKind",
    "NoticeUnknown",
    "Order",
    "OrderInvalid",
    "OrderUsed",
    "OversightError",
    "RevisionDiffers",
    "Seal",
    "acknowledge",
    "activate",
    "active",
    "approve",
    "case_digest",
    "defer",
    "deferred",
    "draft_order",
    "due",
    "fetch",
    "find_emergency",
    "find_notice",
    "give_notice",
    "keep",
    "keep_receipt",
    "lift",
    "list_activations",
    "list_notices",
    "list_receipts",
    "list_revisions",
    "metadata",
    "note_revealed",
    "open_emergency",
    "order_used",
    "put_off",
    "read_draft",
    "read_order",
    "seal",
    "seal_version",
    "seals_of",
    "seals_since",
    "unchanged",
    "use_order",
    "waits_until",
]
