"""SOAP, REST and memory: each kind of source keeps the whole contract."""

import asyncio
import threading
from collections.abc import Mapping
from typing import Any, ClassVar

import pytest

from connectors import (
    ContractBroken,
    Enquiry,
    Identifier,
    Reading,
    Source,
    SourceBusy,
    SourceError,
    SourceRefused,
    SourceUnavailable,
    Value,
)
from connectors.declared import DeclaredSource
from connectors.guard import read_limits
from connectors.memory import MemorySource
from connectors.rest import RestSource
from connectors.scope import Scope
from connectors.soap import SoapSource
from tests.connectors.conftest import (
    NOW,
    NUMBER,
    PERSON,
    Peer,
    Writer,
    envelope,
    http,
    json_http,
    reply,
    rest_declaration,
    soap_declaration,
)
from tests.connectors.contract_suite import Behaviour, Rig, SourceContract


class WireRig(Rig):
    """A declared source over a real socket."""

    answers: ClassVar[Mapping[str, bytes]]

    def __init__(self, peer: Peer) -> None:
        self._peer, self._seconds = peer, 0.0
        self._how: Behaviour = "holds"
        self._at_once = self._most = 0
        peer.answer = self._answer

    def behave(self, how: Behaviour, *, seconds: float = 0.0) -> None:
        self._how, self._seconds = how, seconds

    @property
    def calls(self) -> int:
        return len(self._peer.requests)

    @property
    def most_at_once(self) -> int:
        return self._most

    async def _answer(self, writer: Writer) -> None:
        how, seconds = self._how, self._seconds
        self._at_once += 1
        self._most = max(self._most, self._at_once)
        try:
            if how == "hangs":
                await asyncio.sleep(30)
            raw = self.answers[how]
            if how == "busy":
                raw = raw.replace(b"\r\n", b"\r\nRetry-After: %d\r\n" % seconds, 1) if seconds else raw
            elif seconds:
                await asyncio.sleep(seconds)
        finally:
            self._at_once -= 1
        writer.write(raw)


class SoapRig(WireRig):
    subject = Identifier("ssin", NUMBER)
    held: ClassVar[Mapping[str, Value]] = {
        "person.givenNames": ["Ada", "Bruni"],
        "person.birthDate": "1985-06-02",
    }
    lacks = "person.income"
    answers: ClassVar[Mapping[str, bytes]] = {
        "holds": http(reply(PERSON.replace("<p:Income>25000</p:Income>", ""))),
        "unknown": http(reply("<p:Error><p:Code>E1</p:Code></p:Error>")),
        "busy": http(reply("<p:Error><p:Code>E2</p:Code></p:Error>")),
        "refuses": http(reply("<p:Error><p:Code>E9</p:Code></p:Error>")),
        "fails": http(
            envelope("<s:Fault><faultcode>s:Server</faultcode><faultstring/></s:Fault>"), status=500
        ),
        "breaks": http(reply()[:-9]),
    }

    def make(self, **sections: Any) -> Source:
        return SoapSource(
            soap_declaration(**sections), address=self._peer.address, secrets=str, clock=lambda: NOW
        )


class RestRig(WireRig):
    subject = Identifier("enterpriseNumber", "0202239951")
    held: ClassVar[Mapping[str, Value]] = {
        "organisation.legalName": "Proximus",
        "organisation.isActive": True,
    }
    lacks = "organisation.foundingDate"
    answers: ClassVar[Mapping[str, bytes]] = {
        "holds": json_http('{"enterprise": {"name": "Proximus", "active": true}}'),
        "unknown": json_http("{}", status=404),
        "busy": json_http("{}", status=429),
        "refuses": json_http("{}", status=403),
        "fails": json_http("{}", status=503),
        "breaks": json_http('{"enterprise": ['),
    }

    def make(self, **sections: Any) -> Source:
        return RestSource(
            rest_declaration(**sections), address=self._peer.address, secrets=str, clock=lambda: NOW
        )


