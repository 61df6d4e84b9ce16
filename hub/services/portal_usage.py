"""The usage log for portals of other states: who received whose data, read through a portal that the operator pinned.

The portal says who is logged in: that is believed of the person's own lines, as its contract has it. That somebody acts for an
enterprise is not: the token of their login has to say so. Each reading is an entry, with the portal's name.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, TypeVar

from audit import Choice, History, Line, LogUnavailable, UsageLog
from connectors import Identifier
from hub.catalogue import Catalogue
from hub.identity import Logins
from hub.services.concerns import REVEALED
from hub.services.entries import Journal
from hub.services.errors import NotPermitted, NotRecorded
from hub.services.reading import Reads

T = TypeVar("T")
MOST_AT_ONCE: Final = 1_000
FURTHEST: Final = 10_000
"""How many lines can be counted and skipped."""
_RECEIVED: Final = frozenset({"disclosed", "partial", "deliveryUnknown", "deliveryDropped", "deliveryLate"})
"""Outcomes of lines by which somebody received data, or may have."""


@dataclass(frozen=True, slots=True)
class PortalQuestion:
    """Whose lines are asked for, by whom, through which portal. `token`: of the login of who asks, if it was sent."""

    portal: str
    user: Identifier
    subject: Identifier
    token: str | None = field(repr=False)
    since: datetime | None
    until: datetime | None
    offset: int
    limit: int
    language: str


@dataclass(frozen=True, slots=True)
class Received:
    """One use: when, for what, and by whom."""

    at: datetime
    action: str
    receiver_code: str
    receiver_name: str | None
    receiver_system: str


class PortalUsage:
    """Answers portals."""

    def __init__(
        self, log: UsageLog, journal: Journal, catalogue: Catalogue, *, history: History, logins: Logins, audience: str,
        clock: Callable[[], datetime],
    ) -> None:  # fmt: skip
        self._log, self._journal, self._catalogue = log, journal, catalogue
        self._history, self._logins, self._audience, self._clock = history, logins, audience, clock
        self._reads = Reads("portals", threads=2)

    async def find(self, asked: PortalQuestion) -> tuple[int, tuple[Received, ...]]:
        """How many uses there are in that time, and those of the page, newest first.

        Raises:
            TokenInvalid, TokenExpired, LoginUnavailable: the token does not hold, or cannot be checked.
            NotPermitted: it is another person's, or does not say that they may act for this enterprise.
            NotRecorded: the reading could not be recorded, so nothing is shown.
        """
        await self._check(asked)
        handle = self._journal.subject(asked.subject)
        choice = Choice(
            kind=frozenset({"prefill", REVEALED}), outcome=_RECEIVED, since=asked.since, until=asked.until
        )
        total, lines = await self._read(lambda: self._page(handle, choice, asked))
        represents = asked.user != asked.subject
        await self._journal.usage_read(
            handle, role="representative" if represents else "subject",
            reader=self._journal.subject(asked.user) if represents else None, portal=asked.portal,
        )  # fmt: skip
        found = [self._received(line, asked.language) for line in lines]
        return total, tuple(sorted(found, key=lambda one: one.at, reverse=True))

    async def began(self) -> datetime:
        """Since when the log has lines.

        Raises:
            NotRecorded: the log cannot be read.
        """
        first = await self._read(lambda: self._history.entry(0))
        return self._clock() if first is None else first.recorded_at

    async def _check(self, asked: PortalQuestion) -> None:
        """Whether who asks may read these lines. A mandate or a parent's authority is not known here, so it does not help."""
        person = None
        if asked.token is not None:
            person = await self._logins.verify(asked.token, audience=self._audience)
            if person.ssin != asked.user.value:
                raise NotPermitted("the token is another person's than the portal names")
        if asked.subject == asked.user:
            return
        if (
            person is None
            or asked.subject.scheme != "enterpriseNumber"
            or asked.subject.value not in person.enterprises
        ):
            raise NotPermitted("no login says that this person may act for the other")

    def _page(self, handle: str, choice: Choice, asked: PortalQuestion) -> tuple[int, tuple[Line, ...]]:
        total = self._log.count_subject(handle, choice=choice, most=FURTHEST)
        page = self._log.read_subject(handle, limit=asked.limit, choice=choice, skip=asked.offset)
        return total, page.lines

    async def _read(self, read: Callable[[], T]) -> T:
        try:
            return await self._reads(read)
        except LogUnavailable:
            raise NotRecorded("the usage log cannot be read") from None

    def _received(self, line: Line, language: str) -> Received:
        controller = self._catalogue.controllers.get(line.controller)
        activity = self._catalogue.activities.get(line.activity)
        client = self._catalogue.clients.get(line.client)
        return Received(
            _when(line),
            activity.name[language] if activity else line.activity,
            controller.enterprise_number if controller else line.controller,
            controller.name[language] if controller else None,
            client.name[language] if client else line.client,
        )


def _when(line: Line) -> datetime:
    """When it was; of a use that its subject is shown later, not when it was shown."""
    shown = (line.details or {}).get("revealedAt")
    return line.recorded_at if shown is None else datetime.fromisoformat(shown)
