"""The archive of revisions: the policies and catalogues that were ever active, so that a past decision can be taken again.

What is kept is never changed and never deleted: an entry of the usage log names the revisions it was decided on by their
hashes, for as long as the entry is readable. Neither policies nor a catalogue hold anything of a person.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from sqlalchemy import Connection, insert, select
from sqlalchemy.dialects import postgresql, sqlite

from hub.moments import from_millis, to_millis
from hub.oversight.errors import RevisionDiffers
from hub.oversight.tables import metadata

Kind = Literal["policies", "catalogue"]
_revisions: Final = metadata.tables["hub_oversight_revision"]
_files: Final = metadata.tables["hub_oversight_revision_file"]


@dataclass(frozen=True, slots=True)
class KeptRevision:
    """A revision in the archive, and when it was first kept (aware, UTC)."""

    kind: str
    revision: str
    kept_at: datetime


def keep(connection: Connection, kind: Kind, revision: str, files: Mapping[str, bytes], at: datetime) -> bool:
    """Keep a revision, in the transaction of the caller; keeping it again changes nothing.

    Args:
        connection: in a transaction, which the caller commits.
        kind: of what.
        revision: the hash under which `fetch` will find it, as entries of the log name it.
        files: path inside the revision's folder → content, all that is needed to load it again; at least one.
        at: now, aware.

    Returns:
        Whether it is new.

    Raises:
        RevisionDiffers: it is kept already with other content.
        ValueError: there are no files.
    """
    if not files:
        raise ValueError("a revision without files cannot be loaded again")
    name = {"kind": kind, "revision": revision}
    if _insert(connection, {**name, "kept_at": to_millis(at)}):
        rows = [{**name, "path": path, "content": content} for path, content in files.items()]
        connection.execute(insert(_files), rows)
        return True
    if fetch(connection, kind, revision) != files:
        raise RevisionDiffers(kind, revision)
    return False


def _insert(connection: Connection, row: Mapping[str, object]) -> bool:
    """Whether it was not there. Of replicas that start together the second one waits here for the first one's commit."""
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    added = dialect.insert(_revisions).values(row).on_conflict_do_nothing().returning(_revisions.c.kind)
    return connection.execute(added).first() is not None


def fetch(connection: Connection, kind: Kind, revision: str) -> dict[str, bytes] | None:
    """The files of a revision, by path; None when it was never kept.

    The archive does not know how a revision is computed: who loads the files compares the hash of what was loaded.
    """
    wanted = (_files.c.kind == kind) & (_files.c.revision == revision)
    rows = connection.execute(select(_files.c.path, _files.c.content).where(wanted).order_by(_files.c.path))
    return {row.path: bytes(row.content) for row in rows} or None


def list_revisions(connection: Connection, kind: Kind | None = None) -> tuple[KeptRevision, ...]:
    """What is kept, of one kind or of all, newest first."""
    query = select(_revisions).order_by(_revisions.c.kept_at.desc(), _revisions.c.kind, _revisions.c.revision)
    if kind is not None:
        query = query.where(_revisions.c.kind == kind)
    return tuple(
        KeptRevision(row.kind, row.revision, from_millis(row.kept_at)) for row in connection.execute(query)
    )
