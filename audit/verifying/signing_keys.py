"""Which key has to have signed which checkpoint.

The first key is one that the verifier was given; each later one is named by an entry, and the first checkpoint that counts this entry is
signed with both. After that the key before signs no checkpoint any more: whoever gets hold of it then can sign nothing that is believed.

A log that was bridged begins again with any of the keys that were given: what named its keys may be among what was lost.
"""

from collections.abc import Iterable, Sequence

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from audit.checkpoints.checkpoint import open_checkpoint
from audit.checkpoints.rotation import key_in
from audit.errors import CheckpointInvalid


class KeysInForce:
    """Follows the keys from checkpoint to checkpoint.

    Args:
        given: those that the verifier believes in, oldest first; none: no signature is checked.
    """

    def __init__(self, given: Iterable[Ed25519PublicKey]) -> None:
        self._given, self._named = list(given), list[tuple[int, object]]()
        self._in_force: Ed25519PublicKey | None = None
        self._origin = ""

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
        bridged = self._in_force is not None and origin != self._origin
        self._in_force = _signer(note, origin, self._candidates(bridged=bridged))
        self._origin = origin
        while self._named and self._named[0][0] < size:
            index, outcome = self._named[0]
            key = key_in(outcome)
            if not _signed(note, origin, key):
                if bridged:  # with the key before, as a bridge begins: the next checkpoint has both
                    return
                raise CheckpointInvalid(f"the key that entry {index} names did not sign it")
            del self._named[0]
            self._in_force = key

    def _candidates(self, *, bridged: bool) -> list[Ed25519PublicKey]:
        """Which keys the next checkpoint may be signed with: the one in force; behind a bridge, where entries are lost, also a later one."""
        if self._in_force is None:
            return self._given
        later = (
            self._given.index(self._in_force) + 1
            if bridged and self._in_force in self._given
            else len(self._given)
        )
        return [self._in_force, *self._given[later:]]


def _signer(note: str, origin: str, keys: Sequence[Ed25519PublicKey]) -> Ed25519PublicKey:
    error = CheckpointInvalid("no known key signed the note")
    for key in keys:
        try:
            open_checkpoint(note, origin, key)
        except CheckpointInvalid as wrong:
            error = wrong
        else:
            return key
    raise error


def _signed(note: str, origin: str, key: Ed25519PublicKey) -> bool:
    try:
        open_checkpoint(note, origin, key)
    except CheckpointInvalid:
        return False
    return True
