"""A process that appends until it is killed or told to end, and writes down each id that was acknowledged to it, and, after `!`, each that was refused.

python -m tests.audit.child URL KEY WRITERS [KEPT [hasty]]

KEPT: the file where its last checkpoint is kept; `-`: it keeps none, and signs none. `hasty`: it answers before its commit, as no hub may.
"""

import asyncio
import os
import signal
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from unittest import mock

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from audit import CheckpointSigner, KeptNote, LogSettings, LogUnavailable, MemoryKeyRing, UsageLog
from audit.writing.batch import Done
from audit.writing.jobs import Job, deliver
from audit.writing.writer import Writer
from tests.audit.conftest import entry, intent, open_engine

ORIGIN = "example.org/log"
_AFTER_A_REFUSAL_S = 0.05


async def main(url: str, key: str, writers: int, kept: str = "-", *_: str) -> None:
    secret = bytes.fromhex(key)
    keys = MemoryKeyRing(random=lambda size: secret[:size] if size == 32 else os.urandom(size))
    log = UsageLog(
        open_engine(url),
        keys=keys,
        grants=lambda _c, r: r,
        signer=CheckpointSigner(ORIGIN, Ed25519PrivateKey.from_private_bytes(secret))
        if kept != "-"
        else None,
        kept=KeptNote(Path(kept)) if kept != "-" else None,
        settings=LogSettings(checkpoint_every=0.05),
    )
    await log.start()
    name, told_to_end = os.urandom(6).hex(), asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, told_to_end.set)

    async def write(worker: int) -> None:
        n = 0
        while not told_to_end.is_set():
            announced = intent(worker % 5, id=f"i-{name}-{worker}-{n}")
            recorded = entry(worker % 5, id=f"e-{name}-{worker}-{n}")
            try:
                await log.intend(announced)
                await log.append(recorded, closes=announced.id)
            except LogUnavailable:
                os.write(1, f"!{recorded.id}\n".encode())
                await asyncio.sleep(_AFTER_A_REFUSAL_S)
            else:
                os.write(1, f"{recorded.id}\n".encode())  # one write, so that a kill cannot cut it
            n += 1

    await asyncio.gather(*(write(n) for n in range(writers)))
    await log.close()


def hasty() -> None:
    """Answer before the commit of entries, which never comes."""
    commit = Writer._commit

    def answering_first(self: Writer, jobs: Sequence[Job], done: Done) -> None:
        if done.entries:
            deliver(jobs)
            threading.Event().wait()
        commit(self, jobs, done)

    mock.patch.object(Writer, "_commit", answering_first).start()


if __name__ == "__main__":
    if sys.argv[5:] == ["hasty"]:
        hasty()
    asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3]), *sys.argv[4:]))
