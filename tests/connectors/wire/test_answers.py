"""Answers, however they come: what is read of them, and what is not."""

import asyncio

import pytest

from connectors import ContractBroken, SourceBusy, SourceUnavailable
from connectors.guard.memory import ALL, OF_ONE, Measure, Share
from connectors.http import Wire
from connectors.wire.connection import Connection, Received
from tests.connectors.wire.conftest import BOUND, Raw, Transport, Writer, ask, whole

CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


def connected() -> tuple[Connection, Transport]:
    connection, transport = Connection("source", BOUND, lambda: Share(Measure(OF_ONE, ALL))), Transport()
    connection.connection_made(transport)
    return connection, transport


async def fed(*pieces: bytes, end: bool = False) -> tuple[Received, Connection]:
    """What is made of an answer that comes in these pieces."""
    connection, _ = connected()
    asking = asyncio.create_task(connection.exchange(b"request"))
    await asyncio.sleep(0)
    for piece in pieces:
        connection.data_received(piece)
    if end:
        connection.connection_lost(None)
    async with asyncio.timeout(20):
        return await asking, connection


@pytest.mark.parametrize(
    "answer",
    [
        whole(b"hello", "Retry-After: 3"),
        CHUNKED + b"2\r\nhe\r\n3;why=not\r\nllo\r\n0\r\nSum: 1\r\n\r\n",
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" + whole(b"hello"),
    ],
)
async def test_where_an_answer_is_divided_makes_no_difference(answer: bytes) -> None:
    together, _ = await fed(answer)
    assert (together.status, together.body) == (200, b"hello")
    for at in range(1, len(answer)):
        divided, connection = await fed(answer[:at], answer[at:])
        assert divided == together
        assert connection.usable
    single, connection = await fed(*(answer[at : at + 1] for at in range(len(answer))))
    assert single == together
    assert connection.usable


async def test_what_precedes_an_answer_is_no_part_of_it() -> None:
    hints = b"HTTP/1.1 103 Early Hints\r\nContent-Type: text/html\r\nRetry-After: 9\r\n\r\n"
    found, _ = await fed(hints + whole(b"hello"))
    assert found.headers["content-type"] == "text/plain"
    assert "Retry-After" not in found.headers


async def test_an_answer_may_end_with_its_connection() -> None:
    found, connection = await fed(b"HTTP/1.0 200 OK\r\n\r\nhel", b"lo", end=True)
    assert found.body == b"hello"
    assert not connection.usable


async def test_an_answer_that_would_end_with_its_connection_is_cut_off_by_a_reset() -> None:
    connection, _ = connected()
    asking = asyncio.create_task(connection.exchange(b"request"))
    await asyncio.sleep(0)
    connection.data_received(b"HTTP/1.0 200 OK\r\n\r\nhel")
    connection.connection_lost(ConnectionResetError())
    with pytest.raises(SourceUnavailable, match="cut off"):
        await asking


async def test_a_length_above_the_bound_is_not_waited_for() -> None:
    with pytest.raises(ContractBroken, match="larger"):
        await fed(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % (BOUND + 1))


async def test_an_answer_without_a_body_has_none_whatever_its_length_says(server: Raw, wire: Wire) -> None:
    server.answers = [b"HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n", whole(b"other")]
    assert (await ask(wire, server)).body == b""
    assert (await ask(wire, server)).body == b"other"


async def test_what_follows_a_body_is_not_among_its_headers() -> None:
    found, connection = await fed(CHUNKED + b"5\r\nhello\r\n0\r\nContent-Type: text/html\r\n\r\n")
    assert list(found.headers) == ["Transfer-Encoding"]
    assert connection.usable


async def test_headers_are_found_without_case_and_without_the_space_around_them() -> None:
    found, _ = await fed(b"HTTP/1.1 200 OK\r\ncontent-LENGTH: 0\r\nX-Odd:\t a \xff b \t\r\nX-Empty:\r\n\r\n")
    assert found.headers["Content-Length"] == "0"
    assert found.headers["x-odd"].encode("utf-8", "surrogateescape") == b"a \xff b"
    assert found.headers["x-empty"] == ""


