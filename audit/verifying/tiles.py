"""Tiles: each is that of the entries, and none that a checkpoint counts is missing."""

from typing import Any

from audit.tree.merkle import HASH_SIZE, hash_leaf
from audit.tree.tiles import HEIGHT, TOP, WIDTH, TileName, count_at, root_of
from audit.verifying.check import Check, Log, Seen


class TilesCheck(Check):
    """`audit_tile` is computed again from the entries. Takes a few kilobytes for each level of tiles."""

    def __init__(self, log: Log) -> None:
        super().__init__(log)
        self._open: list[list[bytes]] = [[] for _ in range(TOP + 1)]
        self._done = [0] * (TOP + 1)
        self._missing: list[tuple[int, int]] = []

    def entry(self, seen: Seen) -> None:
        """Compare each tile that this entry fills."""
        level, hash_ = 0, hash_leaf(seen.leaf)
        while True:
            hashes = self._open[level]
            hashes.append(hash_)
            if len(hashes) < WIDTH:
                return
            hash_ = root_of(hashes)
            self._compare(level, self._done[level], hashes, hash_)
            self._open[level] = []
            self._done[level] += 1
            level += 1

    def finish(self, *, whole: bool) -> None:
        """Name what is missing, and what was added."""
        if not whole:
            return
        signed = self._signed()
        for level, index in self._missing:
            if index < count_at(level, signed):
                self._add(level, index, 0, "is missing")
        for row in self.log.rows("SELECT level, tile_index FROM audit_tile ORDER BY level, tile_index"):
            if not self._is_known(row["level"], row["tile_index"]):
                self.log.findings.add(None, "a tile is there that no entries fill")

    def _signed(self) -> int:
        sizes = (row["size"] for row in self.log.rows("SELECT size FROM audit_checkpoint"))
        return max((size for size in sizes if type(size) is int), default=0)

    def _is_known(self, level: Any, index: Any) -> bool:
        if type(level) is not int or type(index) is not int:
            return False
        return 0 <= level <= TOP and 0 <= index < self._done[level]

    def _compare(self, level: int, index: int, hashes: list[bytes], root: bytes) -> None:
        query = "SELECT root, hashes FROM audit_tile WHERE level = ? AND tile_index = ?"
        found = self.log.find(query, level, index)
        if not found:
            if len(self._missing) < WIDTH:
                self._missing.append((level, index))
            return
        stored = found[0]["hashes"]
        if type(stored) is not bytes or stored != b"".join(hashes):
            self._add(level, index, _first_other(stored, hashes), "is not that of its entries")
        elif found[0]["root"] != root:
            self._add(level, index, 0, "has another root")

    def _add(self, level: int, index: int, at: int, what: str) -> None:
        entry = (index * WIDTH + at) << HEIGHT * level
        self.log.findings.add(entry, f"tile {TileName(level, index).path()} {what}", follows=True)


def _first_other(stored: object, hashes: list[bytes]) -> int:
    """Which of a tile's hashes is the first one that differs."""
    if type(stored) is not bytes:
        return 0
    pairs = (stored[at * HASH_SIZE : (at + 1) * HASH_SIZE] == one for at, one in enumerate(hashes))
    return next((at for at, same in enumerate(pairs) if not same), 0)
