"""An OPA server that a test ends, holds still, and starts again on its port."""

import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.machine import free_port


class Opa:
    """The process. `policies` is the folder that it is started with, unless `start` says another."""

    def __init__(self, binary: Path, policies: Path, log: Path) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._command = [str(binary), "run", "--server", "--addr", f"127.0.0.1:{self.port}"]
        self._policies, self._log = policies, log
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, policies: Path | None = None) -> None:
        """Start it; it answers a little later."""
        with self._log.open("ab") as log:
            command = [*self._command, str(policies or self._policies)]
            self._process = subprocess.Popen(command, stdout=log, stderr=log)

    def hold(self) -> None:
        """Let it hang: it accepts connections, and says nothing."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def let_go(self) -> None:
        """Let it go on."""
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)

    def kill(self) -> None:
        """End it (SIGKILL)."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None


@contextmanager
def running_opa(binary: Path, policies: Path, log: Path) -> Iterator[Opa]:
    """An OPA with exported policies."""
    opa = Opa(binary, policies, log)
    opa.start()
    try:
        yield opa
    finally:
        opa.kill()
