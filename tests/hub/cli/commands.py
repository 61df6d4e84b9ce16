"""Commands, run as an operator runs them."""

import os
import subprocess
import sys
from pathlib import Path

from sqlalchemy import create_engine, text

from hub.settings import PREFIX


def onlyonce(*arguments: str | Path, stdin: str = "", **settings: object) -> subprocess.CompletedProcess[str]:
    """Run the command as an operator would."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
    environment |= {PREFIX + name: str(value) for name, value in settings.items()}
    return subprocess.run(
        [sys.executable, "-m", "hub.cli", *map(str, arguments)],
        capture_output=True, text=True, input=stdin, env=environment, timeout=60, check=False,
    )  # fmt: skip


def tamper(data: Path, *statements: str) -> str:
    """Change a database; gives its URL."""
    url = f"sqlite:///{data / 'hub.sqlite3'}"
    engine = create_engine(url)
    with engine.begin() as connection:
        for statement in statements:
            connection.execute(text(statement))
    engine.dispose()
    return url
