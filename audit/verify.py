"""Verifying a whole log: what is stored against what was appended, sealed and signed.

1. Every entry: its columns give its leaf; its body opens, and gives its sealed digest; its place in its subject's chain.
2. The tree: no index is missing or there twice; the root at each checkpoint's size, and at the head's, is the one stored there.
3. Every checkpoint, stored or kept elsewhere: what it says, and its signature.
4. What stands beside: subjects' chains, data keys, open intents.

Without the keys, what is sealed is not opened, and that a key was destroyed is only claimed; without the public key, signatures are not
checked; all else is. Entries are read a chunk at a time; each subject takes some hundred bytes of memory.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from heapq import merge
from operator import itemgetter
from typing import NamedTuple

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from sqlalchemy import Connection, Engine

from audit.checking import Chains, Columns, check_entry, entry_key
from audit.checkpoint import open_checkpoint, read_checkpoint
from audit.destruction import Destructions, stored_key
from audit.errors import CheckpointInvalid
from audit.keyring import KeyRing
from audit.merkle import CompactRange, hash_leaf
from audit.model import to_millis
from audit.report import Findings, Report
from audit.sealing import DataKeys, Unreadable, intent_binding

_CHUNK = 1000
_KEPT_KEYS = 10_000
_TO_SIGN = 60_000


class _Checkpoint(NamedTuple):
    size: int
    note: str
    which: str = ""


_size = itemgetter(0)


def _now() -> datetime:
    return datetime.now(UTC)


def verify(
    engine: Engine,
    *,
    keys: KeyRing | None = None,
    public_key: Ed25519PublicKey | None = None,
    kept: Collection[str] = (),
    clock: Callable[[], datetime] = _now,
) -> Report:
    """Verify the log in a database, as it is at one instant; the hub may go on appending. Blocking.

    Args:
        engine: of the database.
        keys: to open what is sealed, as far as its keys are there.
        public_key: of the checkpoints' signer.
        kept: checkpoints that were kept outside this database: the log must go on from each.
        clock: a log older than a minute must have been signed.

    Raises:
        CheckpointInvalid: one of `kept` is none.
    """
    elsewhere = sorted((_Checkpoint(read_checkpoint(note).size, note, "kept ") for note in kept), key=_size)
    with engine.connect() as connection, _snapshot(connection):
        return _Verification(connection, keys, public_key, elsewhere, clock()).run()


@contextmanager
def _snapshot(connection: Connection) -> Iterator[None]:
    if connection.dialect.name == "postgresql":
        connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
    else:
        connection.exec_driver_sql("BEGIN")
    try:
        yield
    finally:
        connection.rollback()


class _Verification:
    def __init__(
        self,
        connection: Connection,
        ring: KeyRing | None,
        public_key: Ed25519PublicKey | None,
        elsewhere: Sequence[_Checkpoint],
        now: datetime,
    ) -> None:
        self._connection, self._public_key = connection, public_key
        self._elsewhere, self._now = elsewhere, now
        self._began: object = None
        self._stored = 0
        self._keys = DataKeys(ring) if ring is not None else None
        self._tree, self._chains = CompactRange(), Chains()
        self._findings = Findings()
        self._readable = self._forgotten = self._checkpoints = self._signed = 0
        self._destructions = Destructions(connection, self._keys, self._key_row)
        self._key_rows: dict[object, Columns | None] = {}

    def run(self) -> Report:
        whole = self._check_entries()
        if whole:
            self._check_signed()
            self._check_head()
            self._check_chains()
        self._check_data_keys()
        intents = self._check_intents()
        return Report(
            size=self._tree.size,
            problems=self._findings.ordered(),
            readable=self._readable,
            forgotten=self._forgotten,
            checkpoints=self._checkpoints,
            signed=self._signed,
            intents=intents,
        )

    def _check_entries(self) -> bool:
        """Steps 1 to 3; False where an entry is missing, after which nothing can be computed."""
        checkpoints = merge(self._read_checkpoints(), self._elsewhere, key=_size)
        checkpoint = next(checkpoints, None)
        for row in self._rows("SELECT * FROM audit_entry ORDER BY leaf_index"):
            index = self._tree.size
            if type(row["leaf_index"]) is not int or row["leaf_index"] != index:
                self._findings.add(index, f"entry {index} is missing")
                return False
            self._check_entry(index, row)
            while checkpoint is not None and checkpoint.size <= self._tree.size:
                self._check_checkpoint(checkpoint)
                checkpoint = next(checkpoints, None)
        if checkpoint is not None:
            self._findings.add(
                self._tree.size,
                f"entry {self._tree.size} is missing: a {checkpoint.which}checkpoint counts {checkpoint.size}",
            )
        return True

    def _check_entry(self, index: int, row: Columns) -> None:
        if index == 0:
            self._began = row["recorded_at"]
        problem, leaf = check_entry(row)
        if problem is not None:
            self._findings.add(index, f"entry {index}: {problem}")
        problem = self._check_sealed(row)
        if problem is not None:
            self._findings.add(index, f"entry {index}: {problem}", follows=True)
        self._tree.append(hash_leaf(leaf))
        self._chains.add(row, leaf)

    def _check_sealed(self, row: Columns) -> str | None:
        key_row = self._key_row(row["key_id"])
        if key_row is None:
            return "the row of its data key is gone"
        if (problem := entry_key(row, key_row)) is not None:
            return problem
        if key_row["wrapped"] is None:
            return self._check_forgotten(row, key_row)
        if self._keys is None:
            return None
        problem = self._chains.check(row, self._keys, stored_key(key_row))
        self._readable += problem is None
        return problem

    def _check_forgotten(self, row: Columns, key_row: Columns) -> str | None:
        destroyed = self._destructions.index(key_row)
        if destroyed is None:
            return "its data key was taken away, and no entry says so"
        if destroyed <= row["leaf_index"]:
            return "its data key was destroyed before it was recorded"
        self._forgotten += 1
        return None

    def _key_row(self, key_id: object) -> Columns | None:
        if key_id not in self._key_rows:
            if len(self._key_rows) >= _KEPT_KEYS:
                self._key_rows.clear()
            self._key_rows[key_id] = self._read_key_row(key_id)
        return self._key_rows[key_id]

    def _read_key_row(self, key_id: object) -> Columns | None:
        mark = "%s" if self._connection.dialect.name == "postgresql" else "?"
        rows = self._connection.exec_driver_sql(f"SELECT * FROM audit_data_key WHERE id = {mark}", (key_id,))  # noqa: S608
        return rows.mappings().one_or_none()

    def _read_checkpoints(self) -> Iterator[_Checkpoint]:
        for row in self._rows("SELECT size, note FROM audit_checkpoint ORDER BY size"):
            if type(row["size"]) is int and row["size"] > 0 and type(row["note"]) is str:
                self._stored = row["size"]
                yield _Checkpoint(row["size"], row["note"])
            else:
                self._findings.add(None, "a checkpoint has no size, or no note")

    def _check_checkpoint(self, given: _Checkpoint) -> None:
        size, note, which = given
        self._checkpoints += not which
        try:
            checkpoint = read_checkpoint(note)
            if self._public_key is not None:
                open_checkpoint(note, checkpoint.origin, self._public_key)
        except CheckpointInvalid as error:
            self._findings.add(None, f"the {which}checkpoint at {size}: {error}")
            return
        if checkpoint.size != size:
            self._findings.add(None, f"the checkpoint at {size} is one of another size")
        elif checkpoint.root == self._tree.root():
            self._signed = size
        elif not self._findings.named_before(size):
            self._findings.add(
                self._signed, f"entries {self._signed} to {size - 1} are not all as they were signed"
            )

    def _check_signed(self) -> None:
        """Checkpoints can be taken away, and each of those that are left still holds."""
        kept = max((one.size for one in self._elsewhere), default=0)
        if self._stored < kept <= self._tree.size:
            last = f"the last checkpoint of the database is at {self._stored}"
            self._findings.add(None, f"{last}, one that was kept at {kept}")
        elif self._public_key is not None and self._stored == 0 and self._tree.size and self._is_old():
            self._findings.add(None, "no checkpoint signs any entry")

    def _is_old(self) -> bool:
        """Whether there was time to sign."""
        return type(self._began) is not int or self._began + _TO_SIGN < to_millis(self._now)

    def _check_head(self) -> None:
        heads = list(self._rows("SELECT * FROM audit_head"))
        if len(heads) != 1:
            self._findings.add(
                None, "the log has not one head" if self._tree.size or heads else "the log has no head"
            )
            return
        head, size = heads[0], self._tree.size
        if type(head["size"]) is not int or head["id"] != 1:
            self._findings.add(None, "the head is no head")
        elif head["size"] > size:
            self._findings.add(size, f"entry {size} is missing: the head counts {head['size']}")
        elif head["size"] < size:
            self._findings.add(
                head["size"], f"entry {head['size']} was not appended: the head does not count it"
            )
        elif head["root"] != self._tree.root() or head["compact_range"] != self._tree.to_bytes():
            self._findings.add(None, "the head is not that of these entries")

    def _check_chains(self) -> None:
        for row in self._rows("SELECT * FROM audit_subject"):
            problem = self._chains.close(row)
            if problem is not None:
                self._findings.add(
                    problem, "the end of a subject's chain is not its last entry", follows=True
                )
        for index in self._chains.unclosed():
            self._findings.add(index, "the end of a subject's chain is gone", follows=True)

    def _check_data_keys(self) -> None:
        for row in self._rows("SELECT * FROM audit_data_key"):
            if row["wrapped"] is None:
                sound = self._destructions.index(row) is not None
            else:
                sound = row["destroyed_by"] is None and self._opens(row)
            if not sound:
                index = self._first_entry_under(row["id"])
                self._findings.add(index, "a data key is not the one that was made", follows=True)

    def _opens(self, row: Columns) -> bool:
        if self._keys is None:
            return True
        try:
            self._keys.unwrap(stored_key(row))
        except Unreadable:
            return False
        return True

    def _first_entry_under(self, key_id: object) -> int | None:
        mark = "%s" if self._connection.dialect.name == "postgresql" else "?"
        query = f"SELECT min(leaf_index) FROM audit_entry WHERE key_id = {mark}"  # noqa: S608
        index = self._connection.exec_driver_sql(query, (key_id,)).scalar()
        return index if type(index) is int else None

    def _check_intents(self) -> int:
        intents = 0
        for row in self._rows("SELECT * FROM audit_intent"):
            intents += 1
            key_row = self._key_row(row["key_id"])
            if key_row is None or key_row["wrapped"] is None:
                self._findings.add(None, "an open intent has no key")
            elif self._keys is not None:
                try:
                    binding = intent_binding(row["id"], row["recorded_at"])
                    self._keys.unwrap(stored_key(key_row)).open(row["body"], binding)
                except Unreadable:
                    self._findings.add(None, "an open intent is not as it was recorded")
        return intents

    def _rows(self, query: str) -> Iterator[Columns]:
        """Rows as the driver gives them, a chunk at a time."""
        options = {"stream_results": True, "yield_per": _CHUNK}
        yield from self._connection.exec_driver_sql(query, execution_options=options).mappings()
