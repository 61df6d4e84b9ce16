"""A process that appends until it is killed, and writes down each id that was acknowledged to it.

python -m tests.audit.child URL KEY WRITERS SECONDS
"""

import asyncio
import os
import sys
import time

from audit import LogSettings, MemoryKeyRing, UsageLog
from tests.audit.conftest import entry, intent, open_engine


async def main(url: str, key: str, writers: int, seconds: float) -> None:
    secret = bytes.fromhex(key)
    keys = MemoryKeyRing(random=lambda size: secret[:size] if size == 32 else os.urandom(size))
    log = UsageLog(
        open_engine(url), keys=keys, grants=lambda _c, r: r, settings=LogSettings(checkpoint_every=0.05)
    )
    await log.start()
    until, name = time.monotonic() + seconds, os.urandom(6).hex()

    async def write(worker: int) -> None:
        n = 0
        while time.monotonic() < until:
            announced = intent(worker % 5, id=f"i-{name}-{worker}-{n}")
            recorded = entry(worker % 5, id=f"e-{name}-{worker}-{n}")
            await log.intend(announced)
            await log.append(recorded, closes=announced.id)
            os.write(1, f"{recorded.id}\n".encode())  # one write, so that a kill cannot cut it
            n += 1

    await asyncio.gather(*(write(n) for n in range(writers)))
    await log.close()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3]), float(sys.argv[4])))
