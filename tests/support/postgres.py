"""A temporary PostgreSQL cluster on a free port of loopback, owned by the test run."""

import os
import pwd
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil

from tests.support.machine import free_port


def _user() -> str | None:
    """PostgreSQL refuses to run as root: the account to step down to, if we are root."""
    if os.getuid() != 0:
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    return next(name for name in ("postgres", "nobody") if name in names)


def _is_dead(process: psutil.Process) -> bool:
    try:
        return process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


class Cluster:
    """One running cluster. `url(name)` makes a database and gives its SQLAlchemy URL."""

    def __init__(self, binaries: Path, folder: Path, port: int) -> None:
        self.binaries, self.folder, self.port, self.user = binaries, folder, port, _user()

    def run(self, program: str, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(self.binaries / program), *arguments],
            user=self.user,
            check=check,
            capture_output=True,
            text=True,
            cwd=self.folder,
            env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "HOME": str(self.folder)},
            timeout=120,
        )

    def start(self) -> None:
        options = f"-p {self.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c max_connections=200"
        # pg_ctl's child keeps the pipes open, so its output goes to the log file alone.
        subprocess.run(
            [
                str(self.binaries / "pg_ctl"),
                "-D",
                str(self.folder / "data"),
                "-o",
                options,
                "-l",
                str(self.folder / "log"),
                "-w",
                "start",
            ],
            user=self.user,
            check=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd=self.folder,
            timeout=120,
        )

    def stop(self, mode: str = "fast") -> None:
        self.run("pg_ctl", "-D", str(self.folder / "data"), "-m", mode, "-w", "stop", check=False)

    def kill(self) -> None:
        """SIGKILL the postmaster and all its processes, as a machine does that dies; `start` brings it back."""
        self.processes()[0].suspend()  # so that it starts nothing any more, which would outlive it
        processes = self.processes()
        for process in processes:
            with suppress(psutil.NoSuchProcess):
                process.kill()
        until = time.monotonic() + 20
        while not all(map(_is_dead, processes)):
            assert time.monotonic() < until, "PostgreSQL does not die"
            time.sleep(0.01)
        (
            self.folder / "data" / "postmaster.pid"
        ).unlink()  # where nobody reaps a dead postmaster, its successor would take it for a living one

    def processes(self) -> list[psutil.Process]:
        """The postmaster and all that it started."""
        pid = int((self.folder / "data" / "postmaster.pid").read_text().split()[0])
        postmaster = psutil.Process(pid)
        return [postmaster, *postmaster.children(recursive=True)]

    def url(self, name: str) -> str:
        self.run("createdb", "-h", "127.0.0.1", "-p", str(self.port), "-U", "onlyonce", name)
        return f"postgresql+psycopg://onlyonce@127.0.0.1:{self.port}/{name}"


@contextmanager
def running_cluster(binaries: Path, *made_with: str) -> Iterator[Cluster]:
    """A fresh cluster with durable commits, gone again afterwards; `made_with`: further options of initdb."""
    folder = Path(tempfile.mkdtemp(prefix="onlyonce-pg-"))
    cluster = Cluster(binaries, folder, free_port())
    try:
        if cluster.user:
            shutil.chown(folder, cluster.user)
        cluster.run(
            "initdb",
            "-D",
            str(folder / "data"),
            "-U",
            "onlyonce",
            "-A",
            "trust",
            "-E",
            "UTF8",
            "--no-instructions",
            *made_with,
        )
        cluster.start()
        yield cluster
    finally:
        cluster.stop()
        shutil.rmtree(folder, ignore_errors=True)
