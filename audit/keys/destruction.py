"""Whether a data key is gone because an entry says so, or because somebody took it away.

An entry that says so is believed as far as it can be checked. Whoever has no keys can write the columns of such an entry, not its body:
with the keys its body has to open. Where its own key was destroyed in turn, another entry says that, and so on, ever later, to one
that opens: a subject's last such entry is always readable, since it is sealed under a key that it did not destroy.
"""

from collections.abc import Callable
from typing import Any, TypeAlias

from sqlalchemy import Connection

from audit.entries.checking import Columns, open_body
from audit.keys.forgetting import KEY_DESTROYED
from audit.keys.sealing import DataKeys, Purpose, StoredKey, Unreadable

KeyRow: TypeAlias = Callable[[object], Columns | None]
_MOST = 10_000


def stored_key(row: Columns) -> StoredKey:
    """A row of `audit_data_key` that holds its key."""
    purpose = Purpose(*(row[name] for name in Purpose._fields))
    return StoredKey(row["id"], purpose, row["epoch"], row["wrapped"])


class Destructions:
    """Looks up who destroyed a key.

    Args:
        connection: in the verification's snapshot.
        keys: to open what says that a key was destroyed; None: it is only claimed.
        key_row: a row of `audit_data_key`, by its id.
    """

    def __init__(self, connection: Connection, keys: DataKeys | None, key_row: KeyRow) -> None:
        self._connection, self._keys, self._key_row = connection, keys, key_row
        self._known: dict[object, int | None] = {}

    def index(self, key_row: Columns) -> int | None:
        """The index of the entry that says that this key was destroyed; None if none does."""
        key_id = key_row["id"]
        if key_id not in self._known:
            if len(self._known) >= _MOST:
                self._known.clear()
            self._known[key_id] = self._find(key_row)
        return self._known[key_id]

    def _find(self, key_row: Columns) -> int | None:
        entry = self._entry(key_row)
        if entry is None:
            return None
        first: int = entry["leaf_index"]
        if self._keys is None:
            return first
        under = self._key_row(entry["key_id"])
        while under is not None and under["wrapped"] is None:  # ever later entries: it ends
            later = self._entry(under)
            if later is None or later["leaf_index"] <= entry["leaf_index"]:
                return None
            entry, under = later, self._key_row(later["key_id"])
        if under is None:
            return None
        try:
            open_body(entry, self._keys, stored_key(under))
        except Unreadable:
            return None
        return first

    def _entry(self, key_row: Columns) -> Columns | None:
        """The entry that the row of a destroyed key names, if it says what it has to, under another key."""
        mark = "%s" if self._connection.dialect.name == "postgresql" else "?"
        query = f"SELECT * FROM audit_entry WHERE id = {mark}"  # noqa: S608
        row: Any = (
            self._connection.exec_driver_sql(query, (key_row["destroyed_by"],)).mappings().one_or_none()
        )
        if (
            row is None
            or (key_row["epoch"], key_row["controller"]) != ("", "")
            or type(row["leaf_index"]) is not int
        ):
            return None
        says = (row["kind"], row["subject"], row["outcome"]) == (
            KEY_DESTROYED,
            key_row["subject"],
            key_row["id"],
        )
        return row if says and row["key_id"] != key_row["id"] else None
