"""What a witness remembers, in an SQLite file of its own."""

import sqlite3
from pathlib import Path
from threading import Lock

from audit import checkpoint, witnessing

_TABLE = """
CREATE TABLE IF NOT EXISTS cosigned (
    origin TEXT PRIMARY KEY,
    origin_hash TEXT NOT NULL UNIQUE,
    size INTEGER NOT NULL,
    note TEXT NOT NULL
) STRICT
"""
_ADVANCE = """
INSERT INTO cosigned (origin, origin_hash, size, note) VALUES (?, ?, ?, ?)
ON CONFLICT (origin) DO UPDATE SET size = excluded.size, note = excluded.note WHERE size = ?
"""


class SqliteMemory:
    """A row for each log: the last checkpoint that was cosigned. Each change is one durable statement.

    Args:
        path: of the file; made if it is not there.
    """

    def __init__(self, path: Path) -> None:
        self._lock = Lock()
        self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=10)
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = FULL")
        self._connection.execute(_TABLE)

    def latest(self, origin: str) -> str | None:
        """The last checkpoint of this log that was cosigned, with its signatures."""
        return self._note("SELECT note FROM cosigned WHERE origin = ?", origin)

    def latest_by_hash(self, origin_hash: str) -> str | None:
        """The same, by the SHA-256 of the origin in lower-case hexadecimal."""
        return self._note("SELECT note FROM cosigned WHERE origin_hash = ?", origin_hash)

    def advance(self, new: checkpoint.Checkpoint, note: str, *, old_size: int) -> bool:
        """Remember a checkpoint, if the last one's size is still `old_size` (0: there is none); durable on return."""
        row = (new.origin, witnessing.origin_hash(new.origin), new.size, note, old_size)
        with self._lock:
            return self._connection.execute(_ADVANCE, row).rowcount == 1

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._connection.close()

    def _note(self, query: str, key: str) -> str | None:
        with self._lock:
            row = self._connection.execute(query, (key,)).fetchone()
        return None if row is None else str(row[0])
