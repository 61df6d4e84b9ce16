"""What large answers may take of the process's memory.

An answer within its bound can still be made to hurt: a few dozen at once, or one whose parts each take fifty times their bytes once
they are read. So those of one source share a measure, and those of all sources; each is weighed before it is read; and they are read
one after the other.
"""

from concurrent.futures import ThreadPoolExecutor
from typing import Final

__all__ = [
    "ALL",
    "HEAVIEST",
    "LARGE",
    "OF_ONE",
    "READER",
    "Measure",
    "Share",
    "weight_of_json",
    "weight_of_xml",
]

LARGE: Final = 256 << 10
"""Bytes from which an answer is large."""
OF_ONE: Final = 16 << 20
"""Bytes of one source's large answers that are held at once, received or waiting to be read; a single one may be larger, if so declared."""
OF_ALL: Final = 64 << 20
"""The same for all sources together."""
HEAVIEST: Final = 12
"""How many times the bytes that its declaration allows an answer may take when it is read."""
READER: Final = ThreadPoolExecutor(1, "large-answers")
"""Reads large answers, so that they do not hold up the loop; one by one, so that their memory does not add up."""


class Measure:
    """How much is held at once; and within what else that counts."""

    __slots__ = ("held", "most", "within")

    def __init__(self, most: int, within: "Measure | None" = None) -> None:
        """Hold nothing yet."""
        self.held, self.most, self.within = 0, most, within

    def add(self, size: int) -> None:
        """Hold more, or less."""
        self.held += size
        if self.within is not None:
            self.within.add(size)

    def has_room(self, size: int, own: int) -> bool:
        """Whether one who holds `own` may hold `size`: always, if nobody else holds anything."""
        others = self.held - own
        return not others or others + size <= self.most


ALL: Final = Measure(OF_ALL)


class Share:
    """A large answer's part of what is held at once. It is given back at the latest when nobody holds it any more."""

    __slots__ = ("_bytes", "_measure")

    def __init__(self, measure: Measure) -> None:
        """Take nothing yet."""
        self._measure, self._bytes = measure, 0

    def grow(self, size: int) -> Measure | None:
        """Take as much as `size` in all; or give the measure that has no room for it."""
        at: Measure | None = self._measure
        while at is not None:
            if not at.has_room(size, self._bytes):
                return at
            at = at.within
        self._measure.add(size - self._bytes)
        self._bytes = size
        return None

    def give_back(self) -> None:
        """Take nothing any more."""
        self._measure.add(-self._bytes)
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
