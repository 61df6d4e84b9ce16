"""A token endpoint that misbehaves below HTTP, or never comes to an end, harms its own source alone."""

import asyncio
import time
from functools import partial

import pytest

from connectors import SourceUnavailable
from connectors.rest import RestSource
from tests.connectors.conftest import Peer, Writer, about, http, rest_declaration
from tests.connectors.oauth_sources import OAUTH
from tests.support.timing import in_time


def source_over(peer: Peer, milliseconds: int) -> RestSource:
    oauth = OAUTH | {"tokenUrl": f"http://127.0.0.1:{peer.port}/token"}
    declared = rest_declaration(authentication={"oauth2": oauth}, limits={"deadlineMs": milliseconds})
    return RestSource(declared, address=peer.address, secrets={"password": "w"}.__getitem__)


async def refused(peer: Peer, milliseconds: int = 300) -> float:
    """Seconds until a call was given up."""
    source = source_over(peer, milliseconds)
    started = time.monotonic()
    with pytest.raises(SourceUnavailable):
        await source.ask(about(source, "0202239951"))
    took = time.monotonic() - started
    await source.close()
    assert all(one.startswith(b"POST /token ") for one in peer.requests)
    return took


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"not HTTP at all\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nshort",
        b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{}",
        b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nX: " + b"y" * 200_000 + b"\r\n\r\n",
        http(b"{" * 60_000, kind="application/json"),
        http(b"<html>", kind="text/html"),
        b"\x16\x03\x01\x02\x00\x01\x00",
    ],
)
async def test_what_is_no_token_is_an_unavailable_source(peer: Peer, raw: bytes) -> None:
    peer.answer, peer.close = raw, True
    assert await refused(peer, 20_000) < 10


async def test_an_answer_that_drips_or_never_ends_is_given_up_at_the_deadline(peer: Peer) -> None:
    async def drip(writer: Writer) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n")
        while True:
            writer.write(b" ")
            await writer.drain()
            await asyncio.sleep(0.02)

    peer.answer = drip
    await in_time(0.6, partial(refused, peer))

    async def flood(writer: Writer) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n")
        while True:
            writer.write(b"[" * 65_536)
            await writer.drain()

    peer.answer = flood
    await in_time(0.6, partial(refused, peer))


async def test_an_endpoint_that_is_not_there_is_an_unavailable_source(peer: Peer) -> None:
    gone = OAUTH | {"tokenUrl": "http://127.0.0.1:9/token"}
    source = RestSource(
        rest_declaration(authentication={"oauth2": gone}),
        address=peer.address,
        secrets={"password": "w"}.__getitem__,
    )
    with pytest.raises(SourceUnavailable, match="at its token endpoint: it cannot be reached"):
        await source.ask(about(source, "0202239951"))
    await source.close()
    assert peer.requests == []
