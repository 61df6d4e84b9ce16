"""Intents that nothing closed: each becomes an entry `deliveryUnknown`, once, whichever replica finds it."""

import logging
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from pydantic_core import from_json
from sqlalchemy import Connection

from audit.errors import AuditError
from audit.jobs import AppendJob, prepare_entry
from audit.model import Entry, from_millis, to_millis
from audit.sealing import DataKeys, Unreadable, intent_binding
from audit.store import Store

DELIVERY_UNKNOWN = "deliveryUnknown"
"""The outcome of an entry that was made from an intent which nothing closed."""

_logger = logging.getLogger(__name__)


class Orphans:
    """Takes orphaned intents away, and gives entries for them, in the same transaction."""

    def __init__(self, store: Store, keys: DataKeys) -> None:
        self._store, self._keys = store, keys

    def take(self, connection: Connection, until: datetime, now: datetime) -> list[AppendJob]:
        """Entries for the intents that were open at `until`. One that cannot be read stays, and `log verify` reports it."""
        rows = self._store.orphans(connection, to_millis(until))
        if not rows:
            return []
        keys = {key.id: key for key in self._store.keys_by_id(connection, {row["key_id"] for row in rows})}
        found = []
        for row in rows:
            try:
                binding = intent_binding(row["id"], row["recorded_at"])
                body = self._keys.unwrap(keys[row["key_id"]]).open(row["body"], binding)
                found.append(_entry(row["id"], row["recorded_at"], from_json(body)))
            except (Unreadable, AuditError, KeyError, ValueError, TypeError):
                _logger.error("intent %s cannot be read, and stays open", row["id"])  # noqa: TRY400
        found = self._with_usable_keys(connection, found, now)
        self._store.close_intents(connection, [job.entry.id for job in found])
        return found

    def _with_usable_keys(
        self, connection: Connection, orphans: list[AppendJob], now: datetime
    ) -> list[AppendJob]:
        """One subject's broken key must not keep the others' orphans from being recorded."""
        stored = self._store.keys(connection, {job.purpose(now) for job in orphans})
        unusable = set()
        for purpose, key in stored.items():
            try:
                self._keys.unwrap(key)
            except Unreadable:
                _logger.error("the data key %s cannot be used", key.id)  # noqa: TRY400
                unusable.add(purpose)
        return [job for job in orphans if job.purpose(now) not in unusable]


def _entry(intent_id: str, recorded_at: int, intent: Mapping[str, Any]) -> AppendJob:
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
