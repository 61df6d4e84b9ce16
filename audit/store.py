"""The log's SQL, for SQLite and PostgreSQL: on the path of every prefill, so compiled once, and run on the driver's own cursor."""

import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Any

from pydantic_core import to_json
from sqlalchemy import Connection, Dialect, Engine, Table, bindparam, insert, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql import ClauseElement

from audit.errors import LogUnavailable, MerkleError
from audit.keys.sealing import Purpose, StoredKey
from audit.tables import metadata
from audit.tree.merkle import CompactRange

ENTRY = metadata.tables["audit_entry"]
INTENT = metadata.tables["audit_intent"]
HEAD = metadata.tables["audit_head"]
CHECKPOINT = metadata.tables["audit_checkpoint"]
DATA_KEY = metadata.tables["audit_data_key"]
SUBJECT = metadata.tables["audit_subject"]
TILE = metadata.tables["audit_tile"]
BRIDGE = metadata.tables["audit_bridge"]
COSIGNATURE = metadata.tables["audit_cosignature"]

APPEND_LOCK = 0x6F6E6C796F6E6365
"""PostgreSQL's advisory lock that appends wait for, database-wide ("onlyonce" in ASCII)."""
SIGN_LOCK = APPEND_LOCK + 1

ORPHANS_A_SWEEP = 100
_KEY = ("id", "subject", "retention", "period", "controller", "epoch", "wrapped")
_ORPHAN = ("id", "recorded_at", "key_id", "body")
_COLUMNS: Mapping[Table, Callable[[Mapping[str, Any]], Any]] = {
    table: itemgetter(*table.c.keys()) for table in (ENTRY, INTENT, DATA_KEY, SUBJECT)
}


class HeadMoved(Exception):
    """Somebody else appended in between: the lock was not honoured, the compare-and-set held."""


@dataclass(frozen=True, slots=True)
class Chain:
    """The end of a subject's chain."""

    entries: int
    last_leaf: bytes


