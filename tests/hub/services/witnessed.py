"""A log with witnesses that answer as a test wants."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from audit import (
    CheckpointSigner,
    Cosigning,
    KeptNote,
    LogSettings,
    MemoryKeyRing,
    UsageLog,
    Witness,
    cosigned_note,
    metadata,
)
from audit.checkpoints.checkpoint import read_checkpoint
from hub.demo.asgi import Answer, App, Asked, application, serving
from hub.services.witness_list import Place
from hub.services.witnesses import Witnesses
from tests.audit.conftest import entry, open_engine
from tests.support.machine import free_port
from tests.support.witnessed import ORIGIN, DictMemory

Handler = Callable[[Asked, Answer], Answer]


class Peer:
    """A witness in this process, on a port of its own. `lie` changes what it answers."""

    def __init__(self, key: Ed25519PrivateKey, name: str) -> None:
        self.port, self.memory, self.lie = free_port(), DictMemory(), None  # type: int, DictMemory, Handler | None
        self.now, self.logs = datetime.now(UTC), {ORIGIN: [key.public_key()]}
        self.witness = Witness(
            name, Ed25519PrivateKey.generate(), logs=lambda: self.logs, memory=self.memory,
            clock=lambda: self.now,
        )  # fmt: skip
        self.place = Place(f"http://127.0.0.1:{self.port}", self.witness.key)

    def app(self) -> App:
        async def handle(asked: Asked) -> Answer:
            if asked.path == "/add-checkpoint":
                reply = self.witness.add_checkpoint(asked.body)
            else:
                reply = self.witness.latest(asked.path.split("/")[1])
            answer = Answer(reply.body.encode(), reply.status, reply.content_type)
            return self.lie(asked, answer) if self.lie is not None else answer

        return application(handle)

    @contextlib.asynccontextmanager
    async def there(self) -> AsyncIterator[None]:
        async with serving([(self.app(), self.port)]):
            yield


class House:
    """A log that signs every 20 ms, on a database and a key folder of its own, with its witnesses."""

    def __init__(self, url: str, folder: Path) -> None:
        self.engine, self.key, self.ring = open_engine(url), Ed25519PrivateKey.generate(), MemoryKeyRing()
        self.kept = KeptNote(folder / "log.checkpoint")
        metadata.create_all(self.engine)

    def peer(self, name: str = "w.example/1") -> Peer:
        return Peer(self.key, name)

    def cosigner(self, *peers: Peer, patience: float = 60.0) -> Witnesses:
        cosigning = Cosigning(self.engine, ORIGIN, lambda: [self.key.public_key()], self.kept)
        places = [peer.place for peer in peers]
        return Witnesses(cosigning, places, every=0.02, patience=patience, clock=lambda: datetime.now(UTC))

    @contextlib.asynccontextmanager
    async def running(
        self, *peers: Peer, patience: float = 60.0
    ) -> AsyncIterator[tuple[UsageLog, Witnesses]]:
        settings = LogSettings(checkpoint_every=0.02, sweep_every=3600.0)
        signer = CheckpointSigner(ORIGIN, self.key)
        log = UsageLog(
            self.engine,
            keys=self.ring,
            grants=lambda _, r: r,
            signer=signer,
            kept=self.kept,
            settings=settings,
        )
        witnesses = self.cosigner(*peers, patience=patience)
        await witnesses.start()
        try:
            await log.start()
            yield log, witnesses
        finally:
            await witnesses.close()
            await log.close()

    def cosigned(self, *peers: Peer, quorum: int | None = None) -> int:
        with self.engine.connect() as connection:
            keys = [peer.witness.key for peer in peers]
            note = cosigned_note(connection, keys, len(keys) if quorum is None else quorum)
        return read_checkpoint(note).size if note is not None else 0

    def is_cosigned(self, peer: Peer, size: int) -> bool:
        return self.cosigned(peer) == size


async def until(holds: Callable[[], bool | Awaitable[bool]]) -> None:
    """Wait for a condition."""
    async with asyncio.timeout(20):
        while True:
            found = holds()
            if found if isinstance(found, bool) else await found:
                return
            await asyncio.sleep(0.02)


async def grow(log: UsageLog, entries: int = 1) -> None:
    for _ in range(entries):
        await log.append(entry())
