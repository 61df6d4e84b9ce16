"""A hub as its operator runs it: `onlyonce serve`, in a process of its own, over a catalogue that a test wrote."""

import base64
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import aiohttp
import psutil
import yaml

from hub.database import migrate
from hub.identity import hash_secret
from hub.settings import PREFIX
from tests.support.machine import free_port

SECRET = "the-secret-of-the-tests-own-client"
LANGUAGES = ("fr", "nl", "de", "en")


def texts(text: str) -> dict[str, str]:
    """One text as if it were said in four languages."""
    return dict.fromkeys(LANGUAGES, text)


def client_record(controller: str, forms: list[str]) -> dict[str, Any]:
    """A catalogue's record of a client that proves itself with `SECRET`."""
    return {
        "name": texts("Test portal"), "controller": controller, "forms": forms,
        "method": "client_secret_basic", "secretHash": hash_secret(SECRET),
    }  # fmt: skip


def write_yaml(file: Path, content: Mapping[str, Any]) -> None:
    """Write one file of a catalogue."""
    file.write_text(yaml.safe_dump(dict(content), allow_unicode=True, sort_keys=False), "utf-8")


class RunningHub:
    """One running hub and its one client."""

    def __init__(self, url: str, client: str, process: psutil.Process, folder: Path, database: str) -> None:
        self.url, self.client, self.process, self.folder, self.database = (
            url,
            client,
            process,
            folder,
            database,
        )

    async def token(self, session: aiohttp.ClientSession) -> str:
        """An access token of the client."""
        basic = base64.b64encode(f"{self.client}:{SECRET}".encode()).decode()
        form = {"grant_type": "client_credentials"}
        async with session.post(
            f"{self.url}/oauth2/token", data=form, headers={"Authorization": f"Basic {basic}"}
        ) as reply:
            assert reply.status == 200, await reply.text()
            return str((await reply.json())["access_token"])

    async def prefill(
        self, session: aiohttp.ClientSession, token: str, form: str, subject: Mapping[str, str]
    ) -> tuple[int, dict[str, Any]]:
        """One prefill; the HTTP status and the answer."""
        body: dict[str, Any] = {"formId": form, "subject": dict(subject)}
        if "enterpriseNumber" in subject:
            body |= {"actor": {"role": "representative"}, "representation": {"basis": "enterpriseRole"}}
        headers = {"Authorization": f"Bearer {token}"}
        async with session.post(f"{self.url}/api/prefill/v1/prefills", json=body, headers=headers) as reply:
            return reply.status, await reply.json()

    def verify_log(self) -> subprocess.CompletedProcess[str]:
        """`onlyonce log verify` with the hub's keys."""
        return subprocess.run(
            [sys.executable, "-m", "hub.cli", "log", "verify", "--database", self.database, "--keys", str(self.folder / "keys")],
            capture_output=True, text=True, check=False, timeout=120,
        )  # fmt: skip


@contextmanager
def running_hub(
    folder: Path, *, catalogue: Path, client: str, settings: Mapping[str, str], port: int | None = None
) -> Iterator[RunningHub]:
    """Serve a catalogue over a new SQLite database in `folder`; what the hub says is in `folder/hub.log`."""
    port, database = port or free_port(), f"sqlite:///{folder / 'hub.sqlite3'}"
    url = f"http://127.0.0.1:{port}"
    migrate(database)
    given = {
        "DATABASE_URL": database, "CATALOGUE": str(catalogue), "KEYS": str(folder / "keys"), "PORT": str(port),
        "PUBLIC_URL": url, **settings,
    }  # fmt: skip
    environment = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
    environment |= {PREFIX + name: value for name, value in given.items()}
    with (folder / "hub.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "hub.cli", "serve"], env=environment, stdout=log, stderr=log
        )
    try:
        _wait(f"{url}/health", process, folder / "hub.log")
        yield RunningHub(url, client, psutil.Process(process.pid), folder, database)
    finally:
        process.terminate()
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except urllib.error.URLError:
            time.sleep(0.05)
    raise AssertionError(f"the hub did not come up: {log.read_text('utf-8')[-2000:]}")
