"""A source that misbehaves harms only itself: over real sockets, byte by byte."""

import asyncio
import gzip
import time
from collections.abc import Awaitable, Callable

import psutil
import pytest

from connectors import ContractBroken, SourceBusy, SourceUnavailable
from tests.connectors.conftest import NUMBER, PERSON, Make, Peer, Writer, about, http, json_http, reply
from tests.support.timing import in_time

DTD = b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>'
LAUGHS = (
    b'<!DOCTYPE b [<!ENTITY a0 "aaaaaaaaaa">'
    + b"".join(b'<!ENTITY a%d "%s">' % (i, b"&a%d;" % (i - 1) * 10) for i in range(1, 10))
    + b"]>"
)


def head(*headers: str, status: str = "200 OK") -> bytes:
    return "\r\n".join([f"HTTP/1.1 {status}", *headers]).encode() + b"\r\n\r\n"


XML = "Content-Type: text/xml"


def slowly(data: bytes, pause: float) -> Callable[[Writer], Awaitable[None]]:
    """Send a byte, wait, send the next."""

    async def answer(writer: Writer) -> None:
        for i in range(len(data)):
            writer.write(data[i : i + 1])
            await writer.drain()
            await asyncio.sleep(pause)

    return answer


async def silent(_writer: Writer) -> None:
    await asyncio.sleep(30)


@pytest.mark.parametrize("kind", ["silent", "slow head", "slow body"])
async def test_one_deadline_covers_the_whole_call(soap: Make, peer: Peer, kind: str) -> None:
    whole = http(reply())
    body_at = whole.index(b"\r\n\r\n") + 4

    async def slow_body(writer: Writer) -> None:
        writer.write(whole[:body_at])
        await slowly(whole[body_at:], 0.05)(writer)

    peer.answer = {"silent": silent, "slow head": slowly(whole, 0.05), "slow body": slow_body}[kind]

    async def attempt() -> float:
        source = await soap(limits__deadlineMs=200)
        started = time.monotonic()
        with pytest.raises(SourceUnavailable, match="deadline"):
            await source.ask(about(source))
        took = time.monotonic() - started
        assert took > 0.19
        return took

    await in_time(0.45, attempt)


async def test_waiting_for_a_connection_counts_towards_the_deadline(soap: Make, peer: Peer) -> None:
    peer.answer = silent

    async def attempt() -> float:
        source = await soap(limits__deadlineMs=300, limits__connections=2)
        started = time.monotonic()
        found = await asyncio.gather(*(source.ask(about(source)) for _ in range(7)), return_exceptions=True)
        took = time.monotonic() - started
        assert {type(one) for one in found} == {
            SourceUnavailable,
            SourceBusy,
        }  # those who were sent, and those who were not
        await source.close()
        return took

    await in_time(0.55, attempt)
    assert peer.most_open <= 2


async def test_no_more_connections_than_declared(soap: Make, peer: Peer) -> None:
    async def answer(writer: Writer) -> None:
        await asyncio.sleep(0.01)
        writer.write(http(reply()))

    peer.answer = answer
    source = await soap(limits__connections=3)
    found = await asyncio.gather(*(source.ask(about(source)) for _ in range(30)))
    assert len(found) == 30
    assert peer.most_open == peer.connections == 3  # bounded, and kept open for the next call


async def test_a_cancelled_call_leaves_no_connection_behind(soap: Make, peer: Peer) -> None:
    asked = asyncio.Event()

    async def answer(writer: Writer) -> None:
        asked.set()
        await silent(writer)

    peer.answer = answer
    source = await soap()
    asking = asyncio.create_task(source.ask(about(source)))
    await asked.wait()
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    peer.answer = http(reply())
    assert (await source.ask(about(source))).values
    assert peer.connections == 2  # the first one was not used again


def endless(chunk: bytes, times: int) -> Callable[[Writer], Awaitable[None]]:
    async def answer(writer: Writer) -> None:
        writer.write(head(XML, "Transfer-Encoding: chunked"))
        for _ in range(times):
            writer.write(b"%x\r\n%s\r\n" % (len(chunk), chunk))
            await writer.drain()

    return answer


async def test_a_body_is_given_up_at_its_bound(soap: Make, peer: Peer) -> None:
    process = psutil.Process()
    source = await soap(limits__bodyBytes=1 << 20)
    before = process.memory_info().rss
    for answer in (
        endless(b"x" * 65536, 4000),
        http(b" " * ((1 << 20) + 1)),
        head(XML, "Content-Length: 99999999999"),
    ):
        peer.answer = answer
        started = time.monotonic()
        with pytest.raises(ContractBroken, match="larger"):
            await source.ask(about(source))
        assert time.monotonic() - started < 10
    assert process.memory_info().rss - before < 50 << 20


async def test_a_body_of_exactly_its_bound_is_read(soap: Make, peer: Peer) -> None:
    body = reply(f"{PERSON}<!--{'x' * 400_000}-->")
    source = await soap(limits__bodyBytes=len(body))
    peer.answer = http(body)
    assert (await source.ask(about(source))).values
    smaller = await soap(limits__bodyBytes=len(body) - 1)
    with pytest.raises(ContractBroken):
        await smaller.ask(about(smaller))


