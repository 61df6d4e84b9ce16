"""Intents that nothing closed: each becomes an entry `deliveryUnknown`, once, whichever replica finds it."""

import logging
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from pydantic_core import from_json
from sqlalchemy import Connection

from audit.errors import AuditError, EntryRefused
from audit.keys.sealing import DataKeys, Unreadable, intent_binding
from audit.model import Entry, from_millis
from audit.store import ORPHANS_A_SWEEP, Store
from audit.writing.jobs import AppendJob, prepare_entry

DELIVERY_UNKNOWN = "deliveryUnknown"
"""The outcome of an entry that was made from an intent which nothing closed."""

_OLDEST = (-(2**63), "")
_MOST_LOGGED = 1000
_logger = logging.getLogger(__name__)


class Orphans:
    """Takes orphaned intents away, and gives entries for them, in the same transaction.

    They are taken a page at a time. Those that cannot be read stay, so each page begins where the last one ended; after the last
    page, from the oldest again.
    """

    def __init__(self, store: Store, keys: DataKeys) -> None:
        self._store, self._keys = store, keys
        self._after, self._logged = _OLDEST, set[str]()

    def take(self, connection: Connection, until: int, now: datetime) -> tuple[list[AppendJob], bool]:
        """Entries for a page of the intents that were open at `until`, in milliseconds; and whether there may be more."""
        rows = self._store.orphans(connection, until, self._after)
        more = len(rows) == ORPHANS_A_SWEEP
        self._after = (rows[-1]["recorded_at"], rows[-1]["id"]) if more else _OLDEST
        if not rows:
            return [], False
        recorded = self._store.recorded(connection, [row["id"] for row in rows])
        keys = {key.id: key for key in self._store.keys_by_id(connection, {row["key_id"] for row in rows})}
        found = []
        for row in rows:
            try:
                if row["id"] in recorded:
                    raise EntryRefused("an entry has its id")
                binding = intent_binding(row["id"], row["recorded_at"])
                body = self._keys.unwrap(keys[row["key_id"]]).open(row["body"], binding)
                found.append(_entry(row["id"], row["recorded_at"], from_json(body)))
            except (Unreadable, AuditError, KeyError, ValueError, TypeError):
                self._say("intent %s cannot be read, or was recorded before, and stays open", row["id"])
        found = self._with_usable_keys(connection, found, now)
        self._store.close_intents(connection, [job.entry.id for job in found])
        return found, more

    def _say(self, what: str, name: str) -> None:
        """Log it once, as long as there are not too many."""
        if name not in self._logged and len(self._logged) < _MOST_LOGGED:
            self._logged.add(name)
            _logger.error(what, name)

    def _with_usable_keys(
        self, connection: Connection, orphans: list[AppendJob], now: datetime
    ) -> list[AppendJob]:
        """A broken key, of a subject or of a controller's officials, must not keep the others' orphans from being recorded."""
        needed = [(job, {job.purpose(now), job.agents_purpose(now)}) for job in orphans]
        purposes = {purpose for _, some in needed for purpose in some if purpose is not None}
        stored = self._store.keys(connection, purposes)
        unusable = set()
        for purpose, key in stored.items():
            try:
                self._keys.unwrap(key)
            except Unreadable:
                self._say("the data key %s cannot be used", key.id)
                unusable.add(purpose)
        return [job for job, some in needed if some.isdisjoint(unusable)]


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
        agents=intent.get("agents", {}),
    )
    return AppendJob(entry=entry, fields=prepare_entry(entry))
