"""Writing the tree's full tiles: by the signer, after the commit of their entries and before the checkpoint that counts them is committed.

So whoever has a checkpoint finds all its full tiles. Nothing is read or written twice: a tile is written when its last hash is there.
"""

from collections.abc import Iterator

from sqlalchemy import Connection, func, insert, select

from audit.errors import MerkleError
from audit.store import ENTRY, TILE
from audit.tree.merkle import hash_leaf
from audit.tree.tiles import HEIGHT, TOP, WIDTH, count_at, root_of

_AT_ONCE = 32


def write_tiles(connection: Connection, size: int) -> int:
    """Write each full tile of the first `size` entries that is not there yet.

    Args:
        connection: in a transaction of the one signer. At most 32 tiles are in memory at once.
        size: entries that are committed, and go on from what was signed.

    Returns:
        How many were written.

    Raises:
        MerkleError: the entries, or the tiles below, are not all there; nothing of this transaction may be committed.
    """
    written = 0
    for level in range(TOP + 1):
        end = count_at(level, size)
        if end == 0:
            break
        start = _written(connection, level)
        for first in range(start, end, _AT_ONCE):
            last = min(first + _AT_ONCE, end)
            rows = [
                {"level": level, "tile_index": index, "root": root_of(hashes), "hashes": b"".join(hashes)}
                for index, hashes in _tiles(connection, level, first, last)
            ]
            connection.execute(insert(TILE), rows)
            written += len(rows)
    return written


def _written(connection: Connection, level: int) -> int:
    highest = connection.scalar(select(func.max(TILE.c.tile_index)).where(TILE.c.level == level))
    return 0 if highest is None else highest + 1


def _tiles(connection: Connection, level: int, first: int, last: int) -> Iterator[tuple[int, list[bytes]]]:
    hashes = read_hashes(connection, level, first << HEIGHT, last << HEIGHT)
    for index in range(first, last):
        at = (index - first) << HEIGHT
        yield index, hashes[at : at + WIDTH]


def read_hashes(connection: Connection, level: int, start: int, end: int) -> list[bytes]:
    """The roots of the complete subtrees of `256**level` leaves from number `start` to before `end`, from the rows below.

    Raises:
        MerkleError: they are not all there.
    """
    if level == 0:
        found = [hash_leaf(leaf) for leaf in read_leaves(connection, start, end)]
    else:
        here = (TILE.c.level == level - 1, TILE.c.tile_index >= start, TILE.c.tile_index < end)
        rows = connection.execute(select(TILE.c.root).where(*here).order_by(TILE.c.tile_index))
        found = [bytes(root) for (root,) in rows]
    if len(found) != end - start:
        raise MerkleError(f"tiles of the log are missing at level {level}: `log verify` says more")
    return found


def read_leaves(connection: Connection, start: int, end: int) -> list[bytes]:
    """The leaves from index `start` to before `end`, as far as they are there."""
    here = (ENTRY.c.leaf_index >= start, ENTRY.c.leaf_index < end)
    rows = connection.execute(select(ENTRY.c.leaf).where(*here).order_by(ENTRY.c.leaf_index))
    return [bytes(leaf) for (leaf,) in rows]
