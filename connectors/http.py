"""The connections to one source: bounded in number, with bounded answers; no cookies, no proxies, no redirects, no compression.

Why not an HTTP library: docs/decisions/0012-the-wire-to-a-source.md.
"""

import asyncio
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import NoReturn

from yarl import URL

from connectors.errors import SourceRefused, SourceUnavailable
from connectors.guard.memory import ALL, OF_ONE, Measure, Share
from connectors.wire.connection import Connection
from connectors.wire.head import content_type, request_head, retry_after
from connectors.wire.pool import Key, Pool
from connectors.wire.reach import TRUSTED, Reach

__all__ = ["Answer", "Outgoing", "Wire"]


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A request, ready to be sent."""

    method: str
    url: URL = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    body: bytes | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer."""

    status: int
    media_type: str
    """In lower case, without parameters; empty if the source gave none."""
    charset: str | None
    retry_after: float | None
    """Seconds."""
    body: bytes = field(repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    """All of them; names are compared without case."""
    share: Share | None = field(default=None, repr=False)
    """A large answer's part of the memory for these: taken for as long as the answer is held."""


class Wire:
    """The connections to one source. It sets no deadline: its caller does, around all of a call, and cancels it."""

    watcher: Callable[[str], None] | None = None
    """Who is told of what happens on the connections: `connecting`, `connected`, `answered` (an answer's head is there)."""

    def __init__(self, source_id: str, *, connections: int, body_bytes: int) -> None:
        """Nothing is opened yet."""
        self._id, self._connections, self._body_bytes = source_id, connections, body_bytes
        self._measure = Measure(OF_ONE, ALL)
        self._pool: Pool | None = None
        self._tls: Callable[[], ssl.SSLContext] | None = None

    def secure(self, context: Callable[[], ssl.SSLContext]) -> None:
        """Ask for the TLS context before each call. A connection serves only calls of the context that it was made with."""
        self._tls = context

    def hold(self) -> Share:
        """A share of the memory for this source's large answers; nothing is taken yet."""
        return Share(self._measure)

    def open(self) -> None:
        """Be ready for calls, on the running loop."""
        if self._pool is None:
            self._pool, self._reach = Pool(), Reach()
            self._slots = asyncio.Semaphore(self._connections)

    async def close(self) -> None:
        """Close the connections."""
        pool, self._pool = self._pool, None
        if pool is not None:
            pool.close()
            await asyncio.sleep(0)  # for the loop to let go of them

    async def call(self, request: Outgoing) -> Answer:
        """Send one request and read the whole answer.

        It is sent once: where a kept connection turns out to be closed, nobody knows what became of it. Raises `SourceUnavailable`,
        `SourceBusy`, `ContractBroken`; `SourceRefused` where a header cannot be sent.
        """
        pool, url, body = self._pool, request.url, request.body or b""
        if pool is None:
            raise SourceUnavailable(self._id, "its session is closed")
        length = None if request.body is None and request.method == "GET" else len(body)
        try:
            head = request_head(request.method, url, request.headers, length)
        except ValueError as error:
            raise SourceRefused(self._id, f"the request cannot be sent: {error}") from None
        context = None if url.scheme != "https" else TRUSTED if self._tls is None else self._tls()
        key = (url.scheme, url.raw_host, url.port, context)
        async with self._slots:
            connection = pool.take(key) or await self._connected(pool, key, context)
            try:
                status, headers, body, share = await connection.exchange(head + body)
            finally:
                pool.put(key, connection)
        media_type, charset = content_type(headers.get("Content-Type", ""))
        return Answer(
            status, media_type, charset, retry_after(headers.get("Retry-After")), body, headers, share
        )

    async def _connected(self, pool: Pool, key: Key, context: ssl.SSLContext | None) -> Connection:
        """A new connection."""
        tell = self.watcher or _nobody
        tell("connecting")
        try:
            connection = await self._reach.connect(self._made, key[1] or "", key[2] or 0, context)
        except (OSError, RuntimeError, UnicodeError) as error:
            self._unreached(error)
        if pool.closed:
            connection.abort()
            raise SourceUnavailable(self._id, "its session is closed")
        pool.add(connection)
        connection.heard = None if self.watcher is None else lambda: tell("answered")
        tell("connected")
        return connection

    def _made(self) -> Connection:
        return Connection(self._id, self._body_bytes, self.hold)

    def _unreached(self, error: Exception) -> NoReturn:
        """Why there is no connection, in words of our own."""
        if isinstance(error, ssl.SSLCertVerificationError):
            raise SourceUnavailable(self._id, "its TLS certificate is not trusted") from None
        if isinstance(error, ssl.SSLError):
            raise SourceUnavailable(self._id, "TLS could not be agreed with it") from None
        raise SourceUnavailable(self._id, "it cannot be reached") from None


def _nobody(_event: str) -> None:
    """Nobody is told."""
