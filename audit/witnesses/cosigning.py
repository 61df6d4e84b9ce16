"""The log's side of witnessing: what is submitted to each witness, what it cosigned, and what shows that the log is not the one it saw.

Nothing here is on the path of an append: checkpoints are signed and committed before any witness hears of them.
"""

import logging
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from sqlalchemy import Connection, Engine, func, insert, select
from sqlalchemy.exc import IntegrityError

from audit.checkpoints.checkpoint import Checkpoint, open_checkpoint, read_checkpoint
from audit.checkpoints.kept import KeptNote, holds
from audit.errors import CheckpointInvalid, MerkleError
from audit.store import CHECKPOINT, COSIGNATURE
from audit.tree.merkle import verify_consistency
from audit.tree.proofs import TileCache, Tree
from audit.witnesses.cosignature import Cosignature, WitnessKey, check_cosignature, cosignatures_in
from audit.witnesses.witnessing import Submission

Keys = Callable[[], Collection[Ed25519PublicKey]]
_logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Newest:
    """The checkpoint that a witness is to cosign next, and the size that it cosigned last, as far as is known here."""

    note: str
    size: int
    cosigned: int


class Cosigning:
    """Keeps the cosignatures of one log. Blocking; call it in threads.

    Args:
        engine: of the log's database.
        origin: of the log.
        keys: that sign, or once signed, its checkpoints.
        kept: where a checkpoint is put that this log signed and does not go on from: the log then takes no more entries.
    """

    def __init__(self, engine: Engine, origin: str, keys: Keys, kept: KeptNote | None = None) -> None:
        self.origin, self._engine, self._keys, self._kept = origin, engine, keys, kept
        self._cache = TileCache()

    def newest(self, witness: WitnessKey, *, beyond: int = 0) -> Newest | None:
        """What this witness could cosign next; None before the first checkpoint.

        It is the last one that another witness cosigned since, or else the last of all. A log that is busy has another checkpoint whenever one looks:
        witnesses that are each given the last one of their moment would cosign different ones, and hardly any would have a quorum.

        Args:
            witness: which one.
            beyond: it is known to have cosigned so many entries.

        Raises:
            SQLAlchemyError: the database is away.
        """
        with self._engine.connect() as connection:
            query = select(CHECKPOINT.c.size, CHECKPOINT.c.note).order_by(CHECKPOINT.c.size.desc()).limit(1)
            last = connection.execute(query).one_or_none()
            if last is None or read_checkpoint(last.note).origin != self.origin:
                return None
            cosigned = self._cosigned(connection, witness)
            note, size = self._begun(connection, max(cosigned, beyond)) or (last.note, last.size)
            return Newest(note, size, cosigned)

    def submission(self, newest: Newest, old_size: int) -> Submission:
        """The newest checkpoint for a witness that cosigned the first `old_size` entries, not more than the checkpoint counts.

        Raises:
            MerkleError: the tiles are not all there.
            SQLAlchemyError: the database is away.
        """
        if not 0 < old_size < newest.size:
            return Submission(old_size, [], newest.note)
        with self._engine.connect() as connection:
            proof = Tree(connection, newest.size, self._cache).consistency(old_size)
        return Submission(old_size, proof, newest.note)

    @staticmethod
    def check(note: str, answer: str, witness: WitnessKey) -> Cosignature:
        """What a witness answered to a checkpoint.

        Raises:
            CheckpointInvalid: it is no cosignature of this witness over this checkpoint.
        """
        found = cosignatures_in(note + answer, [witness])
        if not found:
            raise CheckpointInvalid("it holds no cosignature of this witness")
        return found[0]

    def keep(self, note: str, made: Cosignature) -> None:
        """Store a cosignature of a checkpoint; the first of a witness stays.

        Raises:
            SQLAlchemyError: the database is away.
        """
        row = {"size": read_checkpoint(note).size, "witness": made.witness.text()}
        with suppress(IntegrityError), self._engine.begin() as connection:
            connection.execute(insert(COSIGNATURE).values(**row, cosignature=made.to_bytes()))

    def contradicts(self, note: str) -> bool:
        """Whether this checkpoint, which a witness showed, is of this log and its database does not go on from it.

        It counts only with the log's own signature, so that no witness can stop a log by a lie. It is put beside the kept checkpoint, and
        from then on every replica refuses to append.

        Raises:
            CheckpointInvalid: the log never signed it.
            SQLAlchemyError: the database is away.
            OSError: it cannot be kept.
        """
        checkpoint = self._opened(note)
        with self._engine.connect() as connection:
            if self._leads_to_kept(connection, checkpoint) or holds(connection, checkpoint):
                return False
        if self._kept is not None and self._kept.contradiction() is None:
            _logger.error(
                "a witness holds a checkpoint of this log, of %d entries, from which its database does not go on: "
                "nothing more is appended",
                checkpoint.size,
            )
            self._kept.contradict(note)
        return True

    def _leads_to_kept(self, connection: Connection, checkpoint: Checkpoint) -> bool:
        """Whether the checkpoint that is kept outside the database, and which the log is held to, goes on from this one.

        That is proven from some twenty tiles, where else every leaf is read: a minute at ten million entries, as often as a witness cares to ask for it.
        """
        with suppress(MerkleError, OSError):
            kept = self._kept.read() if self._kept is not None else None
            if kept is not None and 0 < checkpoint.size <= kept.size:
                proof = Tree(connection, kept.size).consistency(checkpoint.size)
                return verify_consistency(checkpoint.size, kept.size, checkpoint.root, kept.root(), proof)
        return False

    def _opened(self, note: str) -> Checkpoint:
        for key in self._keys():
            try:
                return open_checkpoint(note, self.origin, key)
            except CheckpointInvalid:
                continue
        raise CheckpointInvalid("this log never signed what the witness shows")

    def _begun(self, connection: Connection, cosigned: int) -> tuple[str, int] | None:
        """The last checkpoint of this origin that any witness cosigned, if it counts more entries than these."""
        query = select(CHECKPOINT.c.note, CHECKPOINT.c.size).join(
            COSIGNATURE, COSIGNATURE.c.size == CHECKPOINT.c.size
        )
        last = query.where(COSIGNATURE.c.size > cosigned).order_by(COSIGNATURE.c.size.desc()).limit(1)
        row = connection.execute(last).one_or_none()
        if row is None or read_checkpoint(row.note).origin != self.origin:
            return None
        return row.note, row.size

    def _cosigned(self, connection: Connection, witness: WitnessKey) -> int:
        """The size of the last checkpoint of this origin that the witness cosigned."""
        query = select(COSIGNATURE.c.size).where(COSIGNATURE.c.witness == witness.text())
        size = connection.scalar(query.order_by(COSIGNATURE.c.size.desc()).limit(1))
        note = connection.scalar(select(CHECKPOINT.c.note).where(CHECKPOINT.c.size == size)) if size else None
        return size or 0 if note is not None and read_checkpoint(note).origin == self.origin else 0


