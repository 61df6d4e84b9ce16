"""A usage log of decisions that were taken, as a hub would have recorded them, without the rest of a hub."""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from audit import Appended, Entry, RotatingSigner, UsageLog, destroy_key, keys_of
from hub.database import migrate, open_engine
from hub.identity import Handles, check_keyprints
from hub.keys import KeyFolder
from policies import Permit, PolicySet
from policies.simulation import evaluate
from tests.policies.questions import question

START = datetime(2026, 3, 1, tzinfo=UTC)
_AT_ONCE = 500


@dataclass(frozen=True)
class Taken:
    """A decision: changes of the permitted question, and of what is recorded."""

    changes: Mapping[str, Any] = field(default_factory=dict)
    subject: str = f"{1:064x}"
    details: Mapping[str, Any] = field(default_factory=dict)
    outcome: str = "disclosed"
    kind: str = "prefill"


class Log:
    """A usage log in a database of its own, with the keys of a hub."""

    def __init__(self, folder: Path, database_url: str, policies: PolicySet) -> None:
        self.url, self.keys, self.policies = database_url, folder / "keys", policies
        migrate(database_url)
        self.engine, self._folder = open_engine(database_url), KeyFolder(self.keys)
        check_keyprints(self.engine, self._folder.fingerprints)
        self.handles = Handles(self._folder.handles)
        self.now = START
        self._count = 0

    def record(self, *taken: Taken, every: timedelta = timedelta(seconds=1)) -> list[str]:
        """Record decisions one after the other, as much later each; the ids of their entries."""
        return asyncio.run(self._record(taken, every))

    def erase(self, subject: str) -> None:
        """Destroy the keys of a subject, as erasing does, with the entry that says so."""
        asyncio.run(self._erase(subject))

    @property
    def settings(self) -> dict[str, Any]:
        """The settings of a hub over this log."""
        return {"DATABASE_URL": self.url, "KEYS": self.keys}

    def log(self) -> UsageLog:
        """The log, not started."""
        return UsageLog(
            self.engine, keys=self._folder.epochs, grants=lambda _, asked: asked, clock=lambda: self.now,
            signer=RotatingSigner("hub.example/log", self._folder.log),
        )  # fmt: skip

    async def _record(self, taken: Iterable[Taken], every: timedelta) -> list[str]:
        log, ids = self.log(), []
        await log.start()
        waiting: list[asyncio.Task[Appended[None]]] = []
        for one in taken:
            entry = self._entry(one)
            ids.append(entry.id)
            waiting.append(asyncio.create_task(log.append(entry)))
            if every or len(waiting) >= _AT_ONCE:
                await asyncio.gather(*waiting)
                waiting.clear()
            self.now += every
        await asyncio.gather(*waiting)
        await log.close()
        return ids

    async def _erase(self, subject: str) -> None:
        log = self.log()
        await log.start()
        with self.engine.connect() as connection:
            (key,) = keys_of(connection, subject)
        entry = Entry(f"erased-{key.id}", "keyDestroyed", "hub", "hub", "hub", key.id, subject, "P1Y", {})
        await log.append(entry, write=lambda connection: destroy_key(connection, key.id, entry.id))
        await log.close()

    def _entry(self, taken: Taken) -> Entry:
        self._count += 1
        facts = question({"time": int(self.now.timestamp() * 1000) + self._count, **taken.changes})
        rulings = evaluate(self.policies, facts)
        details = {
            "formId": facts["form"]["id"], "asked": list(facts["attributes"]), "role": "subject",
            "input": facts, "policyRevision": self.policies.revision,
            "disclosed": [name for name, ruling in rulings.items() if isinstance(ruling, Permit)],
            "withheld": {name: ruling.reason for name, ruling in rulings.items() if not isinstance(ruling, Permit)},
            **taken.details,
        }  # fmt: skip
        return Entry(
            id=f"{self._count:032x}", kind=taken.kind, controller="grants-office", client="portal", activity=facts["activity"]["id"],
            outcome=taken.outcome, subject=taken.subject, retention="P10Y",
            details={name: value for name, value in details.items() if value is not None},
        )  # fmt: skip
