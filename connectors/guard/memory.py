"""What the answers of all sources together may take of the process's memory.

An answer within its bound can still be made to hurt: a few dozen at once, or one whose parts each take fifty times their bytes once
they are read. So large answers share one measure, are weighed before they are read, and are read one after the other.
"""

from concurrent.futures import ThreadPoolExecutor
from typing import ClassVar, Final

__all__ = ["HEAVIEST", "LARGE", "READER", "Share", "weight_of_json", "weight_of_xml"]

LARGE: Final = 256 << 10
"""Bytes from which an answer is large."""
MOST: Final = 32 << 20
"""Bytes of large answers that are held at once, received or waiting to be read; a single one may be larger, if so declared."""
HEAVIEST: Final = 12
"""How many times the bytes that its declaration allows an answer may take when it is read."""
READER: Final = ThreadPoolExecutor(1, "large-answers")
"""Reads large answers, so that they do not hold up the loop; one by one, so that their memory does not add up."""


class Share:
    """A large answer's part of what is held at once. It is given back at the latest when nobody holds it any more."""

    __slots__ = ("_bytes",)
    held: ClassVar[int] = 0

    def __init__(self) -> None:
        """Take nothing yet."""
        self._bytes = 0

    def grow(self, size: int) -> bool:
        """Take as much as `size` in all, if there is so much."""
        more = size - self._bytes
        others = Share.held - self._bytes
        if others and others + size > MOST:
            return False
        Share.held += more
        self._bytes = size
        return True

    def give_back(self) -> None:
        """Take nothing any more."""
        Share.held -= self._bytes
        self._bytes = 0

    __del__ = give_back


def weight_of_xml(body: bytes) -> int:
    """What a document takes at most as a tree of libxml2: a node for each tag, and a node with its text for each attribute."""
    return len(body) + 123 * body.count(b"<") + 240 * body.count(b"=")


def weight_of_json(body: bytes) -> int:
    """What a document takes about as Python's objects."""
    return (
        len(body) + 72 * (body.count(b"[") + body.count(b"{")) + 60 * body.count(b",") + 60 * body.count(b":")
    )
