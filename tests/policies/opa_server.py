"""A real OPA server with a policy set, for the tests."""

import http.client
import json
import os
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.support.machine import free_port


@dataclass(frozen=True)
class OpaServer:
    """An OPA that runs."""

    port: int
    log: Path

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def call(self, method: str, path: str, body: object = None) -> Any:
        """Call its API as plainly as can be."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request(method, path, None if body is None else json.dumps(body))
            return json.loads(connection.getresponse().read() or b"null")
        finally:
            connection.close()

    def decide(self, question: object) -> object:
        """Its raw decision; None if undefined."""
        return self.call("POST", "/v1/data/onlyonce/decision", {"input": question}).get("result")


@contextmanager
def running_opa(
    binary: Path, folder: Path, *arguments: str | Path, environment: Mapping[str, str] | None = None
) -> Iterator[OpaServer]:
    """Run an OPA server with files of policies, and with something more in its environment; its log goes to the folder."""
    server = OpaServer(free_port(), folder / "opa.log")
    command = [binary, "run", "--server", "--addr", f"127.0.0.1:{server.port}", *arguments]
    with server.log.open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, env={**os.environ, **(environment or {})})
        try:
            _wait(server, process)
            yield server
        finally:
            process.kill()
            process.wait()


def _wait(server: OpaServer, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        try:
            server.call("GET", "/health")
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError("OPA did not start: " + server.log.read_text())
