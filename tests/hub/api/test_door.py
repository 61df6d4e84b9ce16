import time
from collections.abc import Iterator

import pytest
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from hub.api.door import Door
from tests.hub.api.conftest import Serve, Served, read_all, trickle, until


class Behind:
    """What stands behind the door: keeps the bodies that came through."""

    def __init__(self) -> None:
        self.bodies: list[bytes] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.bodies.append((await receive())["body"])
        await Response(b"done")(scope, receive, send)


@pytest.fixture
def behind() -> Behind:
    return Behind()


@pytest.fixture
def served(behind: Behind, serve: Serve) -> Iterator[Served]:
    with serve(Door(behind, max_body_bytes=1000, body_within_s=15)) as served:
        yield served


@pytest.fixture
def impatient(behind: Behind, serve: Serve) -> Iterator[Served]:
    """A door at which bodies do not come."""
    with serve(Door(behind, max_body_bytes=1000, body_within_s=0.4)) as served:
        yield served


def head(length: int, *more: str) -> bytes:
    lines = [
        "POST /x HTTP/1.1",
        "Host: x",
        "Content-Type: application/json",
        f"Content-Length: {length}",
        *more,
    ]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def test_a_whole_body_in_pieces_comes_through(behind: Behind, served: Served) -> None:
    with served.connect() as line:
        line.sendall(head(4, "Connection: close") + b"{ ")
        time.sleep(0.1)
        line.sendall(b" }")
        assert read_all(line).endswith(b"done")
    assert behind.bodies == [b"{  }"]


def test_a_body_cut_short_is_never_acted_on(behind: Behind, served: Served) -> None:
    with served.connect() as line:
        line.sendall(head(500) + b'{"whole": "JSON"}')
    with served.connect() as line:
        line.sendall(head(2, "Connection: close") + b"{}")
        read_all(line)
    time.sleep(0.1)
    assert behind.bodies == [b"{}"]


@pytest.mark.parametrize("trickling", [False, True])
def test_a_body_that_does_not_come_is_not_waited_for_for_ever(
    behind: Behind, impatient: Served, *, trickling: bool
) -> None:
    started = time.monotonic()
    with impatient.connect() as line:
        line.sendall(head(500) + b"{")
        if trickling:
            trickle(line)
        got = read_all(line)
    assert time.monotonic() - started < 10
    assert got.startswith(b"HTTP/1.1 408")
    assert b"application/problem+json" in got
    assert b"connection: close" in got.lower()
    assert not behind.bodies


def test_a_body_that_is_too_large_is_not_read_to_its_end(behind: Behind, served: Served) -> None:
    with served.connect() as line:
        line.sendall(head(100_000) + b"x" * 2000)
        assert line.recv(65_536).startswith(b"HTTP/1.1 413")
    assert not behind.bodies


def test_many_half_bodies_leave_the_door_open_to_others(behind: Behind, impatient: Served) -> None:
    lines = [impatient.connect() for _ in range(100)]
    sockets = [line.__enter__() for line in lines]
    try:
        for one in sockets:
            one.sendall(head(100) + b"{")
        with impatient.connect() as line:
            line.sendall(head(2, "Connection: close") + b"{}")
            assert read_all(line).endswith(b"done")
        until(lambda: all(read_all(one).startswith(b"HTTP/1.1 408") for one in sockets))
    finally:
        for entered in lines:
            entered.__exit__(None, None, None)
