"""A caller's connection as uvicorn serves it, and what else the hub needs of it.

- Bytes that have not left the machine are waited for, in this process and in the operating system's own buffer, so that
  the hub knows what is on its way and can take back what is not (`hub.api.delivery`).
- A connection on which nothing comes forward is closed: uvicorn itself waits for ever for half a head, for the rest of
  a body that nobody reads, and for a client that does not read.
- A head has a size: with the fast parser uvicorn bounds it by nothing.
"""

import asyncio
import fcntl
import os
import socket
import struct
import time
from contextlib import suppress
from typing import Any, Final

from uvicorn.protocols.http.flow_control import FlowControl
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from hub.api.delivery import LINE

PATIENCE_S: Final = 10.0
HEAD_BYTES: Final = 65_536
_UNSENT: Final = 0x894B
"""SIOCOUTQNSD of Linux: how many bytes the kernel took and has not sent, for the other side has no room for them."""
_NONE: Final = bytes(4)
_AT_ONCE: Final = struct.pack("ii", 1, 0)
"""SO_LINGER: closing throws away what was not sent."""
_LOOK_EVERY_S: Final = 0.005


class UvicornLine:
    """The line to a caller, as `hub.api.delivery` sees it."""

    def __init__(self, transport: asyncio.Transport, flow: FlowControl) -> None:
        self._transport, self._flow = transport, flow
        self._socket: int = transport.get_extra_info("socket").fileno()
        self.lost = False
        """Whether the connection is over, and its socket perhaps another's."""

    async def empty(self, within: float) -> bool:
        """Wait until the operating system has taken all that was written, at most `within` seconds; whether it has."""
        if self._flow.write_paused:
            try:
                async with asyncio.timeout(within):
                    await self._flow.drain()
            except TimeoutError:
                return False
        return True

    async def gone(self, within: float) -> bool:
        """Wait until all that was written has left the machine, at most `within` seconds; whether it has."""
        if self.lost or not (self._flow.write_paused or _unsent(self._socket)):
            return True
        until = time.monotonic() + within
        # A socket of our own: the server may close the connection meanwhile, and the kernel would go on sending.
        with socket.socket(fileno=os.dup(self._socket)) as held:
            while not (await self.empty(until - time.monotonic()) and not _unsent(held.fileno())):
                if time.monotonic() >= until:
                    held.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _AT_ONCE)
                    return False
                await asyncio.sleep(_LOOK_EVERY_S)
        return True

    def cut(self) -> None:
        """End the connection, and forget what did not leave yet, here and in the operating system."""
        if not self.lost:
            with suppress(OSError), socket.socket(fileno=os.dup(self._socket)) as held:
                held.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _AT_ONCE)
        self._transport.abort()


def _unsent(descriptor: int) -> bool:
    """Whether the kernel holds bytes that it could not send; of what is no TCP connection on Linux, nobody knows."""
    try:
        return fcntl.ioctl(descriptor, _UNSENT, _NONE) != _NONE
    except OSError:
        return False


class Connection(HttpToolsProtocol):
    """A connection that tells how much of an answer has left, and that is not held for ever."""

    patience_s = PATIENCE_S
    """A connection that stood still for this long, in seconds, is closed within as long again."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Take a new connection."""
        super().connection_made(transport)
        # With no room in the transport's buffer, "writing is not paused" means that the operating system has it all.
        transport.set_write_buffer_limits(0)
        self._line = UvicornLine(transport, self.flow)
        self._in_head, self._head_bytes = True, 0
        self._seen: tuple[object, ...] | None = None
        self._watch = self.loop.call_later(self.patience_s, self._look)

    def connection_lost(self, exc: Exception | None) -> None:
        """Let go of it."""
        self._watch.cancel()
        self._line.lost = True
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take what came."""
        if self._in_head:
            self._head_bytes += len(data)
        super().data_received(data)
        if self._in_head and self._head_bytes > HEAD_BYTES:
            self.transport.abort()

    def on_headers_complete(self) -> None:
        """End a request's head."""
        self._in_head = False
        super().on_headers_complete()

    def on_message_begin(self) -> None:
        """Begin a request."""
        super().on_message_begin()
        self._in_head, self._head_bytes = True, 0
        scope: dict[str, Any] = self.scope  # type: ignore[assignment]
        scope["extensions"] = {LINE: self._line}

    def _look(self) -> None:
        """Close the connection where all is as it was at the last look, and it is the caller who lets it stand still."""
        cycle: RequestResponseCycle | None = self.cycle
        idle = cycle is None or cycle.response_complete
        seen = (cycle, idle, self.transport.get_write_buffer_size())
        if seen == self._seen and (idle or self.flow.write_paused):
            self.transport.abort()
            return
        self._seen = seen
        self._watch = self.loop.call_later(self.patience_s, self._look)
