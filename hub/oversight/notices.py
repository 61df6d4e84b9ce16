"""Notices to the data protection officer: durable, in the transaction of the entry that they are about, until somebody takes note."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Literal

from sqlalchemy import Connection, Row, insert, select, update

from hub.moments import from_millis, to_millis
from hub.oversight.errors import AcknowledgedAlready, NoticeUnknown
from hub.oversight.tables import metadata

NoticeKind = Literal["emergencyOpened", "emergencyUsed", "deferralOverdue", "assertedCapReached"]
_notices: Final = metadata.tables["hub_oversight_notice"]


@dataclass(frozen=True, slots=True)
class Notice:
    """One notice.

    Attributes:
        id: opaque.
        kind: `emergencyOpened`; `emergencyUsed` for a prefill that an emergency made possible; `deferralOverdue` for a line that its subject
            should have been shown by now; `assertedCapReached` for a client that named as many people in a day as it may without an actor's token.
        given_at: aware, UTC.
        controller, client, activity: as in the log's entry.
        subject: the handle by which the usage log knows the subject; `hub` where they may not hear of it yet, or it is about nobody.
        entry: the id of the log's entry that it is about.
        emergency: which one, if any.
        acknowledged_at: when somebody took note, aware, UTC; None: nobody did.
        acknowledgement: the id of the log's entry that says who did.
    """

    id: str
    kind: NoticeKind
    given_at: datetime
    controller: str
    client: str
    activity: str
    subject: str = field(repr=False)
    entry: str
    emergency: str | None
    acknowledged_at: datetime | None = None
    acknowledgement: str | None = None


def give_notice(connection: Connection, notice: Notice) -> bool:
    """Write a notice down, in the transaction of the entry that it is about, under the log's lock.

    Returns:
        Whether it was; not, where there is one with its id.
    """
    if connection.execute(select(1).where(_notices.c.id == notice.id)).first() is not None:
        return False
    connection.execute(
        insert(_notices).values(
            id=notice.id, kind=notice.kind, given_at=to_millis(notice.given_at), controller=notice.controller,
            client=notice.client, activity=notice.activity, subject=notice.subject, entry=notice.entry,
            emergency=notice.emergency,
        )
    )  # fmt: skip
    return True


def find_notice(connection: Connection, notice: str) -> Notice:
    """The notice with this id.

    Raises:
        NoticeUnknown: there is none.
    """
    row = connection.execute(select(_notices).where(_notices.c.id == notice)).first()
    if row is None:
        raise NoticeUnknown(notice)
    return _notice(row)


def list_notices(
    connection: Connection,
    *,
    since: datetime | None = None,
    controller: str | None = None,
    unacknowledged: bool = False,
) -> tuple[Notice, ...]:
    """Notices, oldest first.

    Args:
        connection: to read on.
        since: none older than this, aware.
        controller: of this controller alone.
        unacknowledged: only those that nobody took note of.
    """
    query = select(_notices).order_by(_notices.c.given_at, _notices.c.id)
    if since is not None:
        query = query.where(_notices.c.given_at >= to_millis(since))
    if controller is not None:
        query = query.where(_notices.c.controller == controller)
    if unacknowledged:
        query = query.where(_notices.c.acknowledged_at.is_(None))
    return tuple(_notice(row) for row in connection.execute(query))


def acknowledge(connection: Connection, notice: str, *, entry: str, at: datetime) -> None:
    """Note that somebody took note, in the transaction of the entry that says who.

    Raises:
        NoticeUnknown: there is no such notice.
        AcknowledgedAlready: somebody did before.
    """
    if find_notice(connection, notice).acknowledged_at is not None:
        raise AcknowledgedAlready(notice)
    connection.execute(
        update(_notices)
        .where(_notices.c.id == notice)
        .values(acknowledged_at=to_millis(at), acknowledgement=entry)
    )


def _notice(row: Row[tuple[object, ...]]) -> Notice:
    return Notice(
        row.id, row.kind, from_millis(row.given_at), row.controller, row.client, row.activity, row.subject, row.entry,
        row.emergency, None if row.acknowledged_at is None else from_millis(row.acknowledged_at), row.acknowledgement,
    )  # fmt: skip
