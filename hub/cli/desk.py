"""What the commands of oversight work with: the hub's log and catalogue, opened beside the hubs that may be running."""

import argparse
import asyncio
import getpass
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from hub.cli.common import CannotAsk, catalogue_settings

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from hub.catalogue import Catalogue
    from hub.services.clients import ClientOrders
    from hub.services.deferrals import Deferrals
    from hub.services.entries import Journal
    from hub.services.key_rounds import KeyRounds
    from hub.services.notices import Notices
    from hub.services.seals import SealOrders

T = TypeVar("T")
_LONGEST = 500
_YEARS = (1970, 9000)


@dataclass(frozen=True, slots=True)
class Desk:
    """The services of oversight, over an open log; `address`: the hub's, to which orders are made out."""

    catalogue: "Catalogue"
    orders: "SealOrders"
    notices: "Notices"
    deferrals: "Deferrals"
    address: str
    keys: "KeyRounds"
    connect: "Callable[[], Connection]"
    journal: "Journal"
    clients: "ClientOrders"


def at_desk(catalogue: Path | None, work: Callable[[Desk], Awaitable[T]]) -> T:
    """Do some work over the log that the settings name, as one more replica of the hub.

    Raises:
        CatalogueInvalid, KeysUnusable, KeysForeign, SchemaOutOfDate, LogUnavailable: it cannot be opened.
        CannotAsk: the log did not take it.
    """
    from audit import KeptNote, UsageLog  # noqa: PLC0415
    from hub.assembly.base import Base  # noqa: PLC0415
    from hub.assembly.jobs import key_rounds  # noqa: PLC0415
    from hub.catalogue import load  # noqa: PLC0415
    from hub.database import check_schema, open_engine  # noqa: PLC0415
    from hub.identity import Handles, check_keyprints  # noqa: PLC0415
    from hub.keys import KeyFolder  # noqa: PLC0415
    from hub.logs import warnings_aside  # noqa: PLC0415
    from hub.oversight import OversightError  # noqa: PLC0415
    from hub.randomness import new_id  # noqa: PLC0415
    from hub.services.clients import ClientOrders  # noqa: PLC0415
    from hub.services.deferrals import Deferrals  # noqa: PLC0415
    from hub.services.entries import Journal  # noqa: PLC0415
    from hub.services.errors import NotRecorded  # noqa: PLC0415
    from hub.services.notices import Notices  # noqa: PLC0415
    from hub.services.seals import SealOrders  # noqa: PLC0415

    settings = catalogue_settings(catalogue)
    declared = load(settings.catalogue, admit_test_numbers=settings.admit_test_numbers)
    keys = KeyFolder(settings.keys, create=False)
    engine = open_engine(settings.database_url, create=False)
    check_schema(engine)
    check_keyprints(engine, keys.fingerprints)
    # What is recorded here relies on no grant; checkpoints are signed by the hubs that run.
    log = UsageLog(
        engine,
        keys=keys.epochs,
        grants=lambda _connection, _references: frozenset(),
        clock=now,
        kept=KeptNote(settings.kept_checkpoint),
    )
    journal = Journal(log, Handles(keys.handles), declared, new_id)
    rounds = key_rounds(Base(settings, declared, keys, engine), journal)
    desk = Desk(
        declared,
        SealOrders(journal, connect=engine.connect, clock=now),
        Notices(journal, connect=engine.connect, clock=now),
        Deferrals(journal, log, connect=engine.connect, clock=now),
        settings.public_url,
        rounds,
        engine.connect,
        journal,
        ClientOrders(journal, connect=engine.connect, clock=now),
    )

    async def run() -> T:
        await log.start()
        try:
            await rounds.forgetting.reapply()
            return await work(desk)
        finally:
            await log.close()

    try:
        with warnings_aside():
            return asyncio.run(run())
    except (NotRecorded, OversightError) as error:
        raise CannotAsk(str(error)) from None
    finally:
        engine.dispose()


def now() -> datetime:
    """The present time, aware, in UTC."""
    return datetime.now(UTC)


def user() -> str:
    """The name of who is at the keyboard."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        raise CannotAsk("say who you are, with --by: this machine does not know the user's name") from None


def words(what: str) -> str:
    """A text for people, as an argument: short, and without any national number.

    Raises:
        ArgumentTypeError: it is not.
    """
    from hub.catalogue import holds_ssin  # noqa: PLC0415

    if not what.strip() or len(what) > _LONGEST or not what.isprintable():
        raise argparse.ArgumentTypeError(f"must be a text of at most {_LONGEST} characters on one line")
    if holds_ssin(what):
        raise argparse.ArgumentTypeError("must not hold what is written like a national number")
    return what.strip()


def moment(text: str) -> datetime:
    """A time with its offset, or a day: its end, in UTC.

    Raises:
        ArgumentTypeError: it is neither.
    """
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        found = None
    if found is not None and not _YEARS[0] <= found.year <= _YEARS[1]:
        raise argparse.ArgumentTypeError(f"must be in one of the years {_YEARS[0]} to {_YEARS[1]}")
    if found is not None and found.tzinfo is not None:
        return found
    if found is not None and found.time() == time() and len(text) == len("2026-01-31"):
        return found.replace(tzinfo=UTC) + timedelta(days=1)
    raise argparse.ArgumentTypeError("must be a day (2026-01-31) or a time with its offset (ISO 8601)")


def since(text: str) -> datetime:
    """A time with its offset, or a day: its beginning, in UTC.

    Raises:
        ArgumentTypeError: it is neither.
    """
    found = moment(text)
    return found - timedelta(days=1) if len(text) == len("2026-01-31") else found