NOT_HTTP = {
    "nothing like it": b"hello\r\n\r\n",
    "another version": b"HTTP/3.0 200 OK\r\n\r\n",
    "an odd status": b"HTTP/1.1 20 OK\r\n\r\n",
    "a status below all": b"HTTP/1.1 099 Odd\r\nContent-Length: 0\r\n\r\n",
    "a switch of protocols": b"HTTP/1.1 101 Switching\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n",
    "a switch that says nothing more": b"HTTP/1.1 101 Switching\r\n\r\n",
    "a negative length": b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
    "a length with a sign": b"HTTP/1.1 200 OK\r\nContent-Length: +5\r\n\r\nhello",
    "a length in hexadecimal": b"HTTP/1.1 200 OK\r\nContent-Length: 0x5\r\n\r\nhello",
    "a length that overflows": b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\nhello",
    "two lengths": b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello!",
    "twice the same length": b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\nhello",
    "lengths in a list": b"HTTP/1.1 200 OK\r\nContent-Length: 5, 5\r\n\r\nhello",
    "a length and chunks": b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
    "chunks and a length": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
    "a coding not asked for": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
    "a coding unknown": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: xchunked\r\n\r\nhello",
    "chunks named twice": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
    "a chunk of no size": CHUNKED + b"\r\nhello\r\n0\r\n\r\n",
    "a chunk of an odd size": CHUNKED + b"zz\r\nhello\r\n0\r\n\r\n",
    "a chunk of a negative size": CHUNKED + b"-5\r\nhello\r\n0\r\n\r\n",
    "a chunk of a size with 0x": CHUNKED + b"0x5\r\nhello\r\n0\r\n\r\n",
    "a chunk of a size that overflows": CHUNKED + b"fffffffffffffffff\r\nhello",
    "a chunk longer than its size": CHUNKED + b"4\r\nhello\r\n0\r\n\r\n",
    "a chunk that ends in no line": CHUNKED + b"5\r\nhello0\r\n\r\n",
    "a NUL in a value": b"HTTP/1.1 200 OK\r\nX: a\0b\r\nContent-Length: 0\r\n\r\n",
    "a NUL in a name": b"HTTP/1.1 200 OK\r\nX\0: a\r\nContent-Length: 0\r\n\r\n",
    "a space before the colon": b"HTTP/1.1 200 OK\r\nContent-Length : 0\r\n\r\n",
    "a line that goes on": b"HTTP/1.1 200 OK\r\nX: a\r\n  b\r\nContent-Length: 0\r\n\r\n",
    "a bare CR": b"HTTP/1.1 200 OK\r\nX: a\rY: b\r\nContent-Length: 0\r\n\r\n",
    "a field without a colon": b"HTTP/1.1 200 OK\r\nX\r\nContent-Length: 0\r\n\r\n",
    "too many fields": b"HTTP/1.1 200 OK\r\n" + b"".join(b"X%d: y\r\n" % i for i in range(10_000)) + b"\r\n",
    "too many trailers": CHUNKED + b"0\r\n" + b"".join(b"X%d: y\r\n" % i for i in range(10_000)) + b"\r\n",
}  # fmt: skip


@pytest.mark.parametrize("name", NOT_HTTP)
async def test_what_is_no_http_is_refused_and_its_connection_with_it(
    server: Raw, wire: Wire, name: str
) -> None:
    server.answers = [NOT_HTTP[name], whole()]
    with pytest.raises(ContractBroken, match="not HTTP"):
        await ask(wire, server)
    assert (await ask(wire, server)).body == b"hello"
    assert server.connections == 2


