"""Building the next state of the map: off the path of appends, in short transactions, by one replica at a time.

1. What an earlier state left behind is deleted; so is a state that was begun and never finished, and a map that tells of entries that are lost.
2. The entries since the last state are read, some at a time: each subject's number of entries grows, and its last one changes.
3. For some hundred subjects a transaction: their leaves, and the pages on the way to them, are computed anew and stored under the new number.
4. The root is stored. An entry of the log tells it; from then on proofs are made from this state.

The cost is in the entries and subjects that are new, not in all of them.
"""

import secrets
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from threading import Event, Lock
from typing import Any, NamedTuple

from sqlalchemy import Connection, Engine, func, select
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from audit.errors import LogUnavailable
from audit.keys.sealing import Random
from audit.store import APPEND_LOCK, ENTRY, HEAD
from audit.subject_map import tables
from audit.subject_map.hashing import SALT, key_of, leaf_hash
from audit.subject_map.pages import Revision
from audit.subject_map.tables import Leaf, State

MAP_ROOT = "mapRoot"
"""The kind of the entries that tell a state of the map."""
MAP_LOCK = APPEND_LOCK + 0x10
"""PostgreSQL's advisory lock of the one replica that builds."""

_ENTRIES = 20_000
_SUBJECTS = 500
_DELETED = 500
_REST = 3.0
"""Seconds of rest for each second of work: hashing holds Python's one lock."""


class _New(NamedTuple):
    """What entries since the last state say of one subject."""

    entries: int
    last_index: int
    last_leaf: bytes


def _rest(worked: float) -> None:
    time.sleep(_REST * worked)


class MapBuilder:
    """Builds states of the map. Blocking; call it in a thread.

    Args:
        engine: of the log's database.
        random: gives that many random bytes, for salts.
        pause: is given the seconds that a transaction took, and lets some pass: everything else that the process does comes first.
    """

    def __init__(
        self,
        engine: Engine,
        *,
        random: Random = secrets.token_bytes,
        pause: Callable[[float], object] = _rest,
    ) -> None:
        self._engine, self._random, self._pause = engine, random, pause
        self._building, self._stopped = Lock(), Event()

    def stop(self) -> None:
        """Build no more: what is being built is given up before its next transaction."""
        self._stopped.set()

    def build(self) -> State | None:
        """The state of the map for the log as it is now, to be told in an entry.

        Returns:
            None if nothing happened since the last state that was told, or if another replica is building.

        Raises:
            LogUnavailable: the database is away, or this was stopped.
            MerkleError: what is stored of the map is not a map: `log verify` says more.
        """
        with self._building:
            try:
                with self._elected() as elected:
                    return self._build() if elected else None
            except IntegrityError:  # a replica that lost its lock is building still
                return None
            except SQLAlchemyError:
                raise LogUnavailable("the database is not available for the map") from None

    def tidy(self) -> None:
        """Delete what the state that was told last supersedes. What is not done is done before the next state.

        Raises:
            LogUnavailable: the database is away.
        """
        try:
            with self._engine.connect() as connection:
                number = tables.told(connection).number
            self._in_turns(lambda connection: tables.superseded(connection, number, _DELETED))
        except SQLAlchemyError:
            raise LogUnavailable("the database is not available for the map") from None

    def _build(self) -> State | None:
        with self._engine.connect() as connection:
            # In this order: a state that is told in between would else be taken for one that was never finished.
            begun, told = tables.untold(connection), tables.told(connection)
            size = connection.scalar(select(HEAD.c.size)) or 0
            if not _is_of_this_log(connection, told):
                told, begun = State(0, 0), None
            if begun is not None and begun.root is not None and _is_of_this_log(connection, begun):
                return begun
        self._in_turns(lambda connection: tables.abandoned(connection, told.number, _DELETED))
        self.tidy()
        with self._engine.begin() as connection:
            if not _news(connection, told.size, size):
                return None
            state = State(told.number + 1, size)
            tables.begin(connection, state)
        return self._fill(told, state)

    def _fill(self, told: State, state: State) -> State | None:
        root = b""
        for start in range(told.size, state.size, _ENTRIES):
            with self._engine.connect() as connection:
                news = _read(connection, start, min(start + _ENTRIES, state.size))
            subjects = sorted(news, key=key_of)  # neighbours share pages
            for at in range(0, len(subjects), _SUBJECTS):
                some = {subject: news[subject] for subject in subjects[at : at + _SUBJECTS]}
                root = self._change(state.number, some)
        finished = replace(state, root=root)
        with self._engine.begin() as connection:
            return finished if tables.finish(connection, finished) else None

    def _change(self, number: int, news: Mapping[str, _New]) -> bytes:
        if self._stopped.is_set():
            raise LogUnavailable("the map is not built any more")
        began = time.monotonic()
        keys = {key_of(subject): new for subject, new in news.items()}
        with self._engine.begin() as connection:
            before = tables.leaves(connection, keys, number)
            pages = tables.way(connection, list(keys), number)
            changed = [self._leaf(key, number, before.get(key), new) for key, new in keys.items()]
            revision = Revision(pages)
            root = revision.apply([(leaf.key, leaf_hash(leaf.key, leaf.content())) for leaf in changed])
            tables.write(connection, number, changed, revision.written)
        self._pause(time.monotonic() - began)
        return root

    def _leaf(self, key: str, number: int, before: Leaf | None, new: _New) -> Leaf:
        return Leaf(
            key=key,
            number=number,
            salt=self._random(SALT),
            entries=new.entries + (before.entries if before else 0),
            last_index=new.last_index,
            last_leaf=new.last_leaf,
        )

    def _in_turns(self, work: Callable[[Connection], Iterator[int]]) -> None:
        """Do work that may be committed at each step."""
        with self._engine.connect() as connection:
            began = time.monotonic()
            for _ in work(connection):
                connection.commit()
                if self._stopped.is_set():
                    return
                self._pause(time.monotonic() - began)
                began = time.monotonic()

    @contextmanager
    def _elected(self) -> Iterator[bool]:
        """Whether this replica is the one that builds; it is for as long as this lasts."""
        if self._engine.dialect.name != "postgresql":
            yield True
            return
        with self._engine.connect() as connection:
            elected = bool(connection.scalar(select(func.pg_try_advisory_lock(MAP_LOCK))))
            connection.commit()
            try:
                yield elected
            finally:
                if elected:
                    _release(connection)


