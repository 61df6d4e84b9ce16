"""The keys that wrap the log's data keys. They live outside the database, behind this protocol."""

import secrets
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import NamedTuple, Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

NONCE = 12
EPOCH_KEY = 32
"""Bytes of an epoch's key."""


class Wrapped(NamedTuple):
    """A wrapped key, and the epoch whose key wraps it."""

    epoch: str
    key: bytes


class KeyRing(Protocol):
    """Wraps data keys under the key of the current epoch: a folder, a PKCS#11 token, a key service."""

    @property
    def current(self) -> str:
        """The epoch that new keys are wrapped in."""

    def wrap(self, key: bytes, ad: bytes) -> Wrapped:
        """Wrap a key under the current epoch, bound to `ad`.

        The writer asks under the log's lock. From the moment in which a call of `EpochRing.begin` has returned, on whichever replica, no
        ring may wrap under an earlier epoch: the epoch's key is going to be destroyed.
        """

    def unwrap(self, epoch: str, wrapped: bytes, ad: bytes) -> bytes:
        """Give the key back.

        Raises:
            KeyError: there is no such epoch (any more), or the wrapped key or `ad` is not what was wrapped.
        """


class EpochRing(KeyRing, Protocol):
    """A key ring whose epochs can be changed."""

    def epochs(self) -> Mapping[str, datetime]:
        """The epochs whose key is there, oldest first, and when each began (aware, UTC). The last is the current one.

        What another replica began or destroyed is known from then on; keys that are gone are forgotten in memory too.
        """

    def begin(self) -> str:
        """Begin a new epoch, durably, and give its name. Keys of the earlier ones can still be unwrapped.

        Of two replicas that begin at once both may get the same one.
        """

    def destroy(self, epoch: str) -> None:
        """Destroy the key of an earlier epoch; destroying it again does nothing.

        Raises:
            ValueError: it is the current one.
        """


class EpochKeys:
    """The keys of some epochs, in memory: AES-256-GCM with a random nonce for each key that is wrapped.

    An epoch wraps each data key once when it is made or re-wrapped. Random nonces of 96 bits are safe for 2³² of them (NIST SP 800-38D,
    section 8.3), and replicas share nothing that could count.

    Args:
        keys: epoch → its key, oldest first; the last is the current one.
        random: gives that many random bytes.
    """

    def __init__(
        self, keys: Mapping[str, bytes], random: Callable[[int], bytes] = secrets.token_bytes
    ) -> None:
        self._random = random
        self._hold(keys)

    def _hold(self, keys: Mapping[str, bytes]) -> None:
        """Work with these keys from now on, and forget all others."""
        self._ciphers = {epoch: AESGCM(key) for epoch, key in keys.items()}

    @property
    def current(self) -> str:
        """See `KeyRing`."""
        return next(reversed(self._ciphers))

    def wrap(self, key: bytes, ad: bytes) -> Wrapped:
        """See `KeyRing`."""
        nonce, epoch = self._random(NONCE), self.current
        return Wrapped(epoch, nonce + self._ciphers[epoch].encrypt(nonce, key, ad))

    def unwrap(self, epoch: str, wrapped: bytes, ad: bytes) -> bytes:
        """See `KeyRing`."""
        try:
            return self._ciphers[epoch].decrypt(wrapped[:NONCE], wrapped[NONCE:], ad)
        except (InvalidTag, ValueError):
            raise KeyError(epoch) from None


class MemoryKeyRing(EpochKeys):
    """A key ring that is gone with its process."""

    def __init__(
        self,
        epoch: str = "1",
        random: Callable[[int], bytes] = secrets.token_bytes,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        super().__init__({epoch: random(EPOCH_KEY)}, random)
        self._clock, self._began = clock, {epoch: clock()}

    def rotate(self, epoch: str) -> None:
        """Begin a new epoch of this name."""
        self._ciphers = {**self._ciphers, epoch: AESGCM(self._random(EPOCH_KEY))}
        self._began[epoch] = self._clock()

    def epochs(self) -> Mapping[str, datetime]:
        """See `EpochRing`."""
        return {epoch: self._began[epoch] for epoch in self._ciphers}

    def begin(self) -> str:
        """See `EpochRing`."""
        self.rotate(str(len(self._began) + 1))
        return self.current

    def destroy(self, epoch: str) -> None:
        """See `EpochRing`."""
        if epoch == self.current:
            raise ValueError("the current epoch is in use")
        self._ciphers = {name: cipher for name, cipher in self._ciphers.items() if name != epoch}
