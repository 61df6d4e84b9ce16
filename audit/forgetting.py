"""Destroying data keys. What was sealed under a destroyed key stays in the tree, and can be read no more.

That a key is gone is itself an entry: of kind `keyDestroyed`, of the same subject, with the key's id as its outcome.
"""

from dataclasses import dataclass, fields

from sqlalchemy import Connection, delete, or_, select, update

from audit.store import DATA_KEY
from audit.tables import metadata

_AGENT = metadata.tables["audit_agent"]

KEY_DESTROYED = "keyDestroyed"


@dataclass(frozen=True, slots=True)
class KeyInfo:
    """A data key that is there: what it is for, not what it is."""

    id: str
    subject: str
    retention: str
    period: str
    controller: str


def keys_of(connection: Connection, subject: str) -> tuple[KeyInfo, ...]:
    """The keys under which this subject's lines can be read."""
    columns = (DATA_KEY.c[field.name] for field in fields(KeyInfo))
    query = select(*columns).where(DATA_KEY.c.subject == subject, DATA_KEY.c.wrapped.is_not(None))
    return tuple(KeyInfo(*row) for row in connection.execute(query.order_by(DATA_KEY.c.period)))


def destroy_key(connection: Connection, key_id: str, entry_id: str) -> bool:
    """Destroy a data key; to be called as the `write` of the entry that says so.

    Args:
        connection: the log's transaction.
        key_id: of the key.
        entry_id: of that entry.

    Returns:
        Whether the key was still there.
    """
    statement = update(DATA_KEY).where(DATA_KEY.c.id == key_id, DATA_KEY.c.wrapped.is_not(None))
    destroyed = (
        connection.execute(
            statement.values(wrapped=None, epoch="", controller="", destroyed_by=entry_id)
        ).rowcount
        == 1
    )
    # What is known of the agents goes with it; after the key, so that whoever indexes meanwhile adds none.
    connection.execute(delete(_AGENT).where(or_(_AGENT.c.key_id == key_id, _AGENT.c.agents_key_id == key_id)))
    return destroyed
