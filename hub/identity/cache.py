"""A bounded memory of tokens that were verified: the second look at a token costs microseconds."""

import hashlib
from collections import OrderedDict
from threading import Lock
from typing import Generic, TypeVar

T = TypeVar("T")


class VerifiedTokens(Generic[T]):
    """What verified tokens said, by the SHA-256 of the token: the tokens themselves are not kept.

    An entry is given back until its token's expiry and never after; past `size` entries the one used longest ago goes.
    """

    def __init__(self, size: int) -> None:
        self._size = size
        self._entries: OrderedDict[bytes, tuple[float, T]] = OrderedDict()
        self._lock = Lock()

    def get(self, token: str, now: float) -> T | None:
        """What the token said, if it was verified before and is still good at `now` (seconds since 1970)."""
        slot = _slot(token)
        with self._lock:
            found = self._entries.get(slot)
            if found is None:
                return None
            if now >= found[0]:
                del self._entries[slot]
                return None
            self._entries.move_to_end(slot)
            return found[1]

    def put(self, token: str, expires: float, said: T) -> None:
        """Remember what a verified token said until it expires (seconds since 1970)."""
        with self._lock:
            self._entries[_slot(token)] = (expires, said)
            while len(self._entries) > self._size:
                self._entries.popitem(last=False)

    def clear(self) -> None:
        """Forget all: the keys that vouched for them changed."""
        with self._lock:
            self._entries.clear()

    def __len__(self) -> int:
        """How many tokens are remembered."""
        return len(self._entries)


def _slot(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()
