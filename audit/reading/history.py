"""Reading many entries at once, and saying which they were.

An `Extent` names a set of entries by what is in the clear alone, and commits to them by a Merkle root. Whoever reads it writes the extent
in an entry of the log first: from then on every subject can be told that their entries were among those that were read.
"""

import contextlib
from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, Engine, and_, func, literal, or_, select, union_all
from sqlalchemy.exc import SQLAlchemyError

from audit.errors import LogChanged, LogUnavailable, TooManyEntries
from audit.keys.keyring import KeyRing
from audit.keys.sealing import DataKeys
from audit.model import Line
from audit.reading.choice import NAMES, Choice
from audit.reading.extent import Extent
from audit.reading.indexing import BLOCK, DAY, TALLY, indexed
from audit.reading.lines import Reader, all_lines
from audit.store import ENTRY
from audit.tree.merkle import CompactRange, hash_leaf

_LEAVES = 5_000
_ASKED_AT_ONCE = 50
_FEW = 500
_CLEAR = [ENTRY.c[name] for name in ("leaf_index", "recorded_at", *NAMES)]


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
        activities = None if activity is None else frozenset({activity})
        return self.chosen(Choice(frozenset(kinds), activity=activities, since=since, until=until))

    def chosen(self, choice: Choice, *, most: int | None = None) -> Extent:
        """The entries that meet a choice. None of them is opened.

        Args:
            choice: with a beginning and an end; of clients, activities and outcomes it names one at most.
            most: how many they may be.

        Raises:
            ValueError: there is no extent of such a choice.
            TooManyEntries: they are more.
            LogUnavailable: the database is away.
        """
        wanted = Extent.of(choice)
        # Without `+ 0` a database would look for the smallest index by walking all of them, however few the time allows.
        index, conditions = ENTRY.c.leaf_index + 0, wanted.conditions()
        with reading(), self._engine.connect() as connection:
            near = _near(connection, wanted.since, wanted.until)
            first, last = connection.execute(
                select(func.min(index), func.max(index)).where(*near, *conditions)
            ).one()
            if first is None:
                return wanted
            tree, after = CompactRange(), first - 1
            while True:
                query = select(ENTRY.c.leaf_index, ENTRY.c.leaf).where(
                    ENTRY.c.leaf_index > after, ENTRY.c.leaf_index <= last, *conditions
                )
                rows = connection.execute(query.order_by(ENTRY.c.leaf_index).limit(_LEAVES)).all()
                for _, leaf in rows:
                    tree.append(hash_leaf(bytes(leaf)))
                if most is not None and tree.size > most:
                    raise TooManyEntries(f"there are more than {most} such entries")
                if len(rows) < _LEAVES:
                    return replace(wanted, first=first, last=last, count=tree.size, root=tree.root())
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
        """For each extent, whether an entry of this subject is in it.

        A subject's entries are few, and looked through in memory; where they are many, each extent costs a look into their index.

        Raises:
            LogUnavailable: the database is away.
        """
        if not extents:
            return []
        mine = select(*_CLEAR).where(ENTRY.c.subject == handle).order_by(ENTRY.c.leaf_index).limit(_FEW + 1)
        with reading(), self._engine.connect() as connection:
            rows = connection.execute(mine).all()
            if len(rows) > _FEW:
                found = _among_many(connection, handle, extents)
                return [place in found for place in range(len(extents))]
        indices = [row.leaf_index for row in rows]
        return [
            any(map(one.holds, rows[bisect_left(indices, one.first) : bisect_right(indices, one.last)]))
            for one in extents
        ]

    def _one(self, condition: ColumnElement[bool]) -> Line | None:
        with reading(), self._engine.connect() as connection:
            row = connection.execute(all_lines().where(condition)).mappings().one_or_none()
        return self._reader.line(row) if row is not None else None


def _among_many(connection: Connection, handle: str, extents: Sequence[Extent]) -> set[int]:
    """The places of the extents that hold an entry of a subject."""
    found: set[int] = set()
    for start in range(0, len(extents), _ASKED_AT_ONCE):
        asked = [
            select(literal(place)).where(
                select(ENTRY.c.leaf_index).where(ENTRY.c.subject == handle, one.condition()).exists()
            )
            for place, one in enumerate(extents[start : start + _ASKED_AT_ONCE], start)
        ]
        found.update(connection.execute(union_all(*asked)).scalars())
    return found


def _near(connection: Connection, since: int, until: int) -> list[ColumnElement[bool]]:
    """Where the entries of a time may be, as far as they are indexed: so that no other has to be looked at."""
    end = indexed(connection)
    if end == 0:
        return []
    from_day = select(func.min(TALLY.c.first_index)).where(TALLY.c.day >= since // DAY)
    to_day = select(func.max(TALLY.c.first_index)).where(TALLY.c.day <= until // DAY)
    first, last = connection.scalar(from_day), connection.scalar(to_day)
    blocks = ENTRY.c.leaf_index >= (end if first is None else first)
    return [
        or_(
            ENTRY.c.leaf_index >= end,
            and_(blocks, ENTRY.c.leaf_index < (0 if last is None else last + BLOCK)),
        )
    ]


@contextlib.contextmanager
def reading() -> Iterator[None]:
    """What the database cannot do becomes `LogUnavailable`."""
    try:
        yield
    except SQLAlchemyError:
        raise LogUnavailable("the log cannot be read now") from None
