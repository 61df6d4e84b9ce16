"""The last checkpoint, kept outside the database, and what may not go on without it.

Whoever can write to the database can give it any past state, checkpoints and all. What is kept beside the hub's keys is out of their
reach: the log goes on only from there.
"""

import base64
import binascii
import logging
import os
import secrets
from pathlib import Path
from threading import Lock

from sqlalchemy import Connection, select

from audit.checkpoints.checkpoint import Checkpoint, read_checkpoint
from audit.errors import CheckpointInvalid, LogUnavailable, MerkleError
from audit.store import ENTRY, HEAD
from audit.tree.merkle import CompactRange, hash_leaf

_CHUNK = 10_000
_logger = logging.getLogger(__name__)


def note_in(text: str) -> str:
    """The signed note in a file that holds one alone, or as `KeptNote` writes it."""
    return text.rpartition("\n\n")[0] + "\n" if text.count("\n\n") > 1 else text


class KeptNote:
    """A file with the last checkpoint, a blank line, and in base 64 the compact range that has its root."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def read(self) -> CompactRange | None:
        """The tree that was signed; None if there is no such file.

        Raises:
            CheckpointInvalid: the file is not one that was written here.
            OSError: it cannot be read.
        """
        try:
            text = self.path.read_text("utf-8")
        except FileNotFoundError:
            return None
        except UnicodeDecodeError:
            raise CheckpointInvalid("this is no text") from None
        checkpoint = read_checkpoint(note_in(text))
        try:
            tree = CompactRange.from_bytes(
                checkpoint.size, base64.b64decode(text.rpartition("\n\n")[2], validate=False)
            )
        except (MerkleError, binascii.Error, ValueError):
            raise CheckpointInvalid("the compact range of the kept checkpoint is missing") from None
        if tree.root() != checkpoint.root:
            raise CheckpointInvalid("the compact range is not that of the kept checkpoint")
        return tree

    def write(self, note: str, tree: CompactRange) -> None:
        """Replace the file, whole.

        Raises:
            OSError: it cannot be written.
        """
        write_whole(self.path, f"{note}\n{base64.b64encode(tree.to_bytes()).decode()}\n")

    @property
    def contradicting(self) -> Path:
        """The file of `contradiction`, beside this one."""
        return self.path.with_suffix(".contradiction")

    def contradiction(self) -> str | None:
        """A checkpoint that this log signed, a witness holds, and the database did not go on from; None if there is none.

        Raises:
            OSError: it cannot be read.
        """
        try:
            return self.contradicting.read_text("utf-8")
        except FileNotFoundError:
            return None

    def contradict(self, note: str) -> None:
        """Keep such a checkpoint: nothing is appended until the log goes on from it again, or was bridged.

        Raises:
            OSError: it cannot be written.
        """
        write_whole(self.contradicting, note)

    def settle(self) -> None:
        """The log goes on from it again."""
        self.contradicting.unlink(missing_ok=True)


def write_whole(path: Path, text: str) -> None:
    """Replace a file, whole and durably, readable for its owner alone.

    Raises:
        OSError: it cannot be written.
    """
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def holds(connection: Connection, checkpoint: Checkpoint) -> bool:
    """Whether the log in a database goes on from a checkpoint. Every leaf that it counts is read, some at a time: tiles can be altered."""
    size = connection.scalar(select(HEAD.c.size)) or 0
    if size < checkpoint.size:
        return False
    tree = CompactRange()
    _append_leaves(connection, tree, checkpoint.size)
    return tree.size == checkpoint.size and tree.root() == checkpoint.root


def _append_leaves(connection: Connection, tree: CompactRange, size: int) -> None:
    query = select(ENTRY.c.leaf).where(ENTRY.c.leaf_index >= tree.size, ENTRY.c.leaf_index < size)
    rows = connection.execute(query.order_by(ENTRY.c.leaf_index).execution_options(yield_per=_CHUNK))
    for (leaf,) in rows:
        tree.append(hash_leaf(bytes(leaf)))


class Guard:
    """Refuses what does not go on from the last tree that was signed: to append, and to sign.

    The writer's thread asks `check`; all else is for one signer at a time, who holds `signing`.

    Args:
        kept: outlives the process; None: only what this process signed is known.
    """

    def __init__(self, kept: KeptNote | None = None) -> None:
        self._kept, self._said = kept, ""
        self._tree, self._last = CompactRange(), (0, CompactRange().root())
        self._refusal = self._contradicted = ""
        self.signing = Lock()

    @property
    def size(self) -> int:
        """How many entries were signed."""
        return self._tree.size

    @property
    def refuses(self) -> bool:
        """Whether nothing is appended, as far as the last look at the whole tree tells."""
        return bool(self._contradicted or self._refusal)

    def check(self, tree: CompactRange) -> None:
        """Whether an append may go on from this tree; it is read under the log's lock.

        Raises:
            LogUnavailable: it is not the tree that was signed, or not a later one.
        """
        size, root = self._last
        refusal = self._contradicted or self._refusal
        if refusal or tree.size < size or (tree.size == size and tree.root() != root):
            raise LogUnavailable(refusal or self._not_from(tree.size))

    def begin(self, connection: Connection) -> None:
        """Compare the log with what was kept, before anything is appended.

        Raises:
            LogUnavailable: the log does not go on from it.
        """
        try:
            self._adopt()
            self._settle(connection)
        except (CheckpointInvalid, OSError) as error:
            raise LogUnavailable(
                f"{self._path()}: the last checkpoint cannot be read ({type(error).__name__})"
            ) from None
        if self._contradicted:
            raise LogUnavailable(self._contradicted)
        head = connection.execute(select(HEAD.c.size, HEAD.c.root)).one()
        if self.size and self.extended(connection, head.size, bytes(head.root)) is None:
            raise LogUnavailable(self._refusal)

    def extended(self, connection: Connection, size: int, root: bytes) -> CompactRange | None:
        """The tree of that size and root, if it goes on from the last one that was signed; else nothing more is appended."""
        if self._contradicted:
            self._say(self._contradicted)
            return None
        tree = CompactRange.from_bytes(self._tree.size, self._tree.to_bytes())
        if size >= tree.size:
            _append_leaves(connection, tree, size)
        if tree.size == size and tree.root() == root:
            self._refusal = ""
            return tree
        self._refusal = self._not_from(size)
        self._say(self._refusal)
        return None

    def refresh(self) -> None:
        """Take over what another replica signed since."""
        try:
            self._adopt()
        except (CheckpointInvalid, OSError) as error:
            self._say(f"{self._path()} cannot be read: {type(error).__name__}")

    def signed(self, note: str, tree: CompactRange) -> None:
        """Keep a checkpoint that is committed."""
        self._remember(tree)
        if self._kept is None:
            return
        try:
            self._kept.write(note, tree)
        except OSError as error:
            self._say(
                f"{self._path()} cannot be written ({type(error).__name__}): a restart will not know what was signed"
            )
        else:
            self._said = ""

    def _adopt(self) -> None:
        if self._kept is None:
            return
        tree = self._kept.read()
        if tree is not None and tree.size > self._tree.size:
            self._remember(tree)
        if not self._contradicted:
            note = self._kept.contradiction()
            self._contradicted = self._contradicted_by(read_checkpoint(note).size) if note is not None else ""

    def _settle(self, connection: Connection) -> None:
        """What a witness holds against the log is forgotten once the log goes on from it again, as after the right backup."""
        note = self._kept.contradiction() if self._kept is not None else None
        if self._kept is not None and note is not None and holds(connection, read_checkpoint(note)):
            self._kept.settle()
            self._contradicted = ""

    def _contradicted_by(self, size: int) -> str:
        file = self._kept.contradicting if self._kept is not None else ""
        return (
            f"a witness holds a checkpoint of {size} entries that this log signed and does not go on from ({file}): "
            "restore the log, or say in the open that entries are lost (`onlyonce log bridge`)"
        )

    def _remember(self, tree: CompactRange) -> None:
        self._tree, self._last = tree, (tree.size, tree.root())

    def _not_from(self, size: int) -> str:
        return (
            f"the log, of {size} entries, does not go on from the {self.size} that were signed ({self._path()}): "
            "restore it, or say in the open that entries are lost (`onlyonce log bridge`)"
        )

    def _path(self) -> str:
        return str(self._kept.path) if self._kept is not None else "in this process"

    def _say(self, what: str) -> None:
        """Log it, once for as long as it is so."""
        if what != self._said:
            self._said = what
            _logger.error(what)
