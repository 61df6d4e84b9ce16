"""The connections to one source: who is idle is asked next, who was idle for too long is let go."""

import asyncio
from typing import Final

from connectors.wire.connection import Connection

__all__ = ["Key", "Pool"]

_KEEP_ALIVE: Final = 4.0
"""Seconds that an idle connection is kept: less than the 5 after which common servers close it, for a request that meets the
closing is lost, and a POST may not be sent twice."""
Key = tuple[str, str | None, int | None, object]
"""Scheme, host, port and TLS context that a connection was made for."""


class Pool:
    """Keeps what is idle, on the running loop."""

    def __init__(self) -> None:
        """Keep nothing yet."""
        self._loop = asyncio.get_running_loop()
        self._idle: list[tuple[Key, Connection]] = []
        self._busy: set[Connection] = set()
        self._sweep: asyncio.TimerHandle | None = None
        self.closed = False

    def take(self, key: Key) -> Connection | None:
        """The connection that was used last, if it can be used for this. What was made for another host or context is let go."""
        idle, oldest = self._idle, self._loop.time() - _KEEP_ALIVE
        while idle:
            made_for, connection = idle.pop()
            if connection.usable and made_for == key and connection.idle_since >= oldest:
                self._busy.add(connection)
                return connection
            connection.close()
        return None

    def add(self, connection: Connection) -> None:
        """A new connection, in use."""
        self._busy.add(connection)

    def put(self, key: Key, connection: Connection) -> None:
        """Put a connection aside after its use, or away."""
        self._busy.discard(connection)
        if not connection.usable:
            connection.abort()
            return
        connection.idle_since = self._loop.time()
        self._idle.append((key, connection))
        if self._sweep is None:
            self._sweep = self._loop.call_later(_KEEP_ALIVE, self._let_go)

    def close(self) -> None:
        """Close all of them; who waits for an answer gets none."""
        self.closed = True
        if self._sweep is not None:
            self._sweep.cancel()
            self._sweep = None
        for _, connection in self._idle:
            connection.close()
        self._idle.clear()
        for connection in self._busy:
            connection.abort()

    def _let_go(self) -> None:
        """Close those that were idle for too long; look again as long as there are others."""
        self._sweep, oldest = None, self._loop.time() - _KEEP_ALIVE
        kept = []
        for key, connection in self._idle:
            if connection.usable and connection.idle_since > oldest:
                kept.append((key, connection))
            else:
                connection.close()
        self._idle = kept
        if kept:
            wait = kept[0][1].idle_since - oldest
            self._sweep = self._loop.call_later(wait, self._let_go)
