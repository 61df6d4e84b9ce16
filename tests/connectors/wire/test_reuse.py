"""Which connections serve a second request. One byte that nobody asked for could be somebody else's answer."""

import asyncio
import gc
import time
import weakref

import pytest

from connectors import SourceUnavailable
from connectors.http import Outgoing, Wire
from connectors.wire import pool
from connectors.wire.connection import Connection
from connectors.wire.pool import Pool
from tests.connectors.wire.conftest import Raw, Transport, Writer, ask, whole


async def test_a_connection_is_used_again(server: Raw, wire: Wire) -> None:
    server.answers = [whole(b"one"), whole(b"two")]
    assert [(await ask(wire, server)).body for _ in range(2)] == [b"one", b"two"]
    assert server.connections == 1


async def test_one_request_at_a_time_goes_over_a_connection_and_no_more_connections_than_agreed(
    server: Raw, wire: Wire
) -> None:
    most, now, four = 0, 0, asyncio.Event()

    async def slow(writer: Writer) -> None:
        nonlocal most, now
        now += 1
        most = max(most, now)
        if most == 4:
            four.set()
        await four.wait()
        await asyncio.sleep(0.01)
        now -= 1
        writer.write(whole())

    server.answers = [slow]
    found = await asyncio.gather(*(ask(wire, server) for _ in range(20)))
    assert {one.body for one in found} == {b"hello"}
    assert (most, server.connections) == (4, 4)


@pytest.mark.parametrize(
    "answer",
    [
        whole(b"one", "Connection: close"),
        b"HTTP/1.0 200 OK\r\nContent-Length: 3\r\n\r\none",
        whole(b"one") + whole(b"smuggled"),
        whole(b"one") + b"H",
        whole(b"one") + b"garbage",
        whole(b"one", "Connection: close") + whole(b"smuggled"),
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\none\r\n0\r\n\r\n" + whole(b"smuggled"),
    ],
)
async def test_a_connection_on_which_more_could_come_is_not_used_again(
    server: Raw, wire: Wire, answer: bytes
) -> None:
    server.answers = [answer, whole(b"two")]
    assert (await ask(wire, server)).body == b"one"
    assert (await ask(wire, server)).body == b"two"
    assert server.connections == 2


async def test_an_http_1_0_connection_that_is_kept_on_purpose_is_used_again(server: Raw, wire: Wire) -> None:
    server.answers = [b"HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 3\r\n\r\none"]
    assert [(await ask(wire, server)).body for _ in range(2)] == [b"one", b"one"]
    assert server.connections == 1


async def test_bytes_that_come_before_a_request_end_the_connection(server: Raw, wire: Wire) -> None:
    more, said = asyncio.Event(), asyncio.Event()

    async def answer_twice(writer: Writer) -> None:
        writer.write(whole(b"one"))
        await more.wait()
        writer.write(whole(b"smuggled"))
        said.set()

    server.answers = [answer_twice, whole(b"two")]
    assert (await ask(wire, server)).body == b"one"
    more.set()
    await said.wait()
    await asyncio.wait_for(server.emptied.wait(), 20)
    assert (await ask(wire, server)).body == b"two"


async def test_a_source_that_speaks_first_is_not_listened_to() -> None:
    connection, transport = Connection("source", 1000, lambda: pytest.fail("not large")), Transport()
    connection.connection_made(transport)
    connection.data_received(whole(b"smuggled"))
    assert transport.ended
    assert not connection.usable


async def test_a_connection_serves_only_the_address_that_it_was_made_for(server: Raw, wire: Wire) -> None:
    other = Raw(answers=[whole(b"other")])
    listening = await other.listen()
    server.answers = [whole(b"one")]
    for _ in range(2):
        assert (await ask(wire, server)).body == b"one"
        assert (await ask(wire, other)).body == b"other"
    await other.end(listening)


async def test_an_answer_before_its_request_is_whole_ends_the_connection() -> None:
    class Slow(Transport):
        def get_write_buffer_size(self) -> int:
            return 1

    connection = Connection("source", 1000, lambda: pytest.fail("not large"))
    connection.connection_made(Slow())
    asking = asyncio.create_task(connection.exchange(b"request"))
    await asyncio.sleep(0)
    connection.data_received(whole(b"one"))
    assert (await asking).body == b"one"
    assert not connection.usable


async def test_a_connection_that_the_source_ended_meanwhile_is_not_used(server: Raw, wire: Wire) -> None:
    server.answers, server.close = [whole()], True
    for calls in (1, 2, 3):
        assert (await ask(wire, server)).body == b"hello"
        await asyncio.wait_for(server.emptied.wait(), 20)
        assert wire._pool is not None
        async with asyncio.timeout(20):
            while any(one.usable for _, one in wire._pool._idle):  # noqa: ASYNC110 - the end has to arrive
                await asyncio.sleep(0.01)
        assert server.connections == calls


