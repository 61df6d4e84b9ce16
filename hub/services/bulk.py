"""Which readings of many a subject's lines were among.

A reading of many is one entry, however many people it is about, and names them by columns of the log alone. So each subject is told without
a line for each: every such reading is asked whether an entry of this subject lies in it. They are few, and are kept in memory once opened.
"""

from threading import Lock
from typing import Final

from audit import Choice, Extent, History, Line, UsageLog
from hub.services.readings import BULK_READING, MANY

_PAGE: Final = 100
_READINGS: Final = Choice(kind=frozenset({BULK_READING}))


class BulkReadings:
    """Finds the readings of many that a subject was among. Blocking; call it in a thread.

    Args:
        log: for the readings themselves.
        history: for whom they are about.
    """

    def __init__(self, log: UsageLog, history: History) -> None:
        self._log, self._history = log, history
        self._known: tuple[tuple[Line, Extent], ...] = ()
        self._counted = 0
        self._lock = Lock()

    def about(self, subject: str) -> tuple[Line, ...]:
        """The readings that an entry of this subject was among, newest first.

        Raises:
            LogUnavailable: the database is away.
        """
        known = self._all()
        among = self._history.with_entries_of(subject, [extent for _, extent in known])
        return tuple(line for (line, _), there in zip(known, among, strict=True) if there)

    def _all(self) -> tuple[tuple[Line, Extent], ...]:
        """Every reading of many, newest first; only those that are new are read."""
        with self._lock:
            count = self._log.count_subject(MANY)
            if count != self._counted:
                self._known, self._counted = (*self._newer(), *self._known), count
            return self._known

    def _newer(self) -> list[tuple[Line, Extent]]:
        newest = self._known[0][0].index if self._known else -1
        found: list[tuple[Line, Extent]] = []
        before: int | None = None
        while True:
            page = self._log.read_subject(MANY, before=before, limit=_PAGE, choice=_READINGS)
            fresh = [line for line in page.lines if line.index > newest]
            found += [(line, Extent.read(line.details)) for line in fresh if line.details is not None]
            before = page.next
            if before is None or len(fresh) < len(page.lines):
                return found
