"""One transaction of the log: several entries and intents, one lock, one commit.

1. Take the lock, read the head.
2. Do the callers' own writes, each in a savepoint, each before everything that only reads.
3. Read all grants again, in one query: what an earlier member of the batch withdrew is gone for the rest of it.
4. Close the intents; what had none left is not recorded.
5. Seal the entries under their subjects' keys, chain them, hash them into the tree.
6. Insert everything, and move the head if it is still the one that was read.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from pydantic_core import from_json
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from audit.errors import AuditError, GrantGone, IntentGone, LogUnavailable
from audit.jobs import AppendJob, IntendJob, Job, SweepJob, prepare_entry
from audit.leaf import NUMBER, OPEN_SEED, PREVIOUS, SEALED_SEED, leaf, open_values, pack_body, sealed_digest
from audit.merkle import CompactRange, hash_leaf
from audit.model import Appended, Entry, from_millis, to_millis
from audit.sealing import (
    NONCE,
    DataKey,
    DataKeys,
    Purpose,
    Random,
    StoredKey,
    Unreadable,
    body_binding,
    entry_purpose,
    intent_binding,
    intent_purpose,
)
from audit.store import Chain, Store

Grants = Callable[[Connection, frozenset[str]], frozenset[str]]

DELIVERY_UNKNOWN = "deliveryUnknown"
"""The outcome of an entry that was made from an intent which nothing closed."""

_ENTRY_RANDOM = OPEN_SEED + SEALED_SEED + NONCE
_NUMBER, _PREVIOUS = NUMBER.encode(), PREVIOUS.encode()
_logger = logging.getLogger(__name__)


@dataclass(slots=True)
class _Rows:
    """What the batch will insert."""

    entries: list[Mapping[str, Any]] = field(default_factory=list)
    intents: list[Mapping[str, Any]] = field(default_factory=list)
    keys: dict[StoredKey, DataKey] = field(default_factory=dict)
    chains: dict[str, Mapping[str, Any]] = field(default_factory=dict)


class Batch:
    """Carries out jobs inside a transaction that its caller begins and commits."""

    def __init__(self, store: Store, keys: DataKeys, grants: Grants, random: Random) -> None:
        self._store, self._keys, self._grants, self._random = store, keys, grants, random

    def run(self, connection: Connection, jobs: Sequence[Job], now: datetime, orphaned: datetime) -> "Done":
        """Carry out the jobs; each then has its `result` or its `error`, to be believed once the commit is through.

        Args:
            connection: in a transaction, holding the lock.
            jobs: in the order in which they came.
            now: the time of all entries of the batch.
            orphaned: intents from before are recorded as undelivered, if a job asks for a sweep.

        Raises:
            DBAPIError, HeadMoved, LogUnavailable: nothing may be committed.
        """
        tree, now = self._store.head(connection), from_millis(to_millis(now))
        seen = tree.size
        appends = self._admit(connection, [job for job in jobs if isinstance(job, AppendJob)])
        intents = self._write_intents(connection, [job for job in jobs if isinstance(job, IntendJob)])
        for job in jobs:
            if isinstance(job, SweepJob):
                orphans = self._orphans(connection, to_millis(orphaned), now)
                job.result = len(orphans)
                appends += orphans
        rows = self._make_rows(connection, appends, intents, tree, now)
        self._store.add_keys(connection, rows.keys)
        self._store.add_intents(connection, rows.intents)
        if rows.entries:
            self._store.add_entries(connection, rows.entries)
            self._store.set_chains(connection, rows.chains.values())
            self._store.move_head(connection, seen, tree)
        return Done([row["id"] for row in rows.entries], [row["id"] for row in rows.intents], rows.keys)

    def _admit(self, connection: Connection, jobs: list[AppendJob]) -> list[AppendJob]:
        """Steps 2 to 4; the jobs that may be recorded, those with a write first."""
        writing = [job for job in jobs if job.write is not None]
        plain = [job for job in jobs if job.write is None]
        for job in writing:
            _in_savepoint(connection, job, lambda job=job: self._admit_writing(connection, job))  # type: ignore[misc]
        self._check_grants(connection, plain)
        self._check_intents(connection, [job for job in plain if job.error is None])
        return [job for job in writing + plain if job.error is None]

    def _admit_writing(self, connection: Connection, job: AppendJob) -> None:
        self._check_grants(connection, [job])
        if job.error is None:
            self._check_intents(connection, [job])
        if job.error is not None:
            raise job.error
        assert job.write is not None  # noqa: S101 - only such jobs come here
        job.written = job.write(connection)

    def _check_grants(self, connection: Connection, jobs: list[AppendJob]) -> None:
        references: frozenset[str] = frozenset().union(*(job.relies_on for job in jobs))
        if not references:
            return
        holding = self._grants(connection, references)
        for job in jobs:
            gone = job.relies_on - holding
            if gone:
                job.error = GrantGone(gone)

    def _check_intents(self, connection: Connection, jobs: list[AppendJob]) -> None:
        wanted = {job.closes for job in jobs if job.closes is not None}
        if not wanted:
            return
        was_open = set(self._store.close_intents(connection, wanted))
        for job in jobs:
            if job.closes is None:
                continue
            if job.closes in was_open:
                was_open.remove(job.closes)  # one intent, one entry: a second one in the batch finds it gone
            else:
                job.error = IntentGone(job.closes)

    @staticmethod
    def _write_intents(connection: Connection, jobs: list[IntendJob]) -> list[IntendJob]:
        for job in jobs:
            write = job.write
            if write is not None:
                _in_savepoint(connection, job, lambda write=write: write(connection))  # type: ignore[misc]
        return [job for job in jobs if job.error is None]

    def _orphans(self, connection: Connection, until: int, now: datetime) -> list[AppendJob]:
        """Entries for the intents that nothing closed. One that cannot be read stays, and `log verify` reports it."""
        rows = self._store.orphans(connection, until)
        keys = {key.id: key for key in self._store.keys_by_id(connection, {row["key_id"] for row in rows})}
        found = []
        for row in rows:
            try:
                body = self._keys.unwrap(keys[row["key_id"]]).open(
                    row["body"], intent_binding(row["id"], row["recorded_at"])
                )
                found.append(_orphan(row["id"], row["recorded_at"], from_json(body)))
            except (Unreadable, AuditError, KeyError, ValueError, TypeError):
                _logger.error("intent %s cannot be read, and stays open", row["id"])  # noqa: TRY400
        found = self._with_readable_keys(connection, found, now)
        self._store.close_intents(connection, [job.entry.id for job in found])
        return found

    def _with_readable_keys(
        self, connection: Connection, orphans: list[AppendJob], now: datetime
    ) -> list[AppendJob]:
        """One subject's broken key must not keep the others' orphans from being recorded."""
        stored = self._store.keys(connection, {_purpose(job, now) for job in orphans})
        unreadable = set()
        for purpose, key in stored.items():
            try:
                self._keys.unwrap(key)
            except Unreadable:
                _logger.error("the data key %s cannot be used", key.id)  # noqa: TRY400
                unreadable.add(purpose)
        return [job for job in orphans if _purpose(job, now) not in unreadable]

    def _make_rows(
        self,
        connection: Connection,
        appends: list[AppendJob],
        intents: list[IntendJob],
        tree: CompactRange,
        now: datetime,
    ) -> _Rows:
        rows = _Rows()
        purposes = {_purpose(job, now) for job in appends}
        if intents:
            purposes.add(intent_purpose(now))
        if not purposes:
            return rows
        keys = self._find_keys(connection, purposes, rows)
        random = self._random(len(intents) * NONCE + len(appends) * _ENTRY_RANDOM)
        for job in intents:
            nonce, random = random[:NONCE], random[NONCE:]
            rows.intents.append(_intent_row(job, keys[intent_purpose(now)], nonce, to_millis(now)))
        chains = self._store.chains(connection, {job.entry.subject for job in appends}) if appends else {}
        for number, job in enumerate(appends):
            seeds = random[number * _ENTRY_RANDOM : (number + 1) * _ENTRY_RANDOM]
            entry = job.entry
            key = keys[_purpose(job, now)]
            chain = chains.get(entry.subject, Chain(0, b""))
            row = _entry_row(job, key, chain, seeds, tree.size, to_millis(now))
            tree.append(hash_leaf(row["leaf"]))
            chain = chains[entry.subject] = Chain(chain.entries + 1, row["leaf"])
            rows.entries.append(row)
            rows.chains[entry.subject] = {
                "subject": entry.subject,
                "entries": chain.entries,
                "last_index": row["leaf_index"],
                "last_leaf": row["leaf"],
            }
            job.result = Appended(row["leaf_index"], row["leaf"], now, job.written)
        return rows

    def _find_keys(
        self, connection: Connection, purposes: set[Purpose], rows: _Rows
    ) -> dict[Purpose, DataKey]:
        found = {}
        stored = self._store.keys(connection, purposes)
        for purpose in purposes:
            if purpose in stored:
                found[purpose] = self._usable(stored[purpose])
            else:
                new, found[purpose] = self._keys.make(purpose)
                rows.keys[new] = found[purpose]
        return found

    def _usable(self, stored: StoredKey) -> DataKey:
        try:
            return self._keys.unwrap(stored)
        except Unreadable:
            raise LogUnavailable(f"the data key {stored.id} cannot be used") from None


@dataclass(frozen=True, slots=True)
class Done:
    """What a batch inserted: by these ids it is looked up where a commit's outcome is unknown."""

    entries: list[str]
    intents: list[str]
    keys: Mapping[StoredKey, DataKey]


