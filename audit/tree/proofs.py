"""Proofs from tiles: RFC 9162 §2.1.3 and §2.1.4, in O(log n), against what was signed.

`Tree` works on a connection of the caller's; `Proofs` opens its own, and answers for the last checkpoint unless another size is asked for.
What a proof leads to is compared with the last checkpoint's root: where somebody changed the tiles, there is no answer instead of a wrong one.
"""

import contextlib
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from threading import Lock
from typing import TypeAlias

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from sqlalchemy import Connection, Engine, select
from sqlalchemy.exc import SQLAlchemyError

from audit.checkpoints.checkpoint import Checkpoint, read_checkpoint
from audit.checkpoints.rotation import named_at
from audit.errors import LogUnavailable, MerkleError
from audit.store import BRIDGE, CHECKPOINT, TILE
from audit.tree.merkle import (
    EMPTY_ROOT,
    consistency_proof,
    inclusion_proof,
    range_hash,
    verify_consistency,
    verify_inclusion,
)
from audit.tree.tiles import FULL, HEIGHT, WIDTH, Levels, TileName, bundle, levels_of, split, width_at
from audit.tree.tiling import read_hashes, read_leaves

_KEPT_LOWEST, _KEPT_ABOVE = 128, 256

Published: TypeAlias = Callable[[Connection], str | None]
"""Which checkpoint is given to anyone, with whose cosignatures: `last_note`, or `cosigned_note` for a quorum of witnesses."""


@dataclass(frozen=True, slots=True)
class Inclusion:
    """That a leaf is entry `index` of the first `size` (RFC 9162 §2.1.3)."""

    index: int
    size: int
    leaf_hash: bytes
    root: bytes
    path: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Consistency:
    """That the tree of `old_size` entries is the beginning of that of `new_size` (RFC 9162 §2.1.4)."""

    old_size: int
    new_size: int
    old_root: bytes
    new_root: bytes
    path: tuple[bytes, ...]


