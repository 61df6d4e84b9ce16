"""How many people a client may name in a day without proving who acts: a stolen client secret must not open everyone's data."""

from datetime import date, timedelta

from sqlalchemy import Connection, delete, func, insert, select

from hub.identity.errors import QuotaExceeded
from hub.identity.tables import metadata

_subjects = metadata.tables["hub_identity_asserted_subject"]


def remember_asserted_subject(
    connection: Connection, *, client: str, day: date, handle: str, cap: int
) -> int:
    """Count a subject against the client's cap of distinct subjects of that day; one counted already costs nothing.

    Runs in the transaction of the usage log's intent, under its lock, so that N replicas share one count. Without the lock
    two at once could not pass the cap either: they would take the same number, and the second would fail.

    Args:
        connection: of the running transaction.
        client: the client's id.
        day: UTC.
        handle: of the subject.
        cap: how many distinct subjects are admitted; 0 admits none.

    Returns:
        How many there are now, with this one; 0 where it was counted before.

    Raises:
        QuotaExceeded: the cap is reached; nothing was written.
    """
    ours = (_subjects.c.client == client) & (_subjects.c.day == day)
    if connection.execute(select(1).where(ours, _subjects.c.handle == handle)).first() is not None:
        return 0
    count = connection.execute(select(func.max(_subjects.c.number)).where(ours)).scalar() or 0
    if count >= cap:
        raise QuotaExceeded
    if count == 0:
        forget_asserted_subjects(connection, client=client, before=day - timedelta(days=1))
    connection.execute(insert(_subjects).values(client=client, day=day, handle=handle, number=count + 1))
    return int(count) + 1


def forget_asserted_subjects(connection: Connection, *, client: str, before: date) -> int:
    """Delete what a client named before a day; return how many. The first subject of a new day does it by itself."""
    gone = delete(_subjects).where(_subjects.c.client == client, _subjects.c.day < before)
    return connection.execute(gone).rowcount
