"""Children whom a parent named to the hub, and whose register said that they are theirs: so that the parent can name them without a number.

A row gives no right. That somebody is a parent is asked of its register anew at each use.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Row, and_, delete, insert, select

from hub.identity.tables import metadata
from hub.moments import from_millis, to_millis

_table: Final = metadata.tables["hub_identity_child"]
MOST_CHILDREN: Final = 100


@dataclass(frozen=True, slots=True)
class Child:
    """A child of somebody.

    Attributes:
        id: opaque: by it the parent names the child.
        parent, child: handles, in the room of mandates.
        confirmed_at: when the register last said so, at the parent's asking.
        sealed: the child's number, and the name that the parent gave.
    """

    id: str
    parent: str = field(repr=False)
    child: str = field(repr=False)
    confirmed_at: datetime
    sealed: bytes = field(repr=False)


def keep_child(connection: Connection, child: Child) -> None:
    """Write a child down, in the place of what was kept of the same one."""
    same = and_(_table.c.parent == child.parent, _table.c.child == child.child)
    connection.execute(delete(_table).where(same))
    connection.execute(
        insert(_table).values(
            id=child.id, parent=child.parent, child=child.child, confirmed_at=to_millis(child.confirmed_at),
            sealed=child.sealed,
        )
    )  # fmt: skip


def forget_child(connection: Connection, child_id: str) -> None:
    """Take a child out."""
    connection.execute(delete(_table).where(_table.c.id == child_id))


def forget_children(connection: Connection, *, before: datetime) -> None:
    """Take out all whom their parents named before a moment."""
    connection.execute(delete(_table).where(_table.c.confirmed_at < to_millis(before)))


def find_child(connection: Connection, child_id: str) -> Child | None:
    """The child with this id; None if there is none."""
    row = connection.execute(select(_table).where(_table.c.id == child_id)).first()
    return None if row is None else _read(row)


def children_of(connection: Connection, parent: str) -> tuple[Child, ...]:
    """The children that a parent named, the latest first."""
    newest = (_table.c.confirmed_at.desc(), _table.c.id)
    rows = connection.execute(
        select(_table).where(_table.c.parent == parent).order_by(*newest).limit(MOST_CHILDREN)
    )
    return tuple(map(_read, rows))


def _read(row: Row[Any]) -> Child:
    return Child(row.id, row.parent, row.child, from_millis(row.confirmed_at), row.sealed)