def _release(connection: Connection) -> None:
    with suppress(SQLAlchemyError):
        connection.scalar(select(func.pg_advisory_unlock(MAP_LOCK)))
        connection.commit()
        return
    connection.invalidate()  # the lock ends with it


def _is_of_this_log(connection: Connection, state: State) -> bool:
    """Whether the last entry that a state counts is there, and the one that tells it. They are not where the log lost its end, and was bridged."""
    if not state.number:
        return True
    last = select(ENTRY.c.subject, ENTRY.c.leaf).where(ENTRY.c.leaf_index == state.size - 1)
    row = connection.execute(last).one_or_none()
    if row is None:
        return False
    key = key_of(row.subject)
    leaf = tables.leaves(connection, [key], state.number).get(key)
    if leaf is None or (leaf.last_index, leaf.last_leaf) != (state.size - 1, bytes(row.leaf)):
        return False
    telling = select(ENTRY.c.id).where(ENTRY.c.id == state.entry)
    return state.entry is None or connection.execute(telling).first() is not None


def _news(connection: Connection, start: int, end: int) -> bool:
    """Whether there is an entry from `start` on that is more than the telling of a state."""
    some = select(ENTRY.c.leaf_index).where(
        ENTRY.c.leaf_index >= start, ENTRY.c.leaf_index < end, ENTRY.c.kind != MAP_ROOT
    )
    return connection.execute(some.limit(1)).first() is not None


def _read(connection: Connection, start: int, end: int) -> dict[str, _New]:
    """What these entries say of their subjects."""
    query = select(ENTRY.c.subject, ENTRY.c.leaf_index, ENTRY.c.leaf).where(
        ENTRY.c.leaf_index >= start, ENTRY.c.leaf_index < end
    )
    rows: Sequence[Any] = connection.execute(query.order_by(ENTRY.c.leaf_index)).all()
    if len(rows) != end - start:
        raise LogUnavailable(f"entries from {start} on are missing: `log verify` says more")
    found: dict[str, _New] = {}
    for subject, index, leaf in rows:
        before = found.get(subject)
        found[subject] = _New(1 if before is None else before.entries + 1, index, bytes(leaf))
    return found
