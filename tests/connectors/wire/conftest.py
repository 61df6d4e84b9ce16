"""A server of raw bytes, and a wire to it: on the loop of Python, and on the one that the hub runs on."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import pytest
import uvloop
from yarl import URL

from connectors.http import Answer, Outgoing, Wire

Writer = asyncio.StreamWriter
Script = Callable[[Writer], Awaitable[None]]
BOUND = 1 << 20


def pytest_asyncio_loop_factories(
    config: object, item: object
) -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    return {"asyncio": asyncio.new_event_loop, "uvloop": uvloop.new_event_loop}


def whole(body: bytes = b"hello", *lines: str) -> bytes:
    """A plain answer."""
    head = ["HTTP/1.1 200 OK", "Content-Type: text/plain", f"Content-Length: {len(body)}", *lines]
    return "\r\n".join(head).encode() + b"\r\n\r\n" + body


@dataclass
class Raw:
    """A server that answers the n-th request by the n-th of `answers` (bytes, or a script), and all others by the last of them."""

    host: str = "127.0.0.1"
    port: int = 0
    answers: list[bytes | Script] = field(default_factory=list)
    close: bool = False
    heads: list[bytes] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    connections: int = 0
    open: int = 0
    emptied: asyncio.Event = field(default_factory=asyncio.Event)
    """Set whenever the last open connection ended."""
    tasks: set[asyncio.Task[None]] = field(default_factory=set)

    @property
    def url(self) -> URL:
        return URL(f"http://{f'[{self.host}]' if ':' in self.host else self.host}:{self.port}/ask")

    async def serve(self, reader: asyncio.StreamReader, writer: Writer) -> None:
        self.connections += 1
        self.open += 1
        self.emptied.clear()
        try:
            with suppress(ConnectionError, RuntimeError, asyncio.IncompleteReadError, asyncio.CancelledError):
                await self._answer_all(reader, writer)
        finally:
            writer.close()
            self.open -= 1
            if not self.open:
                self.emptied.set()

    def start(self, reader: asyncio.StreamReader, writer: Writer) -> None:
        """Serve one connection."""
        task = asyncio.create_task(self.serve(reader, writer))
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    async def listen(self) -> asyncio.Server:
        listening = await asyncio.start_server(self.start, self.host, 0)
        self.port = listening.sockets[0].getsockname()[1]
        return listening

    async def end(self, listening: asyncio.Server) -> None:
        listening.close()
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks)

    async def _answer_all(self, reader: asyncio.StreamReader, writer: Writer) -> None:
        while True:
            head = await reader.readuntil(b"\r\n\r\n")
            length = [
                line[15:] for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")
            ]
            self.bodies.append(await reader.readexactly(int(length[0]) if length else 0))
            self.heads.append(head)
            answer = self.answers[min(len(self.heads), len(self.answers)) - 1]
            if callable(answer):
                await answer(writer)
            else:
                writer.write(answer)
            await writer.drain()
            if self.close:
                return


@pytest.fixture
async def server() -> AsyncIterator[Raw]:
    found = Raw()
    listening = await found.listen()
    yield found
    await found.end(listening)


@pytest.fixture
async def wire() -> AsyncIterator[Wire]:
    found = Wire("source", connections=4, body_bytes=BOUND)
    found.open()
    yield found
    await found.close()


async def ask(
    wire: Wire, server: Raw, body: bytes | None = b"?", headers: Mapping[str, str] | None = None
) -> Answer:
    """One call, given time enough."""
    async with asyncio.timeout(20):
        return await wire.call(
            Outgoing("POST" if body is not None else "GET", server.url, headers or {}, body)
        )


class Transport(asyncio.Transport):
    """Goes nowhere."""

    def __init__(self) -> None:
        super().__init__()
        self.sent, self.ended = b"", False

    def write(self, data: Any) -> None:
        self.sent += data

    def is_closing(self) -> bool:
        return self.ended

    def abort(self) -> None:
        self.ended = True

    def close(self) -> None:
        self.ended = True

    def get_write_buffer_size(self) -> int:
        return 0
