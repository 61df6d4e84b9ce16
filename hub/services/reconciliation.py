"""The hub's record of its calls to a source, held against the source's own.

What was never logged cannot be found in the log. Whoever called a source past the log is in the source's list, and in no entry; an entry
of a call that was never made is in no line of the list. Each call is paired with one of the other side: by the source's own reference
where both have it, else by time (and by person, where the list names them). What is left over is a finding.

Memory is bounded: both sides lie in a scratch file that is gone afterwards. It holds times, places and keyed hashes, under a key that
never leaves memory: no reference, no number, no handle.
"""

import hashlib
import secrets
import sqlite3
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final, Literal

from audit import Line
from hub.moments import to_millis
from hub.services.concerns import CONCERNS
from hub.services.registers import CHECKED

KINDS: Final = frozenset({"prefill", CHECKED})
"""The kinds of entries that tell of calls to sources."""
ENTRY_AFTER: Final = timedelta(minutes=2)
"""How long after a call its entry is made at the latest: a consultation that nothing closed becomes one within a minute."""
_BATCH: Final = 5_000
Kind = Literal["notLogged", "notListed", "otherSubject", "otherTime", "broken"]

_TABLES: Final = """
    PRAGMA journal_mode = OFF;
    PRAGMA synchronous = OFF;
    PRAGMA cache_size = -16384;
    CREATE TABLE theirs (place INTEGER, at INTEGER, reference BLOB, subject BLOB, paired INTEGER DEFAULT 0, id INTEGER PRIMARY KEY);
    CREATE TABLE ours (place INTEGER, at INTEGER, reference BLOB, subject BLOB, certain INTEGER, paired INTEGER DEFAULT 0,
        id INTEGER PRIMARY KEY);
    CREATE TABLE pair (their INTEGER, our INTEGER);
    CREATE TABLE finding (kind TEXT, line INTEGER, entry INTEGER, seconds REAL);
"""


