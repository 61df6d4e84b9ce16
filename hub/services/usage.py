"""Who used whose data: a subject reads their lines of the usage log. The reading is itself an entry, written first."""

import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any, Final, Generic, TypeVar

from audit import EVERYTHING, MOST_COUNTED, Choice, GrantGone, History, Line, LogUnavailable, Page, UsageLog
from connectors import Identifier
from hub.catalogue import Activity, Catalogue, Controller, Duration
from hub.identity import Person
from hub.services.bulk import BulkReadings
from hub.services.concerns import HUB, HUBS_OWN, REVEALED
from hub.services.delivery import DELIVERY_WINDOW_S, Leave
from hub.services.entries import Journal
from hub.services.errors import NotFound, NotPermitted, NotRecorded
from hub.services.explanations import Explanations, LineExplained
from hub.services.proofs import LineProofs, check_fields
from hub.services.reading import Reads
from hub.services.readings import BULK_READING
from hub.services.representing import Represented, Representing

T = TypeVar("T")
PAGE_SIZES: Final = range(1, 101)
_REVEALED: Final = Choice(kind=frozenset({REVEALED}))


@dataclass(frozen=True, slots=True)
class UsageLine:
    """One line as its subject may read it: an organisation, a date, a purpose and a basis; never an employee's name."""

    line: Line
    controller: Controller | None
    activity: Activity | None
    client: Mapping[str, str]
    details: Mapping[str, Any] = field(repr=False)
    retention_until: datetime

    @property
    def readable(self) -> bool:
        """Whether the key of this line still exists."""
        return self.line.details is not None


@dataclass(frozen=True, slots=True)
class UsagePage:
    """A page of lines, newest first; `before` is the cursor of the next page, if there is one.

    `total`: how many lines there are; None where they would have to be counted one by one, and are more than `MOST_COUNTED`.
    `cut`: the chain of these lines goes on after the newest: some are missing.
    `leave`: until when it may leave, where it rests on a mandate.
    """

    lines: tuple[UsageLine, ...]
    total: int | None
    before: int | None
    cut: bool = False
    leave: Leave | None = None


@dataclass(frozen=True, slots=True)
class Read(Generic[T]):
    """What somebody was given to read, and until when it may leave, where it rests on a mandate."""

    what: T
    leave: Leave | None


@dataclass(frozen=True, slots=True)
class _Oneself:
    """Who reads their own lines."""

    subject: Identifier = field(repr=False)


