"""Replacing the key that signs the log's checkpoints.

A new key is named by an entry of kind `signingKeyChanged`, and the first checkpoint that counts this entry is signed with both keys: so the
key before vouches for the one after, to everyone who has only the first. From then on the new key signs alone. Which key is in force is
read from the last checkpoint, so that every replica, and one that was just started, comes to the same answer.
"""

import base64
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from hashlib import sha256

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from sqlalchemy import Connection, select

from audit.checkpoints.checkpoint import ED25519, KEY_ID, CheckpointSigner, key_id, read_base64, split_note
from audit.errors import CheckpointInvalid
from audit.store import ENTRY
from audit.tree.merkle import HASH_SIZE

SIGNING_KEY_CHANGED = "signingKeyChanged"
_ID = 16
_logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A key of the log. `private` is None where it was destroyed: it signs nothing more, and goes on vouching for what it signed."""

    public: Ed25519PublicKey
    private: Ed25519PrivateKey | None = field(default=None, repr=False)


class RotatingSigner:
    """Signs with the key in force, and lets the next one begin.

    Args:
        origin: the log's.
        keys: gives all keys there are, oldest first; asked again at each signing.
    """

    def __init__(self, origin: str, keys: Callable[[], Sequence[SigningKey]]) -> None:
        self.origin, self._keys, self._said = origin, keys, ""

    def at(self, connection: Connection, size: int, last: str | None) -> CheckpointSigner | None:
        """What signs the tree of `size` entries after the checkpoint `last`; None where the key in force is not at hand."""
        keys = self._keys()
        place = in_force(self.origin, keys, last)
        if place is None:
            self._say("its last checkpoint was signed with a key that is not here")
            return None
        needed = [keys[place]]
        if last is not None and place + 1 < len(keys):
            named = named_at(connection, keys[place + 1].public)
            if named is not None and named < size:
                needed.append(keys[place + 1])
        private = [key.private for key in needed if key.private is not None]
        if len(private) < len(needed):
            self._say("the key in force was destroyed")
            return None
        self._say("")
        return CheckpointSigner(self.origin, *private)

    def _say(self, why: str) -> None:
        """Log why nothing can be signed, once for as long as it is so."""
        if why and why != self._said:
            _logger.error("the log is not signed any more: %s", why)
        self._said = why


def in_force(origin: str, keys: Sequence[SigningKey], last: str | None) -> int | None:
    """Which of the keys, oldest first, is in force after the checkpoint `last`: the newest one that signed it.

    Before the first checkpoint it is the oldest that can sign. None where no key did or can.
    """
    if last is None:
        return next((place for place, key in enumerate(keys) if key.private is not None), None)
    try:
        signed = {signature[:KEY_ID] for name, signature in split_note(last)[1] if name == origin}
    except CheckpointInvalid:
        return None
    return next(
        (place for place in reversed(range(len(keys))) if key_id(origin, keys[place].public) in signed), None
    )


def change_id(key: Ed25519PublicKey) -> str:
    """The id of the entry that names a new key: the same whichever replica writes it, so that there is one."""
    return f"signing-key-{sha256(key.public_bytes_raw()).hexdigest()[:_ID]}"


def outcome_of(key: Ed25519PublicKey) -> str:
    """The outcome of that entry: the key, as the last part of its C2SP verifier key has it."""
    return base64.b64encode(ED25519 + key.public_bytes_raw()).decode()


def key_in(outcome: object) -> Ed25519PublicKey:
    """The key that such an outcome names.

    Raises:
        CheckpointInvalid: it names none.
    """
    data = read_base64(str(outcome))
    if data[:1] != ED25519 or len(data) != 1 + HASH_SIZE:
        raise CheckpointInvalid("this names no key of an Ed25519 signer")
    return Ed25519PublicKey.from_public_bytes(data[1:])


def named_at(connection: Connection, key: Ed25519PublicKey) -> int | None:
    """The index of the entry that names a key; None where there is none yet."""
    query = select(ENTRY.c.leaf_index).where(
        ENTRY.c.id == change_id(key),
        ENTRY.c.kind == SIGNING_KEY_CHANGED,
        ENTRY.c.outcome == outcome_of(key),
    )
    index: int | None = connection.scalar(query)
    return index
