"""What finds entries again without reading them all: made from committed entries, off the append path, by one replica at a time.

Entries are indexed by whole blocks. Of each block a *tally* tells how many entries of each day, kind, controller, client, activity and
outcome are in it: so a search skips the blocks that hold nothing of what it looks for, a time is found without an index on it, and entries
are counted without being read. A *blind index* tells which entries an agent made. The entries after the last block are few, and read.
"""

import time
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, Engine, func, insert, select
from sqlalchemy.exc import IntegrityError

from audit.entries.agents import key_of_agents
from audit.keys.keyring import KeyRing
from audit.keys.sealing import DataKeys
from audit.model import Line, to_millis
from audit.reading.blind import BlindKey, agent_in, month_of
from audit.reading.choice import NAMES
from audit.reading.lines import Reader, all_lines
from audit.reading.officials import agents_of
from audit.store import APPEND_LOCK, DATA_KEY, ENTRY, HEAD
from audit.tables import metadata

BLOCK: Final = 2048
"""Entries in a block."""
DAY: Final = 86_400_000
"""Milliseconds in a day: a day is that of `recorded_at` in UTC, counted from 1970-01-01."""
TALLY = metadata.tables["audit_tally"]
AGENT = metadata.tables["audit_agent"]
_INDEX_LOCK = APPEND_LOCK + 16
_CHUNK = 128


class Tallied(NamedTuple):
    """What entries are counted by."""

    day: int
    kind: str
    controller: str
    client: str
    activity: str
    outcome: str


def tally_rows(first: int, counted: Mapping[Tallied, int]) -> list[dict[str, Any]]:
    """The rows of a block's tally, in the order that everybody gives them."""
    return [
        {"first_index": first, "position": position, **one._asdict(), "entries": counted[one]}
        for position, one in enumerate(sorted(counted))
    ]


def indexed(connection: Connection) -> int:
    """How many entries, from the first on, are indexed."""
    last: int | None = connection.scalar(select(func.max(TALLY.c.first_index)))
    return 0 if last is None else last + BLOCK


class Indexer:
    """Indexes block after block. Blocking; call it in a thread.

    Args:
        engine: of the log's database.
        keys: what wraps its data keys.
        blind: what tags are computed with.
        pause: seconds after each hundred entries, in which the rest of the process gets on.
    """

    def __init__(self, engine: Engine, keys: KeyRing, blind: BlindKey, *, pause: float = 0.01) -> None:
        self._keys = DataKeys(keys)
        self._engine, self._reader, self._blind = engine, Reader(engine, self._keys), blind
        self._pause = pause

    def step(self) -> bool:
        """Index the next block, if it is full by now and nobody else is at it; whether it was.

        Raises:
            SQLAlchemyError: the database is away; nothing was indexed.
        """
        try:
            with self._engine.begin() as connection:
                return self._index(connection)
        except IntegrityError:  # another process was quicker
            return False

    def _index(self, connection: Connection) -> bool:
        if connection.dialect.name == "postgresql" and not connection.scalar(
            select(func.pg_try_advisory_xact_lock(_INDEX_LOCK))
        ):
            return False
        first = indexed(connection)
        if (connection.scalar(select(HEAD.c.size)) or 0) < first + BLOCK:
            return False
        counted: Counter[Tallied] = Counter()
        agents: list[dict[str, Any]] = []
        for lines in self._lines(connection, first):
            counted.update(map(_tallied, lines))
            opened = agents_of(connection, self._keys, lines)
            for line in lines:
                agents += self._agent(line, opened.get(line.index))
        connection.execute(insert(TALLY), tally_rows(first, counted))
        self._add_agents(connection, agents)
        return True

    def _lines(self, connection: Connection, first: int) -> Iterator[list[Line]]:
        for start in range(first, first + BLOCK, _CHUNK):
            end = min(start + _CHUNK, first + BLOCK)
            block = all_lines().where(ENTRY.c.leaf_index >= start, ENTRY.c.leaf_index < end)
            rows = connection.execute(block.order_by(ENTRY.c.leaf_index)).mappings().all()
            yield [self._reader.line(row) for row in rows]
            time.sleep(self._pause)

    def _agent(self, line: Line, agents: Mapping[str, str] | None) -> Iterator[dict[str, Any]]:
        agent = agent_in(line.details, agents)
        if agent is not None:
            month = month_of(to_millis(line.recorded_at))
            tag = self._blind.tag(line.controller, month, agent)
            agents_key = None if line.sealed_agents is None else key_of_agents(line.sealed_agents)
            yield {"leaf_index": line.index, "tag": tag, "key_id": line.key_id, "agents_key_id": agents_key}

    @staticmethod
    def _add_agents(connection: Connection, agents: list[dict[str, Any]]) -> None:
        """Add those whose key was not destroyed meanwhile; whoever destroys one of the others waits, and takes its rows away."""
        if not agents:
            return
        needed = {row["leaf_index"]: {row["key_id"], row["agents_key_id"]} - {None} for row in agents}
        live = select(DATA_KEY.c.id).where(
            DATA_KEY.c.id.in_(sorted(set().union(*needed.values()))), DATA_KEY.c.wrapped.is_not(None)
        )
        there = set(connection.execute(live.with_for_update(read=True)).scalars())
        rows = [row for row in agents if needed[row["leaf_index"]] <= there]
        if rows:
            connection.execute(insert(AGENT), rows)


def _tallied(line: Line) -> Tallied:
    return Tallied(to_millis(line.recorded_at) // DAY, *(getattr(line, name) for name in NAMES))
