"""Questions that wait are decided together, each by itself."""

import asyncio
import json
import time
from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from policies import Decision, PolicyUnavailable
from policies.opa import OpaDecisionPoint
from policies.together import CALLS, MOST, Together
from tests.policies.fake_opa import (
    DEADLINE,
    GOOD,
    REVISION,
    Behaviour,
    Server,
    deciding,
    decision,
    hang,
    reply,
    saying,
    serving,
)
from tests.policies.questions import NOW, asking, consent, question


def at(time: int) -> dict[str, Any]:
    """A question that differs from others by its time."""
    return question({"time": time})


async def all_of(point: OpaDecisionPoint, count: int) -> list[Decision | BaseException]:
    return await asyncio.gather(*(point.decide(at(n)) for n in range(count)), return_exceptions=True)


def sizes(server: Server) -> list[int]:
    return [len(body["questions"]) for body in server.bodies]


async def test_a_question_alone_waits_for_nobody() -> None:
    async with serving(deciding()) as (server, point):
        await point.decide(at(1))
        await point.decide(at(2))
    assert sizes(server) == [1, 1]


async def test_questions_of_one_moment_are_shared_out_among_the_calls() -> None:
    async with serving(deciding(after=0.05)) as (server, point):
        await all_of(point, 10)
    assert sorted(sizes(server)) == [5, 5]
    assert CALLS == 2


async def test_what_is_asked_meanwhile_goes_with_the_next_call_and_no_call_holds_too_many() -> None:
    all_wait = asyncio.Event()
    async with serving(deciding(once=all_wait), deadline=60) as (server, point):
        first = asyncio.create_task(all_of(point, CALLS))
        await server.asked(CALLS)
        asked = asyncio.create_task(all_of(point, 100))
        async with asyncio.timeout(20):
            while len(point._together._queue) < 100 - CALLS:  # noqa: ASYNC110 - it tells nobody
                await asyncio.sleep(0.01)
        all_wait.set()
        assert all(isinstance(one, Decision) for one in await asked)
        await first
    assert sizes(server)[:CALLS] == [1] * CALLS
    assert max(sizes(server)) == MOST
    assert sum(sizes(server)) == 100  # the first ones were asked again, and known


async def test_the_answer_to_each_question_is_found_by_its_name_whatever_their_order() -> None:
    denied = {"decision": "deny", "reason": "noLegalBasis", "rule": "onlyonce.lawfulness.recognised"}

    async def behave(writer: asyncio.StreamWriter, asked: Mapping[str, Any]) -> None:
        found = {
            name: decision(**{"person.familyName": denied if asked[name]["time"] % 2 else GOOD})
            for name in reversed(list(asked))
        }
        writer.write(reply(json.dumps({"revision": REVISION, "answers": found})))

    async with serving(behave) as (_, point):
        decided = await all_of(point, 20)
    kinds = [type(one.rulings["person.familyName"]).__name__ for one in decided if isinstance(one, Decision)]
    assert kinds == ["Permit", "Deny"] * 10


async def test_a_question_without_a_decision_takes_none_from_the_others() -> None:
    async def behave(writer: asyncio.StreamWriter, asked: Mapping[str, Any]) -> None:
        found: dict[str, object] = {name: decision() for name in asked if asked[name]["time"] != 3}
        found |= {name: {} for name in asked if asked[name]["time"] == 4}
        writer.write(reply(json.dumps({"revision": REVISION, "answers": found})))

    async with serving(behave) as (_, point):
        decided = await all_of(point, 8)
        assert (await point.decide(at(99))).rulings
    assert [isinstance(one, PolicyUnavailable) for one in decided] == [n in {3, 4} for n in range(8)]


@pytest.mark.parametrize("behaviour", [saying("{}"), saying("{}", status="500 Internal Server Error"), hang])
async def test_a_call_that_fails_fails_its_own_questions_only(behaviour: Behaviour) -> None:
    async with serving(behaviour, deciding(), deadline=2) as (server, point):
        decided = await all_of(point, 8)
        failed = sizes(server)[0]
    assert sum(isinstance(one, PolicyUnavailable) for one in decided) == failed
    assert sum(isinstance(one, Decision) for one in decided) == 8 - failed


