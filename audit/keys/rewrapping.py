"""Re-wrapping: every data key goes from the keys of earlier epochs to that of the current one, while the log goes on.

1. Begin a new epoch. From then on no replica wraps a new key under an earlier one (`KeyRing.wrap`).
2. Take the log's lock once, and let it go: whoever wrapped a key before that has committed it by now.
3. Re-wrap, some at a time, what is still under an earlier epoch. A key that is destroyed in the same moment stays destroyed.
4. Look again: once nothing is found under an earlier epoch, its key may be destroyed (`EpochRing.destroy`).

Each step can be interrupted and done again, by any replica, and two may do it at once.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Engine, bindparam, select, update
from sqlalchemy import func as sql

from audit.keys.keyring import KeyRing
from audit.keys.sealing import Purpose, StoredKey
from audit.store import APPEND_LOCK, DATA_KEY, Store

KEY_LOCK = APPEND_LOCK + 32
"""PostgreSQL's advisory lock of whoever works on the log's keys."""
_BATCH = 500
_PASSES = 4
_REWRAP = (
    update(DATA_KEY)
    .where(
        DATA_KEY.c.id == bindparam("key"),
        DATA_KEY.c.epoch == bindparam("old_epoch"),
        DATA_KEY.c.wrapped == bindparam("old_key"),
    )
    .values(epoch=bindparam("new_epoch"), wrapped=bindparam("new_key"))
)


@dataclass(frozen=True, slots=True)
class Rewrapped:
    """What became of a re-wrapping.

    Attributes:
        keys: how many keys were re-wrapped.
        stuck: under which earlier epochs there still are keys: the epoch's key does not open them, or there is no such epoch any more.
        unreadable: ids of some of those keys.
    """

    keys: int
    stuck: frozenset[str]
    unreadable: tuple[str, ...]


@contextmanager
def elected(engine: Engine) -> Iterator[bool]:
    """Whether this replica is the one that works on the keys, for as long as the context lasts. On SQLite every one is: it does no harm."""
    if engine.dialect.name != "postgresql":
        yield True
        return
    with engine.connect() as connection:
        chosen = bool(connection.scalar(select(sql.pg_try_advisory_xact_lock(KEY_LOCK))))
        try:
            yield chosen
        finally:
            connection.rollback()


def rewrap(engine: Engine, ring: KeyRing) -> Rewrapped:
    """Bring every data key under the current epoch. Blocking; memory and transactions stay small however many there are.

    Raises:
        SQLAlchemyError: the database is away; what was done is done.
    """
    _wait_for_writers(engine)
    total = 0
    for _ in range(_PASSES):
        found, stuck = _pass(engine, ring)
        total += found
        if not found:
            break
    else:
        stuck = {**stuck, "": "keys are still made under an earlier epoch"}
    return Rewrapped(total, frozenset(stuck), tuple(stuck.values()))


def _wait_for_writers(engine: Engine) -> None:
    with engine.connect() as connection:
        store = Store(engine)
        store.prepare(connection)
        store.begin(connection)
        connection.rollback()


def _pass(engine: Engine, ring: KeyRing) -> tuple[int, dict[str, str]]:
    """One look at every key; how many were re-wrapped, and an unreadable one for each epoch that has any."""
    after, found, stuck = "", 0, dict[str, str]()
    while True:
        with engine.begin() as connection:
            rows = _under_earlier(connection, ring.current, after)
            changes = []
            for row in rows:
                change = _rewrapped(ring, row)
                if change is None:
                    stuck.setdefault(row.epoch, row.id)
                else:
                    changes.append(change)
            if changes:
                connection.execute(_REWRAP, changes)
        found += len(changes)
        if len(rows) < _BATCH:
            return found, stuck
        after = rows[-1].id


def _under_earlier(connection: Connection, current: str, after: str) -> Sequence[Any]:
    columns = (c for c in DATA_KEY.c if c.name != "destroyed_by")
    query = select(*columns).where(
        DATA_KEY.c.id > after, DATA_KEY.c.wrapped.is_not(None), DATA_KEY.c.epoch != current
    )
    return connection.execute(query.order_by(DATA_KEY.c.id).limit(_BATCH)).all()


def _rewrapped(ring: KeyRing, row: Any) -> dict[str, object] | None:
    purpose = Purpose(row.subject, row.retention, row.period, row.controller)
    stored = StoredKey(row.id, purpose, row.epoch, bytes(row.wrapped))
    try:
        key = ring.unwrap(stored.epoch, stored.wrapped, stored.binding())
    except KeyError:
        return None
    epoch, wrapped = ring.wrap(key, stored.binding())
    return {
        "key": stored.id, "old_epoch": stored.epoch, "old_key": stored.wrapped, "new_epoch": epoch, "new_key": wrapped,
    }  # fmt: skip
