"""The whole log as one file, which is verified without the hub and without its database: an SQLite database with the log's tables.

It holds what those tables hold, as it was at one instant: sealed bodies and wrapped keys, no key that opens them. docs/log-format.md, "An export".
"""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, Engine, Table, create_engine, event
from sqlalchemy.pool import NullPool

from audit.errors import ExportInvalid
from audit.snapshot import snapshot
from audit.tables import metadata

APPLICATION: Final = 0x6F6E6C79
"""The file's `application_id`: "only" in ASCII."""
VERSION: Final = 1
_ROWS: Final = 1_000
_LOOKED_UP: Final = (
    ("audit_entry", "leaf_index", True),
    ("audit_entry", "id", True),
    ("audit_entry", "key_id", False),
    ("audit_data_key", "id", True),
)


def export(engine: Engine, file: Path) -> int:
    """Write the log of a database to a new file that only its owner may read; how many entries it has. Blocking.

    The hub may go on appending. Memory for a thousand rows.

    Raises:
        FileExistsError: there is such a file already.
    """
    if file.exists():
        raise FileExistsError(file)
    draft = file.with_name(f".{file.name}.part")
    draft.unlink(missing_ok=True)
    os.close(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    try:
        with closing(sqlite3.connect(draft, isolation_level=None)) as target, snapshot(engine) as connection:
            size = _copy(connection, target)
        os.link(draft, file)
    finally:
        draft.unlink(missing_ok=True)
    return size


def _copy(connection: Connection, target: sqlite3.Connection) -> int:
    for pragma in (
        "journal_mode=OFF",
        "synchronous=OFF",
        f"application_id={APPLICATION}",
        f"user_version={VERSION}",
    ):
        target.execute(f"PRAGMA {pragma}")
    target.execute("BEGIN")
    for table in metadata.sorted_tables:
        target.execute(_definition(table))
        names = ", ".join(column.name for column in table.c)
        marks = ", ".join("?" * len(table.c))
        for rows in _rows(connection, f"SELECT {names} FROM {table.name}"):  # noqa: S608
            target.executemany(f"INSERT INTO {table.name} ({names}) VALUES ({marks})", rows)  # noqa: S608
    for name, column, unique in _LOOKED_UP:
        kind = "UNIQUE INDEX" if unique else "INDEX"
        target.execute(f"CREATE {kind} {name}_{column} ON {name} ({column})")
    target.execute("COMMIT")
    target.execute("PRAGMA synchronous=FULL")
    (size,) = target.execute("SELECT count(*) FROM audit_entry").fetchone()
    return int(size)


def _definition(table: Table) -> str:
    """A table without types and constraints: a cell of an export is what the cell of the database is, whatever somebody put there."""
    return f"CREATE TABLE {table.name} ({', '.join(column.name for column in table.c)})"


def _rows(connection: Connection, query: str) -> Iterator[list[tuple[Any, ...]]]:
    options = {"stream_results": True, "yield_per": _ROWS}
    for rows in connection.exec_driver_sql(query, execution_options=options).partitions():
        yield [tuple(row) for row in rows]


@contextmanager
def opened_export(file: Path) -> Iterator[Engine]:
    """An export, opened to be verified: read alone, and nothing in it is run.

    Raises:
        ExportInvalid: the file is not one of this version.
    """
    uri = f"file:{file.absolute().as_posix().replace('%', '%25').replace('?', '%3f').replace('#', '%23')}?mode=ro&immutable=1"
    engine = create_engine(
        "sqlite://",
        creator=lambda: sqlite3.connect(uri, uri=True, check_same_thread=False),
        poolclass=NullPool,
        hide_parameters=True,
    )

    @event.listens_for(engine, "connect")
    def _harden(connection: Any, _record: object) -> None:
        for pragma in ("trusted_schema=OFF", "cell_size_check=ON", "query_only=ON"):
            connection.execute(f"PRAGMA {pragma}")

    try:
        _check(file, uri)
        yield engine
    finally:
        engine.dispose()


def _check(file: Path, uri: str) -> None:
    try:
        with closing(sqlite3.connect(uri, uri=True)) as connection:
            connection.execute("PRAGMA trusted_schema=OFF")
            marks = [
                connection.execute(f"PRAGMA {name}").fetchone()[0]
                for name in ("application_id", "user_version")
            ]
            found = connection.execute(
                "SELECT type, name, sql FROM sqlite_master WHERE type <> 'index'"
            ).fetchall()
    except sqlite3.Error as error:
        raise ExportInvalid(f"{file}: cannot be read as an export ({type(error).__name__})") from None
    if marks != [APPLICATION, VERSION]:
        raise ExportInvalid(f"{file}: is not an export of a usage log, version {VERSION}")
    if sorted(found) != sorted(("table", table.name, _definition(table)) for table in metadata.sorted_tables):
        raise ExportInvalid(f"{file}: has not the tables of this version's exports, and nothing else")
