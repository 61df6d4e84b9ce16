"""Which revision of the policies and of the catalogue rules, and which ones did, since when.

One chain per kind: each change names the one before it. A change is made in the transaction that records it in the usage log, under the log's lock, so that of
two replicas that go over to the same revision one makes the change and the other finds it made.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Row, insert, select

from hub.moments import from_millis, to_millis
from hub.oversight.archive import Kind, keep
from hub.oversight.errors import ActiveMoved
from hub.oversight.tables import metadata

_activations: Final = metadata.tables["hub_oversight_activation"]


@dataclass(frozen=True, slots=True)
class Activation:
    """That a revision began to rule.

    Attributes:
        kind: `policies` or `catalogue`.
        number: of its kind, from 1.
        revision: what rules from then on.
        previous: what ruled before; None for the first.
        process: the start of the hub that went over first, as the entry of the log names it.
        at: when, aware, UTC.
    """

    kind: str
    number: int
    revision: str
    previous: str | None
    process: str
    at: datetime


def active(connection: Connection, kind: Kind) -> Activation | None:
    """The activation that holds; None before the first."""
    of_kind = select(_activations).where(_activations.c.kind == kind)
    row = connection.execute(of_kind.order_by(_activations.c.number.desc()).limit(1)).first()
    return _read(row) if row is not None else None


def activate(
    connection: Connection, kind: Kind, revision: str, files: Mapping[str, bytes], *, after: Activation | None, process: str, at: datetime
) -> None:  # fmt: skip
    """Let a revision rule from now on, and keep it in the archive; in the transaction of the caller.

    Args:
        connection: in a transaction under the log's lock.
        kind: of what.
        revision: the hash that entries of the log name.
        files: as `keep` takes them.
        after: the activation that holds, as far as the caller knows.
        process: the start of the hub that makes the change.
        at: now, aware.

    Raises:
        ActiveMoved: another one holds meanwhile; nothing was changed.
        RevisionDiffers: the revision is kept already, with other content.
    """
    if active(connection, kind) != after:
        raise ActiveMoved(kind)
    keep(connection, kind, revision, files, at)
    connection.execute(
        insert(_activations).values(
            kind=kind,
            number=after.number + 1 if after else 1,
            revision=revision,
            previous=after.revision if after else None,
            process=process,
            activated_at=to_millis(at),
        )
    )


def list_activations(connection: Connection, kind: Kind | None = None) -> tuple[Activation, ...]:
    """Every activation, of one kind or of all, newest first."""
    query = select(_activations).order_by(
        _activations.c.activated_at.desc(), _activations.c.kind, _activations.c.number.desc()
    )
    if kind is not None:
        query = query.where(_activations.c.kind == kind)
    return tuple(_read(row) for row in connection.execute(query))


def _read(row: Row[Any]) -> Activation:
    at = from_millis(row.activated_at)
    return Activation(row.kind, row.number, row.revision, row.previous, row.process, at)
