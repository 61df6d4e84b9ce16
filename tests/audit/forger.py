"""Somebody who can write to the database, has read docs/log-format.md, and holds no key."""

import secrets
import sqlite3
from typing import Any

from audit.checkpoints.checkpoint import read_checkpoint
from audit.entries.leaf import leaf, open_values
from audit.tree.merkle import CompactRange, hash_leaf

Row = dict[str, Any]


class Forger:
    """Changes entries of an SQLite log, and then everything that follows from them."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        connection.row_factory = sqlite3.Row
        self._connection = connection

    def rows(self, table: str = "audit_entry") -> list[Row]:
        return [dict(row) for row in self._connection.execute(f"SELECT * FROM {table} ORDER BY 1")]  # noqa: S608

    def run(self, statement: str, *values: object) -> None:
        self._connection.execute(statement, values)

    def append(self, **columns: Any) -> None:
        """An entry of one's own: what its body should hold, nobody will ever read."""
        last = self.rows()[-1]
        changes = {"leaf_index": last["leaf_index"] + 1, "recorded_at": last["recorded_at"] + 1}
        random = {
            "body": secrets.token_bytes(80),
            "salt": secrets.token_bytes(16),
            "sealed_digest": secrets.token_bytes(32),
        }
        row = last | changes | random | columns
        marks = ", ".join("?" * len(row))
        self.run(f"INSERT INTO audit_entry ({', '.join(row)}) VALUES ({marks})", *row.values())  # noqa: S608

    def destroy(self, key: Row, entry_id: str, **columns: Any) -> None:
        """Take a data key away, and add an entry that says so."""
        self.run(
            "UPDATE audit_data_key SET wrapped = NULL, epoch = '', destroyed_by = ? WHERE id = ?",
            entry_id,
            key["id"],
        )
        says = {"id": entry_id, "kind": "keyDestroyed", "outcome": key["id"], "subject": key["subject"]}
        self.append(**(says | {"retention": key["retention"], "key_id": key["id"]} | columns))

    def invent_key(self, name: str, subject: str, **columns: Any) -> Row:
        """A data key that never was."""
        row = {"id": name, "subject": subject, "retention": "P10Y", "period": "2026", "epoch": ""}
        row |= {"wrapped": None, "destroyed_by": "nobody"} | columns
        marks = ", ".join("?" * len(row))
        self.run(f"INSERT INTO audit_data_key ({', '.join(row)}) VALUES ({marks})", *row.values())  # noqa: S608
        return row

    def make_good(self) -> None:
        """Compute leaves, head and chains' ends again; drop the checkpoints that contradict."""
        tree, ends = CompactRange(), {}  # type: tuple[CompactRange, dict[str, tuple[int, int, bytes]]]
        roots = {}
        for row in self.rows():
            value = leaf(row["salt"], open_values(row), row["body"], row["sealed_digest"])
            self.run("UPDATE audit_entry SET leaf = ? WHERE leaf_index = ?", value, row["leaf_index"])
            tree.append(hash_leaf(value))
            roots[tree.size] = tree.root()
            count = ends.get(row["subject"], (0,))[0]
            ends[row["subject"]] = (count + 1, row["leaf_index"], value)
        self.run(
            "UPDATE audit_head SET size = ?, root = ?, compact_range = ?",
            tree.size,
            tree.root(),
            tree.to_bytes(),
        )
        self.run("DELETE FROM audit_subject")
        for subject, end in ends.items():
            self.run("INSERT INTO audit_subject VALUES (?, ?, ?, ?)", subject, *end)
        for row in self.rows("audit_checkpoint"):
            if roots.get(row["size"]) != read_checkpoint(row["note"]).root:
                self.run("DELETE FROM audit_checkpoint WHERE size = ?", row["size"])
