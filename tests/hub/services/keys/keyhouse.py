"""What tests of the log's keys work with: a log on either database, a clock, orders signed by two, and real backups."""

import shutil
import sqlite3
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

from joserfc.jwk import ECKey, Key
from sqlalchemy import Engine, make_url

from audit import Entry, Line, Report, UsageLog, verify
from hub.catalogue import Catalogue
from hub.database import migrate, open_engine
from hub.identity import Handles
from hub.keys import KeyFolder
from hub.oversight import approve, draft_order
from hub.services.entries import Journal
from hub.services.erasure_receipts import ErasureReceipts
from hub.services.forgetting import Forgetting
from hub.services.key_rounds import KeyRounds
from hub.shredlist import ShredList
from tests.support.postgres import Cluster

HUB = "https://hub.example"
PEOPLE: dict[str, Key] = {name: ECKey.generate_key("P-256") for name in ("legal-1", "legal-2")}
SUBJECT = "ab" * 32
CITY, OFFICE = "municipality", "grants-office"
WHAT = {
    "subject": SUBJECT,
    "ground": "processed without a basis",
    "advice": "erase",
    "advisedBy": "dpo@city.example",
}


class Clock:
    """A clock that tests move by hand. It begins now: files have the time of the machine."""

    def __init__(self) -> None:
        self.now = datetime.now(UTC).replace(microsecond=0)

    def __call__(self) -> datetime:
        return self.now


def with_approvers(catalogue: Catalogue, kept: str | None = None) -> Catalogue:
    """The catalogue, where two people of each controller may sign, and a law keeps the lines of an activity."""
    keys = {name: {"keys": [key.as_dict(private=False)]} for name, key in PEOPLE.items()}
    controllers = {name: replace(one, approvers=keys) for name, one in catalogue.controllers.items()}
    activities = {
        name: replace(one, log_kept_by={"en": "Archives Act, art. 1"} if name == kept else None)
        for name, one in catalogue.activities.items()
    }
    return replace(catalogue, controllers=controllers, activities=activities)


def order(
    clock: Callable[[], datetime],
    *signers: str,
    controller: str = CITY,
    order_id: str = "o-1",
    **what: object,
) -> bytes:
    document = draft_order(
        "shred", order_id=order_id, controller=controller, audience=HUB, issued_at=clock(), valid_for=timedelta(days=7),
        what={**WHAT, **what},
    )  # fmt: skip
    for name in signers or tuple(PEOPLE):
        document = approve(document, approver=name, key=PEOPLE[name])
    return document


class KeyHouse:
    """A log, its keys and what looks after them."""

    def __init__(
        self, url: str, folder: Path, catalogue: Catalogue, handles: Handles, cluster: Cluster | None
    ) -> None:
        self.url, self.folder, self.catalogue, self.handles, self.cluster = (
            url,
            folder,
            catalogue,
            handles,
            cluster,
        )
        self.clock, self._ids = Clock(), count(1)
        self.database_time: datetime | None = None
        migrate(url)

    async def open(self, *, again: bool = False) -> None:
        """Open everything, as a hub does at its start; `again`: what was destroyed before is destroyed first."""
        self.keys = KeyFolder(self.folder)
        self.engine: Engine = open_engine(self.url)
        self.log = UsageLog(
            self.engine, keys=self.keys.epochs, grants=lambda _c, r: r, clock=self.clock,
        )  # fmt: skip
        self.journal = Journal(self.log, self.handles, self.catalogue, self.new_id)
        receipts = ErasureReceipts(
            self.keys.receipts,
            issuer=HUB,
            ring=self.keys.epochs,
            epoch_days=30,
            kept_days=2,
            clock=self.clock,
        )
        self.shreds = ShredList(self.folder / "shredded.jsonl")
        self.forgetting = Forgetting(
            self.journal, catalogue=self.catalogue, connect=self.engine.connect, shreds=self.shreds, receipts=receipts,
            audience=HUB, clock=self.clock, database_time=lambda _: self.database_time or self.clock(), new_id=self.new_id,
        )  # fmt: skip
        self.rounds = KeyRounds(
            self.engine, self.keys.epochs, journal=self.journal, forgetting=self.forgetting, clock=self.clock,
            epoch_days=30, kept_days=2, every_s=0.0,
        )  # fmt: skip
        await self.log.start()
        if again:
            await self.rounds.start()

    async def close(self) -> None:
        await self.rounds.close()
        await self.log.close()
        self.engine.dispose()

    def new_id(self) -> str:
        return f"{next(self._ids):032x}"

    async def record(self, controller: str = CITY, **changes: Any) -> None:
        given: dict[str, Any] = {
            "kind": "prefill", "controller": controller, "client": "forms", "activity": "adapted-transport",
            "outcome": "disclosed", "subject": SUBJECT, "retention": "P10Y", "details": {"asked": ["person.address"]},
        } | changes  # fmt: skip
        await self.log.append(Entry(id=self.new_id(), **given))

    def lines(self, subject: str = SUBJECT) -> list[Line]:
        return list(reversed(self.log.read_subject(subject, limit=100).lines))

    def states(self) -> list[tuple[str, str]]:
        """Kind and state of each line, oldest first."""
        return [(line.kind, line.state) for line in self.lines()]

    def report(self, *, with_keys: bool = True) -> Report:
        return verify(self.engine, keys=KeyFolder(self.folder).epochs if with_keys else None)

    def back_up(self, to: Path) -> None:
        """A backup of the database alone, by the database's own tool."""
        if self.cluster is None:
            with sqlite3.connect(self._file()) as source, sqlite3.connect(to) as copy:
                source.backup(copy)
            copy.close()
            source.close()
        else:
            self.cluster.run("pg_dump", "-Fc", "-f", str(self._dump(to)), "-d", self._address())

    def restore(self, backup: Path) -> None:
        """Put a backup in the place of the database, which nobody has open."""
        if self.cluster is None:
            for name in ("", "-wal", "-shm"):
                Path(f"{self._file()}{name}").unlink(missing_ok=True)
            shutil.copy(backup, self._file())
        else:
            self.cluster.run(
                "pg_restore", "--clean", "--if-exists", "-d", self._address(), str(self._dump(backup))
            )

    def _file(self) -> str:
        return str(make_url(self.url).database)

    def _address(self) -> str:
        return make_url(self.url).set(drivername="postgresql").render_as_string(hide_password=False)

    def _dump(self, backup: Path) -> Path:
        """Where the account that PostgreSQL runs as may write."""
        assert self.cluster is not None
        return self.cluster.folder / f"{make_url(self.url).database}-{backup.name}"
