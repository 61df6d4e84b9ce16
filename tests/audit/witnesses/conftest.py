"""A log with witnesses, in one process."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Engine

from audit import CheckpointSigner, Cosigning, KeptNote, Report, UsageLog, Witness, cosigned_note, verify
from audit.checkpoints.kept import Guard
from audit.checkpoints.signing import sign_head
from tests.audit.conftest import Clock, MakeLog, entry
from tests.support.witnessed import ORIGIN, DictMemory, Tree, witness_of


class Place:
    """A running log whose head is signed when it is told so, and witnesses that follow it."""

    def __init__(self, engine: Engine, key: Ed25519PrivateKey, log: UsageLog, folder: Path) -> None:
        self.engine, self.key, self.log = engine, key, log
        self.kept = KeptNote(folder / "log.checkpoint")
        self.signer, self.guard = CheckpointSigner(ORIGIN, key), Guard(self.kept)
        self.cosigning = Cosigning(engine, ORIGIN, lambda: [key.public_key()], self.kept)

    def witness(self, name: str = "witness.example/w1") -> Witness:
        return witness_of(Tree(self.key), name=name, memory=DictMemory())

    async def grow(self, entries: int) -> None:
        for _ in range(entries):
            await self.log.append(entry())
        sign_head(self.engine, self.signer, self.guard)

    def cosign(self, *witnesses: Witness) -> None:
        for witness in witnesses:
            newest = self.cosigning.newest(witness.key)
            assert newest is not None
            given = self.cosigning.submission(newest, newest.cosigned)
            reply = witness.add_checkpoint(given.to_bytes())
            assert reply.status == 200, reply
            self.cosigning.keep(newest.note, self.cosigning.check(newest.note, reply.body, witness.key))

    def published(self, *witnesses: Witness, quorum: int) -> str | None:
        with self.engine.connect() as connection:
            return cosigned_note(connection, [one.key for one in witnesses], quorum)

    def verify(
        self, *witnesses: Witness, clock: Clock, quorum: int | None = None, kept: tuple[str, ...] = ()
    ) -> Report:
        keys = [witness.key for witness in witnesses]
        return verify(
            self.engine,
            public_key=self.key.public_key(),
            witnesses=keys,
            quorum=quorum,
            kept=kept,
            clock=clock,
        )

    def change(self, statement: str) -> None:
        with self.engine.begin() as connection:
            connection.exec_driver_sql(statement)


@pytest.fixture
async def place(
    make_log: MakeLog, engine: Engine, signing_key: Ed25519PrivateKey, tmp_path: Path
) -> AsyncIterator[Place]:
    log = make_log()
    await log.start()
    yield Place(engine, signing_key, log, tmp_path)
    await log.close()
