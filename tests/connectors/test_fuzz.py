"""Whatever bytes come back, a call gives a reading or one of the five errors."""

import asyncio
import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from connectors import ContractBroken, Reading, SourceBusy, SourceRefused, SourceUnavailable, SubjectUnknown
from connectors.declared import DeclaredSource
from connectors.http import Answer
from connectors.rest import RestSource
from connectors.soap import SoapSource
from tests.connectors.conftest import (
    PERSON,
    Make,
    Peer,
    about,
    envelope,
    http,
    json_http,
    reply,
    rest_declaration,
    soap_declaration,
)

FIVE = (SourceUnavailable, SourceBusy, SubjectUnknown, SourceRefused, ContractBroken)
GOOD_JSON = json.dumps({"enterprise": {"name": "Bruni", "founded": "1999", "active": True}, "errors": []})

STATUSES = st.sampled_from([200, 200, 200, 204, 301, 400, 404, 429, 500, 503])
KINDS = st.sampled_from(["text/xml", "application/json", "text/html", "application/soap+xml", ""])
CHARSETS = st.sampled_from([None, "utf-8", "latin-1", "utf-16", "idna", "base64", "\x00", "klingon"])


def mutated(good: bytes) -> st.SearchStrategy[bytes]:
    """A good answer with a piece cut out, and another put in."""

    def mutate(start: int, length: int, piece: bytes) -> bytes:
        start %= len(good)
        return good[:start] + piece + good[start + length :]

    pieces = st.one_of(
        st.binary(max_size=20),
        st.sampled_from(
            [
                b"<!DOCTYPE a>",
                b"&lt;",
                b"<a>",
                b"]]>",
                b"<![CDATA[",
                b'"',
                b"{",
                b"[[",
                b"\xff",
                b"null",
                b"<?x?>",
            ]
        ),
    )
    return st.builds(mutate, st.integers(0, 2000), st.integers(0, 80), pieces)


SOAP_BODIES = st.one_of(
    st.binary(max_size=300),
    mutated(reply()),
    mutated(envelope("<s:Fault><faultcode>s:Server</faultcode></s:Fault>")),
    st.text(max_size=60).map(
        lambda text: reply(PERSON.replace("Ada", text)).decode("utf-8", "replace").encode()
    ),
)
JSON_BODIES = st.one_of(
    st.binary(max_size=300),
    mutated(GOOD_JSON.encode()),
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=5),
        lambda below: (
            st.lists(below, max_size=3)
            | st.dictionaries(
                st.sampled_from(["enterprise", "name", "founded", "active", "errors", "code"]), below
            )
        ),
        max_leaves=12,
    ).map(lambda value: json.dumps(value).encode()),
)


@pytest.fixture(scope="module")
def built() -> dict[str, DeclaredSource]:
    """Sources that are built but have no session: their reading is what is tried."""
    sources: dict[str, DeclaredSource] = {
        "soap": SoapSource(soap_declaration(validateReply=True), address=None, secrets=str),
        "rest": RestSource(rest_declaration(), address=None, secrets=str),
    }
    for source in sources.values():
        source._build()
    return sources


def read(source: DeclaredSource, status: int, kind: str, charset: str | None, body: bytes) -> None:
    with suppress(*FIVE):
        assert isinstance(source._reading(Answer(status, kind, charset, None, body), about(source)), Reading)


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(status=STATUSES, kind=KINDS, charset=CHARSETS, body=SOAP_BODIES)
@example(status=200, kind="text/xml", charset="utf-16", body=b"\xff\xfe")
@example(status=200, kind="text/xml", charset="idna", body=reply())
def test_any_bytes_from_a_soap_source_are_a_reading_or_one_of_the_five(
    built: dict[str, DeclaredSource], status: int, kind: str, charset: str | None, body: bytes
) -> None:
    read(built["soap"], status, kind, charset, body)


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(status=STATUSES, kind=KINDS, body=JSON_BODIES)
def test_any_bytes_from_a_rest_source_are_a_reading_or_one_of_the_five(
    built: dict[str, DeclaredSource], status: int, kind: str, body: bytes
) -> None:
    read(built["rest"], status, kind, None, body)


async def test_any_bytes_on_the_wire_are_a_reading_or_one_of_the_five(
    soap: Make, rest: Make, peer: Peer
) -> None:
    soaps, rests = await soap(limits__deadlineMs=300), await rest(limits__deadlineMs=300)
    peer.close = True
    raw = st.one_of(st.binary(max_size=200), mutated(http(reply())), mutated(json_http(GOOD_JSON)))
    loop = asyncio.get_running_loop()

    async def ask(source: DeclaredSource) -> Any:
        with suppress(*FIVE):
            assert isinstance(await source.ask(about(source, "0202239951")), Reading)

    @settings(max_examples=150, deadline=None)
    @given(raw)
    def tried(answer: bytes) -> None:
        peer.answer = answer
        for source in (soaps, rests):
            asyncio.run_coroutine_threadsafe(ask(source), loop).result(5)

    await asyncio.to_thread(tried)
