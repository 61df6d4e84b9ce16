"""As much HTTP as the demo's sources and login need: bare ASGI, several applications and ports in one process."""

import asyncio
import contextlib
import json
import signal
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import uvicorn
import uvloop

Scope = Mapping[str, Any]
Receive = Callable[[], Awaitable[Mapping[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

JSON: Final = "application/json"
PROBLEM: Final = "application/problem+json"
XML: Final = "text/xml; charset=utf-8"
MAX_BODY: Final = 64 * 1024


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes back."""

    body: bytes
    status: int = 200
    content_type: str = JSON
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Asked:
    """What came in."""

    method: str
    path: str
    body: bytes
    query: str = ""
    cookie: str = ""


Handler = Callable[[Asked], Awaitable[Answer]]


def json_answer(value: object, status: int = 200) -> Answer:
    """An answer in JSON."""
    return Answer(json.dumps(value, separators=(",", ":")).encode(), status)


def application(handle: Handler) -> App:
    """A handler as an ASGI application; `GET /health` is answered here, a body beyond 64 KiB refused."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        body = await _body(receive)
        if body is None:
            answer = Answer(b"", 413)
        elif scope["path"] == "/health":
            answer = Answer(b'{"status":"UP"}')
        else:
            answer = await handle(_asked(scope, body))
        await _send(send, answer)

    return app


def _asked(scope: Scope, body: bytes) -> Asked:
    cookie = b"; ".join(value for name, value in scope["headers"] if name == b"cookie")
    query = scope.get("query_string", b"").decode("latin-1")
    return Asked(scope["method"], scope["path"], body, query, cookie.decode("latin-1"))


async def _body(receive: Receive) -> bytes | None:
    parts: list[bytes] = []
    length, more = 0, True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            break
        part = message.get("body", b"")
        length += len(part)
        if length <= MAX_BODY:
            parts.append(part)
        more = message.get("more_body", False)
    return b"".join(parts) if length <= MAX_BODY else None


async def _send(send: Send, answer: Answer) -> None:
    headers = [
        (b"content-type", answer.content_type.encode()),
        (b"content-length", str(len(answer.body)).encode()),
        *((name.encode(), value.encode()) for name, value in answer.headers),
    ]
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": answer.body})


@contextlib.asynccontextmanager
async def serving(apps: Sequence[tuple[App, int]]) -> AsyncIterator[list[int]]:
    """Serve each application on its port of 127.0.0.1 (0: any free one), all in this event loop; gives the ports.

    Raises:
        OSError: a port is taken.
    """
    sockets: list[socket.socket] = []
    servers: list[tuple[_Server, asyncio.Task[None]]] = []
    try:
        for app, port in apps:
            sockets.append(_listening(port))
            # No access log: a line could hold what a URL holds.
            config = uvicorn.Config(
                app, log_level="warning", access_log=False, lifespan="off", server_header=False
            )
            server = _Server(config)
            servers.append((server, asyncio.create_task(server.serve(sockets=[sockets[-1]]))))
        for server, _ in servers:
            await server.up.wait()
        yield [int(held.getsockname()[1]) for held in sockets]
    finally:
        for server, _ in servers:
            server.should_exit = True
        await asyncio.gather(*(task for _, task in servers))
        for held in sockets:
            held.close()


class _Server(uvicorn.Server):
    """A server among several of one process, which takes the signals itself."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.up = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen, and say so."""
        await super().startup(sockets)
        self.up.set()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Capture none."""
        yield


def _listening(port: int) -> socket.socket:
    # With the protocol named, asyncio sets TCP_NODELAY on what it accepts: without, each answer takes 40 ms more.
    held = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        held.bind(("127.0.0.1", port))
    except OSError:
        held.close()
        raise
    return held


async def until_stopped() -> None:
    """Wait for SIGTERM or SIGINT."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stop.set)
    await stop.wait()


def run(main: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Run a server's main coroutine on uvloop."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main())
