"""Clients that are revoked: a copy in memory for the doors, and the orders that revoke and restore.

The copy refuses early. What decides is the usage log, which looks again under its lock (`hub.services.grants`): once a revocation is
acknowledged, no entry on any replica discloses anything to that client, and no answer to it is on its way.
"""

import asyncio
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Final

import structlog
from sqlalchemy import Connection

from hub.identity import (
    ClientRevoked,
    ClientsUnavailable,
    Revocation,
    list_revocations,
    restore_client,
    revoke_client,
    revoked_clients,
)
from hub.services.background import Background
from hub.services.delivery import CLIENT_WINDOW_S, REVOCATION_WAIT_S
from hub.services.entries import Journal
from hub.services.errors import NotRecorded
from hub.services.reading import Reads

_EVERY_S: Final = 0.5
_READ_WITHIN_S: Final = 1.5
_log = structlog.get_logger("hub.identity")


class RevokedClients:
    """The copy. It follows the database, and lets nobody in by what it knew longer ago than an answer may take (`CLIENT_WINDOW_S`).

    Args:
        connect: to the hub's database.
        every_s: how often it looks, in seconds.
    """

    def __init__(
        self, connect: Callable[[], AbstractContextManager[Connection]], *, every_s: float = _EVERY_S
    ) -> None:
        self._connect, self._every = connect, every_s
        self._known, self._as_of = frozenset[str](), float("-inf")
        self._reads = Reads("revoked-clients", threads=1, within_s=_READ_WITHIN_S)
        self._reading: asyncio.Task[None] | None = None
        self._background = Background()

    async def start(self) -> None:
        """Follow. Where the database is away, nobody is let in until it is back."""
        self._background.begin(self._follow())

    async def close(self) -> None:
        """Follow no more."""
        await self._background.end()

    async def check(self, client: str) -> None:
        """Let a client pass that is not revoked.

        Raises:
            ClientRevoked: it is.
            ClientsUnavailable: the database cannot tell.
        """
        if self._is_old():
            try:
                await self.refresh()
            except NotRecorded:
                raise ClientsUnavailable from None
            if self._is_old():  # this process stood still
                raise ClientsUnavailable
        if client in self._known:
            raise ClientRevoked

    def _is_old(self) -> bool:
        return time.monotonic() - self._as_of > CLIENT_WINDOW_S

    async def refresh(self) -> None:
        """Bring the copy up to date, or wait for the reading that is under way.

        Raises:
            NotRecorded: the database is away.
        """
        if self._reading is None or self._reading.done():
            self._reading = asyncio.create_task(self._read(), name="revoked clients")
        await asyncio.shield(self._reading)

    async def _read(self) -> None:
        began = time.monotonic()
        self._known = await self._reads(self._revoked)
        self._as_of = began

    def _revoked(self) -> frozenset[str]:
        with self._connect() as connection:
            return revoked_clients(connection)

    async def _follow(self) -> None:
        while True:
            try:
                await self.refresh()
            except NotRecorded:
                pass  # who comes meanwhile waits for a reading of their own
            except Exception as error:  # noqa: BLE001 - it goes on following, whatever happens
                _log.error("the revoked clients could not be read", error=type(error).__name__)
            await asyncio.sleep(self._every)


class ClientOrders:
    """Revokes and restores clients. Each order is an entry in the usage log, about nobody."""

    def __init__(
        self,
        journal: Journal,
        *,
        connect: Callable[[], AbstractContextManager[Connection]],
        clock: Callable[[], datetime],
        wait_s: float = REVOCATION_WAIT_S,
    ) -> None:
        self._journal, self._connect, self._clock, self._wait = journal, connect, clock, wait_s
        self._reads = Reads("client-orders", threads=1)

    async def revoke(self, client: str, *, reason: str, by: str) -> None:
        """Revoke a client. Once this returns, no value leaves to it, on any replica.

        Raises:
            RevokedAlready: it is; no value leaves to it either.
            NotRecorded: it was not revoked, or it is not known whether it was.
        """
        at = self._clock()

        def write(connection: Connection, entry: str) -> None:
            revoke_client(connection, Revocation(client, at, reason, entry))

        try:
            await self._record("clientRevoked", client, reason, by, write)
        finally:  # where it was revoked already, that may have been a moment ago
            await asyncio.sleep(self._wait)

    async def restore(self, client: str, *, reason: str, by: str) -> None:
        """Let a client in again.

        Raises:
            NotRevoked: it is not revoked.
            NotRecorded: it was not restored, or it is not known whether it was.
        """

        def write(connection: Connection, _: str) -> None:
            restore_client(connection, client)

        await self._record("clientRestored", client, reason, by, write)

    async def _record(
        self, kind: str, client: str, reason: str, by: str, write: Callable[[Connection, str], None]
    ) -> None:
        await self._journal.of_the_hub(kind, {"clientId": client, "reason": reason, "by": by}, write=write)
        _log.info("clients changed", what=kind, client=client)

    async def listed(self) -> tuple[Revocation, ...]:
        """All clients that are revoked, by id.

        Raises:
            NotRecorded: the database is away.
        """

        def read() -> tuple[Revocation, ...]:
            with self._connect() as connection:
                return list_revocations(connection)

        return await self._reads(read)
