"""A log with everything in it that a log can have, in an SQLite file that is copied for each tampering."""

import asyncio
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Engine

from audit import (
    BlindKey,
    CheckpointSigner,
    Cosigning,
    Entry,
    Indexer,
    KeptNote,
    LogSettings,
    MemoryKeyRing,
    Report,
    UsageLog,
    Witness,
    bridging,
    metadata,
    verify,
)
from audit.checkpoints.kept import Guard
from audit.checkpoints.signing import sign_head
from audit.model import to_millis
from audit.subject_map.building import MAP_ROOT, MapBuilder
from audit.subject_map.renewing import renew_map
from audit.subject_map.tables import State
from tests.audit.conftest import Clock, Granted, entry, intent, open_engine
from tests.audit.verifying.samples import forget
from tests.support.witnessed import ORIGIN, DictMemory, Tree, witness_of

BLOCK = 64
SIGNED = (40, 150, 280)
"""At so many entries the log is signed; it has a full tile."""
SUBJECTS = 9
FORGOTTEN = 8
BLIND = b"b" * 32
Row = dict[str, Any]
Tamper = Callable[[sqlite3.Connection], object]


@contextmanager
def small_blocks() -> Iterator[None]:
    """Index in blocks that a small log fills."""
    with pytest.MonkeyPatch.context() as patch:
        for module in ("audit.reading.indexing", "audit.verifying.indices"):
            patch.setattr(f"{module}.BLOCK", BLOCK)
        yield


class Whole:
    """The sample. Two of its subjects have officials in their entries, one was forgotten; it is mapped, indexed, bridged, and cosigned by
    two witnesses."""

    def __init__(self, folder: Path, *, key: Ed25519PrivateKey | None = None, salt: str = "") -> None:
        self.folder, self.key, self.salt = folder, key or Ed25519PrivateKey.generate(), salt
        self.keys, self.clock = MemoryKeyRing(), Clock()
        self.original = folder / "whole.sqlite3"
        engine = open_engine(f"sqlite:///{self.original}")
        metadata.create_all(engine)
        tree = Tree(self.key)
        self.witnesses = [witness_of(tree, name=f"witness.example/w{n}", memory=DictMemory()) for n in (1, 2)]
        asyncio.run(self._fill(engine))
        engine.dispose()
        with closing(sqlite3.connect(self.original)) as connection:
            connection.execute("PRAGMA journal_mode=DELETE")
        self.size = len(self.rows("audit_entry"))
        self.kept = str(self.rows("audit_checkpoint")[-1]["note"])

    async def _fill(self, engine: Engine) -> None:
        log = UsageLog(
            engine, keys=self.keys, grants=Granted(), clock=self.clock, intent_clock=self.clock,
            settings=LogSettings(checkpoint_every=3600.0, sweep_every=3600.0),
        )  # fmt: skip
        kept = KeptNote(self.folder / "log.checkpoint")
        guard, signer = Guard(kept), CheckpointSigner(ORIGIN, self.key)
        cosigning = Cosigning(engine, ORIGIN, lambda: [self.key.public_key()], kept)
        builder, index = MapBuilder(engine, pause=lambda _: None), 11
        await log.start()
        await asyncio.gather(*(self._append(log, n) for n in range(10)))
        await self._bridge(log, engine)
        for size in SIGNED:
            while index < size - 1:
                index += len(await asyncio.gather(*(self._append(log, index + n) for n in range(10))))
                self.clock.advance(minutes=37)
            if size == SIGNED[1]:
                await forget(log, engine, FORGOTTEN)
                await log.intend(intent())
            await renew_map(log, builder, self._tell)
            sign_head(engine, signer, guard)
            for witness in self.witnesses:
                _cosign(cosigning, witness)
        await log.close()
        indexer = Indexer(engine, self.keys, BlindKey(BLIND), pause=0)
        while indexer.step():
            pass

    async def _bridge(self, log: UsageLog, engine: Engine) -> None:
        """Go on under the name that it has from then on; before, it had another."""
        sign_head(engine, CheckpointSigner(f"{ORIGIN}/before", self.key), Guard(None))
        with engine.connect() as connection:
            old, new = bridging.head(connection, f"{ORIGIN}/before"), bridging.head(connection, ORIGIN)
        bridge = bridging.Bridge(old, new, to_millis(self.clock.now), "To have one.")
        note = bridge.sign(self.key)
        told = entry(subject="hub", kind=bridging.LOG_BRIDGED, outcome=bridging.digest(note))
        await log.append(told, write=lambda connection: bridging.store(connection, bridge, note))

    async def _append(self, log: UsageLog, number: int) -> object:
        agents = {"actor": f"{number % 5:064x}"} if number % SUBJECTS < 2 else {}
        details = {"asked": ["person.familyName"], "caseId": f"c-{number}{self.salt}", "role": "agent"}
        outcome = "refused" if number % 7 == 0 else "disclosed"
        forgotten = (
            number % SUBJECTS == FORGOTTEN and number > 120
        )  # nothing is appended after the key is gone
        return await log.append(
            entry(0 if forgotten else number % SUBJECTS, agents=agents, details=details, outcome=outcome)
        )

    def _tell(self, state: State) -> Entry:
        return entry(subject="hub", kind=MAP_ROOT, outcome=MAP_ROOT, details=state.details())

    def tampered(
        self, tamper: Tamper, *, kept: tuple[str, ...] | None = None, witnesses: "Whole | None" = None
    ) -> Report:
        """What is found, with all keys, after a change. The last checkpoint was kept elsewhere."""
        copy = self.folder / "copy.sqlite3"
        shutil.copy(self.original, copy)
        with closing(sqlite3.connect(copy, isolation_level=None)) as connection:
            connection.row_factory = sqlite3.Row
            tamper(connection)
        engine = open_engine(f"sqlite:///{copy}")
        try:
            return verify(
                engine, keys=self.keys, blind=BLIND, public_key=self.key.public_key(), clock=self.clock,
                kept=(self.kept,) if kept is None else kept,
                witnesses=[witness.key for witness in (witnesses or self).witnesses],
            )  # fmt: skip
        finally:
            engine.dispose()
            for leftover in self.folder.glob("copy.sqlite3*"):
                leftover.unlink()

    def rows(self, table: str) -> list[Row]:
        with closing(sqlite3.connect(self.original)) as connection:
            connection.row_factory = sqlite3.Row
            return [dict(row) for row in connection.execute(f"SELECT rowid, * FROM {table} ORDER BY rowid")]  # noqa: S608


def _cosign(cosigning: Cosigning, witness: Witness) -> None:
    newest = cosigning.newest(witness.key)
    assert newest is not None
    reply = witness.add_checkpoint(cosigning.submission(newest, newest.cosigned).to_bytes())
    assert reply.status == 200, reply
    cosigning.keep(newest.note, cosigning.check(newest.note, reply.body, witness.key))


def columns(table: str) -> list[str]:
    """The columns of a table of the log."""
    return [column.name for column in metadata.tables[table].c]


def key_columns(table: str) -> list[str]:
    """Those of its primary key."""
    return [column.name for column in metadata.tables[table].primary_key]
