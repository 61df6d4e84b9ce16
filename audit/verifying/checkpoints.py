"""Checkpoints, stored or kept elsewhere: what each says, and its signature."""

from collections.abc import Iterator
from heapq import merge
from operator import itemgetter
from typing import NamedTuple

from audit.checkpoints.checkpoint import read_checkpoint
from audit.checkpoints.rotation import SIGNING_KEY_CHANGED
from audit.errors import CheckpointInvalid
from audit.model import to_millis
from audit.verifying.check import Check, Log, Seen
from audit.verifying.signing_keys import KeysInForce

_TO_SIGN = 60_000


class _Checkpoint(NamedTuple):
    size: int
    note: str
    which: str = ""


_size = itemgetter(0)


class CheckpointsCheck(Check):
    """The root at each checkpoint's size is the one that it signs, and none counts more entries than there are."""

    def __init__(self, log: Log) -> None:
        super().__init__(log)
        self._kept = sorted(
            (_Checkpoint(read_checkpoint(note).size, note, "kept ") for note in log.given.kept), key=_size
        )
        self._keys = KeysInForce(log.given.public_keys)
        self._began: object = None
        self._stored = self._agreed = self._kept_agreed = 0
        self._contradicted: list[tuple[int, int, int]] = []
        self._waiting = merge(self._read(), self._kept, key=_size)
        self._next = next(self._waiting, None)

    def entry(self, seen: Seen) -> None:
        """Compare the tree, as it is now, with the checkpoints of its size."""
        if seen.index == 0:
            self._began = seen.row["recorded_at"]
        if seen.row["kind"] == SIGNING_KEY_CHANGED:
            self._keys.name(seen.index, seen.row["outcome"])
        while self._next is not None and self._next.size <= self.log.tree.size:
            self._check(self._next)
            self._next = next(self._waiting, None)

    def finish(self, *, whole: bool) -> None:
        """Name what contradicts, and what is missing at the end."""
        for size, signed, kept in self._contradicted:
            # Where the database has a later checkpoint that fits, the log was signed twice: what it signed itself is no bound.
            self._not_as_signed(kept if self._agreed >= size else signed, size)
        if not whole:
            return
        size = self.log.tree.size
        if self._next is not None:
            self.log.findings.add(
                size, f"entry {size} is missing: a {self._next.which}checkpoint counts {self._next.size}"
            )
        self._check_signed(size)

    def _read(self) -> Iterator[_Checkpoint]:
        for row in self.log.rows("SELECT size, note FROM audit_checkpoint ORDER BY size"):
            if type(row["size"]) is int and row["size"] > 0 and type(row["note"]) is str:
                self._stored = row["size"]
                yield _Checkpoint(row["size"], row["note"])
            else:
                self.log.findings.add(None, "a checkpoint has no size, or no note")

    def _check(self, given: _Checkpoint) -> None:
        size, note, which = given
        findings, counts = self.log.findings, self.log.counts
        counts.checkpoints += not which
        try:
            checkpoint = read_checkpoint(note)
            self._keys.check(note, checkpoint.origin, size)
        except CheckpointInvalid as error:
            findings.add(None, f"the {which}checkpoint at {size}: {error}")
            return
        if checkpoint.size != size:
            findings.add(None, f"the checkpoint at {size} is one of another size")
        elif checkpoint.root == self.log.tree.root():
            counts.signed = size
            self._agreed, self._kept_agreed = (self._agreed, size) if which else (size, self._kept_agreed)
        elif which:
            self._contradicted.append((size, counts.signed, self._kept_agreed))
        else:
            self._not_as_signed(counts.signed, size)

    def _not_as_signed(self, first: int, size: int) -> None:
        """Name the first of these entries of which something else is wrong; else the first of all."""
        findings = self.log.findings
        if not findings.named_before(size):
            index = findings.first_within(first, size)
            what = f"entries {first} to {size - 1} are not all as they were signed"
            findings.add(first if index is None else index, what)

    def _check_signed(self, size: int) -> None:
        """Checkpoints can be taken away, and each of those that are left still holds."""
        kept = max((one.size for one in self._kept), default=0)
        if self._stored < kept <= size:
            last = f"the last checkpoint of the database is at {self._stored}"
            self.log.findings.add(None, f"{last}, one that was kept at {kept}")
        elif self.log.given.public_keys and self._stored == 0 and size and self._is_old():
            self.log.findings.add(None, "no checkpoint signs any entry")

    def _is_old(self) -> bool:
        """Whether there was time to sign."""
        return type(self._began) is not int or self._began + _TO_SIGN < to_millis(self.log.given.now)
