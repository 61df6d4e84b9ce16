"""Cosignatures: each holds, and so many of the witnesses that were pinned vouch for what is old enough."""

from collections import Counter

from audit.checkpoints.checkpoint import Checkpoint, read_checkpoint
from audit.entries.checking import Columns
from audit.errors import CheckpointInvalid
from audit.model import to_millis
from audit.verifying.check import Check, Log, Seen
from audit.witnesses.cosignature import WitnessKey, check_cosignature, cosignatures_in

_TO_COSIGN = 600_000
"""Milliseconds that an entry may wait for the quorum: as long as witnesses may reasonably be away."""


class CosignaturesCheck(Check):
    """Every stored cosignature is of its checkpoint, by the key it names; with pinned witnesses, nothing old is without their quorum.

    A checkpoint that witnesses cosigned elsewhere (`given.kept`) counts like one of the database.
    """

    def __init__(self, log: Log) -> None:
        super().__init__(log)
        self._cosigned = 0
        self._pinned = frozenset(witness.text() for witness in log.given.witnesses)
        self._cosigned = max((self._kept(note) for note in log.given.kept), default=0)
        self._cosigned = max(self._cosigned, self._check_stored())
        self._uncovered: int | None = None

    def entry(self, seen: Seen) -> None:
        """Look for the first old entry that the quorum does not vouch for."""
        if self._uncovered is None and self._pinned and seen.index >= self._cosigned:
            at = seen.row["recorded_at"]
            if type(at) is not int or at + _TO_COSIGN < to_millis(self.log.given.now):
                self._uncovered = seen.index

    def finish(self, *, whole: bool) -> None:
        """Name it, and count what the quorum vouches for."""
        self.log.counts.cosigned = min(self._cosigned, self.log.tree.size)
        if whole and self._uncovered is not None:
            self.log.findings.add(
                None,
                f"entries from {self._uncovered} on are older than ten minutes, and {self._quorum()} did not cosign them",
            )

    def _check_stored(self) -> int:
        """Check every row; the size of the last checkpoint that has the quorum."""
        cosigned, votes = 0, Counter[int]()
        query = (
            "SELECT c.size, c.witness, c.cosignature, p.note FROM audit_cosignature c"
            " LEFT JOIN audit_checkpoint p ON p.size = c.size ORDER BY c.size, c.witness"
        )
        for row in self.log.rows(query):
            try:
                witness = _check(row)
            except (CheckpointInvalid, TypeError, ValueError, AttributeError) as error:
                why = (
                    error
                    if isinstance(error, CheckpointInvalid)
                    else "a column holds what was never written there"
                )
                self.log.findings.add(None, f"a cosignature of the checkpoint at {row['size']}: {why}")
                continue
            self.log.counts.cosignatures += 1
            size = row["size"]
            if witness in self._pinned:
                votes = Counter({size: votes[size] + 1})  # the rows come by size
                if votes[size] >= self.log.given.quorum:
                    cosigned = size
        return cosigned

    def _kept(self, note: str) -> int:
        """The size of a checkpoint that was kept elsewhere, if the quorum cosigned it."""
        try:
            made = cosignatures_in(note, self.log.given.witnesses)
        except CheckpointInvalid as error:
            self.log.findings.add(None, f"the kept checkpoint at {read_checkpoint(note).size}: {error}")
            return 0
        return read_checkpoint(note).size if self._pinned and len(made) >= self.log.given.quorum else 0

    def _quorum(self) -> str:
        given = self.log.given
        return f"{given.quorum} of the {len(given.witnesses)} witnesses that were named"


def _check(row: Columns) -> str:
    """The witness of a cosignature that holds.

    Raises:
        CheckpointInvalid: it does not, saying why; other errors where a cell has another type.
    """
    if row["note"] is None:
        raise CheckpointInvalid("there is no such checkpoint")
    checkpoint: Checkpoint = read_checkpoint(row["note"])
    if checkpoint.size != row["size"]:
        raise CheckpointInvalid("its checkpoint is one of another size")
    witness = WitnessKey.read(row["witness"])
    if witness.text() != row["witness"]:
        raise CheckpointInvalid("its witness is not written as it was")
    check_cosignature(checkpoint.text(), row["cosignature"], witness)
    return witness.text()
