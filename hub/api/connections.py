"""A caller's connection as uvicorn serves it, and what else the hub needs of it.

- Bytes that the operating system does not take at once are waited for, so that the hub knows what has left it and can
  take back what has not (`hub.api.delivery`).
- A connection on which nothing comes forward is closed: uvicorn itself waits for ever for half a head, for the rest of
  a body that nobody reads, and for a client that does not read.
- A head has a size: with the fast parser uvicorn bounds it by nothing.
"""

import asyncio
from typing import Any, Final

from uvicorn.protocols.http.flow_control import FlowControl
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from hub.api.delivery import LINE

PATIENCE_S: Final = 10.0
HEAD_BYTES: Final = 65_536


class UvicornLine:
    """The line to a caller, as `hub.api.delivery` sees it."""

    def __init__(self, transport: asyncio.Transport, flow: FlowControl) -> None:
        self._transport, self._flow = transport, flow

    async def empty(self, within: float) -> bool:
        """Wait until the operating system has taken all that was written, at most `within` seconds; whether it has."""
        if self._flow.write_paused:
            try:
                async with asyncio.timeout(within):
                    await self._flow.drain()
            except TimeoutError:
                return False
        return True

    def cut(self) -> None:
        """End the connection, and forget what was not taken yet."""
        self._transport.abort()


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
