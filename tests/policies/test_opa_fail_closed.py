"""An OPA server that is down, late or lies: no decision, in time."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from policies import PolicyUnavailable, policy_set
from policies.opa import OpaDecisionPoint
from policies.policy_set import PolicySet
from tests.policies.opa_server import OpaServer
from tests.policies.questions import consent, question
from tests.support.machine import free_port

DEADLINE = 0.3
SLACK = 0.5  # shared cores
REVISION = "r" * 64
GOOD = {
    "decision": "permit",
    "basis": "6(1)(e)",
    "obligations": [],
    "consents": [],
    "rule": "onlyonce.permits",
}

Behaviour = Callable[[asyncio.StreamWriter], Awaitable[None]]


def reply(
    body: str, *, status: str = "200 OK", kind: str = "application/json", length: int | None = None
) -> bytes:
    size = len(body.encode()) if length is None else length
    return f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {size}\r\n\r\n{body}".encode()


def result(answer: object) -> str:
    return json.dumps({"result": answer})


def decision(revision: object = REVISION, **rulings: object) -> dict[str, object]:
    return {"revision": revision, "attributes": rulings or {"person.familyName": GOOD}}


def saying(data: bytes) -> Behaviour:
    async def behave(writer: asyncio.StreamWriter) -> None:
        writer.write(data)
        await writer.drain()

    return behave


async def hang(_: asyncio.StreamWriter) -> None:
    await asyncio.sleep(30)


async def be_late(writer: asyncio.StreamWriter) -> None:
    await asyncio.sleep(DEADLINE + 0.2)
    writer.write(reply(result(decision())))


async def drip(writer: asyncio.StreamWriter) -> None:
    for byte in reply(result(decision())):
        writer.write(bytes([byte]))
        await writer.drain()
        await asyncio.sleep(0.02)


async def hang_up(writer: asyncio.StreamWriter) -> None:
    writer.close()


async def truncate(writer: asyncio.StreamWriter) -> None:
    writer.write(reply(result(decision())[:-20], length=10_000))
    await writer.drain()
    writer.close()


async def flood(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 999999999999\r\n\r\n")
    while True:
        writer.write(b" " * 1024)
        await writer.drain()
        await asyncio.sleep(0.001)


MISBEHAVIOURS: dict[str, Behaviour] = {
    "hangs": hang,
    "answers late": be_late,
    "drips": drip,
    "hangs up": hang_up,
    "breaks off": truncate,
    "never ends": flood,
    "is no HTTP": saying(b"\x00\x01\x02 what?\r\n\r\n"),
    "500": saying(reply(result(decision()), status="500 Internal Server Error")),
    "502": saying(reply(result(decision()), status="502 Bad Gateway")),
    "503": saying(reply(result(decision()), status="503 Service Unavailable")),
    "404": saying(reply("{}", status="404 Not Found")),
    "401": saying(reply('{"code": "unauthorized"}', status="401 Unauthorized")),
    "204": saying(b"HTTP/1.1 204 No Content\r\n\r\n"),
    "undefined": saying(reply("{}")),
    "a result under another name": saying(reply(json.dumps({"results": decision()}))),
    "no object": saying(reply("[]")),
    "null": saying(reply("null")),
    "nothing": saying(reply("")),
    "half of JSON": saying(reply(result(decision())[:-3])),
    "deep JSON": saying(reply("[" * 100_000)),
    "HTML": saying(reply("<html>welcome</html>", kind="text/html")),
    "JSON that says it is HTML": saying(reply(result(decision()), kind="text/html")),
    "broken UTF-8": saying(reply("x").replace(b"x", b"\xff")),
    "a true": saying(reply(result(True))),
    "an empty result": saying(reply(result({}))),
    "a null result": saying(reply(result(None))),
    "another revision": saying(reply(result(decision("s" * 64)))),
    "no revision": saying(reply(result({"attributes": {"person.familyName": GOOD}}))),
    "a revision that is a number": saying(reply(result(decision(1)))),
    "one attribute more": saying(reply(result(decision(**{"person.familyName": GOOD, "person.age": GOOD})))),
    "no attribute": saying(reply(result({"revision": REVISION, "attributes": {}}))),
    "another attribute": saying(reply(result(decision(**{"person.age": GOOD})))),
    "a ruling that is true": saying(reply(result(decision(**{"person.familyName": True})))),
    "a permit without a basis": saying(
        reply(result(decision(**{"person.familyName": {**GOOD, "basis": ""}})))
    ),
    "an unknown reason": saying(
        reply(result(decision(**{"person.familyName": {"decision": "deny", "reason": "x", "rule": "y"}})))
    ),
}


class Server:
    """An HTTP server that does not know HTTP: reads a request, then behaves as told."""

    def __init__(self, *behaviours: Behaviour) -> None:
        self.behaviours = list(behaviours)
        self.requests: list[bytes] = []
        self.url = ""
        self._tasks: set[asyncio.Task[Any]] = set()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = next(
                    int(h.split(b":")[1])
                    for h in head.split(b"\r\n")
                    if h.lower().startswith(b"content-length")
                )
                self.requests.append(head + await reader.readexactly(length))
                await (self.behaviours.pop(0) if len(self.behaviours) > 1 else self.behaviours[0])(writer)
        except (OSError, EOFError, asyncio.CancelledError):
            pass
        finally:
            writer.close()

    def stop(self) -> None:
        for task in self._tasks:
            task.cancel()


@asynccontextmanager
async def serving(*behaviours: Behaviour) -> AsyncIterator[tuple[Server, OpaDecisionPoint]]:
    server = Server(*behaviours)
    listening = await asyncio.start_server(server.serve, "127.0.0.1", 0)
    point = OpaDecisionPoint(f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}", REVISION)
    await point.start()
    try:
        yield server, point
    finally:
        await point.close()
        server.stop()
        listening.close()
        await listening.wait_closed()


async def refused_in_time(point: OpaDecisionPoint) -> PolicyUnavailable:
    began = time.monotonic()
    with pytest.raises(PolicyUnavailable) as refused:
        await point.decide(question())
    assert time.monotonic() - began < DEADLINE + SLACK
    assert refused.value.__cause__ is None
    return refused.value


@pytest.mark.parametrize("name", MISBEHAVIOURS)
async def test_a_server_that_misbehaves_gives_no_decision_in_time(name: str) -> None:
    async with serving(MISBEHAVIOURS[name]) as (_, point):
        await refused_in_time(point)
        assert await point.healthy() is (name == "no attribute")  # the right answer to an empty question


async def test_what_the_misbehaving_server_would_be_believed_on() -> None:
    async with serving(saying(reply(result(decision())))) as (_, point):
        assert (await point.decide(question())).revision == REVISION


async def test_a_server_that_is_down_gives_no_decision_in_time() -> None:
    point = OpaDecisionPoint(f"http://127.0.0.1:{free_port()}", REVISION)
    await point.start()
    assert "could not be asked" in str(await refused_in_time(point))
    assert not await point.healthy()
    await point.close()


async def test_a_session_that_is_not_open_gives_no_decision() -> None:
    point = OpaDecisionPoint("http://127.0.0.1:1", REVISION)
    await refused_in_time(point)
    await point.start()
    await point.start()
    await point.close()
    await point.close()
    await refused_in_time(point)


async def test_a_broken_connection_is_tried_once_more_and_at_once() -> None:
    async with serving(hang_up, saying(reply(result(decision())))) as (server, point):
        began = time.monotonic()
        assert (await point.decide(question())).rulings
        assert time.monotonic() - began < 0.25
        assert len(server.requests) == 2
        assert server.requests[0] == server.requests[1]


async def test_it_is_not_tried_a_third_time() -> None:
    async with serving(hang_up) as (server, point):
        await refused_in_time(point)
        assert len(server.requests) == 2


@pytest.mark.parametrize("status", ["500 Internal Server Error", "502 Bad Gateway", "504 Gateway Timeout"])
async def test_an_answer_is_not_tried_again_however_bad(status: str) -> None:
    async with serving(saying(reply("{}", status=status))) as (server, point):
        await refused_in_time(point)
        assert len(server.requests) == 1


async def test_an_input_is_never_sent_elsewhere() -> None:
    async with serving(saying(reply(result(decision())))) as (other, elsewhere):
        target = f"http://127.0.0.1:{elsewhere._client.port}/"
        moved = f"HTTP/1.1 307 Temporary Redirect\r\nLocation: {target}\r\nContent-Length: 0\r\n\r\n".encode()
        async with serving(saying(moved)) as (_, point):
            await refused_in_time(point)
        assert not other.requests


async def test_the_input_is_sent_whole_even_when_empty() -> None:
    async with serving(saying(reply(result(decision())))) as (server, point):
        await point.healthy()
        await point.decide(question())
    empty, whole = (json.loads(request.split(b"\r\n\r\n", 1)[1]) for request in server.requests)
    assert empty == {"input": {}}
    assert whole == {"input": question()}
    assert server.requests[0].startswith(b"POST /v1/data/onlyonce/decision HTTP/1.1\r\n")


async def test_cancelling_a_decision_cancels_it() -> None:
    async with serving(hang) as (_, point):
        deciding = asyncio.create_task(point.decide(question()))
        await asyncio.sleep(0.05)
        deciding.cancel()
        with pytest.raises(asyncio.CancelledError):
            await deciding


async def test_a_real_server_with_other_policies_gives_no_decision(opa_server: OpaServer) -> None:
    expected = policy_set({"a.rego": "package onlyonce\nx := 1"}).revision
    point = OpaDecisionPoint(opa_server.url, expected, deadline=5)
    await point.start()
    assert not await point.healthy()
    with pytest.raises(PolicyUnavailable, match="another revision"):
        await point.decide(question())
    await point.close()


async def test_a_real_server_with_the_expected_policies_is_healthy(
    opa: OpaDecisionPoint, built_in: PolicySet
) -> None:
    assert await opa.healthy()
    facts = question({"activity/legalBasis": "6(1)(a)", "consents": [consent()]})
    decided = await asyncio.gather(*(opa.decide(facts) for _ in range(30)))
    assert all(one == decided[0] and one.revision == built_in.revision for one in decided)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "127.0.0.1:8181",
        "ftp://127.0.0.1",
        "http://",
        "http://127.0.0.1:8181/v1/data",
        "http://127.0.0.1:8181/?a=b",
        "http://user:word@127.0.0.1:8181",
        "http://127.0.0.1:99999",
    ],
)
def test_an_address_that_is_not_one_is_refused_at_once(url: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - urllib words the port's
        OpaDecisionPoint(url, REVISION)


@pytest.mark.parametrize(
    ("url", "root"),
    [
        ("http://opa:8181", "http://opa:8181/v1"),
        ("http://opa:8181/", "http://opa:8181/v1"),
        ("http://opa", "http://opa:80/v1"),
        ("https://opa", "https://opa:443/v1"),
        ("http://[::1]:8181", "http://[::1]:8181/v1"),
    ],
)
def test_addresses_of_each_kind_are_understood(url: str, root: str) -> None:
    assert OpaDecisionPoint(url, REVISION)._client.root_url == root
