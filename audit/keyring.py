"""The keys that wrap the log's data keys. They live outside the database, behind this protocol."""

import secrets
from collections.abc import Callable
from typing import Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

NONCE = 12


class KeyRing(Protocol):
    """Wraps data keys under the key of the current epoch: a folder, a PKCS#11 token, a key service."""

    @property
    def current(self) -> str:
        """The epoch that new keys are wrapped in."""

    def wrap(self, key: bytes, ad: bytes) -> bytes:
        """Wrap a key under the current epoch, bound to `ad`."""

    def unwrap(self, epoch: str, wrapped: bytes, ad: bytes) -> bytes:
        """Give the key back.

        Raises:
            KeyError: there is no such epoch (any more), or the wrapped key or `ad` is not what was wrapped.
        """


class MemoryKeyRing:
    """A key ring that is gone with its process."""

    def __init__(self, epoch: str = "1", random: Callable[[int], bytes] = secrets.token_bytes) -> None:
        self._keys = {epoch: AESGCM(random(32))}
        self._random, self._current = random, epoch

    @property
    def current(self) -> str:
        """The epoch that new keys are wrapped in."""
        return self._current

    def rotate(self, epoch: str) -> None:
        """Begin a new epoch; keys of the earlier ones can still be unwrapped."""
        self._keys[epoch] = AESGCM(self._random(32))
        self._current = epoch

    def wrap(self, key: bytes, ad: bytes) -> bytes:
        """See `KeyRing`."""
        nonce = self._random(NONCE)
        return nonce + self._keys[self._current].encrypt(nonce, key, ad)

    def unwrap(self, epoch: str, wrapped: bytes, ad: bytes) -> bytes:
        """See `KeyRing`."""
        try:
            return self._keys[epoch].decrypt(wrapped[:NONCE], wrapped[NONCE:], ad)
        except (InvalidTag, ValueError):
            raise KeyError(epoch) from None