@dataclass(frozen=True, slots=True)
class Call:
    """One call, of either side.

    Attributes:
        place: the line of the list, or the index of the entry.
        at: when; of a call that is not certain, when its entry was made.
        reference: the source's own, if it is known.
        subject: the person's handle, if it is known.
        certain: whether the source answered; else it may have been asked, and need not be in its list.
    """

    place: int
    at: datetime
    reference: str | None = field(repr=False)
    subject: str | None = field(repr=False)
    certain: bool = True


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is on one side alone, or is not the same on both.

    `notLogged`: the source has the call, no entry does. `notListed`: an entry has it, the source does not. `otherSubject`, `otherTime`: one
    reference on both sides, and another person or time. `broken`: an entry is not what was sealed.
    """

    kind: Kind
    line: int | None = None
    entry: int | None = None
    seconds: float | None = None


@dataclass(slots=True)
class Counts:
    """What was compared. `outside`: of either side, before or after the period: only there to be paired with what is in it."""

    lines: int = 0
    calls: int = 0
    perhaps: int = 0
    forgotten: int = 0
    by_reference: int = 0
    by_time: int = 0
    outside: int = 0
    findings: int = 0


def calls_of(line: Line, source: str) -> Iterator[Call]:
    """The calls to a source that an entry tells of. Of a forgotten entry, and where no answer came, there may have been one."""
    details = line.details
    if details is None:
        yield Call(line.index, line.recorded_at, None, line.subject, certain=False)
        return
    subject = str(
        details.get(CONCERNS, line.subject)
    )  # a line that is shown later stands under another handle
    answered = [one for one in details.get("consulted", ()) if one.get("source") == source]
    for one in answered:
        yield Call(line.index, datetime.fromisoformat(one["retrievedAt"]), one.get("reference"), subject)
    if not answered and source in details.get("sources", ()):
        yield Call(line.index, line.recorded_at, None, subject, certain=False)


class Reconciliation:
    """Compares two accounts of the same calls.

    Args:
        database: of the scratch file.
        tolerance: how far the two clocks may be apart, the time of an answer's way included.
        by_subject: whether the list names the persons: then only calls about the same one are paired by time.
    """

    def __init__(self, database: sqlite3.Connection, *, tolerance: timedelta, by_subject: bool) -> None:
        self._database, self._by_subject = database, by_subject
        self._tolerance = _millis(tolerance)
        self._key = secrets.token_bytes(32)
        self.counts = Counts()
        self._from, self._to = 0, 0
        database.executescript(_TABLES)
        database.execute("BEGIN")  # never to be committed: nothing of it is to last

    def take_list(self, calls: Iterable[Call]) -> tuple[datetime, datetime] | None:
        """Take the source's calls; the times of the first and of the last of them, None where there is none."""
        reached: tuple[datetime, datetime] | None = None
        insert = "INSERT INTO theirs (place, at, reference, subject) VALUES (?, ?, ?, ?)"
        for some in _batches(calls):
            self._database.executemany(insert, [self._row(call) for call in some])
            self.counts.lines += len(some)
            times = [call.at for call in some] + list(reached or ())
            reached = min(times), max(times)
        return reached

    def take_log(self, lines: Iterable[tuple[Line, ...]], source: str) -> None:
        """Take the hub's own entries."""
        insert = "INSERT INTO ours (place, at, reference, subject, certain) VALUES (?, ?, ?, ?, ?)"
        for some in lines:
            for line in some:
                if line.state == "broken":
                    self._find("broken", entry=line.index)
            self.counts.forgotten += sum(line.state == "notReadable" for line in some)
            calls = [call for line in some if line.state != "broken" for call in calls_of(line, source)]
            self._database.executemany(insert, [(*self._row(call), call.certain) for call in calls])
            self.counts.calls += sum(call.certain for call in calls)
            self.counts.perhaps += sum(not call.certain for call in calls)

    def compare(self, since: datetime, until: datetime) -> None:
        """Pair the calls; what of the time from `since` on and before `until` is left over is a finding."""
        self._from, self._to = to_millis(since), to_millis(until)
        self._by_reference()
        self._by_time("certain AND reference IS NULL", "1")
        self._by_time("certain AND reference IS NOT NULL", "reference IS NULL")
        self._by_time("NOT certain", "1", earlier=_millis(ENTRY_AFTER))
        inside = "NOT paired AND at >= ? AND at < ?"
        period = (self._from, self._to)
        left = f"INSERT INTO finding (kind, line) SELECT 'notLogged', place FROM theirs WHERE {inside} ORDER BY id"  # noqa: S608
        self._database.execute(left, period)
        left = f"INSERT INTO finding (kind, entry) SELECT 'notListed', place FROM ours WHERE certain AND {inside} ORDER BY id"  # noqa: S608
        self._database.execute(left, period)
        for side in ("theirs", "ours"):
            outside = f"SELECT count(*) FROM {side} WHERE NOT paired AND (at < ? OR at >= ?)"  # noqa: S608
            self.counts.outside += self._database.execute(outside, period).fetchone()[0]
        self.counts.findings = self._database.execute("SELECT count(*) FROM finding").fetchone()[0]

    def findings(self) -> Iterator[Finding]:
        """All findings, those of lines first, one at a time."""
        query = "SELECT kind, line, entry, seconds FROM finding ORDER BY line IS NULL, line, entry"
        for row in self._database.execute(query):
            yield Finding(*row)

    def _by_reference(self) -> None:
        """Calls of one reference are paired in the order of their times."""
        wanted = "SELECT reference, at, id, place, subject FROM {} WHERE reference IS NOT NULL ORDER BY reference, at, id"
        theirs, ours = (self._database.execute(wanted.format(side)) for side in ("theirs", "ours"))
        their, our = theirs.fetchone(), ours.fetchone()
        while their is not None and our is not None:
            if their[0] == our[0]:
                self.counts.by_reference += 1
                self._pair(their[2], our[2])
                self._same(their, our)
                their, our = theirs.fetchone(), ours.fetchone()
            elif their[0] < our[0]:
                their = theirs.fetchone()
            else:
                our = ours.fetchone()
        self._settle()

    def _same(self, their: Any, our: Any) -> None:
        """Whether two calls of one reference are the same in all else."""
        apart = their[1] - our[1]
        if self._by_subject and their[4] != our[4]:
            self._find("otherSubject", line=their[3], entry=our[3])
        elif abs(apart) > self._tolerance:
            self._find("otherTime", line=their[3], entry=our[3], seconds=apart / 1000)

    def _by_time(self, of_ours: str, of_theirs: str, *, earlier: int = 0) -> None:
        """Pair what is left by time: in the order of times, each with the first that is near enough; that pairs as many as can be."""
        by = "subject" if self._by_subject else "NULL"
        wanted = "SELECT {}, at, id FROM {} WHERE NOT paired AND {} ORDER BY 1, 2, 3"
        theirs = self._database.execute(wanted.format(by, "theirs", of_theirs))
        ours = self._database.execute(wanted.format(by, "ours", of_ours))
        their, our = theirs.fetchone(), ours.fetchone()
        while their is not None and our is not None:
            who, whose = their[0] or b"", our[0] or b""
            if (who, their[1] + self._tolerance + earlier) < (whose, our[1]):
                their = theirs.fetchone()
            elif (whose, our[1] + self._tolerance) < (who, their[1]):
                our = ours.fetchone()
            else:
                self.counts.by_time += 1
                self._pair(their[2], our[2])
                their, our = theirs.fetchone(), ours.fetchone()
        self._settle()

    def _pair(self, their: int, our: int) -> None:
        self._database.execute("INSERT INTO pair VALUES (?, ?)", (their, our))

    def _settle(self) -> None:
        """Mark what was paired, now that nothing reads it."""
        self._database.execute("UPDATE theirs SET paired = 1 WHERE id IN (SELECT their FROM pair)")
        self._database.execute("UPDATE ours SET paired = 1 WHERE id IN (SELECT our FROM pair)")
        self._database.execute("DELETE FROM pair")

    def _find(self, kind: Kind, **where: float) -> None:
        names = ("line", "entry", "seconds")
        self._database.execute(
            "INSERT INTO finding VALUES (?, ?, ?, ?)", (kind, *(where.get(name) for name in names))
        )

    def _row(self, call: Call) -> tuple[int, int, bytes | None, bytes | None]:
        return call.place, to_millis(call.at), self._blind(call.reference), self._blind(call.subject)

    def _blind(self, text: str | None) -> bytes | None:
        if text is None:
            return None
        return hashlib.blake2b(text.encode(), key=self._key, digest_size=16).digest()


@contextmanager
def scratch() -> Iterator[sqlite3.Connection]:
    """A database in a file that nobody else can read, gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="onlyonce-reconcile-") as folder:
        database = sqlite3.connect(Path(folder) / "scratch.sqlite3", isolation_level=None)
        try:
            yield database
        finally:
            database.close()


def _batches(calls: Iterable[Call]) -> Iterator[list[Call]]:
    some: list[Call] = []
    for call in calls:
        some.append(call)
        if len(some) == _BATCH:
            yield some
            some = []
    if some:
        yield some


def _millis(duration: timedelta) -> int:
    return duration // timedelta(milliseconds=1)
