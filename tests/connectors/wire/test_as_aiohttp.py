"""A valid answer is read as aiohttp reads it, wherever it is divided on its way."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import uvloop
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.http import Wire
from tests.connectors.wire.conftest import BOUND, Raw, Writer, ask

NAMES = st.sampled_from(["X-A", "x-b", "Content-Type", "RETRY-AFTER", "Link", "Set-Cookie"])
VALUES = st.text(
    st.characters(min_codepoint=0x20, max_codepoint=0x2FF, exclude_characters="\x7f"), max_size=20
)
VALUES = VALUES.map(lambda value: value.strip(" \t\x85\xa0"))
PIECES = st.lists(st.binary(min_size=1, max_size=40), max_size=6)


@st.composite
def answers(draw: st.DrawFn) -> bytes:
    """A whole answer: with a length, in chunks, or until its connection ends; perhaps after some that only announce it."""
    status = draw(st.sampled_from([200, 200, 201, 204, 400, 404, 500, 503]))
    fields = draw(st.lists(st.tuples(NAMES, VALUES), max_size=5))
    lines = [
        f"HTTP/1.1 {status} {draw(st.sampled_from(['', 'OK', 'Not so']))}",
        *(f"{n}: {v}" for n, v in fields),
    ]
    pieces, framing = draw(PIECES), draw(st.sampled_from(["length", "chunks", "end"]))
    body = b"".join(pieces)
    if status == 204:
        body, framing = b"", "length"
    elif framing == "length":
        lines.append(f"Content-Length: {len(body)}")
    elif framing == "chunks":
        lines.append("Transfer-Encoding: chunked")
        body = b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"
    else:
        lines.append("Connection: close")
    before = b"HTTP/1.1 100 Continue\r\n\r\n" * draw(st.integers(0, 2))
    return before + "\r\n".join(lines).encode() + b"\r\n\r\n" + body


@asynccontextmanager
async def serving(answer: bytes, cuts: list[int]) -> AsyncIterator[Raw]:
    async def divided(writer: Writer) -> None:
        for start, end in zip([0, *cuts], [*cuts, len(answer)], strict=True):
            writer.write(answer[start:end])
            await writer.drain()
            await asyncio.sleep(0)

    server = Raw(answers=[divided], close=True)
    listening = await server.listen()
    try:
        yield server
    finally:
        await server.end(listening)


def fields(headers: Mapping[str, str]) -> list[tuple[str, str]]:
    """The names of headers are compared without case: aiohttp writes some of them its own way."""
    return [(name.lower(), value) for name, value in headers.items()]


async def by_aiohttp(server: Raw) -> tuple[int, Any, bytes]:
    async with (
        aiohttp.ClientSession(auto_decompress=False, cookie_jar=aiohttp.DummyCookieJar()) as session,
        session.post(server.url, data=b"?", allow_redirects=False) as response,
    ):
        return response.status, fields(response.headers), await response.read()


async def by_wire(server: Raw) -> tuple[int, Any, bytes]:
    wire = Wire("source", connections=1, body_bytes=BOUND)
    wire.open()
    try:
        found = await ask(wire, server)
        return found.status, fields(found.headers), found.body
    finally:
        await wire.close()


@given(answers(), st.data())
@settings(max_examples=60, deadline=None)
def test_a_valid_answer_is_read_as_aiohttp_reads_it(answer: bytes, data: st.DataObject) -> None:
    cuts = sorted(data.draw(st.lists(st.integers(0, len(answer)), max_size=8)))

    async def both() -> None:
        async with serving(answer, cuts) as server:
            assert await by_wire(server) == await by_aiohttp(server)

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(both())
