import socket
import time
from collections.abc import Iterator

import pytest
from fastapi import FastAPI, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from hub.api import problems
from hub.api.delivery import in_time
from hub.api.door import Door
from hub.api.json import answer
from hub.services.delivery import Leave
from hub.services.errors import NotRecorded
from tests.hub.api.conftest import Serve, Served, read_all, until

VALUE = "a-value-of-a-person"
WINDOW_S = 0.2
MUCH = 16_000_000  # more than the buffers of the operating system take


class House:
    """An application whose answers must leave in time, and what it recorded as dropped."""

    def __init__(self) -> None:
        self.dropped: list[float] = []
        self.late: list[tuple[float, float]] = []
        self.log_is_up = True
        self.app = FastAPI()
        problems.install(self.app)
        self.app.get("/filler")(self.filler)
        self.app.get("/value")(self.value)

    async def filler(self) -> Response:
        return Response(b"." * MUCH)

    async def value(self, size: int = 0, left: float = WINDOW_S) -> Response:
        reply = answer({"padding": "." * size, "value": VALUE})
        return in_time(reply, Leave(time.monotonic() + left, self.drop, self.sent_late))

    async def sent_late(self, left: float, over: float) -> None:
        self.late.append((left, over))
        if not self.log_is_up:
            raise NotRecorded("the log is away")

    async def drop(self) -> None:
        self.dropped.append(time.monotonic())
        if not self.log_is_up:
            raise NotRecorded("the log is away")


@pytest.fixture
def house() -> House:
    return House()


@pytest.fixture
def served(house: House, serve: Serve) -> Iterator[Served]:
    with serve(Door(house.app, max_body_bytes=1000)) as served:
        yield served


class Stalling:
    """Around an application: stands still between its look at the clock and its write of a body, as a stopped process does."""

    def __init__(self, app: ASGIApp, stall: float) -> None:
        self._app, self._stall = app, stall

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def stalling(message: Message) -> None:
            if message["type"] == "http.response.body":
                time.sleep(self._stall)  # noqa: ASYNC251 - the whole process stands still
            await send(message)

        await self._app(scope, receive, stalling)


def get(line: socket.socket, path: str, *, last: bool = True) -> None:
    close = "Connection: close\r\n" if last else ""
    line.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\n{close}\r\n".encode())


def test_an_answer_in_time_arrives_whole(house: House, served: Served) -> None:
    with served.connect() as line:
        get(line, "/value")
        head, _, body = read_all(line).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200")
    assert f"content-length: {len(body)}".encode() in head
    assert b"cache-control: no-store" in head
    assert VALUE.encode() in body
    assert not house.dropped


def test_a_large_answer_to_a_client_that_reads_arrives_whole(house: House, served: Served) -> None:
    with served.connect() as line:
        get(line, f"/value?size={MUCH}&left=5")
        assert VALUE.encode() in read_all(line)
    assert not house.dropped


def test_an_answer_that_is_ready_too_late_is_a_problem_to_try_again(house: House, served: Served) -> None:
    with served.connect() as line:
        get(line, "/value?left=-0.01")
        got = read_all(line)
    assert got.startswith(b"HTTP/1.1 503")
    assert b"retry-after: 2" in got.lower()
    assert VALUE.encode() not in got
    assert len(house.dropped) == 1


def test_an_answer_behind_others_that_are_not_read_does_not_wait_for_its_reader(
    house: House, served: Served
) -> None:
    with served.connect(receive_buffer=4096) as line:
        get(line, "/filler", last=False)
        get(line, "/value")
        until(lambda: bool(house.dropped))
        time.sleep(WINDOW_S)
        got = read_all(line)
    assert len(got) > MUCH
    assert b"HTTP/1.1 503" in got
    assert VALUE.encode() not in got
    assert len(house.dropped) == 1


def test_an_answer_that_its_client_does_not_read_is_cut_off(house: House, served: Served) -> None:
    with served.connect(receive_buffer=4096) as line:
        get(line, f"/value?size={MUCH}")
        until(lambda: bool(house.dropped))
        time.sleep(WINDOW_S)
        got = read_all(line)
    assert got.startswith(b"HTTP/1.1 200")
    assert len(got) < MUCH
    assert VALUE.encode() not in got
    assert len(house.dropped) == 1


def test_a_dropped_answer_stays_dropped_where_the_log_is_away(house: House, served: Served) -> None:
    house.log_is_up = False
    with served.connect() as line:
        get(line, "/value?left=-0.01")
        got = read_all(line)
    assert got.startswith(b"HTTP/1.1 503")
    with served.connect(receive_buffer=4096) as line:
        get(line, f"/value?size={MUCH}")
        until(lambda: len(house.dropped) == 2)
        assert VALUE.encode() not in read_all(line)


def test_a_client_that_goes_away_harms_nobody(house: House, served: Served) -> None:
    with served.connect(receive_buffer=4096) as line:
        get(line, f"/value?size={MUCH}&left=5")
        line.recv(1)
    with served.connect() as line:
        get(line, "/value")
        assert VALUE.encode() in read_all(line)
    assert not house.dropped


@pytest.mark.parametrize("log_is_up", [True, False])
def test_a_stop_between_the_last_look_at_the_clock_and_the_write_is_recorded(
    house: House, serve: Serve, *, log_is_up: bool
) -> None:
    house.log_is_up = log_is_up
    stalling = Stalling(house.app, 2 * WINDOW_S)
    with serve(Door(stalling, max_body_bytes=1000)) as served, served.connect() as line:
        get(line, "/value")
        assert VALUE.encode() in read_all(line)  # nothing in a process can hold that back
        until(lambda: bool(house.late))
    ((left, over),) = house.late
    assert 0 <= left <= WINDOW_S
    assert over > 0
    assert left + over >= 2 * WINDOW_S
    assert not house.dropped


def test_an_answer_in_time_leaves_no_record_of_a_late_one(house: House, served: Served) -> None:
    with served.connect() as line:
        get(line, "/value?left=20")
        assert VALUE.encode() in read_all(line)
    assert not house.late


def test_an_answer_that_stays_in_the_hubs_own_kernel_is_taken_back(house: House, served: Served) -> None:
    """The operating system takes this much at once; what its client has no room for would leave the machine whenever that reads."""
    with served.connect(receive_buffer=4096) as line:
        get(line, "/value?size=200000")
        until(lambda: bool(house.dropped))
        got = read_all(line)
    assert got.startswith(b"HTTP/1.1 200")
    assert VALUE.encode() not in got
    assert not house.late


def test_an_answer_for_which_its_client_makes_room_in_time_arrives_whole(
    house: House, served: Served
) -> None:
    with served.connect(receive_buffer=4096) as line:
        get(line, "/value?size=200000&left=20")
        time.sleep(0.2)
        assert VALUE.encode() in read_all(line)
    assert not house.dropped
