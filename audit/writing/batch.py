"""One transaction of the log: several entries and intents, one lock, one commit.

1. Take the lock (the caller does), read the head; it must go on from the last checkpoint.
2. Do the callers' own writes, each in a savepoint, all before anything that only reads.
3. Read all grants again, in one query: what a member of the batch withdrew is gone for the rest of it.
4. Close the intents; an entry whose intent was closed already is not recorded.
5. Find or make the data keys; seal, chain and hash everything.
6. Insert it all, and move the head, if it is still the one that was read.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from audit.checkpoints.kept import Guard
from audit.errors import LogUnavailable
from audit.keys.sealing import DataKey, DataKeys, Purpose, Random, StoredKey, Unreadable, intent_purpose
from audit.model import from_millis, to_millis
from audit.store import Store
from audit.writing.admission import Admission, Grants
from audit.writing.jobs import AppendJob, IntendJob, Job, SweepJob
from audit.writing.orphans import Orphans
from audit.writing.rows import RANDOM, Rows


@dataclass(frozen=True, slots=True)
class Done:
    """What a batch inserted. By these ids it is looked up where the outcome of a commit is unknown."""

    entries: list[str]
    intents: list[str]
    keys: Mapping[StoredKey, DataKey]


class Batch:
    """Carries out jobs inside a transaction that its caller begins and commits."""

    def __init__(
        self,
        store: Store,
        keys: DataKeys,
        grants: Grants,
        random: Random,
        guard: Guard,
        *,
        orphan_after: timedelta,
        intent_clock: Callable[[], datetime] | None,
    ) -> None:
        self._store, self._keys, self._random, self._guard = store, keys, random, guard
        self._orphan_after, self._intent_clock = orphan_after // timedelta(milliseconds=1), intent_clock
        self._admission, self._orphans = Admission(store, grants), Orphans(store, keys)

    def run(self, connection: Connection, jobs: Sequence[Job], now: datetime) -> Done:
        """Carry out the jobs; each then has its `result` or its `error`, to be believed once the commit is through.

        Args:
            connection: in a transaction that holds the lock.
            jobs: in the order in which they came.
            now: the time of everything in the batch but of its intents.

        Raises:
            DBAPIError, HeadMoved, LogUnavailable: nothing may be committed.
        """
        (tree, moment), now = self._store.head(connection), from_millis(to_millis(now))
        if self._intent_clock is not None:
            moment = to_millis(self._intent_clock())
        self._guard.check(tree)
        seen = tree.size
        appends = self._admission.entries(connection, [job for job in jobs if isinstance(job, AppendJob)])
        intents = self._admission.intents(connection, [job for job in jobs if isinstance(job, IntendJob)])
        for job in jobs:
            if isinstance(job, SweepJob):
                orphans, job.result = self._orphans.take(connection, moment - self._orphan_after, now)
                appends += orphans
        if not appends and not intents:
            return Done([], [], {})
        purposes = {job.purpose(now) for job in appends} | ({intent_purpose(now)} if intents else set())
        purposes |= {agents for job in appends if (agents := job.agents_purpose(now)) is not None}
        keys, new = self._find_keys(connection, purposes)
        chains = self._store.chains(connection, {job.entry.subject for job in appends}) if appends else {}
        rows = Rows(tree, keys, chains, now, moment)
        self._fill(rows, appends, intents)
        self._insert(connection, rows, new)
        if appends:
            self._store.move_head(connection, seen, tree)
        return Done([row["id"] for row in rows.entries], [row["id"] for row in rows.intents], new)

    def _find_keys(
        self, connection: Connection, purposes: Collection[Purpose]
    ) -> tuple[dict[Purpose, DataKey], dict[StoredKey, DataKey]]:
        """The key for each purpose; and those among them that are new."""
        stored = self._store.keys(connection, purposes)
        keys = {purpose: self._usable(key) for purpose, key in stored.items()}
        new: dict[StoredKey, DataKey] = {}
        for purpose in purposes:
            if purpose not in keys:
                made, keys[purpose] = self._keys.make(purpose)
                new[made] = keys[purpose]
        return keys, new

    def _usable(self, stored: StoredKey) -> DataKey:
        try:
            return self._keys.unwrap(stored)
        except Unreadable:
            raise LogUnavailable(f"the data key {stored.id} cannot be used") from None

    def _fill(self, rows: Rows, appends: Sequence[AppendJob], intents: Sequence[IntendJob]) -> None:
        random = self._random(RANDOM * (len(appends) + len(intents)))
        at = 0
        for intended in intents:
            rows.intend(intended, random[at : at + RANDOM])
            at += RANDOM
        for appended in appends:
            rows.append(appended, random[at : at + RANDOM])
            at += RANDOM

    def _insert(self, connection: Connection, rows: Rows, new: Collection[StoredKey]) -> None:
        self._store.add_keys(connection, new)
        self._store.add_intents(connection, rows.intents)
        self._store.add_entries(connection, rows.entries)
        self._store.set_chains(connection, rows.chains.values())
