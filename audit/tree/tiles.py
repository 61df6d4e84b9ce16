"""Tiles of the tree, as C2SP tlog-tiles has them: their numbers, their names, and what follows from their hashes.

A tile of level `L` and index `N` holds, one after the other, the roots of the complete subtrees of `256**L` leaves from leaf
`N * 256 * 256**L` on: 256 of them where it is full, fewer at the tree's right edge. An entry bundle holds the leaves themselves.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from audit.tree.merkle import HASH_SIZE, hash_children

HEIGHT = 8
WIDTH = 1 << HEIGHT
FULL = WIDTH * HASH_SIZE
ENTRIES = "entries"
Levels: TypeAlias = Sequence[Sequence[bytes]]
TOP = 7
"""The highest level that a tree of less than 2**63 leaves can fill."""

_PATH = re.compile(
    r"(?P<level>[0-9]|[1-5][0-9]|6[0-3]|entries)/(?P<upper>(?:x[0-9]{3}/){0,5})(?P<last>[0-9]{3})(?:\.p/(?P<width>[1-9][0-9]{0,2}))?"
)


@dataclass(frozen=True, slots=True)
class TileName:
    """Which tile. `level` is None for an entry bundle; `width` is 256 where it is full."""

    level: int | None
    index: int
    width: int = WIDTH

    def path(self) -> str:
        """Its path below `tile/`: `0/x001/x234/067.p/8`, `entries/000`."""
        thousands, last = divmod(self.index, 1000)
        elements = [f"{last:03}"]
        while thousands:
            thousands, part = divmod(thousands, 1000)
            elements.insert(0, f"x{part:03}")
        suffix = "" if self.width == WIDTH else f".p/{self.width}"
        return f"{ENTRIES if self.level is None else self.level}/{'/'.join(elements)}{suffix}"

    def is_within(self, size: int) -> bool:
        """Whether the tree of so many leaves has it, this wide."""
        return self.width <= width_at(self.level or 0, self.index, size)


def read_path(path: str) -> TileName | None:
    """The tile that a path below `tile/` names; None if it is not exactly such a path."""
    match = _PATH.fullmatch(path)
    if match is None:
        return None
    index = int(match["upper"].replace("x", "").replace("/", "") + match["last"])
    level = None if match["level"] == ENTRIES else int(match["level"])
    name = TileName(level, index, int(match["width"] or WIDTH))
    return name if name.path() == path else None


def count_at(level: int, size: int) -> int:
    """How many full tiles of a level the tree of `size` leaves has."""
    return size >> HEIGHT * (level + 1)


def width_at(level: int, index: int, size: int) -> int:
    """How many hashes a tile has in the tree of `size` leaves; 0 where it has no such tile."""
    return min(WIDTH, max(0, (size >> HEIGHT * level) - index * WIDTH))


def root_of(hashes: Sequence[bytes]) -> bytes:
    """The root of a complete subtree, from the hashes of one of its levels: 1, 2, 4, … of them."""
    while len(hashes) > 1:
        hashes = [hash_children(left, right) for left, right in zip(hashes[::2], hashes[1::2], strict=True)]
    return hashes[0]


def levels_of(hashes: Sequence[bytes]) -> Levels:
    """All complete subtrees in a tile: its hashes, the roots of each two of them, of each four, and on."""
    levels = [tuple(hashes)]
    while len(levels[-1]) > 1:
        pairs = zip(
            levels[-1][::2], levels[-1][1::2], strict=False
        )  # without a partner there is no complete subtree
        levels.append(tuple(hash_children(left, right) for left, right in pairs))
    return levels


def split(data: bytes) -> list[bytes]:
    """The hashes in a tile."""
    return [data[at : at + HASH_SIZE] for at in range(0, len(data), HASH_SIZE)]


def bundle(leaves: Sequence[bytes]) -> bytes:
    """An entry bundle: before each leaf its length, in two bytes, big-endian."""
    return b"".join(len(leaf).to_bytes(2, "big") + leaf for leaf in leaves)
