"""A hub that was restored from a backup, and so lost entries."""

import asyncio
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Engine

from audit import CheckpointSigner, KeptNote, UsageLog, note_in, verify
from hub.assembly.naming import log_origin
from hub.cli.common import partly
from hub.database import open_engine
from hub.keys import KeyFolder
from hub.settings import Settings
from tests.audit.conftest import entry


class Hub:
    """A hub's database and key folder, and a backup of the database."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.database = folder, folder / "hub.sqlite3"
        self.url = f"sqlite:///{self.database}"
        self.keys = KeyFolder(folder / "keys")
        self.kept = KeptNote(self.settings.kept_checkpoint)

    @property
    def key(self) -> Ed25519PrivateKey:
        return next(key.private for key in self.keys.log() if key.private is not None)

    @property
    def settings(self) -> Settings:
        return partly(database_url=self.url, keys=self.folder / "keys")

    def run(self, entries: int) -> None:
        """A hub that starts, records and ends."""
        asyncio.run(self._run(entries))
        self.settle()

    async def _run(self, entries: int) -> None:
        engine = open_engine(self.url)
        signer = CheckpointSigner(log_origin(self.settings), self.key)
        log = UsageLog(engine, keys=self.keys.epochs, grants=lambda _, r: r, signer=signer, kept=self.kept)
        try:
            await log.start()
            for _ in range(entries):
                await log.append(entry())
            await log.close()
        finally:
            engine.dispose()

    def settle(self) -> None:
        """Leave everything in the one file."""
        connection = sqlite3.connect(self.database)
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.close()

    def back_up(self) -> None:
        shutil.copy(self.database, self.folder / "backup")

    def restore(self) -> None:
        shutil.copy(self.folder / "backup", self.database)

    def problems(self, *kept: str) -> list[str]:
        return [one.what for one in self.verified(lambda engine: verify(
            engine, keys=self.keys.epochs, public_key=self.keys.log.public, kept=kept
        ).problems)]  # fmt: skip

    def verified(self, work: Callable[[Engine], Any]) -> Any:
        engine = open_engine(self.url)
        try:
            return work(engine)
        finally:
            engine.dispose()

    def change(self, statement: str, *values: object) -> None:
        connection = sqlite3.connect(self.database, isolation_level=None)
        connection.execute(statement, values)
        connection.close()

    def note(self) -> str:
        return note_in(self.kept.path.read_text("utf-8"))


def restore_in_place(database: Path, backup: Path) -> None:
    """Put a backup's rows in the place of those that are there, under whoever works with them."""
    connection = sqlite3.connect(database, isolation_level=None, timeout=20)
    connection.execute("ATTACH ? AS backup", (str(backup),))
    connection.execute("BEGIN IMMEDIATE")
    names = "SELECT name FROM backup.sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
    for (table,) in connection.execute(names).fetchall():
        connection.execute(f"DELETE FROM main.{table}")  # noqa: S608
        connection.execute(f"INSERT INTO main.{table} SELECT * FROM backup.{table}")  # noqa: S608
    connection.execute("COMMIT")
    connection.close()