@pytest.mark.parametrize("lost", [False, True])
async def test_a_connection_that_ended_before_its_first_request_is_a_source_that_is_not_there(
    lost: bool,
) -> None:
    connection, transport = Connection("source", 1000, lambda: pytest.fail("not large")), Transport()
    connection.connection_made(transport)
    transport.ended = True
    if lost:
        connection.connection_lost(ConnectionResetError())
    with pytest.raises(SourceUnavailable, match="reached"):
        await asyncio.wait_for(connection.exchange(b"request"), 20)
    assert transport.sent == b""


async def test_a_source_that_hangs_up_on_whoever_calls_is_not_there(wire: Wire) -> None:
    def hang_up(_reader: asyncio.StreamReader, writer: Writer) -> None:
        writer.transport.abort()

    listening = await asyncio.start_server(hang_up, "127.0.0.1", 0)
    server = Raw(port=listening.sockets[0].getsockname()[1])
    for _ in range(50):
        with pytest.raises(SourceUnavailable, match="reached"):
            await ask(wire, server, b"x" * 100_000)
    listening.close()


async def test_a_request_is_never_sent_twice(server: Raw, wire: Wire) -> None:
    async def hang_up(writer: Writer) -> None:
        writer.close()

    server.answers = [whole(), hang_up]
    await ask(wire, server)
    with pytest.raises(SourceUnavailable, match="reached"):
        await ask(wire, server)
    assert len(server.heads) == 2


async def test_a_cancelled_call_ends_its_connection(server: Raw, wire: Wire) -> None:
    asked = asyncio.Event()

    async def silent(_writer: Writer) -> None:
        asked.set()
        await asyncio.sleep(30)

    server.answers = [silent, whole(b"two")]
    asking = asyncio.create_task(ask(wire, server))
    await asked.wait()
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    assert (await ask(wire, server)).body == b"two"
    assert server.connections == 2


async def test_a_connection_whose_answer_nobody_waits_for_is_closed() -> None:
    kept, key = Pool(), ("http", "host", 80, None)
    connection, transport = Connection("source", 1000, lambda: pytest.fail("not large")), Transport()
    connection.connection_made(transport)
    asking = asyncio.create_task(connection.exchange(b"request"))
    await asyncio.sleep(0)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    kept.put(key, connection)
    assert transport.ended


async def test_an_idle_connection_is_let_go_before_the_source_would(
    server: Raw, wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pool, "_KEEP_ALIVE", 0.05)
    server.answers = [whole()]
    await asyncio.gather(*(ask(wire, server) for _ in range(3)))
    await asyncio.sleep(0.03)
    await ask(wire, server)  # this one is idle for a shorter time than the others
    await asyncio.wait_for(server.emptied.wait(), 20)
    assert (await ask(wire, server)).body == b"hello"


async def test_a_connection_that_was_idle_for_too_long_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    kept, key = Pool(), ("http", "host", 80, None)
    connection = Connection("source", 1000, lambda: pytest.fail("not large"))
    connection.connection_made(Transport())
    kept.put(key, connection)
    connection.idle_since -= pool._KEEP_ALIVE + 0.001
    assert kept.take(key) is None
    assert not connection.usable
    kept.close()


async def test_a_closed_wire_leaves_no_connection_and_no_one_waiting(server: Raw, wire: Wire) -> None:
    asked = asyncio.Event()

    async def silent(_writer: Writer) -> None:
        asked.set()
        await asyncio.sleep(30)

    server.answers = [silent]
    asking = asyncio.create_task(ask(wire, server))
    await asked.wait()
    began = time.monotonic()
    await wire.close()
    with pytest.raises(SourceUnavailable):
        await asking
    assert time.monotonic() - began < 10
    with pytest.raises(SourceUnavailable, match="closed"):
        await ask(wire, server)


async def test_a_wire_can_be_closed_and_opened_again(server: Raw, wire: Wire) -> None:
    server.answers = [whole()]
    await ask(wire, server)
    await wire.close()
    await asyncio.wait_for(server.emptied.wait(), 20)
    wire.open()
    assert (await ask(wire, server)).body == b"hello"


async def test_what_was_answered_is_not_held_after_the_call(server: Raw, wire: Wire) -> None:
    made: list[weakref.ref[Connection]] = []

    class Noted(Connection):
        """Can be referred to weakly."""

    class NotedWire(Wire):
        def _made(self) -> Connection:
            found = Noted(self._id, self._body_bytes, self.hold)
            made.append(weakref.ref(found))
            return found

    noted = NotedWire("source", connections=1, body_bytes=1000)
    noted.open()
    server.answers = [whole(b"secret"), b"not HTTP\r\n\r\n"]
    assert (await ask(noted, server)).body == b"secret"
    alive = made[0]()
    assert alive is not None
    assert alive._body == b""
    del alive
    gc.disable()
    try:
        with pytest.raises(Exception, match="not HTTP"):
            await noted.call(Outgoing("POST", server.url, {}, b""))
        await noted.close()
        for _ in range(1000):
            await asyncio.sleep(0.01)
            if made[0]() is None:
                break
        assert made[0]() is None
    finally:
        gc.enable()
