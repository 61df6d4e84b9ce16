"""A server in place of OPA that does not know HTTP: it reads a request, then behaves as told."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any

from policies.opa import OpaDecisionPoint

DEADLINE = 0.3
"""Seconds, where the server's lateness is what is tested."""
PATIENT = 5.0
"""Seconds, where it is not: both sides share one loop, on a machine that others use."""
REVISION = "r" * 64
GOOD = {
    "decision": "permit",
    "basis": "6(1)(e)",
    "obligations": [],
    "consents": [],
    "rule": "onlyonce.permits",
}
NAME = "@"
"""Stands in an answer for the name of the first question."""

Behaviour = Callable[[asyncio.StreamWriter, Mapping[str, Any]], Awaitable[None]]
"""What it does with a request that holds these questions, by name."""


def reply(
    body: str | bytes,
    *,
    status: str = "200 OK",
    kind: str = "application/json",
    length: int | None = None,
    more: str = "",
) -> bytes:
    """An HTTP response."""
    content = body.encode() if isinstance(body, str) else body
    size = len(content) if length is None else length
    head = f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {size}\r\n{more}\r\n"
    return head.encode() + content


def decision(revision: object = REVISION, **rulings: object) -> dict[str, object]:
    """A decision."""
    return {"revision": revision, "attributes": rulings or {"person.familyName": GOOD}}


def answers(answer: object, *, revision: object = REVISION) -> dict[str, object]:
    """What an OPA says to one question."""
    return {"revision": revision, "answers": {NAME: answer}}


def result(answer: object) -> str:
    """A whole answer to one question."""
    return json.dumps(answers(answer))


def saying(body: str | bytes, **head: Any) -> Behaviour:
    """Answers this, whatever it is asked."""

    async def behave(writer: asyncio.StreamWriter, asked: Mapping[str, Any]) -> None:
        named = body if isinstance(body, bytes) else body.replace(f'"{NAME}"', f'"{next(iter(asked))}"')
        writer.write(reply(named, **head))
        await writer.drain()

    return behave


def raw(data: bytes) -> Behaviour:
    """Writes these bytes, which need be no HTTP."""

    async def behave(writer: asyncio.StreamWriter, _: Mapping[str, Any]) -> None:
        writer.write(data)
        await writer.drain()

    return behave


def deciding(
    decide: Callable[[Any], object] | None = None, *, after: float = 0, once: asyncio.Event | None = None
) -> Behaviour:
    """Answers each question, after some seconds or once something happened; by default it permits whatever is asked."""

    def permit(question: Any) -> object:
        return {"revision": REVISION, "attributes": dict.fromkeys(question.get("attributes", ()), GOOD)}

    async def behave(writer: asyncio.StreamWriter, asked: Mapping[str, Any]) -> None:
        await asyncio.sleep(after)
        if once is not None:
            await once.wait()
        found = {name: (decide or permit)(question) for name, question in asked.items()}
        writer.write(reply(json.dumps({"revision": REVISION, "answers": found})))
        await writer.drain()

    return behave


async def hang(_: asyncio.StreamWriter, __: Mapping[str, Any]) -> None:
    """Says nothing."""
    await asyncio.sleep(30)


async def hang_up(writer: asyncio.StreamWriter, _: Mapping[str, Any]) -> None:
    """Closes the connection."""
    writer.close()


async def drip(writer: asyncio.StreamWriter, asked: Mapping[str, Any]) -> None:
    """Answers byte by byte."""
    for byte in reply(result(decision()).replace(NAME, next(iter(asked)))):
        writer.write(bytes([byte]))
        await writer.drain()
        await asyncio.sleep(0.02)


async def truncate(writer: asyncio.StreamWriter, asked: Mapping[str, Any]) -> None:
    """Promises more than it says."""
    writer.write(reply(result(decision()).replace(NAME, next(iter(asked)))[:-20], length=10_000))
    await writer.drain()
    writer.close()


async def flood(writer: asyncio.StreamWriter, _: Mapping[str, Any]) -> None:
    """Never comes to an end, slowly."""
    writer.write(reply("", length=999_999_999_999))
    while True:
        writer.write(b" " * 1024)
        await writer.drain()
        await asyncio.sleep(0.001)


async def pour(writer: asyncio.StreamWriter, _: Mapping[str, Any]) -> None:
    """Never comes to an end, as fast as it can."""
    writer.write(reply("", length=999_999_999_999))
    while True:
        writer.write(b" " * 2**20)
        await writer.drain()


class Server:
    """What it does with each request in turn, the last with all that follow; and what it was sent."""

    def __init__(self, *behaviours: Behaviour) -> None:
        self.behaviours = list(behaviours)
        self.requests: list[bytes] = []
        self.connections = 0
        self.url = ""
        self._tasks: set[asyncio.Task[Any]] = set()

    @property
    def bodies(self) -> list[Any]:
        """The requests' bodies."""
        return [json.loads(request.split(b"\r\n\r\n", 1)[1]) for request in self.requests]

    @property
    def questions(self) -> list[list[Any]]:
        """What each request asks; a probe asks for nothing: `[{}]`."""
        return [list(body["questions"].values()) for body in self.bodies]

    async def asked(self, times: int) -> None:
        """Wait until it was sent so many requests."""
        async with asyncio.timeout(20):
            while len(self.requests) < times:  # noqa: ASYNC110 - it has no event to wait for
                await asyncio.sleep(0.01)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection."""
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self.connections += 1
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = next(
                    int(h.split(b":")[1])
                    for h in head.split(b"\r\n")
                    if h.lower().startswith(b"content-length")
                )
                body = await reader.readexactly(length)
                self.requests.append(head + body)
                behave = self.behaviours.pop(0) if len(self.behaviours) > 1 else self.behaviours[0]
                await behave(writer, json.loads(body)["questions"])
        except (OSError, EOFError, asyncio.CancelledError):
            pass
        finally:
            writer.close()

    def stop(self) -> None:
        """Drop every connection."""
        for task in self._tasks:
            task.cancel()


@asynccontextmanager
async def listening(server: Server, port: int = 0) -> AsyncIterator[Server]:
    """The server on a port."""
    listener = await asyncio.start_server(server.serve, "127.0.0.1", port)
    server.url = f"http://127.0.0.1:{listener.sockets[0].getsockname()[1]}"
    try:
        yield server
    finally:
        server.stop()
        listener.close()
        await listener.wait_closed()


@asynccontextmanager
async def asking(url: str, **more: Any) -> AsyncIterator[OpaDecisionPoint]:
    """The hub's side, ready to ask there."""
    point = OpaDecisionPoint(url, REVISION, **{"deadline": PATIENT, **more})
    await point.start()
    try:
        yield point
    finally:
        await point.close()


@asynccontextmanager
async def serving(*behaviours: Behaviour, **more: Any) -> AsyncIterator[tuple[Server, OpaDecisionPoint]]:
    """A server that behaves like this, and the hub's side of it."""
    async with listening(Server(*behaviours)) as server, asking(server.url, **more) as point:
        yield server, point
