"""The replay server of recorded answers, in a process of its own on a free port."""

import json
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.machine import free_port

MISBEHAVIOURS = [
    "fault",
    "http500",
    "malformed",
    "empty",
    "hang",
    "drip",
    "huge",
    "bomb",
    "xxe",
    "wrong",
    "redirect",
    "busy",
]
"""Every way in which the replay server can misbehave."""


class Replay:
    """One running replay server."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.magda, self.siade = f"{self.url}/magda/soap", f"{self.url}/siade"

    def behave(self, source: str, mode: str = "ok", latency_ms: int = 0) -> None:
        """Make one source misbehave until told otherwise."""
        self._send("/_behave", {"source": source, "mode": mode, "latencyMs": latency_ms})

    def behave_well(self) -> None:
        """Make all sources answer as recorded."""
        for source in ("magda", "siade"):
            self.behave(source)

    def calls(self) -> dict[str, dict[str, int]]:
        """How many calls each source has answered, by mode."""
        found: dict[str, dict[str, int]] = self._send("/_calls", {})
        return found

    def _send(self, path: str, body: object) -> dict[str, dict[str, int]]:
        request = urllib.request.Request(self.url + path, json.dumps(body).encode(), method="POST")
        with urllib.request.urlopen(request, timeout=300) as response:
            found: dict[str, dict[str, int]] = json.load(response)
            return found


@contextmanager
def running_replay(folder: Path, *, nice: int = 0) -> Iterator[Replay]:
    """Start `replay.py` of a folder of recorded answers; stop it afterwards. `nice`: how far it stands back for others."""
    port = free_port()
    process = subprocess.Popen(
        [
            "nice",
            f"-n{nice}",
            sys.executable,
            "-m",
            "uvicorn",
            "replay:app",
            f"--app-dir={folder}",
            "--host=127.0.0.1",
            f"--port={port}",
        ],
        env={"PYTHONDONTWRITEBYTECODE": "1", "UVICORN_LOG_LEVEL": "warning", "UVICORN_ACCESS_LOG": "false"},
    )
    replay = Replay(port)
    try:
        _wait(replay, process)
        yield replay
    finally:
        process.kill()
        process.wait()


def _wait(replay: Replay, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 30
    while True:
        try:
            replay.calls()
        except OSError:
            if process.poll() is not None or time.monotonic() > deadline:
                raise
            time.sleep(0.05)
        else:
            return
