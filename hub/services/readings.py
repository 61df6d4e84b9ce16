"""Readings of the usage log by whoever runs the hub: each is an entry, durable before anything of it is shown.

The reading of one decision is an entry of the person whom it is about. A reading of many is one entry, which names the set: their subjects
find it among their own lines, see `hub.services.bulk`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from audit import Appended, Entry, EntryRefused, Extent, IntentGone, Line, LogUnavailable, UsageLog
from hub.services.concerns import HUB, OWN_RETENTION, THE_HUB
from hub.services.errors import NotRecorded
from hub.services.telling import kept_back, note_deferral

BULK_READING: Final = "bulkReading"
LOG_SEARCHED: Final = "logSearched"
USAGE_READ: Final = "usageRead"
DECISION_CHECKED: Final = "decisionChecked"
MANY: Final = "many"
"""The subject of readings of many: nobody's handle, for those are hexadecimal."""


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads, and why.

    Attributes:
        by: a name by which the operator knows them; sealed in the entry, and never shown to the subject.
        reason: what the subject reads.
        role: `operator`, or `dpo`: a data protection officer.
        controller: for which controller they read; the hub itself, where for all.
    """

    by: str
    reason: str
    role: str = "operator"
    controller: str = HUB


class Readings:
    """Records readings."""

    def __init__(self, log: UsageLog, new_id: Callable[[], str]) -> None:
        self._log, self._new_id = log, new_id

    async def of_decision(self, line: Line, *, purpose: str, reader: Reader) -> Appended[Any]:
        """Record that the decision of a line was checked; `purpose` is `replay`, `explanation` or `proof`.

        Raises:
            NotRecorded: nothing may be shown.
        """
        details = {"purpose": purpose, "entryIndex": line.index, **kept_back([line])}
        return await self._append(DECISION_CHECKED, line.subject, details, reader)

    async def of_many(
        self, extent: Extent, *, purpose: str, reader: Reader, revision: str | None = None
    ) -> Appended[Any]:
        """Record that the entries of an extent are read, perhaps for a proposed set of that revision; to be done before the first is opened.

        Raises:
            NotRecorded: nothing may be opened.
        """
        proposed = {} if revision is None else {"proposedRevision": revision}
        details = {"purpose": purpose, **proposed, **extent.details()}
        return await self._append(BULK_READING, MANY, details, reader)

    async def of_lines(self, subject: str, lines: Sequence[Line], *, purpose: str, reader: Reader) -> None:
        """Record that these lines of a subject are read, which is shown no earlier than they are; to be done before one of them is shown.

        Raises:
            NotRecorded: nothing may be shown.
        """
        details = {"purpose": purpose, "entries": [line.index for line in lines], **kept_back(lines)}
        await self._append(USAGE_READ, subject, details, reader)

    async def of_search(
        self,
        searched: Mapping[str, Any],
        *,
        official: str | None,
        found: int,
        purpose: str,
        reader: Reader,
    ) -> None:
        """Record what was looked for, perhaps the acts of one official by their handle, and how much was found. It is about the hub.

        Raises:
            NotRecorded: nothing may be shown.
        """
        about = {} if official is None else {"official": official}
        details = {"purpose": purpose, "searched": dict(searched), "found": found, **about}
        await self._append(LOG_SEARCHED, THE_HUB, details, reader)

    async def _append(
        self, kind: str, subject: str, details: dict[str, Any], reader: Reader
    ) -> Appended[Any]:
        entry = Entry(
            id=self._new_id(), kind=kind, controller=reader.controller, client=HUB, activity=HUB, outcome="read", subject=subject,
            retention=OWN_RETENTION, details={"role": reader.role, **details, "reason": reader.reason},
            agents={"by": reader.by},
        )  # fmt: skip
        try:
            return await self._log.append(entry, write=note_deferral(details, entry.id))
        except (LogUnavailable, EntryRefused, IntentGone):
            raise NotRecorded("the usage log did not take the entry") from None
