"""Making proofs of single lines: `audit.proving.bundle` says what they are."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import Connection, Engine, select
from sqlalchemy.exc import SQLAlchemyError

from audit.checkpoints.checkpoint import read_checkpoint
from audit.entries.leaf import OPEN_FIELDS, open_values, unpack_body
from audit.errors import LogUnavailable, MerkleError, NotSigned
from audit.keys.keyring import KeyRing
from audit.keys.sealing import DataKeys, Purpose, StoredKey, Unreadable, body_binding
from audit.proving.bundle import FORMAT, write_fields
from audit.proving.form import Json, encoded
from audit.store import CHECKPOINT, DATA_KEY, ENTRY
from audit.tree.proofs import Published, TileCache, Tree, last_note

ALWAYS = "index"
"""The one field that every proof opens: without it, the place in the tree is not known."""


class Prover:
    """Makes proofs. Blocking; call it in a thread.

    Args:
        engine: of the log's database.
        keys: what wraps its data keys.
        published: the checkpoint that proofs lead to, where it counts their line; else, or None: the last one, whoever cosigned it.
    """

    def __init__(self, engine: Engine, keys: KeyRing, published: Published | None = None) -> None:
        self._engine, self._keys, self._tiles = engine, DataKeys(keys), TileCache()
        self._published = published or last_note

    def prove(self, index: int, opened: Collection[str], *, size: int | None = None) -> Json | None:
        """The proof of the entry at an index; None if there is none.

        Args:
            index: of the entry.
            opened: the names of the fields that are shown; those that the entry has not are passed over.
            size: of the tree that the path is wanted in, where an old checkpoint of that size is at hand: the proof then goes on to the last
                one. None: the path is in the last one.

        Raises:
            NotSigned: no checkpoint, or none of that size, counts this entry.
            LogUnavailable: the database is away, or does not hold together.
        """
        try:
            with self._engine.connect() as connection:
                return self._prove(connection, index, {ALWAYS, *opened}, size)
        except SQLAlchemyError:
            raise LogUnavailable("the log cannot be read now") from None
        except MerkleError:
            raise LogUnavailable("the log does not hold together: `log verify` says more") from None

    def _prove(
        self, connection: Connection, index: int, opened: Collection[str], size: int | None
    ) -> Json | None:
        query = select(ENTRY).where(ENTRY.c.leaf_index == index)
        row = connection.execute(query).mappings().one_or_none()
        if row is None:
            return None
        last = self._last(connection, index)
        note = last if size is None else _note(connection, size)
        counted = read_checkpoint(note).size
        if counted <= index:
            raise NotSigned
        proof = {
            "format": FORMAT,
            **self.line(connection, row, opened),
            "inclusion": _way(Tree(connection, counted, self._tiles).inclusion(index), note),
        }
        if counted < read_checkpoint(last).size:
            tree = Tree(connection, read_checkpoint(last).size, self._tiles)
            proof["later"] = _way(tree.consistency(counted), last)
        return proof

    def line(self, connection: Connection, row: Any, opened: Collection[str]) -> Json:
        """What of a proof is about an entry alone, whose row of `audit_entry` it is.

        Raises:
            LogUnavailable: the entry is not as it was sealed.
        """
        return {
            "openFields": write_fields(OPEN_FIELDS, _values(row), bytes(row["salt"]), opened),
            **self._sealed(connection, row, opened),
            "sealedDigest": encoded(bytes(row["sealed_digest"])),
            "leaf": encoded(bytes(row["leaf"])),
        }

    def way(self, connection: Connection, index: int) -> Json:
        """The way from an entry to the last checkpoint.

        Raises:
            NotSigned: no checkpoint counts this entry.
            MerkleError: tiles are missing.
        """
        note = self._last(connection, index)
        size = read_checkpoint(note).size
        if size <= index:
            raise NotSigned
        return _way(Tree(connection, size, self._tiles).inclusion(index), note)

    def _last(self, connection: Connection, index: int) -> str:
        note = self._published(connection)
        if note is None or read_checkpoint(note).size <= index:
            note = last_note(connection)
        if note is None:
            raise NotSigned
        return note

    def _sealed(self, connection: Connection, row: Any, opened: Collection[str]) -> Json:
        """The sealed fields; nothing where their key was destroyed, and the sealed digest alone stands for them."""
        query = select(DATA_KEY).where(DATA_KEY.c.id == row["key_id"])
        key = connection.execute(query).mappings().one_or_none()
        if key is None or key["wrapped"] is None:
            return {}
        stored = StoredKey(
            key["id"],
            Purpose(*(key[name] for name in Purpose._fields)),
            key["epoch"],
            bytes(key["wrapped"]),
        )
        try:
            data_key = self._keys.unwrap(stored)
        except Unreadable:
            return {}
        try:
            body = data_key.open(bytes(row["body"]), body_binding(bytes(row["salt"]), open_values(row)))
            seed, fields = unpack_body(body)
        except (Unreadable, ValueError, TypeError, AttributeError):
            raise LogUnavailable("the entry is not as it was sealed: `log verify` says more") from None
        names, values = [name for name, _ in fields], [value for _, value in fields]
        return {"sealedFields": write_fields(names, values, seed, opened)}


def _values(row: Any) -> list[bytes]:
    return [*open_values(row), bytes(row["body"])]


def _note(connection: Connection, size: int) -> str:
    note: str | None = connection.scalar(select(CHECKPOINT.c.note).where(CHECKPOINT.c.size == size))
    if note is None:
        raise NotSigned
    return note


def _way(path: list[bytes], note: str) -> Json:
    return {"path": [encoded(one) for one in path], "checkpoint": note}
