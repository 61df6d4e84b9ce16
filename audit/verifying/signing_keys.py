"""Which key has to have signed which checkpoint.

The first key is one that the verifier was given; each later one is named by an entry, and the first checkpoint that counts this entry is
signed with both. After that the key before signs no checkpoint any more: whoever gets hold of it then can sign nothing that is believed.

A log that was bridged begins again with any of the keys that were given: what named its keys may be among what was lost.
"""

from collections.abc import Iterable

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from audit.checkpoint import open_checkpoint
from audit.errors import CheckpointInvalid
from audit.rotation import key_in


class KeysInForce:
    """Follows the keys from checkpoint to checkpoint.

    Args:
        given: those that the verifier believes in; none: no signature is checked.
    """

    def __init__(self, given: Iterable[Ed25519PublicKey]) -> None:
        self._given, self._named = list(given), list[tuple[int, object]]()
        self._in_force: Ed25519PublicKey | None = None
        self._origin: str | None = None

    def name(self, index: int, outcome: object) -> None:
        """Take an entry that names a new key."""
        self._named.append((index, outcome))

    def check(self, note: str, origin: str, size: int) -> None:
        """Check who signed the next checkpoint.

        Raises:
            CheckpointInvalid: saying whose signature is missing or wrong.
        """
        if not self._given:
            return
        if self._origin not in {None, origin}:
            self._in_force, self._named = None, []
        self._origin = origin
        if self._in_force is None:
            self._in_force = self._first(note, origin)
        else:
            open_checkpoint(note, origin, self._in_force)
        while self._named and self._named[0][0] < size:
            index, outcome = self._named.pop(0)
            key = key_in(origin, outcome)
            try:
                open_checkpoint(note, origin, key)
            except CheckpointInvalid:
                raise CheckpointInvalid(f"the key that entry {index} names did not sign it") from None
            self._in_force = key

    def _first(self, note: str, origin: str) -> Ed25519PublicKey:
        error = CheckpointInvalid("no known key signed the note")
        for key in self._given:
            try:
                open_checkpoint(note, origin, key)
            except CheckpointInvalid as wrong:
                error = wrong
            else:
                return key
        raise error
