"""Searching entries across subjects, newest first, and counting them. Blocking; call it in a thread.

What is indexed is found by the index (`audit.reading.indexing`), and the few entries after it are read.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, Final, Literal

from sqlalchemy import ColumnElement, Connection, Engine, RowMapping, func, select, union_all

from audit.keys.keyring import KeyRing
from audit.keys.sealing import DataKeys
from audit.model import Line, Page, to_millis
from audit.reading.blind import BlindKey, agent_in, months
from audit.reading.choice import Choice
from audit.reading.history import reading
from audit.reading.indexing import AGENT, BLOCK, DAY, TALLY, indexed
from audit.reading.lines import Reader, all_lines
from audit.reading.officials import agents_of
from audit.store import ENTRY

By = Literal["kind", "controller", "client", "activity", "outcome"]
_BLOCKS: Final = 16
_OPENED: Final = 256
_EVER: Final = datetime(2020, 1, 1, tzinfo=UTC)
"""Before any log of this kind: the first month that an agent is looked for in, where no time is given."""


class Search:
    """Searches the log.

    Args:
        engine: of its database.
        keys: what wraps its data keys.
        blind: what agents are found with.
    """

    def __init__(self, engine: Engine, keys: KeyRing, blind: BlindKey) -> None:
        self._keys = DataKeys(keys)
        self._engine, self._reader, self._blind = engine, Reader(engine, self._keys), blind

    def page(self, choice: Choice, *, before: int | None, limit: int) -> Page:
        """The entries that meet a choice, newest first.

        Args:
            choice: what is looked for.
            before: only entries with a smaller index: `next` of the page before.
            limit: the most entries.

        Raises:
            LogUnavailable: the database is away.
        """
        with reading(), self._engine.connect() as connection:
            return self._page(self._chosen(connection, choice, before, limit), limit)

    def of_agent(self, choice: Choice, agent: str, *, now: datetime, before: int | None, limit: int) -> Page:
        """The entries that meet a choice, and that an agent made, newest first.

        Args:
            choice: what is looked for. It names the controllers: for each, and each month, there is another tag.
            agent: their handle.
            now: the last month that is looked in, where the choice has no end.
            before: as in `page`.
            limit: as in `page`.

        Raises:
            ValueError: the choice names no controllers.
            LogUnavailable: the database is away.
        """
        if choice.controller is None:
            raise ValueError("an agent is looked for at controllers that are named")
        times = months(choice.since or _EVER, choice.until or now)
        tags = [
            self._blind.tag(where, month, agent) for where in sorted(choice.controller) for month in times
        ]
        with reading(), self._engine.connect() as connection:
            found = self._made_by(connection, agent, self._tagged(connection, choice, tags, before, limit))
            return self._page(found, limit)

    def counts(self, choice: Choice, by: By | None) -> Mapping[tuple[int, str], int]:
        """How many entries there are of each day (UTC, counted from 1970-01-01), and of each `by`. Whole days are counted.

        Args:
            choice: what is counted. Of `since` and `until` the days count, the last one too.
            by: what else they are told apart by; None: nothing, and the second part of each key is empty.

        Raises:
            LogUnavailable: the database is away.
        """
        found: Counter[tuple[int, str]] = Counter()
        with reading(), self._engine.connect() as connection:
            columns: list[ColumnElement[Any]] = [TALLY.c.day, *([TALLY.c[by]] if by else [])]
            summed = select(*columns, func.sum(TALLY.c.entries)).where(*_of_tallies(choice))
            for row in connection.execute(summed.group_by(*columns)):
                found[row[0], row[1] if by else ""] += int(row[-1])
            day = ENTRY.c.recorded_at // DAY
            columns = [day, *([ENTRY.c[by]] if by else [])]
            after = select(*columns, func.count()).where(
                ENTRY.c.leaf_index >= indexed(connection), *choice.of_names(ENTRY), *_of_days(day, choice)
            )
            for row in connection.execute(after.group_by(*columns)):
                found[row[0], row[1] if by else ""] += row[-1]
        return found

    def _page(self, found: Iterator[Line], limit: int) -> Page:
        lines: list[Line] = []
        for line in found:
            if len(lines) == limit:
                return Page(tuple(lines), lines[-1].index)
            lines.append(line)
        return Page(tuple(lines), None)

    def _chosen(
        self, connection: Connection, choice: Choice, before: int | None, limit: int
    ) -> Iterator[Line]:
        """What meets a choice, newest first; blocks that hold nothing of it are not read."""
        end = indexed(connection)
        conditions = choice.of_entries(ENTRY)
        for row in _newest(connection, [ENTRY.c.leaf_index >= end, *conditions, *_before(before)], limit + 1):
            yield self._reader.line(row)
        for firsts in _together(_blocks(connection, choice, before), limit + 1):
            there = sorted(_inside(connection, firsts, [*conditions, *_before(before)]), reverse=True)
            for row in _newest(connection, [ENTRY.c.leaf_index.in_(there[: limit + 1])], limit + 1):
                yield self._reader.line(row)

    def _tagged(
        self, connection: Connection, choice: Choice, tags: list[bytes], before: int | None, limit: int
    ) -> Iterator[list[Line]]:
        """What has one of these tags, newest first; and before it all that meets the choice and is not indexed yet."""
        end, after = indexed(connection), before
        conditions = choice.of_entries(ENTRY)
        while True:
            rows = _newest(connection, [ENTRY.c.leaf_index >= end, *conditions, *_before(after)], _OPENED)
            yield [self._reader.line(row) for row in rows]
            if len(rows) < _OPENED:
                break
            after = rows[-1]["leaf_index"]
        inside = ENTRY.c.leaf_index.in_(
            select(AGENT.c.leaf_index).where(AGENT.c.tag.in_(tags), AGENT.c.leaf_index < end)
        )
        last = _newest(connection, [inside, *conditions, *_before(before)], limit + 1)
        yield [self._reader.line(row) for row in last]

    def _made_by(self, connection: Connection, agent: str, found: Iterable[list[Line]]) -> Iterator[Line]:
        for lines in found:
            opened = agents_of(connection, self._keys, lines)
            yield from (line for line in lines if agent_in(line.details, opened.get(line.index)) == agent)


def _newest(connection: Connection, conditions: list[ColumnElement[bool]], limit: int) -> list[RowMapping]:
    query = all_lines().where(*conditions).order_by(ENTRY.c.leaf_index.desc()).limit(limit)
    return list(connection.execute(query).mappings())


def _inside(
    connection: Connection, firsts: Iterable[int], conditions: list[ColumnElement[bool]]
) -> Iterable[int]:
    """The indices of what meets the conditions in some blocks. One range each: of `OR` between them a database makes a walk through all."""
    each = [
        select(ENTRY.c.leaf_index).where(ENTRY.c.leaf_index.between(first, first + BLOCK - 1), *conditions)
        for first in firsts
    ]
    return connection.execute(union_all(*each)).scalars()


def _before(index: int | None) -> list[ColumnElement[bool]]:
    return [] if index is None else [ENTRY.c.leaf_index < index]


def _together(blocks: Iterable[tuple[int, int]], wanted: int) -> Iterator[list[int]]:
    """Blocks that are read at once: as many as should hold what is wanted."""
    firsts, held = list[int](), 0
    for first, entries in blocks:
        firsts.append(first)
        held += entries
        if held >= wanted or len(firsts) == _BLOCKS:
            yield firsts
            firsts, held = [], 0
    if firsts:
        yield firsts


def _blocks(connection: Connection, choice: Choice, before: int | None) -> Iterator[tuple[int, int]]:
    """The blocks that may hold entries which meet a choice, from the newest on: the first index, and how many entries."""
    while True:
        conditions = _of_tallies(choice)
        if before is not None:
            conditions.append(TALLY.c.first_index < before)
        query = select(TALLY.c.first_index, func.sum(TALLY.c.entries)).where(*conditions)
        query = query.group_by(TALLY.c.first_index).order_by(TALLY.c.first_index.desc()).limit(_BLOCKS)
        found = connection.execute(query).all()
        yield from ((first, int(entries)) for first, entries in found)
        if len(found) < _BLOCKS:
            return
        before = found[-1][0]


def _of_tallies(choice: Choice) -> list[ColumnElement[bool]]:
    return [*choice.of_names(TALLY), *_of_days(TALLY.c.day, choice)]


def _of_days(day: ColumnElement[Any], choice: Choice) -> list[ColumnElement[bool]]:
    """The days that a choice's time touches."""
    conditions = []
    if choice.since is not None:
        conditions.append(day >= to_millis(choice.since) // DAY)
    if choice.until is not None:
        conditions.append(day <= (to_millis(choice.until) - 1) // DAY)
    return conditions
