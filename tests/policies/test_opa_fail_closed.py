"""An OPA server that is down, late or lies: no decision, in time."""

import asyncio
import json
import time

import pytest

from policies import PolicyUnavailable, policy_set
from policies.opa import OpaDecisionPoint
from policies.policy_set import PolicySet
from tests.policies.fake_opa import (
    DEADLINE,
    GOOD,
    NAME,
    PATIENT,
    REVISION,
    Behaviour,
    answers,
    asking,
    deciding,
    decision,
    drip,
    flood,
    hang,
    hang_up,
    pour,
    raw,
    reply,
    result,
    saying,
    serving,
    truncate,
)
from tests.policies.opa_server import OpaServer
from tests.policies.questions import consent, question
from tests.support.machine import free_port

SLACK = 5.0  # shared cores


def ruling(ruled: object) -> Behaviour:
    """Rules so on the attribute that is asked."""
    return saying(result(decision(**{"person.familyName": ruled})))


def enveloped(**changes: object) -> Behaviour:
    """Answers within an envelope that is not as it should be."""
    return saying(json.dumps({**answers(decision()), **changes}))


WELL = result(decision())
OTHERWISE = json.dumps({"person.familyName": GOOD})
TWICE = WELL.replace('"attributes":', f'"attributes": {OTHERWISE}, "attributes":')
MISBEHAVIOURS: dict[str, Behaviour] = {
    "hangs": hang,
    "answers late": deciding(after=DEADLINE + 0.2),
    "drips": drip,
    "hangs up": hang_up,
    "breaks off": truncate,
    "never ends": flood,
    "never ends and hurries": pour,
    "is no HTTP": raw(b"\x00\x01\x02 what?\r\n\r\n"),
    "a head without end": raw(b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 100_000),
    "500": saying(WELL, status="500 Internal Server Error"),
    "502": saying(WELL, status="502 Bad Gateway"),
    "503": saying(WELL, status="503 Service Unavailable"),
    "404": saying("{}", status="404 Not Found"),
    "401": saying('{"code": "unauthorized"}', status="401 Unauthorized"),
    "202": saying(WELL, status="202 Accepted"),
    "204": raw(b"HTTP/1.1 204 No Content\r\n\r\n"),
    "undefined": saying("{}"),
    "an answer within another": saying(json.dumps({"result": answers(decision())})),
    "no object": saying("[]"),
    "null": saying("null"),
    "nothing": saying(""),
    "half of JSON": saying(WELL[:-3]),
    "JSON and more": saying(WELL + "{}"),
    "not a number": saying(WELL.replace('"6(1)(e)"', "NaN")),
    "deep JSON": saying("[" * 100_000),
    "too long": saying(WELL + " " * (4 * 2**20)),
    "HTML": saying("<html>welcome</html>", kind="text/html"),
    "JSON that says it is HTML": saying(WELL, kind="text/html"),
    "broken UTF-8": saying(b'{"revision": "\xff"}'),
    "UTF-16": saying(WELL.replace(NAME, "0").encode("utf-16")),
    "all of it twice": saying(WELL[:-1] + ", " + WELL[1:]),
    "the revision twice": saying(WELL.replace('"revision":', f'"revision": "{REVISION}", "revision":')),
    "the attributes twice": saying(TWICE),
    "the ruling twice": saying(WELL.replace('"decision":', '"decision": "deny", "decision":')),
    "a true": saying("true"),
    "a bare decision": saying(json.dumps(decision())),
    "another revision": enveloped(revision="s" * 64),
    "a revision that is a number": enveloped(revision=1),
    "a revision that is a list": enveloped(revision=[REVISION]),
    "no revision": saying(json.dumps({"answers": {NAME: decision()}})),
    "a member more": enveloped(surprise=1),
    "answers that are a list": enveloped(answers=[decision()]),
    "no answer": enveloped(answers={}),
    "an answer to another question": enveloped(answers={"999": decision()}),
    "an answer more": enveloped(answers={NAME: decision(), "999": decision()}),
    "a true answer": saying(result(True)),
    "an empty answer": saying(result({})),
    "a null answer": saying(result(None)),
    "another revision within": saying(result(decision("s" * 64))),
    "no revision within": saying(result({"attributes": {"person.familyName": GOOD}})),
    "a numeric revision within": saying(result(decision(1))),
    "one attribute more": saying(result(decision(**{"person.familyName": GOOD, "person.age": GOOD}))),
    "no attribute": saying(result({"revision": REVISION, "attributes": {}})),
    "attributes that are a list": saying(result({"revision": REVISION, "attributes": ["person.familyName"]})),
    "another attribute": saying(result(decision(**{"person.age": GOOD}))),
    "a ruling that is true": ruling(True),
    "a ruling that is null": ruling(None),
    "neither permit nor denial": ruling({**GOOD, "decision": "maybe"}),
    "a permit without a basis": ruling({**GOOD, "basis": ""}),
    "an unknown obligation": ruling({**GOOD, "obligations": ["shred"]}),
    "an unknown duty": ruling({**GOOD, "duties": ["dance"]}),
    "an unknown remedy": ruling(
        {"decision": "deny", "reason": "caseRequired", "rule": "y", "remedy": {"action": "pray"}}
    ),
    "a remedy with a level that is true": ruling(
        {
            "decision": "deny",
            "reason": "assuranceTooLow",
            "rule": "y",
            "remedy": {"action": "raiseAssurance", "level": True},
        }
    ),
    "an unknown reason": ruling({"decision": "deny", "reason": "x", "rule": "y"}),
}
LATE = {"hangs", "answers late", "drips", "never ends", "never ends and hurries"}
THE_SERVER_IS_WELL = {
    "no attribute",  # the right answer to an empty question
}