class _Counted(MemorySource):
    """Also counts how many calls it has at once."""

    at_once = most = 0

    async def _answer(self, enquiry: Enquiry) -> Reading:
        self.at_once += 1
        self.most = max(self.most, self.at_once)
        try:
            return await super()._answer(enquiry)
        finally:
            self.at_once -= 1


class MemoryRig(Rig):
    subject = Identifier("ssin", NUMBER)
    held: ClassVar[Mapping[str, Value]] = {"person.familyName": "Bruni", "person.givenNames": ["Ada"]}
    lacks = "person.income"

    def __init__(self) -> None:
        self._holdings: dict[str, Mapping[str, Value]] = {NUMBER: self.held}
        self._made: list[_Counted] = []
        self._how: Behaviour = "holds"
        self._seconds = 0.0

    def make(self, **sections: Any) -> Source:
        made = _Counted(
            "memory",
            self._holdings,
            attributes=frozenset({*self.held, self.lacks}),
            clock=lambda: NOW,
            limits=read_limits(Scope(sections, (), [])),
        )
        self._tell(made)
        self._made.append(made)
        return made

    def behave(self, how: Behaviour, *, seconds: float = 0.0) -> None:
        self._how, self._seconds = how, seconds
        self._holdings.clear()
        if how != "unknown":
            self._holdings[NUMBER] = self.held
        for source in self._made:
            self._tell(source)

    def _tell(self, source: MemorySource) -> None:
        failures: dict[Behaviour, SourceError] = {
            "fails": SourceUnavailable("memory", "it is told to fail"),
            "busy": SourceBusy("memory", "it is told to be busy", self._seconds or None),
            "refuses": SourceRefused("memory", "it is told to refuse"),
            "breaks": ContractBroken("memory", "it is told to break"),
        }
        source.failure = failures.get(self._how)
        source.delay = 30.0 if self._how == "hangs" else 0.0 if source.failure else self._seconds

    @property
    def calls(self) -> int:
        return sum(len(source.enquiries) for source in self._made)

    @property
    def most_at_once(self) -> int:
        return max(source.most for source in self._made)


class TestSoap(SourceContract):
    @pytest.fixture
    def rig(self, peer: Peer) -> SoapRig:
        return SoapRig(peer)


class TestRest(SourceContract):
    @pytest.fixture
    def rig(self, peer: Peer) -> RestRig:
        return RestRig(peer)


class TestMemory(SourceContract):
    @pytest.fixture
    def rig(self) -> MemoryRig:
        return MemoryRig()


@pytest.mark.parametrize("rig_of", [SoapRig, RestRig])
async def test_a_source_that_is_unavailable_is_left_alone_too_if_it_says_for_how_long(
    peer: Peer, rig_of: type[SoapRig] | type[RestRig]
) -> None:
    rig = rig_of(peer)
    source = rig.make()
    enquiry = Enquiry(rig.subject, source.attributes)
    peer.answer = http(b"<html/>", status=503, kind="text/html", Retry_After="20")
    with pytest.raises(SourceUnavailable) as told:
        await source.ask(enquiry)
    with pytest.raises(SourceBusy, match="left alone") as refused:
        await source.ask(enquiry)
    assert told.value.retry_after == 20.0
    assert 19 < (refused.value.retry_after or 0) <= 20
    assert rig.calls == 1
    await source.close()


@pytest.mark.parametrize("rig_of", [SoapRig, RestRig])
async def test_the_loop_goes_on_while_a_contract_is_read(
    peer: Peer, rig_of: type[SoapRig] | type[RestRig], monkeypatch: pytest.MonkeyPatch
) -> None:
    source = rig_of(peer).make()
    assert isinstance(source, DeclaredSource)
    turned = threading.Event()
    build, seen = source._build, []

    def build_while_the_loop_turns() -> None:
        seen.append(turned.wait(10))  # only a loop that goes on can set it
        build()

    monkeypatch.setattr(source, "_build", build_while_the_loop_turns)
    asyncio.get_running_loop().call_later(0.01, turned.set)
    await source.start()
    assert seen == [True]
    await source.close()
