"""Replacing the key that signs the log's checkpoints.

A new key is named by an entry of kind `signingKeyChanged`, and the first checkpoint that counts this entry is signed with both keys: so the
key before vouches for the one after, to everyone who has only the first. From then on the new key signs alone. Which key is in force is
read from the last checkpoint, so that every replica, and one that was just started, comes to the same answer.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from sqlalchemy import Connection, select

from audit.checkpoint import CheckpointSigner, key_id, read_verifier_key, split_note, verifier_key
from audit.errors import CheckpointInvalid
from audit.store import ENTRY

SIGNING_KEY_CHANGED = "signingKeyChanged"
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
            named = named_at(connection, self.origin, keys[place + 1].public)
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
        signed = {signature[:4] for name, signature in split_note(last)[1] if name == origin}
    except CheckpointInvalid:
        return None
    return next(
        (place for place in reversed(range(len(keys))) if key_id(origin, keys[place].public) in signed), None
    )


def change_id(origin: str, key: Ed25519PublicKey) -> str:
    """The id of the entry that names a new key: the same whichever replica writes it, so that there is one."""
    return f"signing-key-{key_id(origin, key).hex()}"


def outcome_of(origin: str, key: Ed25519PublicKey) -> str:
    """The outcome of that entry: the key's C2SP verifier key, without the name, which is the log's origin."""
    return verifier_key(origin, key).removeprefix(f"{origin}+")


def key_in(origin: str, outcome: object) -> Ed25519PublicKey:
    """The key that such an outcome names.

    Raises:
        CheckpointInvalid: it names none.
    """
    return read_verifier_key(f"{origin}+{outcome}")[1]


def named_at(connection: Connection, origin: str, key: Ed25519PublicKey) -> int | None:
    """The index of the entry that names a key; None where there is none yet."""
    query = select(ENTRY.c.leaf_index).where(
        ENTRY.c.id == change_id(origin, key),
        ENTRY.c.kind == SIGNING_KEY_CHANGED,
        ENTRY.c.outcome == outcome_of(origin, key),
    )
    index: int | None = connection.scalar(query)
    return index
