"""The embedded engine, when it fails."""

import asyncio
import json
import threading
from collections.abc import Callable
from typing import Any

import pytest

from policies import Deny, Permit, PolicyUnavailable, policy_set
from policies.embedded import EmbeddedDecisionPoint, Engine, new_engine
from policies.policy_set import PolicySet
from tests.policies.questions import asking, question


class Panic(BaseException):
    """As regorus' own: no Exception."""


class Faulty:
    """An engine that does as it is told instead of evaluating."""

    def __init__(self, act: Callable[[], str]) -> None:
        self._act = act

    def set_input_json(self, text: str) -> None:
        json.loads(text)

    def eval_rule_as_json(self, rule: str) -> str:
        return self._act()


def raising(error: BaseException) -> Callable[[], str]:
    def act() -> str:
        raise error

    return act


def answering(answer: object) -> Callable[[], str]:
    return lambda: json.dumps(answer)


def point(built_in: PolicySet, act: Callable[[], str]) -> EmbeddedDecisionPoint:
    return EmbeddedDecisionPoint(built_in, make=lambda _: Faulty(act))


@pytest.mark.parametrize(
    "error", [Panic("x 72020290081"), RuntimeError("72020290081"), ValueError("a"), MemoryError()]
)
async def test_whatever_the_engine_raises_there_is_no_decision(
    built_in: PolicySet, error: BaseException
) -> None:
    with pytest.raises(PolicyUnavailable) as refused:
        await point(built_in, raising(error)).decide(question())
    assert "72020290081" not in str(refused.value)
    assert refused.value.__cause__ is None


@pytest.mark.parametrize("error", [KeyboardInterrupt(), SystemExit(1), asyncio.CancelledError()])
def test_an_order_to_stop_passes_through(built_in: PolicySet, error: BaseException) -> None:
    deciding = point(built_in, raising(error)).decide(question())
    with pytest.raises(type(error)):
        deciding.send(None)


async def test_after_a_panic_a_new_engine_decides(built_in: PolicySet) -> None:
    made: list[Engine] = [Faulty(raising(Panic())), new_engine(built_in)]
    recovering = EmbeddedDecisionPoint(built_in, make=lambda _: made.pop(0))
    with pytest.raises(PolicyUnavailable):
        await recovering.decide(question())
    assert (await recovering.decide(question())).rulings
    assert not made


GOOD: dict[str, Any] = {
    "decision": "permit",
    "basis": "6(1)(e)",
    "obligations": [],
    "consents": [],
    "rule": "onlyonce.permits",
}
DENIAL = {"decision": "deny", "reason": "noLegalBasis", "rule": "onlyonce.lawfulness.recognised"}
NO_RULING: list[object] = [
    None,
    True,
    "permit",
    {},
    [],
    {"decision": "permit"},
    {**GOOD, "decision": "Permit"},
    {**GOOD, "decision": True},
    {**GOOD, "basis": ""},
    {**GOOD, "basis": None},
    {**GOOD, "obligations": {}},
    {**GOOD, "obligations": ["shred"]},
    {**GOOD, "obligations": "masked"},
    {**GOOD, "consents": [1]},
    {**GOOD, "surprise": 1},
    {**GOOD, "reason": "noLegalBasis"},
    {**DENIAL, "reason": "because"},
    {**DENIAL, "reason": 1},
    {**DENIAL, "rule": None},
    {"decision": "deny"},
]


@pytest.mark.parametrize("ruling", NO_RULING, ids=json.dumps)
async def test_a_ruling_that_is_not_one_is_no_decision(built_in: PolicySet, ruling: object) -> None:
    answer = {"revision": built_in.revision, "attributes": {"person.familyName": ruling}}
    with pytest.raises(PolicyUnavailable):
        await point(built_in, answering(answer)).decide(question())


@pytest.mark.parametrize("ruling", NO_RULING, ids=json.dumps)
async def test_a_good_ruling_before_it_makes_it_no_better(built_in: PolicySet, ruling: object) -> None:
    names = ["person.birthDate", "person.familyName"]
    answer = {"revision": built_in.revision, "attributes": dict(zip(names, [GOOD, ruling], strict=True))}
    with pytest.raises(PolicyUnavailable):
        await point(built_in, answering(answer)).decide(question({"attributes": asking(*names)}))


async def test_each_attribute_has_its_own_ruling(built_in: PolicySet) -> None:
    names = [f"person.attribute{letter}" for letter in "ABCDE"]
    said = [GOOD, GOOD, {**GOOD, "obligations": ["masked"]}, DENIAL, GOOD]
    answer = {"revision": built_in.revision, "attributes": dict(zip(names, said, strict=True))}
    decided = await point(built_in, answering(answer)).decide(question({"attributes": asking(*names)}))
    plain = Permit("6(1)(e)", (), "onlyonce.permits")
    assert [decided.rulings[name] for name in names] == [
        plain,
        plain,
        Permit("6(1)(e)", ("masked",), "onlyonce.permits"),
        Deny("noLegalBasis", "onlyonce.lawfulness.recognised"),
        plain,
    ]


