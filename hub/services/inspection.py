"""Data protection officers read the usage log: of their organisation, or, for the one of the hub's operator, all of it.

What they read is an entry first: each subject of whom a line is shown finds it among their own lines, and the search itself is one of the hub's. An
export is a reading of many. An official is shown as a pseudonym, a subject too; whoever represents somebody not at all.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final, TypeVar

from audit import (
    BlindKey,
    By,
    Choice,
    Extent,
    History,
    Line,
    LogUnavailable,
    Officials,
    Page,
    Search,
    TooManyEntries,
    UsageLog,
)
from audit.reading.blind import agent_in
from connectors import Identifier
from hub.catalogue import Catalogue, IdentifierInvalid
from hub.identity import Person
from hub.services.concerns import HUB
from hub.services.entries import Journal
from hub.services.errors import Fault, NotPermitted, NotRecorded, RequestInvalid
from hub.services.reading import Reads
from hub.services.readings import Reader, Readings

T = TypeVar("T")
PAGE_SIZES: Final = range(1, 51)
MOST_EXPORTED: Final = 1_000_000
_LONGEST: Final = timedelta(days=1_100)
_AGENTS_WITHIN: Final = timedelta(days=366)
_BATCH: Final = 500


@dataclass(frozen=True, slots=True)
class Officer:
    """A data protection officer. `controllers`: whose entries they read; None: all."""

    person: Person = field(repr=False)
    controllers: frozenset[str] | None


@dataclass(frozen=True, slots=True)
class Asked:
    """What is looked for, and why: `reason` is read by everybody of whom a line is shown. `subject` and `agent` are numbers of people."""

    choice: Choice
    reason: str
    subject: Identifier | None = field(default=None, repr=False)
    agent: Identifier | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Inspected:
    """A line as an officer may read it: its subject and who acted under pseudonyms of its controller."""

    line: Line
    subject: str
    agent: str | None
    approver: str | None
    details: Mapping[str, Any] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Export:
    """Lines to be sent, oldest first. `index` is that of the entry that says that they are read."""

    count: int
    index: int
    lines: AsyncIterator[Inspected]


class Inspections:
    """Reads for officers.

    Args:
        log, search, history: where from.
        journal: whose handle is which.
        readings: what is read is recorded by it.
        officials: who acted.
        blind: for pseudonyms.
        catalogue: the controllers there are.
        operator: enterprise number of who operates the hub.
        clock: the time, aware.
    """

    def __init__(
        self, log: UsageLog, *, search: Search, history: History, journal: Journal, readings: Readings, officials: Officials, blind: BlindKey,
        catalogue: Catalogue, operator: str | None, clock: Callable[[], datetime],
    ) -> None:  # fmt: skip
        self._log, self._search, self._history, self._journal = log, search, history, journal
        self._readings, self._officials, self._blind, self._catalogue = readings, officials, blind, catalogue
        self._operator, self._clock = operator, clock
        self._reads, self._long = Reads("inspect", within_s=20.0), Reads("export", threads=2, within_s=120.0)

    def officer(self, person: Person) -> Officer:
        """What somebody may read as a data protection officer.

        Raises:
            NotPermitted: they are none, or of an organisation that the hub does not know.
        """
        if self._operator is not None and self._operator in person.dpo_of:
            return Officer(person, None)
        known = self._catalogue.controllers.values()
        mine = frozenset(one.id for one in known if one.enterprise_number in person.dpo_of)
        if not mine:
            raise NotPermitted(
                "the person is no data protection officer of an organisation that the hub knows"
            )
        return Officer(person, mine)

    async def search(
        self, officer: Officer, asked: Asked, *, before: int | None, size: int
    ) -> tuple[tuple[Inspected, ...], int | None]:
        """A page of lines, newest first, and the cursor of the next one.

        Raises:
            NotPermitted: a controller was named whose lines the officer does not read.
            RequestInvalid: a number is none, or the time is too long for what is asked.
            NotRecorded: the reading could not be recorded, so nothing is shown.
        """
        if asked.subject is not None and asked.agent is not None:
            raise RequestInvalid(Fault("agent", "subject and agent are asked for one at a time"))
        choice = self._within(officer, asked)
        subject = None if asked.subject is None else self._handle(asked.subject, "subject")
        agent = None if asked.agent is None else self._agent(asked.agent)
        page = await self._read(lambda: self._page(choice, subject, agent, before, size))
        await self._note(officer, asked, page.lines, subject)
        return await self._read(lambda: self._inspected(page.lines)), page.next

    async def counts(self, officer: Officer, asked: Asked, by: By | None) -> Mapping[tuple[int, str], int]:
        """How many lines there are of each day (UTC, counted from 1970-01-01), and of each `by`.

        Raises:
            NotPermitted, RequestInvalid, NotRecorded: as `search`.
        """
        choice = self._timed(self._within(officer, asked))
        found = await self._read(lambda: self._search.counts(choice, by))
        await self._note_search(officer, asked, found=sum(found.values()), purpose="counts")
        return found

    async def export(self, officer: Officer, asked: Asked) -> Export:
        """Every line that meets a choice, a batch at a time; recorded as a reading of many before the first is opened.

        Raises:
            NotPermitted, RequestInvalid, NotRecorded: as `search`; also where there are more than a million.
        """
        choice = self._timed(self._within(officer, asked))
        try:
            extent = await self._long(lambda: self._history.chosen(choice, most=MOST_EXPORTED))
        except LogUnavailable:
            raise NotRecorded("the usage log cannot be read") from None
        except TooManyEntries:
            raise RequestInvalid(
                Fault("until", f"there are more than {MOST_EXPORTED} lines: choose fewer")
            ) from None
        recorded = await self._readings.of_many(
            extent, purpose="export", reader=self._reader(officer, asked.reason, None)
        )
        return Export(extent.count, recorded.index, self._lines(extent))

    async def _lines(self, extent: Extent) -> AsyncIterator[Inspected]:
        batches = self._history.read(extent, batch=_BATCH)
        while (batch := await self._long(partial(next, batches, None))) is not None:
            for one in await self._long(partial(self._inspected, batch)):
                yield one

    def _page(
        self, choice: Choice, subject: str | None, agent: str | None, before: int | None, size: int
    ) -> Page:
        if subject is not None:
            return self._log.read_subject(subject, before=before, limit=size, choice=choice)
        if agent is not None:
            return self._search.of_agent(choice, agent, now=self._clock(), before=before, limit=size)
        return self._search.page(choice, before=before, limit=size)

    async def _read(self, read: Callable[[], T]) -> T:
        try:
            return await self._reads(read)
        except LogUnavailable:
            raise NotRecorded("the usage log cannot be read") from None

    def _within(self, officer: Officer, asked: Asked) -> Choice:
        """The choice, limited to what the officer reads; where an agent is looked for, to the controllers there are, and to a year."""
        choice, mine = asked.choice, officer.controllers
        if choice.controller is None:
            choice = replace(choice, controller=mine)
        elif mine is not None and not choice.controller <= mine:
            raise NotPermitted("the officer does not read this controller's lines")
        if asked.agent is None:
            return choice
        until = choice.until or self._clock()
        since = choice.since or until - _AGENTS_WITHIN
        if until - since > _LONGEST:
            raise RequestInvalid(Fault("since", "an agent's lines are looked for within three years"))
        return replace(
            choice, since=since, controller=choice.controller or frozenset(self._catalogue.controllers)
        )

    @staticmethod
    def _timed(choice: Choice) -> Choice:
        if choice.since is None or choice.until is None:
            raise RequestInvalid(Fault("since", "since and until are required here", "schemaViolation"))
        if choice.until - choice.since > _LONGEST:
            raise RequestInvalid(Fault("until", "at most three years at once"))
        return choice

    def _handle(self, identifier: Identifier, where: str) -> str:
        self._check(identifier, where)
        return self._journal.subject(identifier)

    def _agent(self, identifier: Identifier) -> str:
        self._check(identifier, "agent")
        return self._journal.actor(identifier.value)

    def _check(self, identifier: Identifier, where: str) -> None:
        try:
            self._catalogue.check_identifier(identifier.scheme, identifier.value)
        except IdentifierInvalid as error:
            raise RequestInvalid(Fault(f"{where}.{identifier.scheme}", str(error))) from None

    def _reader(self, officer: Officer, reason: str, controller: str | None) -> Reader:
        """Who reads. An officer of one organisation reads for it."""
        mine = officer.controllers
        reads_for = HUB if mine is None else controller or (next(iter(mine)) if len(mine) == 1 else HUB)
        return Reader(self._journal.actor(officer.person.ssin), reason, "dpo", reads_for)

    async def _note(
        self, officer: Officer, asked: Asked, lines: tuple[Line, ...], subject: str | None
    ) -> None:
        """Record what is about to be shown: for each person, and the search itself."""
        purpose = "search" if subject is None else "subject"
        read: dict[tuple[str, str], list[Line]] = {} if subject is None or lines else {(subject, ""): []}
        for line in lines:
            reads_for = "" if officer.controllers is None else line.controller
            read.setdefault((line.subject, reads_for), []).append(line)
        persons = [
            self._readings.of_lines(whose, theirs, purpose=purpose, reader=self._reader(officer, asked.reason, controller or None))
            for (whose, controller), theirs in read.items()
            if whose.isalnum() and len(whose) == _HANDLE
        ]  # fmt: skip
        await asyncio.gather(self._note_search(officer, asked, found=len(lines), purpose=purpose), *persons)

    async def _note_search(self, officer: Officer, asked: Asked, *, found: int, purpose: str) -> None:
        choice = asked.choice
        told: dict[str, Any] = {name: sorted(wanted) for name, wanted in choice.names()}
        told |= {
            name: moment.isoformat()
            for name, moment in (("since", choice.since), ("until", choice.until))
            if moment
        }
        official = None if asked.agent is None else self._journal.actor(asked.agent.value)
        reader = self._reader(officer, asked.reason, None)
        await self._readings.of_search(told, official=official, found=found, purpose=purpose, reader=reader)

    def _inspected(self, lines: tuple[Line, ...]) -> tuple[Inspected, ...]:
        acted = self._officials.of(lines)
        return tuple(self._one(line, acted.get(line.index)) for line in lines)

    def _one(self, line: Line, acted: Mapping[str, str] | None) -> Inspected:
        details = line.details or {}
        agent, approver = agent_in(line.details, acted), (acted or details).get("approver")
        named = partial(self._blind.pseudonym, line.controller)
        return Inspected(
            line,
            subject=named(line.subject),
            agent=None if agent is None else named(agent),
            approver=None if approver is None else named(approver),
            details={name: details[name] for name in SHOWN if name in details},
        )


_HANDLE: Final = 64
SHOWN: Final = (
    "prefillId", "formId", "formVersion", "caseId", "reason", "role", "representedBy", "trigger", "channel", "proof", "asked", "disclosed",
    "withheld", "sources", "consentIds", "attributes", "legalGround", "validUntil", "emergencyId", "policyRevision", "catalogueRevision",
    "intendedAt", "entries", "purpose", "searched", "found",
)  # fmt: skip
"""The details that an officer reads. Whatever else is sealed stays so: who represents whom, and what a later version may add."""
