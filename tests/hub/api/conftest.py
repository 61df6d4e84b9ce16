"""A real uvicorn server over sockets, as `onlyonce serve` runs it, on each of the two event loops."""

import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass

import pytest
import uvicorn
from starlette.types import ASGIApp

from hub.api.connections import Connection


@dataclass(frozen=True)
class Served:
    """Where an application is served."""

    port: int

    @contextmanager
    def connect(self, *, receive_buffer: int | None = None) -> Iterator[socket.socket]:
        """A raw connection."""
        with socket.socket() as line:
            if receive_buffer is not None:
                line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
            line.settimeout(20)
            line.connect(("127.0.0.1", self.port))
            yield line


Serve = Callable[..., AbstractContextManager[Served]]


@pytest.fixture(params=["uvloop", "asyncio"])
def serve(request: pytest.FixtureRequest) -> Serve:
    """Serves an application in a thread of its own."""

    @contextmanager
    def serving(app: ASGIApp, connection: type[Connection] = Connection) -> Iterator[Served]:
        config = uvicorn.Config(
            app, http=connection, loop=request.param, lifespan="off", log_config=None, server_header=False
        )
        server = uvicorn.Server(config)
        with socket.socket() as listening:
            listening.bind(("127.0.0.1", 0))
            thread = threading.Thread(target=server.run, args=([listening],))
            thread.start()
            try:
                until(lambda: server.started)
                yield Served(listening.getsockname()[1])
            finally:
                server.should_exit = True
                thread.join(30)
                assert not thread.is_alive()

    return serving


def until(true: Callable[[], bool], within: float = 20.0) -> None:
    """Wait for something to become so."""
    deadline = time.monotonic() + within
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def read_all(line: socket.socket) -> bytes:
    """What comes until the other side closes."""
    got = bytearray()
    with contextlib.suppress(ConnectionResetError):
        while part := line.recv(65_536):
            got += part
    return bytes(got)


def trickle(line: socket.socket, byte: bytes = b" ") -> None:
    """One byte after the other, until the other side has enough of it."""

    def run() -> None:
        with contextlib.suppress(OSError):
            for _ in range(400):
                time.sleep(0.05)
                line.sendall(byte)

    threading.Thread(target=run, daemon=True).start()