@pytest.mark.parametrize(
    "answer",
    [
        None,
        "<undefined>",
        {},
        [],
        {"revision": "other", "attributes": {"person.familyName": GOOD}},
        {"revision": None, "attributes": {"person.familyName": GOOD}},
        {"attributes": {"person.familyName": GOOD}},
    ],
    ids=json.dumps,
)
async def test_an_answer_that_is_not_a_decision_is_none(built_in: PolicySet, answer: object) -> None:
    with pytest.raises(PolicyUnavailable):
        await point(built_in, answering(answer)).decide(question())


@pytest.mark.parametrize("names", [[], ["person.birthDate"], ["person.familyName", "person.birthDate"]])
async def test_an_answer_on_other_attributes_is_no_decision(built_in: PolicySet, names: list[str]) -> None:
    answer = {"revision": built_in.revision, "attributes": dict.fromkeys(names, GOOD)}
    with pytest.raises(PolicyUnavailable, match="not on the attributes asked"):
        await point(built_in, answering(answer)).decide(question())


async def test_what_a_good_answer_looks_like(built_in: PolicySet) -> None:
    answer = {"revision": built_in.revision, "attributes": {"person.familyName": GOOD}}
    assert (await point(built_in, answering(answer)).decide(question())).revision == built_in.revision


async def test_policies_without_a_decision_permit_nothing() -> None:
    empty = EmbeddedDecisionPoint(policy_set({"a.rego": "package onlyonce\nx := 1"}))
    assert not await empty.healthy()
    with pytest.raises(PolicyUnavailable):
        await empty.decide(question())


async def test_it_is_healthy_when_it_decides(embedded: EmbeddedDecisionPoint) -> None:
    await embedded.start()
    assert await embedded.healthy()
    await embedded.close()
    await embedded.close()


async def test_the_engine_is_asked_once_what_is_asked_again_word_for_word(built_in: PolicySet) -> None:
    asked: list[str] = []

    class Counting:
        def __init__(self, policies: PolicySet) -> None:
            self._engine = new_engine(policies)

        def set_input_json(self, text: str) -> None:
            asked.append(text)
            self._engine.set_input_json(text)

        def eval_rule_as_json(self, rule: str) -> str:
            return self._engine.eval_rule_as_json(rule)

    point = EmbeddedDecisionPoint(built_in, make=Counting)
    first = await point.decide(question({"time": 1}))
    assert await point.decide(question({"time": 1})) == first
    assert len(asked) == 1
    await point.decide(question({"time": 2}))
    denied = await point.decide(question({"time": 1, "channel": "elsewhere"}))
    assert len(asked) == 3
    assert denied != first


async def test_what_the_engine_failed_to_decide_is_not_remembered(built_in: PolicySet) -> None:
    broken = [True]

    def make(policies: PolicySet) -> Engine:
        if broken:
            raise RuntimeError
        return new_engine(policies)

    point = EmbeddedDecisionPoint(built_in, make=make)
    with pytest.raises(PolicyUnavailable):
        await point.decide(question())
    broken.clear()
    assert (await point.decide(question())).rulings


async def test_decisions_are_remembered_within_bounds(built_in: PolicySet) -> None:
    point = EmbeddedDecisionPoint(built_in)
    for n in range(1100):
        await point.decide(question({"time": n}))
    assert len(point._known) <= 1024


def test_each_thread_has_an_engine_of_its_own(built_in: PolicySet) -> None:
    made: list[int] = []

    def make(policies: PolicySet) -> Engine:
        made.append(threading.get_ident())
        return new_engine(policies)

    shared = EmbeddedDecisionPoint(built_in, make=make)
    decided: list[object] = []
    together = threading.Barrier(4)

    def work(first: int) -> None:
        together.wait(10)
        decided.extend(asyncio.run(shared.decide(question({"time": first + n}))).rulings for n in range(20))
        together.wait(10)

    threads = [threading.Thread(target=work, args=(20 * n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == len(set(made)) == 4
    assert len(decided) == 80
    assert all(rulings == decided[0] for rulings in decided)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        '{"revision": "@", "attributes": {}, "attributes": {"person.familyName": #}}',
        '{"revision": "other", "revision": "@", "attributes": {"person.familyName": #}}',
        '{"revision": "@", "attributes": {"person.familyName": {}, "person.familyName": #}}',
        '{"revision": "@", "attributes": {"person.familyName": #}} {}',
        '{"revision": "@", "attributes": {"person.familyName": NaN}}',
        "[" * 100_000,
    ],
)
async def test_an_answer_that_readers_could_read_in_two_ways_is_none(built_in: PolicySet, text: str) -> None:
    said = text.replace("@", built_in.revision).replace("#", json.dumps(GOOD))
    with pytest.raises(PolicyUnavailable):
        await point(built_in, lambda: said).decide(question())
