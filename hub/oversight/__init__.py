"""What those who watch over the hub keep in its database: the revisions that were ever active."""

from hub.oversight.archive import KeptRevision, fetch, keep, list_revisions
from hub.oversight.errors import OversightError, RevisionDiffers
from hub.oversight.tables import metadata

__all__ = [
    "KeptRevision",
    "OversightError",
    "RevisionDiffers",
    "fetch",
    "keep",
    "list_revisions",
    "metadata",
]