async def refused_in_time(point: OpaDecisionPoint) -> PolicyUnavailable:
    began = time.monotonic()
    with pytest.raises(PolicyUnavailable) as refused:
        await point.decide(question())
    assert time.monotonic() - began < DEADLINE + SLACK
    assert refused.value.__cause__ is None
    return refused.value


@pytest.mark.parametrize("name", MISBEHAVIOURS)
async def test_a_server_that_misbehaves_gives_no_decision_in_time(name: str) -> None:
    async with serving(MISBEHAVIOURS[name], deadline=DEADLINE if name in LATE else PATIENT) as (_, point):
        await refused_in_time(point)
        assert await point.healthy() is (name in THE_SERVER_IS_WELL)


async def test_what_the_misbehaving_server_would_be_believed_on() -> None:
    async with serving(saying(WELL)) as (_, point):
        assert (await point.decide(question())).revision == REVISION


async def test_a_server_that_is_down_gives_no_decision_in_time() -> None:
    async with asking(f"http://127.0.0.1:{free_port()}") as point:
        assert "could not be asked" in str(await refused_in_time(point))
        assert not await point.healthy()


async def test_a_session_that_is_not_open_gives_no_decision() -> None:
    point = OpaDecisionPoint("http://127.0.0.1:1", REVISION)
    await refused_in_time(point)
    await point.start()
    await point.start()
    await point.close()
    await point.close()
    await refused_in_time(point)


async def test_a_dropped_connection_is_tried_once_more_and_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    pauses: list[float] = []

    async def pause(seconds: float) -> None:
        pauses.append(seconds)

    async with serving(hang_up, deciding()) as (server, point):
        monkeypatch.setattr(asyncio, "sleep", pause)
        assert (await point.decide(question())).rulings
        assert [seconds for seconds in pauses if seconds] == []
        assert len(server.requests) == 2
        assert server.requests[0] == server.requests[1]


async def test_it_is_not_tried_a_third_time() -> None:
    async with serving(hang_up) as (server, point):
        await refused_in_time(point)
        assert len(server.requests) == 2


@pytest.mark.parametrize("behaviour", [hang, truncate, saying("{}"), saying("")])
async def test_only_a_dropped_connection_is_tried_again(behaviour: Behaviour) -> None:
    async with serving(behaviour, deadline=2) as (server, point):
        await refused_in_time(point)
        assert len(server.requests) == 1


@pytest.mark.parametrize("status", ["500 Internal Server Error", "502 Bad Gateway", "504 Gateway Timeout"])
async def test_an_answer_is_not_tried_again_however_bad(status: str) -> None:
    async with serving(saying("{}", status=status)) as (server, point):
        await refused_in_time(point)
        assert len(server.requests) == 1


@pytest.mark.parametrize(
    "status", ["301 Moved", "302 Found", "303 See Other", "307 Temporary", "308 Permanent"]
)
async def test_an_input_is_never_sent_elsewhere(status: str) -> None:
    async with serving(deciding()) as (other, _):
        moved = raw(reply("", status=status, more=f"Location: {other.url}/\r\n"))
        async with serving(moved) as (_, point):
            await refused_in_time(point)
        assert not other.requests


async def test_the_input_is_sent_whole_even_when_empty() -> None:
    async with serving(deciding()) as (server, point):
        await point.healthy()
        await point.decide(question())
    (empty,), (whole,) = (body["questions"].values() for body in server.bodies)
    assert empty == {}
    assert whole == question()
    assert server.requests[0].startswith(b"POST /v0/data/onlyonce/decisions HTTP/1.1\r\n")
    assert server.connections == 1


async def test_a_token_goes_with_each_call() -> None:
    async with serving(deciding(), token="s3cret") as (server, point):
        await point.decide(question())
    assert b"\r\nAuthorization: Bearer s3cret\r\n" in server.requests[0]


async def test_cancelling_a_decision_cancels_it() -> None:
    async with serving(hang) as (_, point):
        deciding_it = asyncio.create_task(point.decide(question()))
        await asyncio.sleep(0.05)
        deciding_it.cancel()
        with pytest.raises(asyncio.CancelledError):
            await deciding_it


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
        ("http://opa:8181", "http://opa:8181/v0"),
        ("http://opa:8181/", "http://opa:8181/v0"),
        ("http://opa", "http://opa:80/v0"),
        ("https://opa", "https://opa:443/v0"),
        ("http://[::1]:8181", "http://[::1]:8181/v0"),
    ],
)
def test_addresses_of_each_kind_are_understood(url: str, root: str) -> None:
    assert OpaDecisionPoint(url, REVISION)._client.root_url == root