class Store:
    """What the writer does to the tables, inside its transaction."""

    def __init__(self, engine: Engine) -> None:
        self.is_postgresql = engine.dialect.name == "postgresql"
        dialect: type[Any] = type(engine.dialect)
        self._driver_error: Any = engine.dialect.loaded_dbapi.Error
        self._dialect: Dialect = dialect(paramstyle="format" if self.is_postgresql else "qmark")
        mark, self._in = (
            ("%s", "= ANY(%s)") if self.is_postgresql else ("?", "IN (SELECT value FROM json_each(?))")
        )
        self._insert_entry = self._insert(ENTRY)
        self._insert_intent = self._insert(INTENT)
        self._insert_key = self._insert(DATA_KEY)
        self._upsert_subject = self._compile(self._upsert(SUBJECT))
        self._move_head = self._compile(
            update(HEAD)
            .values({c.name: bindparam(f"new_{c.name}") for c in HEAD.c if c.name != "id"})
            .where(HEAD.c.id == 1, HEAD.c.size == bindparam("seen"))
        )
        moment = ", (extract(epoch FROM clock_timestamp()) * 1000)::bigint" if self.is_postgresql else ""
        self._head = f"SELECT size, compact_range{moment} FROM audit_head"  # noqa: S608
        self._chains = f"SELECT subject, entries, last_leaf FROM audit_subject WHERE subject {self._in}"  # noqa: S608
        self._keys = (
            f"SELECT {', '.join(_KEY)} FROM audit_data_key"  # noqa: S608
            f" WHERE subject {self._in} AND period {self._in} AND controller {self._in} AND wrapped IS NOT NULL"
        )
        self._keys_by_id = f"SELECT {', '.join(_KEY)} FROM audit_data_key WHERE id {self._in}"  # noqa: S608
        self._close = f"DELETE FROM audit_intent WHERE id {self._in} RETURNING id"  # noqa: S608
        self._orphans = (
            f"SELECT {', '.join(_ORPHAN)} FROM audit_intent WHERE recorded_at <= {mark}"  # noqa: S608
            f" AND recorded_at >= {mark} AND (recorded_at, id) > ({mark}, {mark})"
            f" ORDER BY recorded_at, id LIMIT {ORPHANS_A_SWEEP}"
        )
        self._recorded = f"SELECT id FROM audit_entry WHERE id {self._in}"  # noqa: S608

    def prepare(self, connection: Connection) -> None:
        """Make a connection the writer's: durable commits, READ COMMITTED, transactions begun by `begin` alone.

        It is prepared differently from those in the pool, so it never goes back there.
        """
        if self.is_postgresql:
            connection.execution_options(isolation_level="READ COMMITTED")
        connection.detach()
        if self.is_postgresql:
            connection.exec_driver_sql("SET synchronous_commit = on")
        else:
            raw: Any = connection.connection.dbapi_connection
            raw.isolation_level = None
            connection.exec_driver_sql("PRAGMA synchronous = FULL")
        connection.commit()

    def begin(self, connection: Connection) -> None:
        """Begin the transaction and take the lock.

        On PostgreSQL the lock is a statement of its own: what is read after it is what the one before left.
        """
        connection.begin()
        if self.is_postgresql:
            self._run(connection, "SELECT pg_advisory_xact_lock(%s)", (APPEND_LOCK,))
        else:
            self._run(connection, "BEGIN IMMEDIATE", ())

    def head(self, connection: Connection) -> tuple[CompactRange, int]:
        """The tree as it was committed last; and the database's time, in milliseconds.

        Raises:
            LogUnavailable: the head's row is gone, or holds no tree.
        """
        rows = self._rows(connection, self._head, ())
        if len(rows) != 1:
            raise LogUnavailable("the log has no head: `log verify` says more")
        try:
            tree = CompactRange.from_bytes(rows[0][0], bytes(rows[0][1]))
        except MerkleError:
            raise LogUnavailable("the log's head is not that of a tree: `log verify` says more") from None
        return tree, rows[0][2] if self.is_postgresql else time.time_ns() // 1_000_000

    def move_head(self, connection: Connection, seen: int, tree: CompactRange) -> None:
        """Set the head, if it is still the one that was seen.

        Raises:
            HeadMoved: it is not.
        """
        parameters = (tree.size, tree.root(), tree.to_bytes(), 1, seen)
        if self._run(connection, self._move_head, parameters).rowcount != 1:
            raise HeadMoved

    def chains(self, connection: Connection, subjects: Collection[str]) -> dict[str, Chain]:
        """The ends of these subjects' chains."""
        rows = self._rows(connection, self._chains, (self._list(subjects),))
        return {row[0]: Chain(row[1], row[2]) for row in rows}

    def keys(self, connection: Connection, purposes: Collection[Purpose]) -> dict[Purpose, StoredKey]:
        """The keys that are there for these purposes."""
        wanted = (
            {p.subject for p in purposes},
            {p.period for p in purposes},
            {p.controller for p in purposes},
        )
        found = self._rows(connection, self._keys, tuple(map(self._list, wanted)))
        rows = [_stored_key(row) for row in found]
        return {stored.purpose: stored for stored in rows if stored.purpose in purposes}

    def keys_by_id(self, connection: Connection, ids: Collection[str]) -> list[StoredKey]:
        """These keys, as far as they are there."""
        rows = self._rows(connection, self._keys_by_id, (self._list(ids),))
        return [_stored_key(row) for row in rows if row[-1] is not None]

    def close_intents(self, connection: Connection, ids: Collection[str]) -> frozenset[str]:
        """Delete these intents; the ones that were open."""
        return frozenset(row[0] for row in self._rows(connection, self._close, (self._list(ids),)))

    def orphans(self, connection: Connection, until: int, after: tuple[int, str]) -> list[dict[str, Any]]:
        """The oldest of the intents that were open at `until`, after that one (its time, its id)."""
        rows = self._rows(connection, self._orphans, (until, after[0], *after))
        return [dict(zip(_ORPHAN, row, strict=True)) for row in rows]

    def recorded(self, connection: Connection, ids: Collection[str]) -> frozenset[str]:
        """Those among these ids that an entry has."""
        return frozenset(row[0] for row in self._rows(connection, self._recorded, (self._list(ids),)))

    def add_entries(self, connection: Connection, rows: Iterable[Mapping[str, Any]]) -> None:
        """Insert entries."""
        self._many(connection, self._insert_entry, ENTRY, rows)

    def add_intents(self, connection: Connection, rows: Iterable[Mapping[str, Any]]) -> None:
        """Insert intents."""
        self._many(connection, self._insert_intent, INTENT, rows)

    def add_keys(self, connection: Connection, keys: Iterable[StoredKey]) -> None:
        """Insert data keys."""
        rows = [
            {
                "id": key.id,
                "subject": key.purpose.subject,
                "retention": key.purpose.retention,
                "period": key.purpose.period,
                "controller": key.purpose.controller,
                "epoch": key.epoch,
                "wrapped": key.wrapped,
                "destroyed_by": None,
            }
            for key in keys
        ]
        self._many(connection, self._insert_key, DATA_KEY, rows)

    def set_chains(self, connection: Connection, rows: Iterable[Mapping[str, Any]]) -> None:
        """Set the ends of subjects' chains."""
        self._many(connection, self._upsert_subject, SUBJECT, rows)

    def _insert(self, table: Table) -> str:
        return self._compile(insert(table))

    def _upsert(self, table: Table) -> ClauseElement:
        make = postgresql.insert if self.is_postgresql else sqlite.insert
        statement: Any = make(table)
        changed = {c.name: statement.excluded[c.name] for c in table.c if not c.primary_key}
        upsert: ClauseElement = statement.on_conflict_do_update(
            index_elements=list(table.primary_key), set_=changed
        )
        return upsert

    def _compile(self, statement: ClauseElement) -> str:
        return str(statement.compile(dialect=self._dialect))

    def _list(self, values: Collection[str]) -> Any:
        return list(values) if self.is_postgresql else to_json(list(values)).decode()

    def _many(
        self, connection: Connection, sql: str, table: Table, rows: Iterable[Mapping[str, Any]]
    ) -> None:
        parameters = list(map(_COLUMNS[table], rows))
        if parameters:
            self._run(connection, sql, parameters, many=True)

    def _rows(self, connection: Connection, sql: str, parameters: Sequence[Any]) -> list[Any]:
        return list(self._run(connection, sql, parameters, fetch=True))

    def _run(
        self,
        connection: Connection,
        sql: str,
        parameters: Sequence[Any],
        *,
        many: bool = False,
        fetch: bool = False,
    ) -> Any:
        """Run a statement on the driver's cursor: SQLAlchemy's result object would cost more than the statement does.

        Raises:
            DBAPIError: as SQLAlchemy would raise it.
        """
        cursor: Any = connection.connection.cursor()
        try:
            (cursor.executemany if many else cursor.execute)(sql, parameters)
            return cursor.fetchall() if fetch else cursor
        except self._driver_error as error:
            raise DBAPIError.instance(
                sql, None, error, self._driver_error, hide_parameters=True, dialect=connection.dialect,
                connection_invalidated=connection.dialect.is_disconnect(error, connection.connection, cursor),
            ) from None  # fmt: skip


def _stored_key(row: Sequence[Any]) -> StoredKey:
    return StoredKey(row[0], Purpose(*row[1:5]), row[5], row[6])
