"""How a host is reached: its addresses are looked up once for all who wait, and the first of them to answer is taken."""

import asyncio
import socket
import ssl
from collections.abc import Callable

from aiohappyeyeballs import AddrInfoType, start_connection

from connectors.wire.connection import Connection

__all__ = ["TRUSTED", "Reach"]

TRUSTED = ssl.create_default_context()
"""Trusts the authorities of this machine."""
_KNOWN = 10.0
"""Seconds that looked-up addresses count."""
_HEAD_START = 0.25
"""Seconds that an address is given before the next one is tried as well (RFC 8305 §5)."""
_GOODBYE = 1.0
"""Seconds that a source may take to agree that a connection ends."""


class Reach:
    """Connects to the hosts of one source: there is but one, as a rule."""

    def __init__(self) -> None:
        """Nothing is looked up yet."""
        self._known: dict[tuple[str, int], tuple[float, list[AddrInfoType]]] = {}
        self._asked: dict[tuple[str, int], asyncio.Task[list[AddrInfoType]]] = {}

    async def connect(
        self, make: Callable[[], Connection], host: str, port: int, context: ssl.SSLContext | None
    ) -> Connection:
        """A new connection, by TLS if there is a context. Raises `OSError` (`ssl.SSLError` too), `RuntimeError`, `UnicodeError`."""
        addresses = await self._addresses(host, port)
        found = await start_connection(addresses, happy_eyeballs_delay=_HEAD_START, interleave=1)
        found.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        loop = asyncio.get_running_loop()
        if context is None:
            return (await loop.create_connection(make, sock=found))[1]
        _, connection = await loop.create_connection(
            make, sock=found, ssl=context, server_hostname=host.rstrip("."), ssl_shutdown_timeout=_GOODBYE
        )
        return connection

    async def _addresses(self, host: str, port: int) -> list[AddrInfoType]:
        """The addresses of a host. One who gives up waiting does not give up for the others."""
        key, now = (host, port), asyncio.get_running_loop().time()
        until, addresses = self._known.get(key, (0.0, []))
        if now < until:
            return addresses
        if (task := self._asked.get(key)) is None:
            task = self._asked[key] = asyncio.create_task(self._look_up(host, port))
            task.add_done_callback(_heeded)
        return await asyncio.shield(task)

    async def _look_up(self, host: str, port: int) -> list[AddrInfoType]:
        try:
            found = await look_up(host, port)
            self._known = {(host, port): (asyncio.get_running_loop().time() + _KNOWN, found)}
            return found
        finally:
            del self._asked[host, port]


async def look_up(host: str, port: int) -> list[AddrInfoType]:
    """The addresses of a host. Raises `OSError`, `UnicodeError`."""
    loop = asyncio.get_running_loop()
    return list(await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP))


def _heeded(task: "asyncio.Task[list[AddrInfoType]]") -> None:
    """Nobody may be left who waits for it: its failure is no surprise."""
    if not task.cancelled():
        task.exception()
