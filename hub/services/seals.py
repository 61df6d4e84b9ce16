"""What is sealed for whom: a copy in memory, so that no prefill asks the database, and the orders that seal and lift.

The copy may be a moment old. That is no way around a seal: an entry that discloses relies on what the copy said of its subject, and
the usage log finds out under its lock whether that still is so (`grants`). Once a seal is acknowledged, no entry on any replica
discloses what it covers.
"""

import asyncio
from collections.abc import Callable, Collection, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import structlog
from sqlalchemy import Connection

from audit import LogUnavailable
from connectors import Identifier
from hub.oversight import Seal, lift, seal, seals_of, seals_since, unchanged
from hub.services.background import Background
from hub.services.concerns import HUB, HUBS_OWN
from hub.services.delivery import WITHDRAWAL_WAIT_S
from hub.services.entries import Journal
from hub.services.errors import NotRecorded
from hub.services.grants import SEAL
from hub.services.reading import Reads

_NOTHING: Final[frozenset[str]] = frozenset()
_EVERY_S: Final = 1.0
_log = structlog.get_logger("hub.oversight")


@dataclass(frozen=True, slots=True)
class Sealed:
    """What a copy says of a subject: the sealed attributes, and the reference by which an entry relies on it."""

    attributes: frozenset[str]
    reference: str


def seals_hold(connection: Connection, references: frozenset[str]) -> frozenset[str]:
    """Those references of a copy (`Sealed.reference`, without its kind) of whose subject nothing was sealed or lifted since."""
    seen = {_seen(one): one for one in references}
    return frozenset(seen[one] for one in unchanged(connection, seen))


def _seen(reference: str) -> tuple[int, str]:
    version, _, subject = reference.partition(":")
    return int(version), subject


class Seals:
    """The copy. It follows the database every second, and at once when an entry found it outdated.

    Args:
        connect: to the hub's database.
        clock: the time, aware.
        every_s: how often it looks for changes, in seconds.
    """

    def __init__(
        self,
        connect: Callable[[], AbstractContextManager[Connection]],
        clock: Callable[[], datetime],
        *,
        every_s: float = _EVERY_S,
    ) -> None:
        self._connect, self._clock, self._every = connect, clock, every_s
        self._version, self._known = 0, dict[str, dict[str, datetime | None]]()
        self._reads = Reads("seals", threads=1)
        self._refreshing = asyncio.Lock()
        self._background = Background()

    async def start(self) -> None:
        """Read all seals, and follow.

        Raises:
            LogUnavailable: the database cannot be read, so that it is not known what is sealed.
        """
        try:
            await self.refresh()
        except NotRecorded:
            raise LogUnavailable("the seals cannot be read") from None
        self._background.begin(self._follow())

    async def close(self) -> None:
        """Follow no more."""
        await self._background.end()

    def of(self, subject: str) -> Sealed:
        """What is sealed for a subject, by their handle in the usage log, as far as this copy knows."""
        reference = f"{SEAL}{self._version}:{subject}"
        known = self._known.get(subject)
        if known is None:
            return Sealed(_NOTHING, reference)
        now = self._clock()
        return Sealed(
            frozenset(name for name, until in known.items() if until is None or until > now), reference
        )

    async def refresh(self) -> None:
        """Bring the copy up to date.

        Raises:
            NotRecorded: the database is away.
        """
        async with self._refreshing:
            version, changed = await self._reads(self._since)
            for one in changed:
                self._known.setdefault(one.subject, {})[one.attribute] = one.until
            self._version = version

    def _since(self) -> tuple[int, tuple[Seal, ...]]:
        with self._connect() as connection:
            return seals_since(connection, self._version)

    async def _follow(self) -> None:
        while True:
            await asyncio.sleep(self._every)
            try:
                await self.refresh()
            except NotRecorded:
                pass  # the copy stays as it is meanwhile: nothing is disclosed without the database either
            except Exception as error:  # noqa: BLE001 - it goes on following, whatever happens
                _log.error("the seals could not be read", error=type(error).__name__)


@dataclass(frozen=True, slots=True)
class Order:
    """Who ordered it, in words, and on what legal ground."""

    ordered_by: str
    ground: str

    def told(self, attributes: Collection[str]) -> dict[str, object]:
        """As the entry says it, sealed, and its subject reads it."""
        return {"attributes": sorted(attributes), "orderedBy": self.ordered_by, "legalGround": self.ground}


class SealOrders:
    """Carries out orders to seal and to lift. Each is an entry in the usage log of its subject, who reads it there."""

    def __init__(
        self,
        journal: Journal,
        *,
        connect: Callable[[], AbstractContextManager[Connection]],
        clock: Callable[[], datetime],
        wait_s: float = WITHDRAWAL_WAIT_S,
    ) -> None:
        self._journal, self._connect, self._clock, self._wait = journal, connect, clock, wait_s
        self._reads = Reads("seal-orders", threads=1)

    async def seal(
        self, subject: Identifier, attributes: Collection[str], order: Order, *, until: datetime | None
    ) -> None:
        """Seal attributes of a subject, until a time or until it is lifted.

        Once this returns, no entry of any replica discloses them but to who may see what is sealed. An answer whose entry stood
        before may still be on its way to a client that reads slowly.

        Raises:
            NotRecorded: nothing was sealed, or it is not known whether it was.
        """
        handle, at = self._journal.subject(subject), self._clock()

        def write(connection: Connection, entry: str) -> None:
            seal(connection, handle, attributes, until=until, entry=entry, at=at)

        details = {**order.told(attributes), "validUntil": until.isoformat() if until else None}
        await self._carry_out("attributesSealed", handle, details, write)

    async def lift(self, subject: Identifier, attributes: Collection[str], order: Order) -> None:
        """Lift the seal of attributes of a subject.

        Raises:
            NotSealed: one of them is not sealed.
            NotRecorded: nothing was lifted, or it is not known whether it was.
        """
        handle, at = self._journal.subject(subject), self._clock()

        def write(connection: Connection, entry: str) -> None:
            lift(connection, handle, attributes, entry=entry, at=at)

        await self._carry_out("sealLifted", handle, order.told(attributes), write)

    async def _carry_out(
        self,
        kind: str,
        handle: str,
        details: Mapping[str, object],
        write: Callable[[Connection, str], None],
    ) -> None:
        await self._journal.overseen(kind, HUBS_OWN, client=HUB, subject=handle, write=write, details=details)
        # An answer whose entry stood before may still be on its way: docs/decisions/0005-late-answers.md.
        await asyncio.sleep(self._wait)
        _log.info("seals changed", what=kind)

    async def listed(self, subject: Identifier, *, by: str) -> tuple[Seal, ...]:
        """What is sealed for a subject now. That somebody read it is an entry in the subject's log.

        Raises:
            NotRecorded: the database is away, or the reading could not be recorded, so nothing is shown.
        """
        handle, at = self._journal.subject(subject), self._clock()

        def read() -> tuple[Seal, ...]:
            with self._connect() as connection:
                return seals_of(connection, handle, at)

        found = await self._reads(read)
        await self._journal.overseen(
            "sealsRead", HUBS_OWN, client=HUB, subject=handle, write=None,
            details={"attributes": [one.attribute for one in found], "orderedBy": by},
        )  # fmt: skip
        return found
