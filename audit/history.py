"""Reading many entries at once, and saying which they were.

An `Extent` names a set of entries by what is in the clear alone, and commits to them by a Merkle root. Whoever reads it writes the extent
in an entry of the log first: from then on every subject can be told that their entries were among those that were read.
"""

import contextlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, and_, func, literal, or_, select, union_all
from sqlalchemy.exc import SQLAlchemyError

from audit.choice import Choice
from audit.errors import LogChanged, LogUnavailable, TooManyEntries
from audit.indexing import BLOCK, DAY, TALLY, indexed
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
    """A set of entries: those that meet some conditions on what is in the clear, among those from one index to another.

    Attributes:
        kinds: the kinds, sorted; none: any.
        since, until: when they were recorded, in milliseconds since 1970, UTC; `until` is excluded.
        activity: of which processing activity; None: of any.
        first, last: the indices of the first and the last of them; `first` is larger than `last` where there is none.
        count: how many they are.
        root: RFC 9162 §2.1 over their leaves, in the order of their indices.
        controllers: of which controllers, sorted; None: of any.
        client: by which client; None: by any.
        outcome: with which outcome; None: with any.
    """

    kinds: tuple[str, ...]
    since: int
    until: int
    activity: str | None
    first: int
    last: int
    count: int
    root: bytes
    controllers: tuple[str, ...] | None = None
    client: str | None = None
    outcome: str | None = None

    def details(self) -> dict[str, Any]:
        """The extent as details of an entry."""
        limits = {
            "activity": self.activity,
            "controllers": self.controllers,
            "client": self.client,
            "outcome": self.outcome,
        }
        return {
            "kinds": list(self.kinds), "since": self.since, "until": self.until,
            **{name: limit for name, limit in limits.items() if limit is not None},
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
        controllers = details.get("controllers")
        return cls(
            kinds=kinds, activity=details.get("activity"), root=root, client=details.get("client"),
            outcome=details.get("outcome"), controllers=None if controllers is None else tuple(map(str, controllers)), **numbers,
        )  # fmt: skip

    @classmethod
    def of(cls, choice: Choice) -> "Extent":
        """An extent of nothing, with a choice's conditions.

        Raises:
            ValueError: it has no beginning or no end, or more than one client, activity or outcome.
        """
        if choice.since is None or choice.until is None:
            raise ValueError("an extent has a beginning and an end")
        activity, client, outcome = map(_only, (choice.activity, choice.client, choice.outcome))
        return cls(
            tuple(sorted(choice.kind or ())), to_millis(choice.since), to_millis(choice.until), activity, 0, -1, 0,
            CompactRange().root(), None if choice.controller is None else tuple(sorted(choice.controller)), client, outcome,
        )  # fmt: skip

    def condition(self) -> ColumnElement[bool]:
        """Which rows of `audit_entry` are in it."""
        return and_(ENTRY.c.leaf_index.between(self.first, self.last), *self.conditions())

    def conditions(self) -> list[ColumnElement[bool]]:
        """What its entries have in common, whatever their indices."""
        conditions = [ENTRY.c.recorded_at >= self.since, ENTRY.c.recorded_at < self.until]
        if self.kinds:
            conditions.append(ENTRY.c.kind.in_(self.kinds))
        if self.controllers is not None:
            conditions.append(ENTRY.c.controller.in_(self.controllers))
        limits = (
            (ENTRY.c.activity, self.activity),
            (ENTRY.c.client, self.client),
            (ENTRY.c.outcome, self.outcome),
        )
        return conditions + [column == limit for column, limit in limits if limit is not None]


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


def _only(wanted: frozenset[str] | None) -> str | None:
    if wanted is None:
        return None
    (one,) = wanted
    return one


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
