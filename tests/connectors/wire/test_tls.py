"""The wire over TLS: whom it believes, and what it says where it does not."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from yarl import URL

from connectors import SourceUnavailable
from connectors.http import Answer, Outgoing, Wire
from connectors.wire.connection import Connection
from tests.connectors.wire.conftest import Raw, Transport, Writer, whole
from tests.support.certificates import pair


def trusting(authority: str) -> ssl.SSLContext:
    return ssl.create_default_context(cadata=pair(authority).cert)


@pytest.fixture
def identity(tmp_path: Path) -> ssl.SSLContext:
    """The server's."""
    own = pair("server", issuer="server authority")
    (tmp_path / "server.pem").write_text(own.key + own.cert)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cadata=pair("client authority").cert)
    context.load_cert_chain(tmp_path / "server.pem")
    return context


@pytest.fixture
async def secured(identity: ssl.SSLContext) -> AsyncIterator[Raw]:
    """A server of raw bytes over TLS."""
    found = Raw(answers=[whole()])
    listening = await asyncio.start_server(found.start, found.host, 0, ssl=identity)
    found.port = listening.sockets[0].getsockname()[1]
    yield found
    await found.end(listening)


async def ask(wire: Wire, server: Raw, host: str = "127.0.0.1") -> Answer:
    async with asyncio.timeout(20):
        return await wire.call(Outgoing("POST", URL(f"https://{host}:{server.port}/ask"), {}, b"?"))


async def test_a_kept_connection_serves_calls_of_its_own_context_alone(secured: Raw, wire: Wire) -> None:
    contexts = [trusting("server authority"), trusting("server authority")]
    wire.secure(lambda: contexts[0])
    large = b"x" * 700_000
    secured.answers = [whole(large)]
    for _ in range(3):
        assert (await ask(wire, secured)).body == large
    assert secured.connections == 1
    contexts.pop(0)
    await ask(wire, secured)
    assert secured.connections == 2


async def test_a_certificate_of_another_authority_is_not_believed(secured: Raw, wire: Wire) -> None:
    with pytest.raises(SourceUnavailable, match="its TLS certificate is not trusted"):
        await ask(wire, secured)  # this machine does not know it
    wire.secure(lambda: trusting("other authority"))
    with pytest.raises(SourceUnavailable, match="its TLS certificate is not trusted"):
        await ask(wire, secured)
    assert secured.heads == []


async def test_a_certificate_of_another_host_is_not_believed(secured: Raw, wire: Wire) -> None:
    wire.secure(lambda: trusting("server authority"))
    with pytest.raises(SourceUnavailable, match="its TLS certificate is not trusted"):
        await ask(wire, secured, "localhost")
    assert secured.heads == []


async def test_who_does_not_let_us_in_gets_no_request(
    secured: Raw, wire: Wire, identity: ssl.SSLContext
) -> None:
    identity.verify_mode = ssl.CERT_REQUIRED
    wire.secure(lambda: trusting("server authority"))
    with pytest.raises(SourceUnavailable):
        await ask(wire, secured)
    assert secured.heads == []


async def test_an_alert_after_the_handshake_is_told_from_a_source_that_is_not_there() -> None:
    connection = Connection("source", 1000, lambda: pytest.fail("not large"))
    connection.connection_made(Transport())
    asking = asyncio.create_task(connection.exchange(b"request"))
    await asyncio.sleep(0)
    connection.connection_lost(ssl.SSLError(1, "certificate required"))  # TLS 1.3: only now
    with pytest.raises(SourceUnavailable, match="TLS could not be agreed"):
        await asking


async def test_who_speaks_no_tls_is_told_from_who_is_not_there(server: Raw, wire: Wire) -> None:
    async def speak(_reader: asyncio.StreamReader, writer: Writer) -> None:
        writer.write(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
        await writer.drain()
        writer.close()

    listening = await asyncio.start_server(speak, "127.0.0.1", 0)
    server.port = listening.sockets[0].getsockname()[1]
    with pytest.raises(SourceUnavailable, match="TLS could not be agreed"):
        await ask(wire, server)
    listening.close()


async def test_a_handshake_that_is_given_up_leaves_nothing_behind(wire: Wire) -> None:
    ended = asyncio.Event()

    async def silent(reader: asyncio.StreamReader, writer: Writer) -> None:
        await reader.read()
        ended.set()
        writer.close()

    listening = await asyncio.start_server(silent, "127.0.0.1", 0)
    server = Raw(port=listening.sockets[0].getsockname()[1])
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.1):
            await ask(wire, server)
    await asyncio.wait_for(ended.wait(), 20)
    listening.close()


async def test_an_answer_that_ends_without_a_goodbye_is_cut_off(secured: Raw, wire: Wire) -> None:
    async def vanish(writer: Writer) -> None:
        writer.write(whole(b"x" * 100_000)[:50_000])
        await writer.drain()
        writer.transport.abort()

    wire.secure(lambda: trusting("server authority"))
    secured.answers = [vanish]
    with pytest.raises(SourceUnavailable, match="cut off"):
        await ask(wire, secured)
