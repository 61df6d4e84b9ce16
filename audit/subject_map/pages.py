"""Pages of the map: four levels each, from a node at a level 4·n to its sixteen descendants four levels on.

A subject that is alone below a descendant stands in the page itself, however far it is to level 256: so that the map takes some three rows a
subject, and a subject's way through it leads over one page for each sixteenfold of their number.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TypeAlias

from audit.errors import MerkleError
from audit.subject_map.hashing import EMPTY, climb
from audit.tree.merkle import HASH_SIZE, hash_children

WIDTH = 4
CHILDREN = 1 << WIDTH
_NOBODY, _ONE, _MANY = 0, 1, 2


@dataclass(frozen=True, slots=True)
class One:
    """A descendant with one subject below it."""

    hash: bytes
    key: str
    leaf: bytes


@dataclass(frozen=True, slots=True)
class Many:
    """A descendant with several subjects below it: a page of its own."""

    hash: bytes


Child: TypeAlias = One | Many | None
Page: TypeAlias = Sequence[Child]
Change: TypeAlias = tuple[str, bytes]
"""A subject's key, and its new hash at level 256."""

NOBODY: Page = (None,) * CHILDREN


def encode(page: Page) -> bytes:
    """The page as it is stored."""
    parts = []
    for child in page:
        if child is None:
            parts.append(b"\x00")
        elif isinstance(child, One):
            parts += (b"\x01", child.hash, bytes.fromhex(child.key), child.leaf)
        else:
            parts += (b"\x02", child.hash)
    return b"".join(parts)


def decode(body: bytes) -> Page:
    """The page that was stored.

    Raises:
        MerkleError: these bytes are none.
    """
    page: list[Child] = []
    at = 0
    while at < len(body):
        kind, at = body[at], at + 1
        size = {_NOBODY: 0, _ONE: 3, _MANY: 1}.get(kind)
        if size is None or len(body) < at + size * HASH_SIZE:
            break
        first, key, leaf = (body[at + HASH_SIZE * n : at + HASH_SIZE * (n + 1)] for n in range(3))
        page.append(None if kind == _NOBODY else One(first, key.hex(), leaf) if kind == _ONE else Many(first))
        at += size * HASH_SIZE
    if len(page) != CHILDREN or at != len(body):
        raise MerkleError("these are not the bytes of a page of the map")
    return page


def levels(page: Page, level: int) -> list[list[bytes]]:
    """The hashes of a page whose node is at that level: of that node, of its children, and so on down to the sixteen."""
    lowest = [EMPTY[level + WIDTH] if child is None else child.hash for child in page]
    found = [lowest]
    for above in range(level + WIDTH - 1, level - 1, -1):
        below = found[-1]
        empty = EMPTY[above + 1]
        found.append(
            [
                EMPTY[above]
                if below[n] == empty and below[n + 1] == empty
                else hash_children(below[n], below[n + 1])
                for n in range(0, len(below), 2)
            ]
        )
    return found[::-1]


def root(page: Page, level: int) -> bytes:
    """The hash of the page's node."""
    return levels(page, level)[0][0]


def ways(keys: Sequence[str], pages: Mapping[str, Page], length: int) -> set[str]:
    """The paths of `length` hexadecimal digits whose pages lie on the way to these keys; those one digit shorter are among `pages`."""
    found = set()
    for key in keys:
        above = pages.get(key[: length - 1])
        if above is not None and isinstance(above[int(key[length - 1], 16)], Many):
            found.add(key[:length])
    return found


class Revision:
    """Changes subjects in the map.

    Args:
        pages: every page on the way to the subjects that change, by its path: the first digits of the keys below it.
    """

    def __init__(self, pages: Mapping[str, Page]) -> None:
        self._pages = pages
        self.written: dict[str, Page] = {}

    def apply(self, changes: Sequence[Change]) -> bytes:
        """Change subjects, or add them; the new root. What has to be stored is in `written`."""
        return self._page("", sorted(changes))

    def _page(self, path: str, changes: Sequence[Change]) -> bytes:
        page = list(self._pages.get(path, NOBODY))
        for digit, group in groupby(changes, key=lambda change: change[0][len(path)]):
            place = int(digit, 16)
            page[place] = self._child(path + digit, page[place], list(group))
        self.written[path] = page
        return root(page, WIDTH * len(path))

    def _child(self, path: str, child: Child, changes: list[Change]) -> Child:
        if isinstance(child, One) and all(key != child.key for key, _ in changes):
            changes = sorted([*changes, (child.key, child.leaf)])
        if len(changes) == 1 and not isinstance(child, Many):
            ((key, leaf),) = changes
            return One(climb(key, leaf, WIDTH * len(path)), key, leaf)
        return Many(self._page(path, changes))
