"""Data keys: each unwraps, or an entry says that it was destroyed; and what an entry says was destroyed is gone."""

from audit.entries.checking import Columns
from audit.keys.destruction import stored_key
from audit.keys.forgetting import KEY_DESTROYED
from audit.keys.sealing import Unreadable
from audit.verifying.check import Check, Seen


class DataKeysCheck(Check):
    """`audit_data_key` holds the keys that were made, and none that was destroyed."""

    def entry(self, seen: Seen) -> None:
        """Look whether a key is there again, as from an older backup, though this entry says that it was destroyed."""
        if seen.row["kind"] == KEY_DESTROYED:
            key_row = self.log.key_row(seen.row["outcome"])
            if key_row is not None and key_row["wrapped"] is not None:
                self.log.findings.add(
                    seen.index,
                    f"entry {seen.index}: the key that it says was destroyed is there",
                    follows=True,
                )

    def finish(self, *, whole: bool) -> None:  # noqa: ARG002 - each key is checked by itself
        """Look at every key."""
        for row in self.log.rows("SELECT * FROM audit_data_key"):
            if row["wrapped"] is None:
                sound = self.log.destructions.index(row) is not None
            else:
                sound = row["destroyed_by"] is None and self._opens(row)
            if not sound:
                index = self._first_entry_under(row)
                self.log.findings.add(index, "a data key is not the one that was made", follows=True)

    def _opens(self, row: Columns) -> bool:
        if self.log.keys is None:
            return True
        try:
            self.log.keys.unwrap(stored_key(row))
        except Unreadable:
            return False
        return True

    def _first_entry_under(self, key_row: Columns) -> int | None:
        """By the index of subjects: there is none of keys, and in a log whose epoch was lost no key is sound."""
        query = "SELECT min(leaf_index) AS first FROM audit_entry WHERE subject = ? AND key_id = ?"
        (row,) = self.log.find(query, key_row["subject"], key_row["id"])
        return row["first"] if type(row["first"]) is int else None
