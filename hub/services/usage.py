"""Who used whose data: a subject reads their lines of the usage log. The reading is itself an entry, written first."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from audit import Line, LogUnavailable, UsageLog
from connectors import Identifier
from hub.catalogue import Activity, Catalogue, Controller, Duration
from hub.identity import Person
from hub.services.entries import Journal
from hub.services.errors import NotPermitted, NotRecorded
from hub.services.reading import Reads

PAGE_SIZES: Final = range(1, 101)


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
    """A page of lines, newest first; `before` is the cursor of the next page, if there is one."""

    lines: tuple[UsageLine, ...]
    total: int
    before: int | None


class Usage:
    """Reads the usage log for those it is about."""

    def __init__(self, log: UsageLog, journal: Journal, catalogue: Catalogue) -> None:
        self._log, self._journal, self._catalogue = log, journal, catalogue
        self._reads = Reads("usage")

    async def read(
        self, person: Person, *, representing: str | None, before: int | None, size: int, kind: str | None
    ) -> UsagePage:  # fmt: skip
        """The lines about a person, or about an enterprise that they may act for.

        Raises:
            NotPermitted: the login does not say that the person may act for this enterprise.
            NotRecorded: the reading could not be recorded, so nothing is shown.
        """
        subject = self._subject(person, representing)
        handle = self._journal.subject(subject)
        reader = self._journal.subject(Identifier("ssin", person.ssin)) if representing else None
        try:
            page, total = await self._reads(lambda: self._page(handle, before, size, kind))
        except LogUnavailable:
            raise NotRecorded("the usage log cannot be read") from None
        lines = tuple(self._line(line) for line in page.lines)
        await self._journal.usage_read(
            handle, role="representative" if representing else "subject", reader=reader
        )
        return UsagePage(lines, total, page.next)

    @staticmethod
    def _subject(person: Person, representing: str | None) -> Identifier:
        if representing is None:
            return Identifier("ssin", person.ssin)
        if representing not in person.enterprises:
            raise NotPermitted("the login does not say that this person may act for this enterprise")
        return Identifier("enterpriseNumber", representing)

    def _page(self, handle: str, before: int | None, size: int, kind: str | None) -> tuple[Any, int]:
        kinds = frozenset({kind}) if kind else None
        return self._log.read_subject(
            handle, before=before, limit=size, kinds=kinds
        ), self._log.count_subject(handle, kinds=kinds)

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
