"""The whole map from its leaves, in one pass over them, holding no more than the pages on the way to one subject."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from audit.subject_map.hashing import climb, leaf_hash
from audit.subject_map.pages import CHILDREN, WIDTH, Child, Many, One, Page, root
from audit.subject_map.tables import Leaf


class Made(NamedTuple):
    """A page, and the number of the state that changed it last."""

    path: str
    page: Page
    number: int


class _Open:
    """The pages on the way to the subject at hand."""

    def __init__(self) -> None:
        self._pages: list[list[Child]] = []
        self._numbers: list[int] = []

    def put(self, leaf: Leaf, length: int) -> None:
        """Put a subject into the page whose path is so many digits of its key."""
        while len(self._pages) <= length:
            self._pages.append([None] * CHILDREN)
            self._numbers.append(0)
        hashed = leaf_hash(leaf.key, leaf.content())
        alone = climb(leaf.key, hashed, WIDTH * (length + 1))
        self._pages[length][int(leaf.key[length], 16)] = One(alone, leaf.key, hashed)
        self._numbers[length] = max(self._numbers[length], leaf.number)

    def close(self, key: str, length: int) -> Iterator[Made]:
        """Close the pages on the way to a key whose paths have `length` digits or more, the longest first."""
        while len(self._pages) > length:
            page, number = self._pages.pop(), self._numbers.pop()
            at = len(self._pages)
            if at:
                self._pages[-1][int(key[at - 1], 16)] = Many(root(page, WIDTH * at))
                self._numbers[-1] = max(self._numbers[-1], number)
            yield Made(key[:at], page, number)


def pages_of(leaves: Iterable[Leaf]) -> Iterator[Made]:
    """Every page of the map with these leaves; each after those below it, so that the root's comes last.

    Args:
        leaves: in the order of their keys, each of which is there once.
    """
    opened = _Open()
    shared, last = 0, None
    for leaf in leaves:
        if last is not None:
            before, shared = shared, _shared(last.key, leaf.key)
            opened.put(last, max(before, shared))
            yield from opened.close(last.key, shared + 1)
        last = leaf
    if last is not None:
        opened.put(last, shared)
        yield from opened.close(last.key, 0)


def _shared(one: str, other: str) -> int:
    """How many first digits two keys share."""
    return next((place for place, (a, b) in enumerate(zip(one, other, strict=True)) if a != b), len(one))
