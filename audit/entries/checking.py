"""Checking one entry, and the chain of its subject. Nothing here trusts the type of a stored cell."""

from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias

from audit.entries.leaf import NUMBER, PREVIOUS, leaf, open_values, seal_fields, unpack_body
from audit.keys.sealing import DataKeys, Purpose, StoredKey, Unreadable, body_binding, entry_purpose
from audit.model import from_millis
from audit.tree.merkle import HASH_SIZE

Columns: TypeAlias = Mapping[Any, Any]
_NUMBER, _PREVIOUS = NUMBER.encode(), PREVIOUS.encode()


def check_entry(row: Columns) -> tuple[str | None, bytes]:
    """What is wrong with an entry's columns, and the leaf to go on with: the one that is stored, if it is one."""
    stored = row["leaf"] if _is_hash(row["leaf"]) else bytes(HASH_SIZE)
    try:
        # `%d` would write 1.5 as 1: an integer must have come back as one.
        integer = type(row["recorded_at"]) is int
        computed = leaf(row["salt"], open_values(row), row["body"], row["sealed_digest"])
    except (TypeError, ValueError, AttributeError):
        return "a column holds what was never written there", stored
    if computed != row["leaf"] or not integer:
        return "its columns do not give its leaf", stored
    return None, stored


def key_fits(row: Columns, key_row: Columns) -> str | None:
    """Whether an entry's key is one for its subject, retention class and year."""
    try:
        controller = row["controller"] if key_row["controller"] else ""
        purpose = entry_purpose(row["subject"], row["retention"], from_millis(row["recorded_at"]), controller)
    except (TypeError, OverflowError):
        return "its time is none"
    if tuple(key_row[name] for name in Purpose._fields) != purpose:
        return "its data key is for something else"
    return None


def open_body(row: Columns, keys: DataKeys, stored: StoredKey) -> dict[bytes, bytes]:
    """The sealed fields of an entry.

    Raises:
        Unreadable: saying why its body is not the one that was sealed for it.
    """
    try:
        binding = body_binding(row["salt"], open_values(row))
        seed, fields = unpack_body(keys.unwrap(stored).open(row["body"], binding))
    except (Unreadable, ValueError, TypeError, AttributeError):
        raise Unreadable("its body cannot be opened, or was sealed for another entry") from None
    if seal_fields(seed, fields)[0] != row["sealed_digest"]:
        raise Unreadable("its body is not the one that was hashed")
    return dict(fields)


class Chains:
    """Each subject's entries, counted and chained."""

    def __init__(self) -> None:
        self._ends: dict[Any, tuple[int, int, bytes]] = {}

    def add(self, row: Columns, leaf_value: bytes) -> None:
        """Take the next entry."""
        count = self._ends.get(row["subject"], (0, 0, b""))[0]
        self._ends[row["subject"]] = (count + 1, row["leaf_index"], leaf_value)

    def check(self, row: Columns, fields: Mapping[bytes, bytes]) -> str | None:
        """What is wrong with an entry's place in the chain, by its sealed fields."""
        count, _, last_leaf = self._ends.get(row["subject"], (0, 0, b""))
        if fields.get(_NUMBER) != b"%d" % count:
            return "an entry of its subject before it is missing, or was added"
        if fields.get(_PREVIOUS) != last_leaf:
            return "the entry of its subject before it is another one"
        return None

    def close(self, row: Columns) -> int | None:
        """Compare the stored end of a chain, once; the index of the last entry that does not fit it."""
        end = self._ends.pop(row["subject"], None)
        if end is None:
            return row["last_index"] if type(row["last_index"]) is int else 0
        return None if end == (row["entries"], row["last_index"], row["last_leaf"]) else end[1]

    def unclosed(self) -> Iterator[int]:
        """The last entries of the chains whose end is not stored."""
        return (index for _, index, _ in self._ends.values())


def _is_hash(value: object) -> bool:
    return type(value) is bytes and len(value) == HASH_SIZE
