"""A lean load generator: HTTP/1.1 over kept connections, requests prepared as bytes. It costs a fifth of an HTTP library."""

import asyncio
import random
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Self, cast


@dataclass(slots=True)
class Seen:
    """What a load saw. `latencies` are in milliseconds; `failures` counts every answer that is not 200."""

    seconds: float = 0.0
    latencies: list[float] = field(default_factory=list)
    failures: int = 0

    @property
    def per_second(self) -> float:
        """Answers per second."""
        return len(self.latencies) / self.seconds if self.seconds else 0.0

    def percentile(self, share: float) -> float:
        """The latency that this share of the answers did not exceed."""
        ordered = sorted(self.latencies)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def post(path: str, body: bytes, headers: dict[str, str]) -> bytes:
    """A whole request."""
    lines = [f"POST {path} HTTP/1.1", "Host: 127.0.0.1", "Content-Type: application/json"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, f"Content-Length: {len(body)}", "", ""]).encode() + body


class Lane(asyncio.Protocol):
    """One connection, one request at a time."""

    def __init__(self) -> None:
        self._buffer, self._needed = bytearray(), 0
        self._waiter: asyncio.Future[tuple[int, bytes]] | None = None

    @classmethod
    async def to(cls, port: int) -> Self:
        """Connect."""
        _, lane = await asyncio.get_running_loop().create_connection(cls, "127.0.0.1", port)
        return lane

    async def ask(self, request: bytes) -> tuple[int, bytes]:
        """Send a request; its answer's status and body."""
        self._waiter = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        return await self._waiter

    @property
    def closed(self) -> bool:
        """Whether the server hung up."""
        return self._transport.is_closing()

    def close(self) -> None:
        """Disconnect."""
        self._transport.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The connection is there."""
        self._transport = cast("asyncio.Transport", transport)

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is gone."""
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_exception(exc or ConnectionResetError())

    def data_received(self, data: bytes) -> None:
        """Some bytes of the answer."""
        self._buffer += data
        if not self._needed:
            head = self._buffer.find(b"\r\n\r\n")
            if head < 0:
                return
            start = bytes(self._buffer[:head]).lower()
            at = start.index(b"\r\ncontent-length:") + len(b"\r\ncontent-length:")
            self._head = head + 4
            self._needed = self._head + int(start[at:].split(b"\r\n", 1)[0])
        if len(self._buffer) >= self._needed and self._waiter is not None:
            status, body = int(self._buffer[9:12]), bytes(self._buffer[self._head : self._needed])
            self._buffer.clear()
            self._needed = 0
            if not self._waiter.done():
                self._waiter.set_result((status, body))


async def closed_loop(port: int, requests: Iterator[bytes], *, lanes: int, seconds: float) -> Seen:
    """So many callers, each asking again as soon as it has its answer."""
    seen, until = Seen(), time.perf_counter() + seconds
    connections = await asyncio.gather(*(Lane.to(port) for _ in range(lanes)))

    async def caller(lane: Lane) -> None:
        while time.perf_counter() < until:
            await _timed(lane, next(requests), seen)
        lane.close()

    began = time.perf_counter()
    await asyncio.gather(*(caller(lane) for lane in connections))
    seen.seconds = time.perf_counter() - began
    return seen


async def once_each(port: int, requests: list[bytes], *, lanes: int) -> Seen:
    """Every request once, by so many callers."""
    seen, left = Seen(), iter(requests)
    connections = await asyncio.gather(*(Lane.to(port) for _ in range(lanes)))

    async def caller(lane: Lane) -> None:
        for request in left:
            await _timed(lane, request, seen)
        lane.close()

    began = time.perf_counter()
    await asyncio.gather(*(caller(lane) for lane in connections))
    seen.seconds = time.perf_counter() - began
    return seen


async def open_loop(port: int, requests: Iterator[bytes], *, rate: float, seconds: float) -> Seen:
    """Requests that come by chance (Poisson), so many a second, whether earlier ones are answered or not."""
    seen, draw = Seen(), random.Random(1)
    idle = list(await asyncio.gather(*(Lane.to(port) for _ in range(64))))
    under_way: set[asyncio.Task[None]] = set()

    async def one() -> None:
        while idle and idle[-1].closed:
            idle.pop()
        lane = idle.pop() if idle else await Lane.to(port)
        await _timed(lane, next(requests), seen)
        idle.append(lane)

    began = due = time.perf_counter()
    while (now := time.perf_counter()) < began + seconds:
        while due <= now:
            task = asyncio.create_task(one())
            under_way.add(task)
            task.add_done_callback(under_way.discard)
            due += draw.expovariate(rate)
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
    await asyncio.gather(*under_way)
    seen.seconds = time.perf_counter() - began
    for lane in idle:
        lane.close()
    return seen


async def slowest_of(requests: list[tuple[int, bytes]], *, every: float, until: float) -> list[float]:
    """Now and then all of these requests at once, each to its port: how long the slowest took, in milliseconds."""
    took, lanes = [], await asyncio.gather(*(Lane.to(port) for port, _ in requests))
    while time.perf_counter() < until:
        seen = Seen()
        await asyncio.gather(
            *(_timed(lane, request, seen) for lane, (_, request) in zip(lanes, requests, strict=True))
        )
        took.append(max(seen.latencies))
        await asyncio.sleep(every)
    for lane in lanes:
        lane.close()
    return took


async def _timed(lane: Lane, request: bytes, seen: Seen) -> None:
    began = time.perf_counter()
    status, _ = await lane.ask(request)
    seen.latencies.append((time.perf_counter() - began) * 1000)
    seen.failures += status != 200