async def test_compression_is_not_asked_for_and_not_taken(soap: Make, peer: Peer) -> None:
    source = await soap()
    for encoding in ("gzip", "deflate", "br", "x-unknown"):
        peer.answer = http(gzip.compress(reply()), Content_Encoding=encoding)
        with pytest.raises(ContractBroken, match="compressed"):
            await source.ask(about(source))
    assert "Accept-Encoding" not in peer.head
    peer.answer = http(reply(), Content_Encoding="identity")
    assert (await source.ask(about(source))).values


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_is_never_followed(soap: Make, peer: Peer, status: int) -> None:
    peer.answer = http(reply(), status=status, Location=f"{peer.address}/elsewhere")
    source = await soap()
    with pytest.raises(ContractBroken, match="redirect"):
        await source.ask(about(source))
    assert len(peer.requests) == 1


@pytest.mark.parametrize(
    "body",
    [
        DTD + reply(PERSON.replace("Ada", "&e;")),
        b'<?xml version="1.0"?>' + DTD + reply(),
        b"<!-- -->" * 2000 + DTD + reply(),
        LAUGHS + reply(PERSON.replace("Ada", "&a9;")),
        LAUGHS + reply(PERSON.replace("<p:Person>", '<p:Person x="&a9;">')),
        (LAUGHS.decode() + reply(PERSON.replace("<p:Person>", '<p:Person x="&a9;">')).decode()).encode(
            "utf-16"
        ),
        (DTD.decode() + reply().decode()).encode("utf-16"),
        b'<!DOCTYPE x SYSTEM "http://127.0.0.1:9/x.dtd">' + reply(),
        reply(PERSON.replace("Ada", "&undeclared;")),
        reply(f"{'<a>' * 5000}{'</a>' * 5000}{PERSON}"),
        b"<?xml version='1.0' encoding='klingon'?>" + reply(),
        reply(PERSON.replace("Ada", "\x01")),
        reply() + reply(),
    ],
)
async def test_a_reply_with_a_dtd_entities_or_depth_is_refused(soap: Make, peer: Peer, body: bytes) -> None:
    peer.answer = http(body)
    source = await soap()
    started = time.process_time()
    with pytest.raises(ContractBroken):
        await source.ask(about(source))
    assert time.process_time() - started < 5


async def test_utf_16_without_a_dtd_is_read(soap: Make, peer: Peer) -> None:
    peer.answer = http(reply().decode().encode("utf-16"), kind="text/xml")
    source = await soap()
    assert (await source.ask(about(source))).values["person.givenNames"] == ["Ada", "Bruni"]


async def test_a_cookie_is_neither_kept_nor_sent(soap: Make, peer: Peer) -> None:
    peer.answer = http(reply(), Set_Cookie="session=1; Path=/")
    source = await soap()
    await source.ask(about(source))
    await source.ask(about(source))
    assert "session" not in peer.head


async def test_no_proxy_of_the_environment_is_used(
    soap: Make, peer: Peer, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1/")
    peer.answer = http(reply())
    source = await soap()
    assert (await source.ask(about(source))).values


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"HTTP/1.1 200 OK\r\n",
        b"not HTTP at all\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nshort",
        b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n",
        b"HTTP/1.1 999 Odd\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Type: text/xml\r\n\r\nzz\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Type: text/xml\r\n\r\nffffffffffffffff\r\nx",
        b"HTTP/1.1 200 OK\r\n" + b"X: " + b"y" * 200_000 + b"\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"".join(b"X%d: y\r\n" % i for i in range(20_000)) + b"\r\n",
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n",
        b"HTTP/2 200\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00",
        b"HTTP/1.1 200 OK\r\nContent-Type: text/xml; charset=\xff\r\nContent-Length: 0\r\n\r\n",
    ],
)
async def test_what_is_no_http_is_one_of_the_errors(soap: Make, peer: Peer, raw: bytes) -> None:
    peer.answer, peer.close = raw, True
    source = await soap(limits__deadlineMs=500)
    with pytest.raises((SourceUnavailable, ContractBroken)):
        await source.ask(about(source))


async def test_a_source_that_is_not_there_is_unavailable(soap: Make, peer: Peer) -> None:
    source = await soap()
    source._url = source._url.with_port(1)  # type: ignore[attr-defined]
    with pytest.raises(SourceUnavailable, match="reached"):
        await source.ask(about(source))


async def test_a_large_answer_does_not_hold_up_the_loop(rest: Make, peer: Peer) -> None:
    peer.answer = json_http('{"enterprise": {"name": "x", "more": [' + "1.5," * 1_500_000 + "1]}}")
    source = await rest(limits__deadlineMs=20_000)

    async def attempt() -> float:
        """The longest pause of the loop, in seconds of this process: those of others do not count."""
        asking = asyncio.create_task(source.ask(about(source, "0202239951")))
        longest, last = 0.0, time.process_time()
        while not asking.done():
            await asyncio.sleep(0.001)
            longest, last = max(longest, time.process_time() - last), time.process_time()
        assert (await asking).values == {"organisation.legalName": "x"}
        return longest

    await in_time(0.5, attempt)


async def test_errors_and_readings_hold_no_personal_data_in_their_text(soap: Make, peer: Peer) -> None:
    source = await soap(reply__errors__code=None, reply__errors__meanings=None)
    answers = [
        reply(),
        reply(PERSON.replace(NUMBER, "1")),
        reply()[:200],
        reply(PERSON.replace("25000", "Bruni!")),
    ]
    for body in answers:
        peer.answer = http(body)
        enquiry = about(source)
        try:
            said = repr(await source.ask(enquiry))
        except ContractBroken as error:
            said = f"{error!r} {error} {error.__cause__!r} {error.__suppress_context__}"
            assert said.endswith("None True")
        for personal in (NUMBER, "Bruni", "Ada", "1985-06", "25000"):
            assert personal not in said
            assert personal not in repr(enquiry)