async def test_an_answer_to_another_call_is_no_answer() -> None:
    names_before: list[str] = []

    async def behave(writer: asyncio.StreamWriter, asked: Mapping[str, Any]) -> None:
        said = {"revision": REVISION, "answers": {name: decision() for name in names_before or asked}}
        names_before[:] = asked
        writer.write(reply(json.dumps(said)))

    async with serving(behave) as (_, point):
        assert (await point.decide(at(1))).rulings
        with pytest.raises(PolicyUnavailable, match="what was not asked"):
            await point.decide(at(2))


async def test_identical_questions_share_one_answer() -> None:
    async with serving(deciding(after=0.05)) as (server, point):
        decided = await asyncio.gather(*(point.decide(at(1)) for _ in range(50)))
        assert await point.decide(at(1)) == decided[0]
    assert sizes(server) == [1]
    assert all(one == decided[0] for one in decided)


async def test_who_gives_up_leaves_the_others_their_answer() -> None:
    given_up = asyncio.Event()
    async with serving(deciding(once=given_up), deadline=60) as (server, point):
        gone, stays = (asyncio.create_task(point.decide(at(1))) for _ in range(2))
        await server.asked(1)
        gone.cancel()
        with pytest.raises(asyncio.CancelledError):
            await gone
        given_up.set()
        assert (await stays).rulings


async def test_what_was_not_decided_is_asked_again() -> None:
    async with serving(saying("{}"), deciding()) as (server, point):
        with pytest.raises(PolicyUnavailable):
            await point.decide(at(1))
        assert (await point.decide(at(1))).rulings
    assert sizes(server) == [1, 1]


async def test_each_question_waits_its_own_time_and_is_not_sent_when_that_is_over() -> None:
    sent: list[bytes] = []
    over = asyncio.Event()

    async def ask(questions: Sequence[bytes]) -> Sequence[object]:
        sent.extend(questions)
        await over.wait()
        raise PolicyUnavailable("it hung")

    together = Together(ask, revision=REVISION, deadline=DEADLINE)
    asked = [asyncio.create_task(together.decide(b"%d" % n, ())) for n in range(CALLS)]
    await asyncio.sleep(DEADLINE / 2)
    asked += [asyncio.create_task(together.decide(b"%d" % n, ())) for n in range(CALLS, 10)]
    async with asyncio.timeout(20):
        outcomes = await asyncio.gather(*asked, return_exceptions=True)
        over.set()
        while together._calls or together._queue:  # noqa: ASYNC110 - it tells nobody
            await asyncio.sleep(0.01)
    assert {str(one) for one in outcomes} == {str(PolicyUnavailable("OPA did not answer in time"))}
    assert sent == [b"%d" % n for n in range(CALLS)]


async def test_a_server_that_hangs_keeps_nobody_waiting_for_long() -> None:
    began = time.monotonic()
    async with serving(hang, deadline=DEADLINE) as (_, point):
        assert all(isinstance(one, PolicyUnavailable) for one in await all_of(point, 40))
    assert time.monotonic() - began < DEADLINE + 5


async def test_closing_ends_what_is_under_way() -> None:
    async with serving(hang, deadline=60) as (server, point):
        asked = [asyncio.create_task(point.decide(at(n))) for n in range(40)]
        await server.asked(CALLS)
        await point.close()
        outcomes = await asyncio.wait_for(asyncio.gather(*asked, return_exceptions=True), 20)
    assert all(isinstance(one, PolicyUnavailable) for one in outcomes)
    assert not point._together._asked


async def test_a_real_server_decides_together_what_it_decides_alone(opa: OpaDecisionPoint) -> None:
    questions = [
        question(changes | {"time": NOW + n})
        for n in range(12)
        for changes in (
            {},
            {"channel": "elsewhere"},
            {"attributes": asking("person.familyName", "person.disability")},
            {"activity/legalBasis": "6(1)(a)", "consents": [consent()]},
            {"activity/legalBasis": "6(1)(a)"},
        )
    ]
    together = await asyncio.gather(*(opa.decide(one) for one in questions))
    opa._known.clear()
    alone = [await opa.decide(one) for one in questions]
    assert together == alone
    assert len({str(one.rulings) for one in alone}) > 3
