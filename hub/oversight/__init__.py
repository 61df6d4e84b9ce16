"""What those who watch over the hub keep in its database: revisions, sealed subjects, emergencies, notices to the DPO."""

from hub.oversight.archive import KeptRevision, fetch, keep, list_revisions
from hub.oversight.emergencies import Emergency, case_digest, find_emergency, open_emergency
from hub.oversight.errors import (
    AcknowledgedAlready,
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
    "case_digest",
    "fetch",
    "find_emergency",
    "find_notice",
    "give_notice",
    "keep",
    "lift",
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