@pytest.mark.parametrize(
    "pieces",
    [
        [b"HTTP/1.1 200 OK\r\nX: ", *[b"y" * 1000] * 70],
        [b"HTTP/1.1 200 ", *[b"K" * 1000] * 70],
        [b"HTTP/1.1 100 Continue\r\n\r\n"] * 3000,
        [b"\r\n" * 500] * 70,
        [CHUNKED, b"5;x=", *[b"y" * 1000] * 70],
        [CHUNKED, b"5\r\nhello\r\n0\r\nX: ", *[b"y" * 1000] * 70],
    ],
    ids=["a header", "a reason", "continue", "empty lines", "an extension of a chunk", "a trailer"],
)
async def test_what_never_comes_to_a_body_is_given_up(pieces: list[bytes]) -> None:
    connection, transport = connected()
    asking = asyncio.create_task(connection.exchange(b"request"))
    await asyncio.sleep(0)
    taken = 0
    for piece in pieces:
        if transport.ended:
            break
        connection.data_received(piece)
        taken += len(piece)
    assert taken < 70_000
    with pytest.raises(ContractBroken, match="not HTTP"):
        await asking


@pytest.mark.parametrize(
    ("answer", "cause"),
    [
        (b"", "reached"),
        (b"HTTP/1.1 200 OK\r\nContent-Le", "reached"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell", "cut off"),
        (CHUNKED + b"5\r\nhello\r\n", "cut off"),
        (CHUNKED + b"5\r\nhello\r\n0\r\n", "cut off"),
        (b"HTTP/1.1 100 Continue\r\n\r\n", "reached"),
    ],
)
async def test_an_answer_that_ends_early_is_no_answer(
    server: Raw, wire: Wire, answer: bytes, cause: str
) -> None:
    server.answers, server.close = [answer], True
    with pytest.raises(SourceUnavailable, match=cause):
        await ask(wire, server)


async def test_a_body_in_chunks_of_one_byte_takes_no_more_than_it_is() -> None:
    one = b"1\r\nx\r\n" * 40_000
    found, _ = await fed(CHUNKED, one, one, b"0\r\n\r\n")
    assert found.body == b"x" * 80_000


async def test_a_body_is_given_up_while_it_comes_and_its_memory_given_back(server: Raw) -> None:
    small = Wire("source", connections=1, body_bytes=300_000)
    small.open()
    before = ALL.held

    async def endless(writer: Writer) -> None:
        writer.write(CHUNKED)
        while True:
            writer.write(b"10000\r\n" + b"x" * 65_536 + b"\r\n")
            await writer.drain()

    server.answers = [endless]
    with pytest.raises(ContractBroken, match="larger"):
        await ask(small, server)
    await small.close()
    assert ALL.held == before


async def test_a_large_answer_has_to_wait_for_others_to_be_read() -> None:
    mine = Measure(400_000)
    other = Share(mine)
    assert other.grow(350_000) is None
    connection = Connection("source", BOUND, lambda: Share(mine))
    connection.connection_made(Transport())
    asking = asyncio.create_task(connection.exchange(b"request"))
    await asyncio.sleep(0)
    connection.data_received(whole(b"x" * 300_000))
    with pytest.raises(SourceUnavailable, match="too many large answers of it"):
        await asking
    assert mine.held == 350_000


async def test_that_all_together_hold_too_much_is_no_fault_of_the_source(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(ALL, "most", 0)
    others = Share(ALL)
    assert others.grow(1) is None
    with pytest.raises(SourceBusy, match="of all sources"):
        await fed(whole(b"x" * 300_000))
    others.give_back()


async def test_a_source_that_drips_is_bounded_by_who_asks(server: Raw, wire: Wire) -> None:
    async def drip(writer: Writer) -> None:
        for byte in whole(b"x" * 10_000):
            writer.write(bytes([byte]))
            await writer.drain()
            await asyncio.sleep(0.02)

    server.answers = [drip]
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.1):
            await ask(wire, server)
    await asyncio.wait_for(server.emptied.wait(), 20)
