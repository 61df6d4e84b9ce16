"""Making proofs of completeness: `audit.proving.completeness` says what they are."""

from typing import Any

from sqlalchemy import Engine, select
from sqlalchemy.exc import SQLAlchemyError

from audit.errors import LogUnavailable, MerkleError, NotSigned
from audit.proving.completeness import FORMAT, SHOWN, TOLD, write_map
from audit.proving.form import Json
from audit.proving.prover import Prover
from audit.snapshot import snapshot
from audit.store import ENTRY
from audit.subject_map.proving import prove


class CompletenessProver:
    """Makes proofs of completeness. Blocking; call it in a thread.

    Args:
        engine: of the log's database.
        prover: of single lines of the same log.
    """

    def __init__(self, engine: Engine, prover: Prover) -> None:
        self._engine, self._prover = engine, prover

    def prove(self, handle: str, *, before: int | None = None, most: int = 100) -> Json:
        """The proof for a subject.

        Args:
            handle: of the subject.
            before: only lines with a smaller index: `next` of the file before.
            most: the most lines that are shown.

        Raises:
            NotSigned: no map was told yet, or no checkpoint counts the entry that tells it.
            LogUnavailable: the database is away, or does not hold together.
        """
        try:
            found = prove(self._engine, handle)
            if found is None:
                raise NotSigned
            told = self._prover.prove(found.told_at, TOLD)
            lines, more = self._lines(handle, found.state.size, before, most)
        except SQLAlchemyError:
            raise LogUnavailable("the log cannot be read now") from None
        except MerkleError:
            raise LogUnavailable("the log does not hold together: `log verify` says more") from None
        return {
            "format": FORMAT,
            "subject": handle,
            "told": told,
            **write_map(found.proof),
            **({} if before is None else {"before": before}),
            "lines": lines,
            **({} if more is None else {"next": more}),
        }

    def _lines(self, handle: str, size: int, before: int | None, most: int) -> tuple[list[Json], int | None]:
        """Lines, newest first, and the cursor of those before them. One that no chain leads to comes with its way to a checkpoint."""
        below = size if before is None else min(size, before)
        query = select(ENTRY).where(ENTRY.c.subject == handle, ENTRY.c.leaf_index < below)
        lines: list[Json] = []
        with snapshot(self._engine) as connection:
            found: Any = connection.execute(query.order_by(ENTRY.c.leaf_index.desc()).limit(most + 1))
            rows = found.mappings().all()
            linked = before is None
            for row in rows[:most]:
                line = self._prover.line(connection, row, SHOWN)
                if not linked:
                    line["inclusion"] = self._prover.way(connection, row["leaf_index"])
                linked = "sealedFields" in line
                lines.append(line)
        return lines, rows[most - 1]["leaf_index"] if len(rows) > most else None
