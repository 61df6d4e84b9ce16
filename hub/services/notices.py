"""Notices to the data protection officer: given with the entry that they are about, listed, and acknowledged with what was found."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime

import structlog
from sqlalchemy import Connection

from hub.oversight import Notice, NoticeKind, acknowledge, find_notice, give_notice, list_notices
from hub.services.concerns import HUB, OWN_RETENTION, Concern
from hub.services.entries import Journal
from hub.services.reading import Reads

_log = structlog.get_logger("hub.oversight")


@dataclass(frozen=True, slots=True)
class NewNotice:
    """A notice to be given in the transaction of its entry, and told to the operator's log once that is through."""

    id: str
    kind: NoticeKind
    at: datetime
    controller: str
    client: str
    activity: str
    subject: str = field(repr=False)
    emergency: str | None

    def write(self, connection: Connection, entry: str) -> None:
        """Give it, beside the entry with this id."""
        self.give(connection, entry)

    def give(self, connection: Connection, entry: str) -> bool:
        """As `write`; whether it was not given before."""
        return give_notice(
            connection,
            Notice(
                self.id, self.kind, self.at, self.controller, self.client, self.activity, self.subject, entry,
                self.emergency,
            ),
        )  # fmt: skip

    def tell(self) -> None:
        """Warn whoever watches the operator's log. Nothing of a person is in it."""
        _log.warning(
            "the data protection officer has a notice", notice=self.id, what=self.kind, controller=self.controller,
            client=self.client, activity=self.activity,
        )  # fmt: skip


class Notices:
    """The notices of a hub."""

    def __init__(
        self,
        journal: Journal,
        *,
        connect: Callable[[], AbstractContextManager[Connection]],
        clock: Callable[[], datetime],
    ) -> None:
        self._journal, self._connect, self._clock = journal, connect, clock
        self._reads = Reads("notices", threads=1)

    async def listed(
        self, *, since: datetime | None = None, controller: str | None = None, unacknowledged: bool = False
    ) -> tuple[Notice, ...]:
        """Notices, oldest first, as `hub.oversight.list_notices` has them.

        Raises:
            NotRecorded: the database is away.
        """

        def read() -> tuple[Notice, ...]:
            with self._connect() as connection:
                return list_notices(
                    connection, since=since, controller=controller, unacknowledged=unacknowledged
                )

        return await self._reads(read)

    async def acknowledge(self, notice_id: str, *, by: str, finding: str) -> None:
        """Take note of a notice. Who did and what they found is an entry in the usage log of its subject.

        Raises:
            NoticeUnknown: there is no such notice.
            AcknowledgedAlready: somebody did before.
            NotRecorded: nothing was acknowledged.
        """

        def read() -> Notice:
            with self._connect() as connection:
                return find_notice(connection, notice_id)

        notice, at = await self._reads(read), self._clock()

        def write(connection: Connection, entry: str) -> None:
            acknowledge(connection, notice_id, entry=entry, at=at)

        await self._journal.overseen(
            "noticeAcknowledged", Concern(notice.activity, notice.controller, OWN_RETENTION), client=HUB,
            subject=notice.subject, write=write,
            details={"role": "dpo", "noticeId": notice_id, "aboutEntry": notice.entry, "by": by, "reason": finding},
        )  # fmt: skip