def cosigned_note(connection: Connection, witnesses: Collection[WitnessKey], quorum: int) -> str | None:
    """The last checkpoint that so many of these witnesses cosigned, with the log's signature and all cosignatures of theirs.

    Args:
        connection: of the log's database.
        witnesses: whose cosignatures count.
        quorum: how many are needed; 0: the last checkpoint, whatever it has.
    """
    size = _last_with(connection, [witness.text() for witness in witnesses], quorum)
    note: str | None = connection.scalar(select(CHECKPOINT.c.note).where(CHECKPOINT.c.size == size))
    return None if note is None else note + "".join(_lines(connection, read_checkpoint(note), witnesses))


def _last_with(connection: Connection, names: Sequence[str], quorum: int) -> int | None:
    """The size of the last checkpoint that so many of these witnesses cosigned.

    It is no larger than the last one of the witness that is number `quorum` in the order of their last ones: so each step looks up one row for
    each witness, by an index, and there are few steps, since witnesses cosign mostly the same.
    """
    if quorum <= 0:
        last: int | None = connection.scalar(select(func.max(CHECKPOINT.c.size)))
        return last
    upto: int | None = None
    while quorum <= len(names):
        lasts = sorted((_last_of(connection, name, upto) for name in names), reverse=True)
        size = lasts[quorum - 1]
        if size == 0:
            break
        here = select(func.count()).where(COSIGNATURE.c.size == size, COSIGNATURE.c.witness.in_(names))
        if (connection.scalar(here) or 0) >= quorum:
            return size
        upto = size - 1
    return None


def _last_of(connection: Connection, name: str, upto: int | None) -> int:
    query = select(func.max(COSIGNATURE.c.size)).where(COSIGNATURE.c.witness == name)
    if upto is not None:
        query = query.where(COSIGNATURE.c.size <= upto)
    return connection.scalar(query) or 0


def _lines(connection: Connection, checkpoint: Checkpoint, witnesses: Collection[WitnessKey]) -> list[str]:
    """The signature lines of these witnesses, in their order; one that does not hold is left out."""
    query = select(COSIGNATURE.c.witness, COSIGNATURE.c.cosignature)
    rows = connection.execute(query.where(COSIGNATURE.c.size == checkpoint.size))
    stored = {name: bytes(cosignature) for name, cosignature in rows}
    lines = []
    for witness in witnesses:
        if witness.text() in stored:
            try:
                lines.append(check_cosignature(checkpoint.text(), stored[witness.text()], witness).line())
            except CheckpointInvalid as error:
                _logger.error("%s: `log verify` says more", error)  # noqa: TRY400
    return lines
