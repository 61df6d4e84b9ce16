"""Destroying data keys. What was sealed under a destroyed key stays in the tree, and can be read no more.

That a key is gone is itself an entry: of kind `keyDestroyed`, of the same subject, with the key's id as its outcome.
"""

from collections.abc import Collection
from dataclasses import dataclass, fields
from datetime import date

from sqlalchemy import Connection, delete, or_, select, update

from audit.keys.sealing import INTENTS
from audit.store import DATA_KEY, ENTRY, INTENT
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


def live_keys(connection: Connection, *, after: str = "", limit: int = 500) -> tuple[KeyInfo, ...]:
    """Keys that are there, in the order of their ids, from the one after `after` on; those of intents are left out."""
    columns = (DATA_KEY.c[field.name] for field in fields(KeyInfo))
    query = select(*columns).where(
        DATA_KEY.c.wrapped.is_not(None), DATA_KEY.c.id > after, DATA_KEY.c.subject != ""
    )
    return tuple(KeyInfo(*row) for row in connection.execute(query.order_by(DATA_KEY.c.id).limit(limit)))


def keys_there(connection: Connection, ids: Collection[str]) -> tuple[KeyInfo, ...]:
    """Those of some keys that are still there."""
    columns = (DATA_KEY.c[field.name] for field in fields(KeyInfo))
    query = select(*columns).where(DATA_KEY.c.wrapped.is_not(None), DATA_KEY.c.id.in_(sorted(ids)))
    return tuple(KeyInfo(*row) for row in connection.execute(query))


def under_key(connection: Connection, key: KeyInfo) -> frozenset[tuple[str, str]]:
    """Of which controllers and activities the lines are that a key of a subject opens."""
    query = select(ENTRY.c.controller, ENTRY.c.activity).distinct()
    rows = connection.execute(query.where(ENTRY.c.subject == key.subject, ENTRY.c.key_id == key.id))
    return frozenset((row.controller, row.activity) for row in rows)


def opens_any(connection: Connection, keys: Collection[str], entries: Collection[str]) -> bool:
    """Whether one of these keys, by their ids, opens one of these entries, by theirs."""
    query = select(ENTRY.c.id).where(ENTRY.c.id.in_(sorted(entries)), ENTRY.c.key_id.in_(sorted(keys)))
    return connection.execute(query.limit(1)).first() is not None


def drop_intent_keys(connection: Connection, before: date) -> int:
    """Take away the keys of the intents of days before that one, unless an intent is still open; how many they were."""
    used = select(INTENT.c.key_id).where(INTENT.c.key_id == DATA_KEY.c.id).exists()
    spent = delete(DATA_KEY).where(
        DATA_KEY.c.subject == "",
        DATA_KEY.c.retention == INTENTS,
        DATA_KEY.c.period < before.isoformat(),
        DATA_KEY.c.wrapped.is_not(
            None
        ),  # by the index, which has only such: on SQLite every append waits for this
        ~used,
    )
    return connection.execute(spent).rowcount


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
