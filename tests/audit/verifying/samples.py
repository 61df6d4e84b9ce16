"""Logs to be verified: opened, filled, and partly forgotten."""

import asyncio
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Engine

from audit import (
    KEY_DESTROYED,
    CheckpointSigner,
    LogSettings,
    MemoryKeyRing,
    Report,
    UsageLog,
    destroy_key,
    keys_of,
    metadata,
    verify,
)
from tests.audit.conftest import Clock, Granted, entry, handle, intent, open_engine

SIZE = 12
FORGOTTEN = 4
Row = dict[str, Any]


def open_log(engine: Engine, keys: MemoryKeyRing, key: Ed25519PrivateKey) -> UsageLog:
    return UsageLog(
        engine,
        keys=keys,
        grants=Granted(),
        clock=Clock(),
        signer=CheckpointSigner("example.org/log", key),
        settings=LogSettings(checkpoint_every=3600.0, sweep_every=3600.0),
    )


class Sample:
    """A log with all there can be in it, in an SQLite file that is copied for each tampering."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.keys, self.key = folder, MemoryKeyRing(), Ed25519PrivateKey.generate()
        self.original = folder / "original.sqlite3"
        engine = open_engine(f"sqlite:///{self.original}")
        metadata.create_all(engine)
        asyncio.run(self._fill(engine))
        engine.dispose()
        connection = sqlite3.connect(self.original)
        connection.execute("PRAGMA journal_mode=DELETE")
        connection.close()

    async def _fill(self, engine: Engine) -> None:
        for begin, end in ((0, 5), (5, SIZE - 1)):  # closed, and so signed, twice
            log = open_log(engine, self.keys, self.key)
            await log.start()
            for n in range(begin, end):
                await log.append(entry(n % 3 if n != FORGOTTEN else 7))
            if begin:
                await forget(log, engine, 7)
                await log.intend(intent())
            await log.close()

    def tampered(self, tamper: Callable[[sqlite3.Connection], object], *, with_keys: bool = True) -> Report:
        copy = self.folder / "copy.sqlite3"
        shutil.copy(self.original, copy)
        connection = sqlite3.connect(copy, isolation_level=None)
        connection.row_factory = sqlite3.Row
        tamper(connection)
        connection.close()
        engine = open_engine(f"sqlite:///{copy}")
        try:
            return verify(engine, keys=self.keys if with_keys else None, public_key=self.key.public_key())
        finally:
            engine.dispose()
            for leftover in self.folder.glob("copy.sqlite3*"):
                leftover.unlink()

    def rows(self, table: str) -> list[Row]:
        connection = sqlite3.connect(self.original)
        connection.row_factory = sqlite3.Row
        found = [dict(row) for row in connection.execute(f"SELECT * FROM {table} ORDER BY 1")]  # noqa: S608
        connection.close()
        return found


async def forget(log: UsageLog, engine: Engine, subject: int, only: str = "") -> None:
    """Destroy a subject's keys, or those of one retention class, as the entries say that do so."""
    with engine.connect() as connection:
        keys = [key for key in keys_of(connection, handle(subject)) if only in {"", key.retention}]
    for key in keys:
        recorded = entry(subject, kind=KEY_DESTROYED, outcome=key.id, retention="P1Y")
        done = await log.append(
            recorded,
            write=lambda c, k=key.id, e=recorded.id: destroy_key(c, k, e),  # type: ignore[misc]
        )
        assert done.written is True
