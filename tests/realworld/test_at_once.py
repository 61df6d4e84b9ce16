"""Sources that start at once, in a process that has read no contract yet, as a hub's do."""

import subprocess
import sys
from pathlib import Path

PROGRAM = """
import asyncio, sys
from pathlib import Path
from connectors.soap import SoapSource
from tests.realworld.conftest import declaration, no_secrets

NAMES = ("magda-person", "magda-tax", "magda-social-status", "magda-enterprise")

async def main() -> None:
    made = [SoapSource(declaration(name, Path(sys.argv[1])), address=None, secrets=no_secrets) for name in NAMES]
    await asyncio.gather(*(source.start() for source in made))
    for source in made:
        await source.close()

asyncio.run(main())
"""
ROUNDS = 6


def test_sources_that_start_at_once_do_not_disturb_each_other(realworld: Path) -> None:
    for _ in range(ROUNDS):
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM, str(realworld)],
            check=False,
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert done.returncode == 0, done.stderr[-500:]
