"""What those who watch over the hub keep in its database: revisions and when they ruled, sealed subjects, emergencies, notices to the DPO."""

from hub.oversight.activation import Activation, activate, active, list_activations
from hub.oversight.archive import KeptRevision, fetch, keep, list_revisions
from hub.oversight.emergencies import Emergency, case_digest, find_emergency, open_emergency
from hub.oversight.errors import (
    AcknowledgedAlready,
    ActiveMoved,
    NoticeUnknown,
    NotSealed,
    OversightError,
    RevisionDiffers,
)
from hub.oversight.notices import Notice, NoticeKind, acknowledge, find_notice, give_notice, list_notices
from hub.oversight.seals import Seal, lift, seal, seal_version, seals_of, seals_since, unchanged
from hub.oversight.tables import metadata

__all__ = [
    "AcknowledgedAlready",
    "Activation",
    "ActiveMoved",
    "Emergency",
    "KeptRevision",
    "NotSealed",
    "Notice",
    "NoticeKind",
    "NoticeUnknown",
    "OversightError",
    "RevisionDiffers",
    "Seal",
    "acknowledge",
    "activate",
    "active",
    "case_digest",
    "fetch",
    "find_emergency",
    "find_notice",
    "give_notice",
    "keep",
    "lift",
    "list_activations",
    "list_notices",
    "list_revisions",
    "metadata",
    "open_emergency",
    "seal",
    "seal_version",
    "seals_of",
    "seals_since",
    "unchanged",
]
