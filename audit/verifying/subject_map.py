"""The map of subjects: made again from the entries that it counts, and compared with what is stored and with what was told."""

from collections.abc import Iterator
from itertools import zip_longest
from typing import Any, NamedTuple

from pydantic_core import from_json

from audit.entries.checking import Columns
from audit.subject_map.building import MAP_ROOT
from audit.subject_map.hashing import SALT, key_of
from audit.subject_map.pages import encode
from audit.subject_map.pages import root as root_of
from audit.subject_map.tables import Leaf
from audit.subject_map.whole import Made, pages_of
from audit.verifying.check import Check, Log, Seen

_LEAF = (str, int, bytes, int, int, bytes)
_LENGTHS = (64, SALT, 32)
_LARGEST = 1 << 63


class _End(NamedTuple):
    entries: int
    last_index: int
    last_leaf: bytes


class SubjectMapCheck(Check):
    """Each subject has its number of entries and the last of them in the map, nobody else is in it, and the last entry that tells a state tells this one.

    Takes some hundred bytes a subject.
    """

    def __init__(self, log: Log) -> None:
        super().__init__(log)
        states = list(log.rows("SELECT * FROM audit_map ORDER BY number"))
        told = [state for state in states if state["entry"] is not None]
        self._state = told[-1] if told else None
        size = self._state["size"] if self._state is not None else 0
        self._size = size if type(size) is int else 0
        self._ends: dict[object, _End] = {}
        self._telling: Seen | None = None
        self._bad = False

    def entry(self, seen: Seen) -> None:
        """Count it for its subject, as the map does."""
        if seen.index < self._size:
            before = self._ends.get(seen.row["subject"])
            self._ends[seen.row["subject"]] = _End(
                1 if before is None else before.entries + 1, seen.index, seen.leaf
            )
        if seen.row["kind"] == MAP_ROOT:
            self._telling = seen

    def finish(self, *, whole: bool) -> None:
        """Make the map again."""
        state, telling = self._state, self._telling
        if not whole or (state is None and telling is None):
            return
        if state is None or telling is None or state["entry"] != telling.row["id"]:
            index = telling.index if telling is not None else None
            self._find(index, "the map is not the one that was told last")
            return
        if not _tells(telling, state):
            self._find(telling.index, "the map is not as this entry tells it")
            return
        self._check(telling.index, state["number"], state["root"])

    def _check(self, told_at: int, number: int, root: bytes) -> None:
        """Compare leaves, pages and root. Where a leaf is bad, pages and root must be too, and are not named."""
        made = pages_of(self._leaves(told_at, number))
        stored = self._stored("page", "path", number)
        last: Made | None = None
        fits = True
        for page, row in zip_longest(made, stored):
            fits = fits and page is not None and row is not None and _is(page, row)
            last = page or last
        for end in self._ends.values():
            self._find(end.last_index, "the map does not count the entries of its subject")
        same = last is not None and root_of(last.page, 0) == root and last.number == number
        if not self._bad and not (fits and same):
            self._find(told_at, "the pages of the map that it tells are not those of its subjects")

    def _leaves(self, told_at: int, number: int) -> Iterator[Leaf]:
        """The leaves that are stored, each compared with the entries of its subject."""
        self._ends = {key_of(subject): end for subject, end in self._ends.items() if isinstance(subject, str)}
        for row in self._stored("leaf", "key", number):
            end = self._ends.pop(row["key"], None)
            leaf = _leaf(row)
            if end is None:
                self._find(told_at, "the map that it tells has a subject without entries")
            elif leaf is None or end != (leaf.entries, leaf.last_index, leaf.last_leaf):
                self._find(end.last_index, "the map does not count the entries of its subject")
            if leaf is not None:
                yield leaf

    def _stored(self, table: str, name: str, number: int) -> Iterator[Columns]:
        """For each key or path the row that holds in this state; pages after those below them."""
        last: Columns | None = None
        query = f"SELECT * FROM audit_map_{table} WHERE number <= {number:d} ORDER BY {name} || 'g', number"  # noqa: S608
        for row in self.log.rows(query):
            if last is not None and last[name] != row[name]:
                yield last
            last = row
        if last is not None:
            yield last

    def _find(self, index: int | None, what: str) -> None:
        self._bad = True
        self.log.findings.add(index, what, follows=True)


def _tells(telling: Seen, state: Columns) -> bool:
    """Whether an entry tells this state; as far as can be seen, where it was not opened."""
    types = (type(state["number"]), type(state["size"]), type(state["root"]))
    if types != (int, int, bytes) or not 0 < state["size"] <= telling.index or state["number"] < 1:
        return False
    if telling.fields is None:
        return True
    said: dict[str, Any] = {
        name.decode(): from_json(value) for name, value in telling.fields.items() if not name.startswith(b"@")
    }
    return (said.get("state"), said.get("size"), said.get("root")) == (
        state["number"],
        state["size"],
        state["root"].hex(),
    )


def _leaf(row: Columns) -> Leaf | None:
    """The leaf in a row, if its cells are what can be hashed."""
    cells = tuple(row[name] for name in Leaf.__slots__)
    if tuple(map(type, cells)) != _LEAF:
        return None
    leaf = Leaf(*cells)
    sizes = tuple(map(len, (leaf.key, leaf.salt, leaf.last_leaf)))
    numbers = (leaf.number, leaf.entries, leaf.last_index)
    sound = sizes == _LENGTHS and all(0 <= number < _LARGEST for number in numbers)
    return leaf if sound and set(leaf.key) <= set("0123456789abcdef") else None


def _is(made: Made, row: Columns) -> bool:
    return (made.path, encode(made.page), made.number) == (row["path"], row["body"], row["number"])