class Usage:
    """Reads the usage log for those it is about."""

    def __init__(
        self,
        log: UsageLog,
        journal: Journal,
        catalogue: Catalogue,
        *,
        history: History,
        explanations: Explanations,
        proofs: LineProofs,
        representing: Representing,
    ) -> None:
        self._log, self._journal, self._catalogue = log, journal, catalogue
        self._history, self._explanations = history, explanations
        self._bulk, self._proofs = BulkReadings(log, history), proofs
        self._representing = representing
        self._reads = Reads("usage")

    async def read(
        self, person: Person, *, representing: str | None, before: int | None, size: int, choice: Choice = EVERYTHING
    ) -> UsagePage:  # fmt: skip
        """The lines about a person, or about whom they represent: an enterprise's number, or the id of a representation.

        Raises:
            NotFound: they have no such representation.
            NotPermitted: it does not hold, or not for this.
            RepresentationUnavailable: whether it holds cannot be found out at the moment.
            NotRecorded: the reading could not be recorded, so nothing is shown.
        """
        whose = await self._whose(person, representing)
        handle = self._journal.subject(whose.subject)
        page, total = await self._read(lambda: self._page(handle, before, size, choice))
        lines = tuple(self._line(line) for line in page.lines)
        leave = await self._note(handle, person, whose)
        return UsagePage(lines, total, page.next, page.cut, leave)

    async def explain(
        self, person: Person, index: int, *, representing: str | None, language: str
    ) -> Read[LineExplained]:
        """Why the line at an index is as it is, if it is about this person, or about whom they represent.

        Raises:
            NotFound: there is no such line, or it is about somebody else.
            NotPermitted, RepresentationUnavailable, NotRecorded: as `read`.
        """
        whose = await self._whose(person, representing)
        handle = self._journal.subject(whose.subject)
        explained = await self._read(lambda: self._explained(handle, index, language))
        if explained is None:
            raise NotFound("there is no such line")
        return Read(explained, await self._note(handle, person, whose, index=index))

    async def prove(
        self, person: Person, index: int, *, representing: str | None, fields: Collection[str] | None
    ) -> Read[dict[str, Any]]:
        """The proof of the line at an index, which can be shown to others; `fields` as `LineProofs.of` has them.

        Raises:
            RequestInvalid: one of `fields` may not be opened.
            NotSignedYet: the line can be proven in a moment.
            NotFound, NotPermitted, RepresentationUnavailable, NotRecorded: as `explain`.
        """
        if fields is not None:
            check_fields(fields)
        whose = await self._whose(person, representing)
        subject = whose.subject
        handle = self._journal.subject(subject)

        def prove() -> dict[str, Any] | None:
            line = self._found(handle, index) or self._shown_later(subject, index)
            return None if line is None else self._proofs.of(line, subject, fields)

        proof = await self._read(prove)
        if proof is None:
            raise NotFound("there is no such line")
        return Read(proof, await self._note(handle, person, whose, index=index))

    async def complete(
        self, person: Person, *, representing: str | None, before: int | None, size: int
    ) -> Read[dict[str, Any]]:
        """The proof that the lines about a person, or about whom they represent, are all; or that there are none.

        Raises:
            NotSignedYet: the first map is being made, or not signed yet.
            NotFound, NotPermitted, RepresentationUnavailable, NotRecorded: as `read`.
        """
        whose = await self._whose(person, representing)
        subject = whose.subject
        proof = await self._read(lambda: self._proofs.of_all(subject, before=before, most=size))
        return Read(proof, await self._note(self._journal.subject(subject), person, whose))

    async def _read(self, read: Callable[[], T]) -> T:
        try:
            return await self._reads(read)
        except LogUnavailable:
            raise NotRecorded("the usage log cannot be read") from None

    async def _note(
        self, handle: str, person: Person, whose: Represented | _Oneself, *, index: int | None = None
    ) -> Leave | None:
        """Record the reading. What rests on a mandate that was revoked meanwhile is not recorded, and not shown; nor is it later than a revocation waits."""
        if isinstance(whose, _Oneself):
            await self._journal.usage_read(handle, role="subject", reader=None, index=index)
            return None
        started = time.monotonic()
        reader = self._journal.subject(Identifier("ssin", person.ssin))
        try:
            read = await self._journal.usage_read(
                handle, role="representative", reader=reader, index=index, basis=whose.basis, mandate=whose.mandate,
                relies_on=whose.relies_on,
            )  # fmt: skip
        except GrantGone:
            raise NotPermitted("the mandate was revoked meanwhile") from None
        if not whose.relies_on:
            return None
        record = partial(
            self._journal.delivery, concern=HUBS_OWN, client=HUB, subject=handle, entryIndex=read.index
        )
        return Leave.recorded(started + DELIVERY_WINDOW_S, record)

    def _explained(self, handle: str, index: int, language: str) -> LineExplained | None:
        line = self._found(handle, index)
        return None if line is None else self._explanations.of(line, language)

    def _found(self, handle: str, index: int) -> Line | None:
        """The line at an index, if this subject may read it."""
        line = self._history.of_subject(handle, index)
        if line is not None:
            return line
        return next((one for one in self._bulk.about(handle) if one.index == index), None)

    def _shown_later(self, subject: Identifier, index: int) -> Line | None:
        """The line at an index that was kept from this subject for a while, if it has been shown.

        Only then is it looked for: how long a refusal takes must not tell that a line waits at an index.
        """
        handle, before = self._journal.subject(subject), None
        while True:
            page = self._log.read_subject(handle, before=before, limit=PAGE_SIZES[-1], choice=_REVEALED)
            if any((one.details or {}).get("revealedIndex") == index for one in page.lines):
                return self._history.of_subject(self._journal.subject_later(subject), index)
            before = page.next
            if before is None:
                return None

    async def _whose(self, person: Person, representing: str | None) -> Represented | _Oneself:
        """Whose lines: one's own, or those of whom one represents.

        Raises:
            NotFound, NotPermitted, RepresentationUnavailable, NotRecorded: as `Representing.of`.
        """
        if representing is None:
            return _Oneself(Identifier("ssin", person.ssin))
        return await self._representing.of(person, representing, activity=None)

    def _page(self, handle: str, before: int | None, size: int, choice: Choice) -> tuple[Page, int | None]:
        page = self._log.read_subject(handle, before=before, limit=size, choice=choice)
        counted = self._log.count_subject(handle, choice=choice, most=MOST_COUNTED + 1)
        total = counted if choice.is_any or counted <= MOST_COUNTED else None
        if choice.kind is not None and BULK_READING not in choice.kind:
            return page, total
        bulk = [one for one in self._bulk.about(handle) if choice.admits(one)]
        others = [one for one in bulk if before is None or one.index < before]
        return _merged(page, others, size), None if total is None else total + len(bulk)

    def _line(self, line: Line) -> UsageLine:
        client = self._catalogue.clients.get(line.client)
        return UsageLine(
            line=line,
            controller=self._catalogue.controllers.get(line.controller),
            activity=self._catalogue.activities.get(line.activity),
            client=client.name if client else {},
            details=line.details or {},
            retention_until=Duration.parse(line.retention).after(line.recorded_at),
        )


def _merged(page: Page, others: list[Line], size: int) -> Page:
    """A page with other lines among its own, newest first; what does not fit any more comes on the next."""
    lines = sorted((*page.lines, *others), key=lambda line: -line.index)
    more = page.next is not None or len(lines) > size
    shown = tuple(lines[:size])
    return Page(shown, shown[-1].index if more else None, cut=page.cut)
