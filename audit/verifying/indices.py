"""The index that entries are found by: every tally and every blind tag is made again, and compared."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from pydantic_core import from_json

from audit.entries.agents import FIELD, key_of_agents
from audit.keys.sealing import Unreadable
from audit.reading.blind import BlindKey, agent_in, month_of
from audit.reading.choice import NAMES
from audit.reading.indexing import BLOCK, DAY, Tallied, tally_rows
from audit.verifying.agents import open_agents_of
from audit.verifying.check import Check, Log, Seen

_ASKED = (b"role", b"actor")
_NO_BLOCK = "a tally is of no block"
_STRAY = (
    "SELECT 1 FROM audit_tally WHERE first_index <> CAST(first_index AS BIGINT) OR first_index < 0"
    " OR mod(CAST(first_index AS BIGINT), ?) <> 0"
)


class IndicesCheck(Check):
    """Each block's tally counts its entries, and the blind index names the entries that agents made, by their tags. A block at a time in memory.

    What may not be indexed yet are whole blocks at the end. The tags are compared where the key that they were computed with was given.
    """

    def __init__(self, log: Log) -> None:
        super().__init__(log)
        key = log.given.blind
        self._blind = None if key is None else BlindKey(key)
        last = log.find("SELECT max(first_index) AS first FROM audit_tally")[0]["first"]
        self._end = last + BLOCK if type(last) is int else 0
        if last is not None and type(last) is not int:
            log.findings.add(None, _NO_BLOCK)
        self._counted: Counter[Tallied] = Counter()
        self._agents: dict[int, tuple[bytes | None, object, str | None]] = {}

    def entry(self, seen: Seen) -> None:
        """Count it; at the end of a block, compare."""
        if seen.index >= self._end:
            return
        row = seen.row
        if type(row["recorded_at"]) is int:
            self._counted[Tallied(row["recorded_at"] // DAY, *(row[name] for name in NAMES))] += 1
        if (agent := self._agent(seen)) is not None:
            self._agents[seen.index] = self._tag(row, agent), row["key_id"], _agents_key(seen)
        if seen.index % BLOCK == BLOCK - 1:
            self._compare(seen.index - BLOCK + 1)

    def finish(self, *, whole: bool) -> None:
        """What is indexed beyond the entries there are, or between the blocks."""
        size = self.log.tree.size
        if whole and self._end > size:
            self.log.findings.add(size, f"entry {size} is missing: the index counts {self._end}")
        if self.log.find(_STRAY, BLOCK):
            self.log.findings.add(None, _NO_BLOCK)
        query = "SELECT leaf_index FROM audit_agent WHERE leaf_index < 0 OR leaf_index >= ?"
        if self.log.find(query, self._end):
            self.log.findings.add(None, "the index of agents names an entry that is not indexed yet")

    def _agent(self, seen: Seen) -> str | None:
        if seen.fields is None:
            return None
        try:
            return agent_in(_details(seen.fields), open_agents_of(self.log, seen))
        except Unreadable:  # which is named by itself
            return None

    def _tag(self, row: Mapping[Any, Any], agent: str) -> bytes | None:
        if self._blind is None:
            return None
        try:
            return self._blind.tag(row["controller"], month_of(row["recorded_at"]), agent)
        except (TypeError, AttributeError, OverflowError):
            return None  # a column holds what was never written there, which is named by itself

    def _compare(self, first: int) -> None:
        stored = self.log.find("SELECT * FROM audit_tally WHERE first_index = ? ORDER BY position", first)
        if [dict(row) for row in stored] != self._tally(first):
            what = f"the tally of entries {first} to {first + BLOCK - 1} is not theirs"
            self.log.findings.add(first, what, follows=True)
        if self.log.keys is not None:
            self._compare_agents(first)
        self._counted, self._agents = Counter(), {}

    def _tally(self, first: int) -> list[dict[str, Any]]:
        try:
            return tally_rows(first, self._counted)
        except TypeError:
            return []  # a column of an entry holds what was never written there

    def _compare_agents(self, first: int) -> None:
        query = "SELECT * FROM audit_agent WHERE leaf_index >= ? AND leaf_index < ?"
        stored = {row["leaf_index"]: row for row in self.log.find(query, first, first + BLOCK)}
        for index in sorted(stored.keys() | self._agents.keys()):
            made, row = self._agents.get(index), stored.get(index)
            if made is None:
                what = "the index of agents names an entry that no agent made, or whose key is gone"
            elif row is None:
                what = "the index of agents leaves the entry out"
            elif (row["key_id"], row["agents_key_id"]) != made[1:] or (
                self._blind is not None and row["tag"] != made[0]
            ):
                what = "the index of agents names another agent"
            else:
                continue
            self.log.findings.add(int(index), what, follows=True)


def _agents_key(seen: Seen) -> str | None:
    value = (seen.fields or {}).get(FIELD.encode())
    return None if value is None else key_of_agents(value)


def _details(fields: Mapping[bytes, bytes]) -> dict[str, Any]:
    """The details that tell an agent; whoever sealed the body wrote them."""
    return {name.decode(): from_json(fields[name]) for name in _ASKED if name in fields}
