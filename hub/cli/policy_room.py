"""What the commands about recorded decisions work with: the log, opened with the hub's keys, and the policy sets of old."""

import argparse
import asyncio
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from hub.cli.common import partly
from hub.cli.desk import now, user, words

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from sqlalchemy import Engine

    from audit import History, UsageLog
    from hub.services.policy_sets import PolicySets
    from hub.services.readings import Reader, Readings
    from hub.settings import Settings
    from policies import PolicySet


@dataclass(frozen=True, slots=True)
class Room:
    """An opened log, and who reads in it."""

    settings: "Settings"
    engine: "Engine"
    history: "History"
    log: "UsageLog"
    sets: "PolicySets"
    reader: "Reader"

    def record(self, write: "Callable[[Readings], Awaitable[object]]") -> None:
        """Record a reading, as one more replica of the hub that may be running.

        Raises:
            NotRecorded, LogUnavailable: nothing may be shown.
        """
        from hub.randomness import new_id  # noqa: PLC0415
        from hub.services.readings import Readings  # noqa: PLC0415

        async def run() -> None:
            await self.log.start()
            try:
                await write(Readings(self.log, new_id))
            finally:
                await self.log.close()

        asyncio.run(run())


def add_room(parser: argparse.ArgumentParser, *, reason: str) -> None:
    """Let a command be told where the log is, who reads, and why."""
    parser.add_argument("--database", metavar="URL", help="default: ONLYONCE_DATABASE_URL")
    parser.add_argument("--keys", type=Path, metavar="DIR", help="the hub's keys (default: ONLYONCE_KEYS)")
    parser.add_argument(
        "--by",
        type=words,
        metavar="NAME",
        help="who reads, for the record (default: the user of this machine)",
    )
    parser.add_argument(
        "--reason",
        type=words,
        default=reason,
        metavar="TEXT",
        help="why, as the persons concerned will read it (default: %(default)s)",
    )


@contextmanager
def opened(given: argparse.Namespace) -> Iterator[Room]:
    """The room that a command was told of.

    Raises:
        KeysUnusable, KeysForeign, SchemaOutOfDate: it cannot be opened.
    """
    from audit import History, KeptNote, UsageLog  # noqa: PLC0415
    from hub.database import check_schema, open_engine  # noqa: PLC0415
    from hub.identity import check_keyprints  # noqa: PLC0415
    from hub.keys import KeyFolder  # noqa: PLC0415
    from hub.services.readings import Reader  # noqa: PLC0415

    reader = Reader(by=given.by or user(), reason=given.reason)
    settings = partly(database_url=given.database, keys=given.keys)
    keys = KeyFolder(settings.keys, create=False)
    engine = open_engine(settings.database_url, create=False)
    try:
        check_schema(engine)
        check_keyprints(engine, keys.fingerprints)
        log = UsageLog(
            engine,
            keys=keys.epochs,
            grants=lambda _connection, _references: frozenset(),
            clock=now,
            signer=None,  # the hub signs: it alone knows its address for sure
            kept=KeptNote(settings.kept_checkpoint),
        )
        history = History(engine, keys.epochs)
        yield Room(settings, engine, history, log, policy_sets(engine, lambda: active(settings)), reader)
    finally:
        engine.dispose()


def policy_sets(engine: "Engine", active_set: "Callable[[], PolicySet | None]") -> "PolicySets":
    """Policy sets by revision, from the archive in this database."""
    from hub.oversight import fetch  # noqa: PLC0415
    from hub.services.policy_sets import PolicySets  # noqa: PLC0415

    def archive(revision: str) -> Mapping[str, bytes] | None:
        with engine.connect() as connection:
            return fetch(connection, "policies", revision)

    return PolicySets(active_set, archive)


def active(settings: "Settings") -> "PolicySet | None":
    """The set that the settings name, if it can be loaded: the archive may still have the one that is wanted."""
    from policies import PolicyInvalid, read_policies  # noqa: PLC0415

    try:
        return read_policies(settings.policies, key=settings.policies_key)
    except PolicyInvalid:
        return None
