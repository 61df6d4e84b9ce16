import asyncio
import socket
import time
from collections.abc import Iterator
from contextlib import suppress

import pytest
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from hub.api.connections import Connection
from tests.hub.api.conftest import Serve, Served, read_all, trickle, until


class Impatient(Connection):
    """As the hub's, but no test has that long."""

    patience_s = 0.3
    closed = 0

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        Impatient.closed += 1


class Patient(Connection):
    """As the hub's, for a test whose own side must not be late."""

    patience_s = 1.0


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    """Answers without reading a body; `/slow` takes its time, `/much` says a lot."""
    if scope["path"] == "/slow":
        await asyncio.sleep(1)
    await Response(b"." * (16_000_000 if scope["path"] == "/much" else 2))(scope, receive, send)


@pytest.fixture
def served(serve: Serve) -> Iterator[Served]:
    with serve(app, Impatient) as served:
        yield served


@pytest.fixture
def patient(serve: Serve) -> Iterator[Served]:
    with serve(app, Patient) as served:
        yield served


def closed_after(line: socket.socket) -> float:
    started = time.monotonic()
    read_all(line)
    return time.monotonic() - started


def test_who_connects_and_says_nothing_is_let_go(served: Served) -> None:
    with served.connect() as line:
        assert closed_after(line) < 10


@pytest.mark.parametrize("trickling", [False, True])
def test_half_a_head_is_not_waited_for_for_ever(served: Served, *, trickling: bool) -> None:
    with served.connect() as line:
        line.sendall(b"GET / HTTP/1.1\r\nHost: x\r\nX-Half: ")
        if trickling:
            trickle(line, b"x")
        assert closed_after(line) < 10


def test_a_body_that_nobody_reads_keeps_no_connection(served: Served) -> None:
    with served.connect() as line:
        line.sendall(b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\nx")
        trickle(line, b"x")
        assert closed_after(line) < 10


def test_who_does_not_read_an_answer_is_let_go(served: Served) -> None:
    closed = Impatient.closed
    with served.connect(receive_buffer=4096) as line:
        line.sendall(b"GET /much HTTP/1.1\r\nHost: x\r\n\r\n")
        until(lambda: Impatient.closed > closed)
        assert len(read_all(line)) < 16_000_000


def test_who_reads_slowly_gets_the_whole_answer(patient: Served) -> None:
    with patient.connect() as line:
        line.sendall(b"GET /much HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        got, started = 0, time.monotonic()
        while part := line.recv(500_000):
            got += len(part)
            time.sleep(0.1)
        assert got > 16_000_000
        assert time.monotonic() - started > 3 * Patient.patience_s


def test_an_answer_may_take_its_time(served: Served) -> None:
    with served.connect() as line:
        line.sendall(b"GET /slow HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        assert read_all(line).startswith(b"HTTP/1.1 200")


def test_a_connection_that_is_used_is_kept(patient: Served) -> None:
    with patient.connect() as line:
        for _ in range(15):
            line.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            got = b""
            while not got.endswith(b"\r\n\r\n.."):
                part = line.recv(65_536)
                assert part
                got += part
            time.sleep(0.2)


def test_a_head_without_end_is_not_kept(served: Served) -> None:
    with served.connect() as line, suppress(OSError):
        line.sendall(b"GET / HTTP/1.1\r\nHost: x\r\nX-Long: ")
        sent = 0
        while sent < 1000:
            sent += 1
            line.sendall(b"x" * 10_000)
            time.sleep(0.001)
    assert sent < 100


def test_a_long_body_is_no_long_head(served: Served) -> None:
    with served.connect() as line:
        line.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 300000\r\n\r\n")
        line.sendall(b"x" * 300_000)
        assert b"HTTP/1.1 200" in read_all(line)
