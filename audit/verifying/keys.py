"""Data keys: each unwraps, or an entry says that it was destroyed."""

from audit.entries.checking import Columns
from audit.keys.destruction import stored_key
from audit.keys.sealing import Unreadable
from audit.verifying.check import Check


class DataKeysCheck(Check):
    """`audit_data_key` holds the keys that were made."""

    def finish(self, *, whole: bool) -> None:  # noqa: ARG002 - each key is checked by itself
        """Look at every key."""
        for row in self.log.rows("SELECT * FROM audit_data_key"):
            if row["wrapped"] is None:
                sound = self.log.destructions.index(row) is not None
            else:
                sound = row["destroyed_by"] is None and self._opens(row)
            if not sound:
                index = self._first_entry_under(row["id"])
                self.log.findings.add(index, "a data key is not the one that was made", follows=True)

    def _opens(self, row: Columns) -> bool:
        if self.log.keys is None:
            return True
        try:
            self.log.keys.unwrap(stored_key(row))
        except Unreadable:
            return False
        return True

    def _first_entry_under(self, key_id: object) -> int | None:
        query = "SELECT min(leaf_index) AS first FROM audit_entry WHERE key_id = ?"
        (row,) = self.log.find(query, key_id)
        return row["first"] if type(row["first"]) is int else None
