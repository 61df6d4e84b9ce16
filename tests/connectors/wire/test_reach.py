"""How a source is found: all of its addresses, looked up once, and none of them waited for too long."""

import asyncio
import socket
from contextlib import ExitStack
from typing import Any

import pytest
from yarl import URL

from connectors import SourceUnavailable
from connectors.http import Outgoing, Wire
from connectors.wire import reach
from tests.connectors.wire.conftest import Raw, ask, whole
from tests.support.machine import missing

NAME = "source.test"


class Names:
    """Stands for the name service: gives `addresses` for every name, once `given` is set."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *addresses: str) -> None:
        self.asked: list[str] = []
        self.given = asyncio.Event()
        self.addresses = addresses
        monkeypatch.setattr(reach, "look_up", self.look_up)

    async def look_up(self, host: str, port: int) -> list[Any]:
        self.asked.append(host)
        await self.given.wait()
        if not self.addresses:
            raise socket.gaierror(socket.EAI_NONAME, "unknown")
        return [
            (socket.AF_INET6, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", (one, port, 0, 0))
            if ":" in one
            else (socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", (one, port))
            for one in self.addresses
        ]


def named(server: Raw) -> Outgoing:
    return Outgoing("POST", URL(f"http://{NAME}:{server.port}/ask"), {}, b"?")


async def test_a_source_with_an_address_of_version_6_is_asked(wire: Wire) -> None:
    server = Raw(host="::1", answers=[whole()])
    try:
        listening = await server.listen()
    except OSError:
        missing("IPv6")
        raise
    assert (await ask(wire, server)).body == b"hello"
    assert f"Host: [::1]:{server.port}\r\n".encode() in server.heads[0]
    await server.end(listening)


async def test_a_name_is_looked_up_once_for_all_who_wait(
    server: Raw, wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.answers = [whole()]
    names = Names(monkeypatch, "127.0.0.1")
    asking = [asyncio.create_task(wire.call(named(server))) for _ in range(4)]
    await asyncio.sleep(0.01)
    asking[0].cancel()  # who gives up does so for itself alone
    names.given.set()
    found = await asyncio.gather(*asking, return_exceptions=True)
    assert isinstance(found[0], asyncio.CancelledError)
    assert [one.body for one in found[1:] if not isinstance(one, BaseException)] == [b"hello"] * 3
    await asyncio.gather(*(wire.call(named(server)) for _ in range(4)))
    assert server.connections == 4
    assert names.asked == [NAME]


async def test_a_name_that_nobody_knows_is_asked_for_again_at_the_next_call(
    server: Raw, wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = Names(monkeypatch)
    names.given.set()
    for calls in (1, 2):
        with pytest.raises(SourceUnavailable, match="reached"):
            await wire.call(named(server))
        assert len(names.asked) == calls
    names.addresses = ("127.0.0.1",)
    server.answers = [whole()]
    assert (await wire.call(named(server))).body == b"hello"


async def test_an_address_that_refuses_is_followed_by_the_next(
    server: Raw, wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.answers = [whole()]
    Names(monkeypatch, "::1", "127.0.0.2", "127.0.0.1").given.set()
    assert (await wire.call(named(server))).body == b"hello"


async def test_an_address_that_does_not_answer_is_not_waited_for(
    server: Raw, wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    Names(monkeypatch, "127.0.0.3", "127.0.0.1").given.set()
    server.answers = [whole()]
    with ExitStack() as opened:
        full = opened.enter_context(socket.socket())
        full.bind(("127.0.0.3", server.port))
        full.listen(0)
        for _ in range(4):
            one = opened.enter_context(socket.socket())
            one.setblocking(False)
            one.connect_ex(("127.0.0.3", server.port))
        async with asyncio.timeout(5):
            assert (await wire.call(named(server))).body == b"hello"


async def test_a_name_that_cannot_be_one_is_a_source_that_cannot_be_reached(wire: Wire) -> None:
    with pytest.raises(SourceUnavailable, match="reached"):
        await wire.call(Outgoing("GET", URL(f"http://{'a' * 70}.test/"), {}, None))


async def test_who_watches_is_told_when_it_connects_and_when_an_answer_comes(server: Raw, wire: Wire) -> None:
    told: list[str] = []
    wire.watcher = told.append
    server.answers = [whole()]
    await ask(wire, server)
    await ask(wire, server)
    assert told == ["connecting", "connected", "answered", "answered"]
