"""Reading many entries at once, and saying which they were.

An `Extent` names a set of entries by what is in the clear alone, and commits to them by a Merkle root. Whoever reads it writes the extent
in an entry of the log first: from then on every subject can be told that their entries were among those that were read.
"""

import contextlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Engine, and_, func, literal, select, union_all
from sqlalchemy.exc import SQLAlchemyError

from audit.errors import LogChanged, LogUnavailable
from audit.keyring import KeyRing
from audit.merkle import CompactRange, hash_leaf
from audit.model import Line, to_millis
from audit.reading import Reader, all_lines
from audit.sealing import DataKeys
from audit.store import ENTRY

_LEAVES = 5_000
_ASKED_AT_ONCE = 50


@dataclass(frozen=True, slots=True)
class Extent:
    """A set of entries: those of some kinds, recorded in some time, among those from one index to another.

    Attributes:
        kinds: the kinds, sorted.
        since, until: when they were recorded, in milliseconds since 1970, UTC; `until` is excluded.
        activity: of which processing activity; None: of any.
        first, last: the indices of the first and the last of them; `first` is larger than `last` where there is none.
        count: how many they are.
        root: RFC 9162 §2.1 over their leaves, in the order of their indices.
    """

    kinds: tuple[str, ...]
    since: int
    until: int
    activity: str | None
    first: int
    last: int
    count: int
    root: bytes

    def details(self) -> dict[str, Any]:
        """The extent as details of an entry."""
        activity = {} if self.activity is None else {"activity": self.activity}
        return {
            "kinds": list(self.kinds), "since": self.since, "until": self.until, **activity,
            "first": self.first, "last": self.last, "count": self.count, "root": self.root.hex(),
        }  # fmt: skip

    @classmethod
    def read(cls, details: Mapping[str, Any]) -> "Extent":
        """The extent that an entry's details tell.

        Raises:
            KeyError, TypeError, ValueError: they tell none.
        """
        numbers = {name: int(details[name]) for name in ("since", "until", "first", "last", "count")}
        kinds, root = tuple(map(str, details["kinds"])), bytes.fromhex(details["root"])
        return cls(kinds=kinds, activity=details.get("activity"), root=root, **numbers)

    def condition(self) -> ColumnElement[bool]:
        """Which rows of `audit_entry` are in it."""
        return and_(
            ENTRY.c.leaf_index.between(self.first, self.last),
            _chosen(self.kinds, self.since, self.until, self.activity),
        )


class History:
    """Reads entries across subjects. Blocking; call it in a thread.

    Args:
        engine: of the log's database.
        keys: what wraps its data keys.
    """

    def __init__(self, engine: Engine, keys: KeyRing) -> None:
        self._engine, self._reader = engine, Reader(engine, DataKeys(keys))

    def extent(
        self, kinds: Collection[str], *, since: datetime, until: datetime, activity: str | None = None
    ) -> Extent:
        """The entries of these kinds that were recorded from `since` on and before `until`. None of them is opened.

        Raises:
            LogUnavailable: the database is away.
        """
        names, start, end = tuple(sorted(kinds)), to_millis(since), to_millis(until)
        chosen = _chosen(names, start, end, activity)
        # Without `+ 0` a database would look for the smallest index by walking all of them, however few the time allows.
        index = ENTRY.c.leaf_index + 0
        with reading(), self._engine.connect() as connection:
            first, last = connection.execute(select(func.min(index), func.max(index)).where(chosen)).one()
            if first is None:
                return Extent(names, start, end, activity, 0, -1, 0, CompactRange().root())
            tree, after = CompactRange(), first - 1
            while True:
                query = select(ENTRY.c.leaf_index, ENTRY.c.leaf).where(
                    ENTRY.c.leaf_index > after, ENTRY.c.leaf_index <= last, chosen
                )
                rows = connection.execute(query.order_by(ENTRY.c.leaf_index).limit(_LEAVES)).all()
                for _, leaf in rows:
                    tree.append(hash_leaf(bytes(leaf)))
                if len(rows) < _LEAVES:
                    return Extent(names, start, end, activity, first, last, tree.size, tree.root())
                after = rows[-1][0]

    def read(self, extent: Extent, *, batch: int = 500) -> Iterator[tuple[Line, ...]]:
        """The entries of an extent, opened, oldest first, so many at a time.

        Raises:
            LogUnavailable: the database is away.
            LogChanged: these are not the entries that the extent commits to; raised after the last of them.
        """
        tree, after = CompactRange(), extent.first - 1
        while True:
            query = all_lines().where(ENTRY.c.leaf_index > after, extent.condition())
            with reading(), self._engine.connect() as connection:
                rows = connection.execute(query.order_by(ENTRY.c.leaf_index).limit(batch)).mappings().all()
            found = tuple(map(self._reader.line, rows))
            for line in found:
                tree.append(hash_leaf(line.leaf))
            if found:
                yield found
                after = found[-1].index
            if len(found) < batch:
                break
        if (tree.size, tree.root()) != (extent.count, extent.root):
            raise LogChanged("the entries are not those that were counted before: `log verify` says more")

    def entry(self, which: str | int) -> Line | None:
        """One entry, by its id or by its index; None if there is none.

        Raises:
            LogUnavailable: the database is away.
        """
        column = ENTRY.c.leaf_index if isinstance(which, int) else ENTRY.c.id
        return self._one(column == which)

    def of_subject(self, handle: str, index: int) -> Line | None:
        """The entry at an index, if it is this subject's.

        Raises:
            LogUnavailable: the database is away.
        """
        return self._one(and_(ENTRY.c.leaf_index == index, ENTRY.c.subject == handle))

    def with_entries_of(self, handle: str, extents: Sequence[Extent]) -> list[bool]:
        """For each extent, whether an entry of this subject is in it. Each costs one look into the index of the subject's entries.

        Raises:
            LogUnavailable: the database is away.
        """
        if not extents:
            return []
        found: set[int] = set()
        with reading(), self._engine.connect() as connection:
            for start in range(0, len(extents), _ASKED_AT_ONCE):
                asked = [
                    select(literal(place)).where(
                        select(ENTRY.c.leaf_index).where(ENTRY.c.subject == handle, one.condition()).exists()
                    )
                    for place, one in enumerate(extents[start : start + _ASKED_AT_ONCE], start)
                ]
                found.update(connection.execute(union_all(*asked)).scalars())
        return [place in found for place in range(len(extents))]

    def _one(self, condition: ColumnElement[bool]) -> Line | None:
        with reading(), self._engine.connect() as connection:
            row = connection.execute(all_lines().where(condition)).mappings().one_or_none()
        return self._reader.line(row) if row is not None else None


def _chosen(kinds: Collection[str], since: int, until: int, activity: str | None) -> ColumnElement[bool]:
    conditions = [ENTRY.c.kind.in_(sorted(kinds)), ENTRY.c.recorded_at >= since, ENTRY.c.recorded_at < until]
    if activity is not None:
        conditions.append(ENTRY.c.activity == activity)
    return and_(*conditions)


@contextlib.contextmanager
def reading() -> Iterator[None]:
    """What the database cannot do becomes `LogUnavailable`."""
    try:
        yield
    except SQLAlchemyError:
        raise LogUnavailable("the log cannot be read now") from None
