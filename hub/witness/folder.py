"""A witness's folder: the key that it cosigns with, and what it cosigned."""

import os
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from hub.witness.memory import SqliteMemory

_KEY, _MEMORY = "witness.ed25519.pem", "witness.sqlite3"


class WitnessUnusable(Exception):
    """A witness cannot be run so. The message names the file and what is wrong, never a key."""


class WitnessFolder:
    """Key and memory, made together at the first start. A key without its memory is refused: it could cosign a second history.

    Raises:
        WitnessUnusable: a file can be read by others, is missing, or holds no such key.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        key, memory = folder / _KEY, folder / _MEMORY
        if key.exists() and not memory.exists():
            raise WitnessUnusable(
                f"{memory}: is missing; a witness that forgot what it cosigned needs a new name and a new key"
            )
        self.memory = SqliteMemory(memory)
        if not key.exists():
            _write(key)
        _refuse_if_others_may_read(folder)
        _refuse_if_others_may_read(key)
        self.key = _read(key)


def _write(path: Path) -> None:
    pem = Ed25519PrivateKey.generate().private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(pem)
        file.flush()
        os.fsync(file.fileno())


def _read(path: Path) -> Ed25519PrivateKey:
    try:
        key = serialization.load_pem_private_key(path.read_bytes(), password=None)
    except ValueError:
        key = None
    if not isinstance(key, Ed25519PrivateKey):
        raise WitnessUnusable(f"{path}: is not an Ed25519 private key in PEM")
    return key


def _refuse_if_others_may_read(path: Path) -> None:
    if path.stat().st_mode & 0o077:
        raise WitnessUnusable(f"{path}: others may read it; take their rights away (chmod go= {path})")
