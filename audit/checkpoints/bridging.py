"""Going on with a log that lost entries, in the open: a bridge from the old log's name to a new one.

A log whose last entries are lost can never be the log again that was signed and cosigned: its witnesses refuse it, and so does the hub. What is
left may go on under another name, its origin. The notice says which log ended, at what size and root, and with what the new one begins. It is
signed in the names of both, stands in `audit_bridge`, and the first new entry, of kind `logBridged`, commits to it.
"""

import re
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Connection, Engine, insert, select

from audit.checkpoints.checkpoint import (
    Checkpoint,
    CheckpointSigner,
    is_key_name,
    read_base64,
    sign_note,
    split_note,
)
from audit.checkpoints.kept import Guard, KeptNote, write_whole
from audit.checkpoints.signing import sign_head
from audit.errors import CheckpointInvalid, LogChanged
from audit.store import BRIDGE, HEAD
from audit.tree.merkle import HASH_SIZE

LOG_BRIDGED: Final = "logBridged"
_TITLE: Final = "onlyonce log bridge v1"
_NUMBER: Final = re.compile(r"0|[1-9][0-9]{0,18}")


@dataclass(frozen=True, slots=True)
class Bridge:
    """What a notice says.

    Attributes:
        old: the last known checkpoint of the log that ended.
        new: the name of the log that goes on, and what it begins with: entries of the old one that are left.
        at: milliseconds since 1970.
        reason: in words, on one line.
    """

    old: Checkpoint
    new: Checkpoint
    at: int
    reason: str

    def text(self) -> str:
        """The signed text, with its last newline."""
        return f"{_TITLE}\n{self.old.text()}{self.new.text()}{self.at}\n{self.reason}\n"

    def sign(self, key: Ed25519PrivateKey) -> str:
        """The notice: a C2SP signed note, signed in the names of both logs."""
        both = (sign_note(self.text(), name, key) for name in (self.old.origin, self.new.origin))
        first, second = (note[len(self.text()) + 1 :] for note in both)
        return f"{self.text()}\n{first}{second}"


def read_bridge(note: str) -> Bridge:
    """What a notice says, its signatures not looked at.

    Raises:
        CheckpointInvalid: it is none.
    """
    lines = split_note(note)[0].split("\n")
    if len(lines) != 10 or lines[0] != _TITLE or lines[9] or not _NUMBER.fullmatch(lines[7]):
        raise CheckpointInvalid("this is not the notice of a bridge")
    old, new = _checkpoint(lines[1:4]), _checkpoint(lines[4:7])
    if old.origin == new.origin:
        raise CheckpointInvalid("a bridge leads to another name")
    return Bridge(old, new, int(lines[7]), lines[8])


def digest(note: str) -> str:
    """What the entry of a bridge has for its outcome: the SHA-256 of the notice, in hexadecimal."""
    return sha256(note.encode()).hexdigest()


def next_origin(origin: str) -> str:
    """The name of the log after this one: `…/2`, then `…/3`."""
    numbered = re.fullmatch(r"(.+)/([2-9]|[1-9][0-9]+)", origin)
    return f"{numbered[1]}/{int(numbered[2]) + 1}" if numbered else f"{origin}/2"


def head(connection: Connection, origin: str) -> Checkpoint:
    """What is left of the log in a database, under a new name."""
    row = connection.execute(select(HEAD.c.size, HEAD.c.root)).one()
    return Checkpoint(origin, row.size, bytes(row.root))


def store(connection: Connection, bridge: Bridge, note: str) -> None:
    """Store a notice; to be called as the `write` of its entry.

    Raises:
        LogChanged: the log is not what the notice says that it begins with.
    """
    if head(connection, bridge.new.origin) != bridge.new:
        raise LogChanged("the log went on meanwhile")
    connection.execute(insert(BRIDGE).values(size=bridge.new.size, note=note))


def sign_first(engine: Engine, origin: str, key: Ed25519PrivateKey, kept: KeptNote) -> int | None:
    """Sign what is left, bridge included, under the new name, and keep that; what was kept before stays beside it. Blocks.

    Returns:
        The size that is signed; None where somebody else was signing: nothing was replaced then.

    Raises:
        OSError: a file cannot be written.
    """
    fresh = KeptNote(kept.path.with_name("bridged.checkpoint"))
    sign_head(engine, CheckpointSigner(origin, key), Guard(fresh))
    tree = fresh.read()
    if tree is None:
        return None
    for path in (kept.path, kept.contradicting):
        if path.exists():
            _set_aside(path)
    kept.contradicting.unlink(missing_ok=True)
    fresh.path.replace(kept.path)
    return tree.size


def _set_aside(path: Path) -> None:
    """A copy of a file, under a name that tells its content: it is what shows to others what was."""
    text = path.read_text("utf-8")
    write_whole(path.with_name(f"{path.name}.{sha256(text.encode()).hexdigest()[:16]}"), text)


def notices(connection: Connection) -> list[str]:
    """The notices of all bridges, oldest first."""
    return list(connection.scalars(select(BRIDGE.c.note).order_by(BRIDGE.c.size)))


def _checkpoint(lines: list[str]) -> Checkpoint:
    origin, size, root = lines[0], lines[1], read_base64(lines[2])
    if not is_key_name(origin) or not _NUMBER.fullmatch(size) or len(root) != HASH_SIZE:
        raise CheckpointInvalid("this is not the notice of a bridge")
    return Checkpoint(origin, int(size), root)
