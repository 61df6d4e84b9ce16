"""Logs and witnesses for tests: a tree that grows, a witness whose memory is a dictionary, and one that is a process."""

import subprocess
import sys
import time
import urllib.error
import urllib.request
from datetime import UTC, datetime
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from audit import CheckpointSigner
from audit.checkpoints.checkpoint import Checkpoint, read_checkpoint, verifier_key
from audit.tree.merkle import CompactRange, consistency_proof, hash_leaf
from audit.witnesses.cosignature import WitnessKey
from audit.witnesses.witnessing import Submission, Witness, origin_hash
from tests.support.machine import free_port

ORIGIN = "example.org/log"
NAME = "witness.example/w1"


class Tree:
    """A log of its own: leaves that are numbers."""

    def __init__(self, key: Ed25519PrivateKey | None = None, *, origin: str = ORIGIN, salt: str = "") -> None:
        self.key, self.salt = key or Ed25519PrivateKey.generate(), salt
        self.signer = CheckpointSigner(origin, self.key)

    @property
    def verifier(self) -> str:
        """Its key, for the list of a witness."""
        return verifier_key(self.signer.origin, self.key.public_key())

    def _hash(self, index: int) -> bytes:
        return hash_leaf(f"{self.salt}{index}".encode())

    def _node(self, level: int, index: int) -> bytes:
        tree = CompactRange()
        for leaf in range(index << level, (index + 1) << level):
            tree.append(self._hash(leaf))
        return tree.root()

    def note(self, size: int) -> str:
        tree = CompactRange()
        for index in range(size):
            tree.append(self._hash(index))
        return self.signer.sign(size, tree.root())

    def submission(self, old: int, size: int) -> Submission:
        proof = consistency_proof(old, size, self._node) if 0 < old <= size else []
        return Submission(old, proof, self.note(size))


class DictMemory:
    """A memory that ends with the test."""

    def __init__(self) -> None:
        self.notes: dict[str, str] = {}

    def latest(self, origin: str) -> str | None:
        return self.notes.get(origin)

    def latest_by_hash(self, wanted: str) -> str | None:
        return next((note for origin, note in self.notes.items() if origin_hash(origin) == wanted), None)

    def advance(self, checkpoint: Checkpoint, note: str, *, old_size: int) -> bool:
        stored = self.latest(checkpoint.origin)
        if (read_checkpoint(stored).size if stored else 0) != old_size:
            return False
        self.notes[checkpoint.origin] = note
        return True


def witness_of(*trees: Tree, name: str = NAME, memory: DictMemory | None = None) -> Witness:
    """A witness that follows these logs."""
    logs = {tree.signer.origin: [tree.key.public_key()] for tree in trees}
    return Witness(
        name,
        Ed25519PrivateKey.generate(),
        logs=lambda: logs,
        memory=memory or DictMemory(),
        clock=lambda: datetime(2026, 11, 23, 12, 0, tzinfo=UTC),
    )


class WitnessProcess:
    """`onlyonce log witness` over a folder, on a port of its own."""

    def __init__(self, folder: Path, *keys: str, name: str = NAME) -> None:
        self.folder, self.logs, self.name, self.port = folder / "state", folder / "logs", name, free_port()
        folder.mkdir(parents=True, exist_ok=True)
        self.address = f"http://127.0.0.1:{self.port}"
        self.process: subprocess.Popen[bytes] | None = None
        self.follow(*keys)

    def follow(self, *keys: str) -> None:
        """Write the list of logs anew, as verifier keys."""
        self.logs.write_text("# logs\n\n" + "".join(f"{key}\n" for key in keys), "utf-8")

    def command(self, *more: str) -> list[str]:
        """The command line."""
        line = [sys.executable, "-m", "hub.cli", "log", "witness", str(self.folder), "--name", self.name]
        return [*line, "--logs", str(self.logs), "--port", str(self.port), *more]

    def key(self) -> WitnessKey:
        """By what it is known; the process is not needed."""
        done = subprocess.run(self.command("--show-key"), capture_output=True, text=True, check=True)
        return WitnessKey.read(done.stdout)

    def start(self) -> None:
        """Start the process, and wait until it answers."""
        with (self.folder.parent / "stderr").open("ab") as stderr:
            self.process = subprocess.Popen(self.command(), stdout=subprocess.DEVNULL, stderr=stderr)
        until = time.monotonic() + 20
        while self.ask("/")[0] != 200:
            assert self.process.poll() is None, "the witness ended"
            assert time.monotonic() < until, "the witness does not answer"
            time.sleep(0.05)

    def stop(self, *, kill: bool = False) -> None:
        """End the process."""
        if self.process is not None:
            self.process.kill() if kill else self.process.terminate()
            self.process.wait(20)
            self.process = None

    def ask(self, path: str, body: bytes | None = None) -> tuple[int, str, str]:
        """Status, body and media type; status 0 where nobody listens."""
        request = urllib.request.Request(self.address + path, data=body)
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:
                return answer.status, answer.read().decode(), answer.headers["Content-Type"]
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode(), error.headers["Content-Type"]
        except OSError:
            return 0, "", ""

    def add(self, given: Submission) -> tuple[int, str, str]:
        """Submit a checkpoint."""
        return self.ask("/add-checkpoint", given.to_bytes())
