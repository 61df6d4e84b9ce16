"""Lines of the usage log that their subjects are shown later, by a law that restricts the right to know at once (GDPR Art. 23): when each is due.

Nothing here says whose line it is.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Select, delete, insert, select, update

from hub.moments import from_millis, to_millis
from hub.oversight.errors import NotDeferred
from hub.oversight.tables import metadata

_deferrals: Final = metadata.tables["hub_oversight_deferral"]


@dataclass(frozen=True, slots=True)
class Deferred:
    """A line that is not shown yet: the id of its entry, and when it is due, aware, UTC."""

    entry: str
    due_at: datetime


def defer(connection: Connection, entry: str, due_at: datetime, *, intent: str | None = None) -> None:
    """Note when a line is due, in its own transaction.

    Args:
        connection: the log's transaction.
        entry: the id of the line; or of an intent, which becomes the id of the line if nothing closes it.
        due_at: aware.
        intent: that the line closes.
    """
    if intent is not None:
        connection.execute(delete(_deferrals).where(_deferrals.c.entry == intent))
    connection.execute(insert(_deferrals).values(entry=entry, due_at=to_millis(due_at), revealed_by=None))


def due(connection: Connection, at: datetime, *, most: int) -> tuple[Deferred, ...]:
    """Lines that are to be shown by now, the longest due first."""
    query = select(_deferrals).where(_deferrals.c.revealed_by.is_(None), _deferrals.c.due_at <= to_millis(at))
    return _read(connection, query.order_by(_deferrals.c.due_at, _deferrals.c.entry).limit(most))


def deferred(connection: Connection, *, after: Deferred | None = None, most: int) -> tuple[Deferred, ...]:
    """All lines that are not shown yet, a page at a time, the first due first."""
    query = select(_deferrals).where(_deferrals.c.revealed_by.is_(None))
    if after is not None:
        at = to_millis(after.due_at)
        later = (_deferrals.c.due_at > at) | (
            (_deferrals.c.due_at == at) & (_deferrals.c.entry > after.entry)
        )
        query = query.where(later)
    return _read(connection, query.order_by(_deferrals.c.due_at, _deferrals.c.entry).limit(most))


def note_revealed(connection: Connection, entry: str, *, by: str, at: datetime) -> None:
    """Note that a line is shown, in the transaction of the entry that shows it.

    Raises:
        NotDeferred: it is shown already, or is not due any more.
    """
    _change(connection, entry, {"revealed_by": by}, _deferrals.c.due_at <= to_millis(at))


def waits_until(connection: Connection, entry: str) -> datetime | None:
    """When a line is due; None where it is shown already, or was never deferred."""
    query = select(_deferrals.c.due_at).where(_deferrals.c.entry == entry, _deferrals.c.revealed_by.is_(None))
    found: int | None = connection.scalar(query)
    return None if found is None else from_millis(found)


def put_off(connection: Connection, entry: str, until: datetime) -> None:
    """Let a line that is not shown yet be due later, in the transaction of the entry that says on whose order.

    Raises:
        NotDeferred: it is shown already, was never deferred, or is not due before then.
    """
    _change(connection, entry, {"due_at": to_millis(until)}, _deferrals.c.due_at < to_millis(until))


def _change(
    connection: Connection, entry: str, values: dict[str, object], condition: ColumnElement[bool]
) -> None:
    waiting = (_deferrals.c.entry == entry) & _deferrals.c.revealed_by.is_(None)
    if connection.execute(update(_deferrals).where(waiting, condition).values(**values)).rowcount != 1:
        raise NotDeferred(entry)


def _read(connection: Connection, query: Select[tuple[Any, ...]]) -> tuple[Deferred, ...]:
    return tuple(Deferred(row.entry, from_millis(row.due_at)) for row in connection.execute(query))
