"""A witness of logs: C2SP `tlog-witness`, its requests and its decisions.

For each log that it follows a witness remembers the largest tree that it cosigned, and cosigns only what goes on from there. So no log can
show it two histories, and who pins the witness's key is shown none that the witness did not see.
"""

import base64
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Protocol

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from audit.checkpoints.checkpoint import (
    KEY_ID,
    Checkpoint,
    key_id,
    open_checkpoint,
    parse_checkpoint,
    read_base64,
    read_checkpoint,
    split_note,
)
from audit.errors import CheckpointInvalid
from audit.tree.merkle import EMPTY_ROOT, HASH_SIZE, verify_consistency
from audit.witnesses.cosignature import Cosignature, WitnessKey, cosign

MOST_PROOF_LINES = 63
TEXT = "text/plain; charset=utf-8"
SIZE = "text/x.tlog.size"
"""The media type of an answer that holds the size of the tree that was cosigned last."""

Logs = Mapping[str, Sequence[Ed25519PublicKey]]
"""The keys that may sign for a log, by its origin."""
_OLD = re.compile(r"old (0|[1-9][0-9]{0,18})")


@dataclass(frozen=True, slots=True)
class Submission:
    """A checkpoint for a witness, with the proof that it goes on from what the witness cosigned last."""

    old_size: int
    proof: Sequence[bytes]
    note: str

    def to_bytes(self) -> bytes:
        """The body of the request."""
        lines = [f"old {self.old_size}", *(base64.b64encode(one).decode() for one in self.proof)]
        return ("\n".join(lines) + "\n\n" + self.note).encode()

    @classmethod
    def from_bytes(cls, body: bytes) -> "Submission":
        """Read the body of a request.

        Raises:
            CheckpointInvalid: it is malformed.
        """
        try:
            head, separator, note = body.decode().partition("\n\n")
        except UnicodeDecodeError:
            raise CheckpointInvalid("this is not UTF-8") from None
        first, *lines = head.split("\n")
        old = _OLD.fullmatch(first)
        if not separator or old is None or len(lines) > MOST_PROOF_LINES:
            raise CheckpointInvalid("the request begins with the old size, a proof and an empty line")
        proof = [read_base64(line) for line in lines]
        if any(len(one) != HASH_SIZE for one in proof):
            raise CheckpointInvalid("a hash is 32 bytes long")
        return cls(int(old[1]), proof, note)


@dataclass(frozen=True, slots=True)
class Reply:
    """What a witness answers."""

    status: int
    body: str
    content_type: str = TEXT


class Memory(Protocol):
    """What a witness remembers. Durable: a witness that forgets may cosign a second history."""

    def latest(self, origin: str) -> str | None:
        """The last checkpoint of this log that was cosigned, with its signatures."""

    def latest_by_hash(self, origin_hash: str) -> str | None:
        """The same, by the SHA-256 of the origin in lower-case hexadecimal."""

    def advance(self, checkpoint: Checkpoint, note: str, *, old_size: int) -> bool:
        """Remember a checkpoint, if the last one's size is still `old_size` (0: there is none); durable on return."""


class Witness:
    """Decides on checkpoints.

    Args:
        name: of the witness, as it stands in its cosignatures.
        key: that it cosigns with; of this witness alone, since `cosignature/v1` does not cover the name.
        logs: the logs that it follows, asked at each request.
        memory: what it cosigned.
        clock: aware.
    """

    def __init__(
        self,
        name: str,
        key: Ed25519PrivateKey,
        *,
        logs: Callable[[], Logs],
        memory: Memory,
        clock: Callable[[], datetime],
    ) -> None:
        self.key = WitnessKey(name, key.public_key())
        self._private, self._logs, self._memory, self._clock = key, logs, memory, clock

    def add_checkpoint(self, body: bytes) -> Reply:
        """Answer a submission, in the order of the specification's checks. Blocks: what is cosigned is remembered first."""
        try:
            given = Submission.from_bytes(body)
            text, _ = split_note(given.note)
            checkpoint = parse_checkpoint(text)
        except CheckpointInvalid as error:
            return Reply(400, f"{error}\n")
        keys = self._logs().get(checkpoint.origin)
        if not keys:
            return Reply(404, "this log is not followed here\n")
        keys = [key for key in keys if _signed(given.note, checkpoint.origin, key)]
        if not keys:
            return Reply(403, "no key of this log signed the checkpoint\n")
        if given.old_size > checkpoint.size:
            return Reply(400, "the old size is larger than the checkpoint's\n")
        return self._decide(given, checkpoint, text, keys)

    def latest(self, origin_hash: str) -> Reply:
        """The last checkpoint of a log that was cosigned, by the SHA-256 of its origin: for whoever monitors the log."""
        note = self._memory.latest_by_hash(origin_hash)
        return Reply(200, note) if note is not None else Reply(404, "nothing was cosigned of such a log\n")

    def _decide(
        self, given: Submission, checkpoint: Checkpoint, text: str, keys: Sequence[Ed25519PublicKey]
    ) -> Reply:
        stored = self._memory.latest(checkpoint.origin)
        known = (
            read_checkpoint(stored) if stored is not None else Checkpoint(checkpoint.origin, 0, EMPTY_ROOT)
        )
        if given.old_size != known.size:
            return Reply(409, f"{known.size}\n", SIZE)
        if checkpoint.size == known.size and checkpoint.root != known.root:
            return Reply(409, "another root was cosigned at this size\n")
        if not _goes_on(known, checkpoint, given.proof):
            return Reply(422, "the proof does not show that this goes on from what was cosigned\n")
        made = cosign(text, self.key.name, self._private, int(self._clock().timestamp()))
        note = _with(given, checkpoint.origin, keys, made)
        if not self._memory.advance(checkpoint, note, old_size=known.size):
            return Reply(409, f"{self._size(checkpoint.origin)}\n", SIZE)
        return Reply(200, made.line())

    def _size(self, origin: str) -> int:
        stored = self._memory.latest(origin)
        return read_checkpoint(stored).size if stored is not None else 0


def origin_hash(origin: str) -> str:
    """By what a witness finds a log again: the SHA-256 of its origin, in lower-case hexadecimal."""
    return sha256(origin.encode()).hexdigest()


def _signed(note: str, origin: str, key: Ed25519PublicKey) -> bool:
    try:
        open_checkpoint(note, origin, key)
    except CheckpointInvalid:
        return False
    return True


def _goes_on(known: Checkpoint, new: Checkpoint, proof: Sequence[bytes]) -> bool:
    if known.size > 0 or new.size == 0:
        return verify_consistency(known.size, new.size, known.root, new.root, proof)
    return not proof  # everything goes on from nothing


def _with(given: Submission, origin: str, keys: Sequence[Ed25519PublicKey], made: Cosignature) -> str:
    """The checkpoint as it is remembered: with the log's own signatures, and the cosignature."""
    text, signatures = split_note(given.note)
    ids = {key_id(origin, key) for key in keys}
    own = (
        f"— {name} {base64.b64encode(signature).decode()}\n"
        for name, signature in signatures
        if name == origin and signature[:KEY_ID] in ids
    )
    return f"{text}\n{''.join(own)}{made.line()}"