def _in_savepoint(connection: Connection, job: Job, work: Callable[[], object]) -> None:
    """Whatever goes wrong in one caller's own write is told to that caller, and undone for it alone."""
    try:
        with connection.begin_nested():
            work()
    except DBAPIError as error:
        if error.connection_invalidated:
            raise
        job.error = error
    except Exception as error:  # noqa: BLE001 - the caller's own, whatever it is
        job.error = error


def _purpose(job: AppendJob, now: datetime) -> Purpose:
    return entry_purpose(job.entry.subject, job.entry.retention, now)


def _intent_row(job: IntendJob, key: DataKey, nonce: bytes, now: int) -> Mapping[str, Any]:
    intent_id = job.intent.id
    return {
        "id": intent_id,
        "recorded_at": now,
        "key_id": key.id,
        "body": key.seal(nonce, job.body, intent_binding(intent_id, now)),
    }


def _entry_row(
    job: AppendJob, key: DataKey, chain: Chain, random: bytes, index: int, now: int
) -> Mapping[str, Any]:
    entry = job.entry
    salt, rest = random[:OPEN_SEED], random[OPEN_SEED:]
    seed, nonce = rest[:SEALED_SEED], rest[SEALED_SEED:]
    fields = [*job.fields, (_NUMBER, b"%d" % chain.entries), (_PREVIOUS, chain.last_leaf)]
    row = {
        "leaf_index": index,
        "id": entry.id,
        "recorded_at": now,
        "kind": entry.kind,
        "controller": entry.controller,
        "client": entry.client,
        "activity": entry.activity,
        "outcome": entry.outcome,
        "subject": entry.subject,
        "retention": entry.retention,
        "key_id": key.id,
        "body": key.seal(nonce, pack_body(seed, fields), body_binding(entry.id, entry.subject)),
        "salt": salt,
        "sealed_digest": sealed_digest(seed, fields),
    }
    row["leaf"] = leaf(salt, open_values(row), row["sealed_digest"])
    return row


def _orphan(intent_id: str, recorded_at: int, intent: Mapping[str, Any]) -> AppendJob:
    entry = Entry(
        id=intent_id,
        kind=intent["kind"],
        controller=intent["controller"],
        client=intent["client"],
        activity=intent["activity"],
        outcome=DELIVERY_UNKNOWN,
        subject=intent["subject"],
        retention=intent["retention"],
        details={**intent["details"], "intendedAt": from_millis(recorded_at).isoformat()},
    )
    return AppendJob(entry=entry, fields=prepare_entry(entry))
