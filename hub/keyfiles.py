"""Files that hold secrets: whole or not there, durable, for the hub's account alone, and gone when they are to be gone."""

import contextlib
import os
import secrets
from pathlib import Path


class KeysUnusable(Exception):
    """The key folder cannot be used. The message names the file and what is wrong, never a key."""


def write_once(path: Path, data: bytes) -> None:
    """Write a file that was not there; where another replica was quicker, its file stays."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):
            os.link(draft, path)
    finally:
        draft.unlink()
    sync(path.parent)


def sync(folder: Path) -> None:
    """Make the folder's entries durable: a key that a database relies on must not be gone after a power cut."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def refuse_if_others_may_read(path: Path) -> None:
    """Refuse a file or folder that any other account may read.

    Raises:
        KeysUnusable: it may.
    """
    if path.stat().st_mode & 0o077:
        raise KeysUnusable(f"{path}: others may read it; take their rights away (chmod go= {path})")


def wipe(path: Path) -> None:
    """Overwrite a file, durably, and take it away, unless another replica did. What a file system or a disk keeps of older blocks is beyond this."""
    try:
        descriptor = os.open(path, os.O_WRONLY)
    except FileNotFoundError:
        return
    try:
        os.write(descriptor, secrets.token_bytes(os.fstat(descriptor).st_size))
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    path.unlink(missing_ok=True)
    sync(path.parent)
