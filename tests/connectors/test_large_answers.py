"""Large answers take a bounded part of the memory together, and what would fill it is not read."""

import asyncio
import gc
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager

import psutil
import pytest

from connectors import ContractBroken, Reading, SourceError, SourceUnavailable
from connectors.guard.memory import ALL, OF_ALL, OF_ONE, Measure, Share
from tests.connectors.conftest import PERSON, Make, Peer, Writer, about, envelope, http, json_http, reply

MIB = 1 << 20


@contextmanager
def grows_less_than(mebibytes: int) -> Iterator[None]:
    process = psutil.Process()
    before = process.memory_info().rss
    yield
    assert process.memory_info().rss - before < mebibytes * MIB
    assert ALL.held == 0
    gc.collect()


def chunked(body: bytes) -> Callable[[Writer], Awaitable[None]]:
    """Says nothing of its length, and stops a little before its end."""

    async def answer(writer: Writer) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nTransfer-Encoding: chunked\r\n\r\n")
        for at in range(0, len(body), 65536):
            part = body[at : at + 65536]
            writer.write(b"%x\r\n%s\r\n" % (len(part), part))
            await writer.drain()
        await asyncio.sleep(1)
        writer.write(b"0\r\n\r\n")

    return answer


async def test_many_large_answers_at_once_stay_within_one_measure(soap: Make, peer: Peer) -> None:
    peer.answer = chunked(reply(PERSON + " " * 7 * MIB))
    source = await soap(limits__deadlineMs=20000, circuit={"failures": 1000, "of": 1000})
    most = 0

    async def watch() -> None:
        nonlocal most
        while True:
            most = max(most, ALL.held)
            await asyncio.sleep(0.005)

    with grows_less_than(100):
        watching = asyncio.create_task(watch())
        found = await asyncio.gather(*(source.ask(about(source)) for _ in range(24)), return_exceptions=True)
        watching.cancel()
        kinds = {type(one) for one in found}
        assert kinds == {Reading, SourceUnavailable}
        assert any("large answers" in str(one) for one in found)
        del found
    assert 5 * MIB < most <= OF_ONE


@pytest.mark.parametrize("filler", ["<a/>", '<a b="c"/>', "<a>x</a>"])
async def test_an_answer_of_too_many_elements_is_not_read(soap: Make, peer: Peer, filler: str) -> None:
    peer.answer = http(envelope(filler * (7 * MIB // len(filler))))
    await refused(await soap(limits__deadlineMs=20000))


@pytest.mark.parametrize("filler", ["[],", "{},", '{"a":1},'])
async def test_an_answer_of_too_many_values_is_not_read(rest: Make, peer: Peer, filler: str) -> None:
    peer.answer = json_http(
        '{"enterprise": {"name": "x", "more": [' + filler * (7 * MIB // len(filler)) + "0]}}"
    )
    await refused(await rest(limits__deadlineMs=20000))


async def refused(source: object) -> None:
    with grows_less_than(100):
        with pytest.raises(SourceError) as caught:
            await source.ask(about(source))  # type: ignore[attr-defined, arg-type]
        assert isinstance(caught.value, ContractBroken)
        assert "parts" in str(caught.value)
        del caught


async def test_a_large_answer_as_sources_write_them_is_read(soap: Make, rest: Make, peer: Peer) -> None:
    one = "<p:Entry><p:Street>Rue de l'Exemple</p:Street><p:Number>17</p:Number></p:Entry>"
    many = f'<p:History xmlns:p="urn:test:persons">{one * (6 * MIB // len(one))}</p:History>'
    peer.answer = http(reply(PERSON.replace("</p:Person>", f"{many}</p:Person>")))
    source = await soap(limits__deadlineMs=20000)
    assert (await source.ask(about(source))).values["person.birthDate"] == "1985-06-02"
    entry = '{"street": "Rue de l\'Exemple", "number": "17", "from": "2020-01-01"}'
    peer.answer = json_http(
        '{"enterprise": {"name": "x", "more": [' + f"{entry}, " * (6 * MIB // len(entry)) + "0]}}"
    )
    other = await rest(limits__deadlineMs=20000)
    assert (await other.ask(about(other, "0202239951"))).values == {"organisation.legalName": "x"}


def test_one_source_cannot_take_what_is_left_for_the_others_and_all_cannot_take_more_than_all() -> None:
    all_ = Measure(OF_ALL)
    first, second = Measure(OF_ONE, all_), Measure(OF_ONE, all_)
    held = [Share(first), Share(first), Share(second)]
    assert [one.grow(OF_ONE // 2) for one in held] == [None, None, None]
    assert Share(first).grow(1) is first
    assert held[2].grow(OF_ONE) is None
    more = [Share(Measure(OF_ONE, all_)) for _ in range(2)]
    assert [one.grow(OF_ONE) for one in more] == [None, None]
    assert Share(Measure(OF_ONE, all_)).grow(1) is all_
    held[0].give_back()
    held[0].give_back()
    assert (first.held, all_.held) == (OF_ONE // 2, OF_ALL - OF_ONE // 2)
    del more
    assert all_.held == OF_ONE // 2 + OF_ONE
    assert Share(Measure(1)).grow(OF_ALL * 9) is None  # a single one, if it is declared so large