class TileCache:
    """Tiles as `levels_of` gives them, which never change for their width: the last few that were asked for. Safe in threads.

    A tile takes some 40 kB: what is computed of it once serves every proof that passes through it. Those above the lowest level are kept apart, for each
    serves 256 times as many entries: up to 16 million, all of them stay.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._lowest: OrderedDict[TileName, Levels] = OrderedDict()
        self._above: OrderedDict[TileName, Levels] = OrderedDict()

    def get(self, name: TileName) -> Levels | None:
        """A tile, if it is kept."""
        kept = self._above if name.level else self._lowest
        with self._lock:
            levels = kept.get(name)
            if levels is not None:
                kept.move_to_end(name)
            return levels

    def put(self, name: TileName, levels: Levels) -> None:
        """Keep a tile, and forget the one of its kind that was asked for longest ago."""
        kept, most = (self._above, _KEPT_ABOVE) if name.level else (self._lowest, _KEPT_LOWEST)
        with self._lock:
            kept[name] = levels
            if len(kept) > most:
                kept.popitem(last=False)


class Tree:
    """The tree of the first `size` entries, read from tiles.

    Args:
        connection: of the log's database.
        size: no larger than the last checkpoint's: only what was signed has all its tiles.
        cache: of tiles, shared by many trees.
    """

    def __init__(self, connection: Connection, size: int, cache: TileCache | None = None) -> None:
        self.size = size
        self._connection, self._cache = connection, cache or TileCache()

    def root(self) -> bytes:
        """The root of this tree.

        Raises:
            MerkleError: tiles are missing.
        """
        return range_hash(0, self.size, self.node) if self.size else EMPTY_ROOT

    def inclusion(self, index: int) -> list[bytes]:
        """The path from leaf `index` to the root.

        Raises:
            MerkleError: there is no such leaf, or tiles are missing.
        """
        return inclusion_proof(index, self.size, self.node)

    def consistency(self, old: int) -> list[bytes]:
        """That the tree of the first `old` entries is the beginning of this one.

        Raises:
            MerkleError: `old` is 0 or larger than this tree, or tiles are missing.
        """
        return consistency_proof(old, self.size, self.node)

    def node(self, level: int, index: int) -> bytes:
        """The root of the complete subtree of `2**level` leaves that starts at leaf `index * 2**level`.

        Raises:
            MerkleError: tiles are missing.
        """
        tiles, within = divmod(level, HEIGHT)
        first = index << within
        return self._tile(tiles, first // WIDTH)[within][first % WIDTH >> within]

    def hashes(self, level: int, index: int) -> Sequence[bytes]:
        """The hashes of a tile, as many as this tree has.

        Raises:
            MerkleError: the tile, or those below it, are missing.
        """
        return self._tile(level, index)[0]

    def _tile(self, level: int, index: int) -> Levels:
        name = TileName(level, index, width_at(level, index, self.size))
        levels = self._cache.get(name)
        if levels is None:
            levels = levels_of(self._read(name))
            self._cache.put(name, levels)
        return levels

    def _read(self, name: TileName) -> list[bytes]:
        level, index = name.level or 0, name.index
        if name.width < WIDTH:
            start = index << HEIGHT
            return read_hashes(self._connection, level, start, start + name.width)
        query = select(TILE.c.hashes).where(TILE.c.level == level, TILE.c.tile_index == index)
        data = self._connection.scalar(query)
        if data is None or len(data) != FULL:
            raise MerkleError(f"tile {name.path()} is missing: `log verify` says more")
        return split(bytes(data))


class Proofs:
    """Answers what anyone may ask of the tree. Blocking; call it in a thread.

    Args:
        engine: of the log's database.
        published: the checkpoint that is given to anyone; None: the last one, whoever cosigned it.
    """

    def __init__(self, engine: Engine, published: Published | None = None) -> None:
        self._engine, self._cache, self._published = engine, TileCache(), published or last_note

    def checkpoint(self) -> str | None:
        """The checkpoint that is published, a C2SP signed note; None before the first.

        Raises:
            LogUnavailable: the database is away.
        """
        with _reading(), self._engine.connect() as connection:
            return self._published(connection)

    def named_from(self, keys: Sequence[Ed25519PublicKey]) -> list[int | None]:
        """For each signing key of the log, the index of the entry that names it; None for one that no entry names, as the first.

        Raises:
            LogUnavailable: the database is away.
        """
        with _reading(), self._engine.connect() as connection:
            return [named_at(connection, key) for key in keys]

    def bridges(self) -> list[str]:
        """The notices by which this log went on under another name, oldest first.

        Raises:
            LogUnavailable: the database is away.
        """
        with _reading(), self._engine.connect() as connection:
            return list(connection.scalars(select(BRIDGE.c.note).order_by(BRIDGE.c.size)))

    def inclusion(self, index: int, size: int | None = None) -> Inclusion | None:
        """That entry `index` is in the tree of `size` entries, or in the published one; None where the last checkpoint does not reach that far.

        Raises:
            LogUnavailable: the database is away, or its tiles are not those that were signed.
        """
        with _reading(), self._engine.connect() as connection:
            last = _last(connection)
            if size is None:
                size = self._size(connection, last)
            if not 0 <= index < size <= last.size:
                return None
            tree = Tree(connection, size, self._cache)
            leaf_hash, path, root = tree.node(0, index), tree.inclusion(index), self._root(tree, last)
            if not verify_inclusion(index, size, leaf_hash, path, root):
                raise _altered()
            return Inclusion(index, size, leaf_hash, root, tuple(path))

    def consistency(self, old: int, new: int | None = None) -> Consistency | None:
        """That the tree of `old` entries is the beginning of that of `new`; None where the last checkpoint does not reach that far.

        Raises:
            LogUnavailable: the database is away, or its tiles are not those that were signed.
        """
        with _reading(), self._engine.connect() as connection:
            last = _last(connection)
            if new is None:
                new = self._size(connection, last)
            if not 0 < old <= new <= last.size:
                return None
            before, tree = Tree(connection, old, self._cache), Tree(connection, new, self._cache)
            path, roots = tree.consistency(old), (before.root(), self._root(tree, last))
            if not verify_consistency(old, new, *roots, path):
                raise _altered()
            return Consistency(old, new, *roots, tuple(path))

    def tile(self, name: TileName) -> bytes | None:
        """A tile or an entry bundle; None where the last checkpoint does not reach that far.

        Raises:
            LogUnavailable: the database is away, or lacks it.
        """
        with _reading(), self._engine.connect() as connection:
            size = _last(connection).size
            if not name.is_within(size):
                return None
            if name.level is not None:
                return b"".join(
                    Tree(connection, size, self._cache).hashes(name.level, name.index)[: name.width]
                )
            start = name.index * WIDTH
            leaves = read_leaves(connection, start, start + name.width)
            if len(leaves) != name.width:
                raise _altered()
            return bundle(leaves)

    def _size(self, connection: Connection, last: Checkpoint) -> int:
        """How many entries the published checkpoint counts."""
        if self._published is last_note:
            return last.size
        note = self._published(connection)
        return read_checkpoint(note).size if note is not None else 0

    @staticmethod
    def _root(tree: Tree, last: Checkpoint) -> bytes:
        return last.root if tree.size == last.size else tree.root()


def last_note(connection: Connection) -> str | None:
    """The last checkpoint, a C2SP signed note; None before the first."""
    note: str | None = connection.scalar(
        select(CHECKPOINT.c.note).order_by(CHECKPOINT.c.size.desc()).limit(1)
    )
    return note


def _last(connection: Connection) -> Checkpoint:
    note = last_note(connection)
    return read_checkpoint(note) if note is not None else Checkpoint("", 0, EMPTY_ROOT)


def _altered() -> MerkleError:
    return MerkleError("the tiles are not those that were signed: `log verify` says more")


@contextlib.contextmanager
def _reading() -> Iterator[None]:
    try:
        yield
    except SQLAlchemyError:
        raise LogUnavailable("the log cannot be read now") from None
    except MerkleError as error:
        raise LogUnavailable(str(error)) from None
