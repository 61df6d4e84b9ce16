"""Both engines decide every case alike, and as the table says."""

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from policies import (
    REASONS,
    Decision,
    Deny,
    Permit,
    PolicySet,
    QuestionInvalid,
    check_question,
    load_policies,
)
from policies.embedded import EmbeddedDecisionPoint, Engine, new_engine
from policies.opa import OpaDecisionPoint
from tests.policies import golden
from tests.policies.cases import CASES
from tests.policies.cases.ill_formed import ILL_FORMED
from tests.policies.opa_server import OpaServer
from tests.policies.questions import ATTRIBUTES, GONE, NOW, asking, consent, question

on_any_machine = settings(
    max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def outcome(ruling: Permit | Deny) -> str:
    """A ruling in the words of the table."""
    if isinstance(ruling, Deny):
        return ruling.reason
    consents = [f"consent:{c}" for c in ruling.consents]
    return " ".join(["permit", ruling.basis, *ruling.obligations, *consents, *ruling.duties])


def outcomes(decision: Decision) -> dict[str, str]:
    return {name: outcome(ruling) for name, ruling in decision.rulings.items()}


def canonical(answer: object) -> bytes:
    return json.dumps(answer, sort_keys=True, separators=(",", ":")).encode()


def embedded_raw(engine: Engine, facts: object) -> object:
    """What the embedded engine says, before anybody judges it; None if it is undefined or an error."""
    try:
        engine.set_input_json(json.dumps(facts))
        answer = json.loads(engine.eval_rule_as_json("data.onlyonce.decision"))
    except RuntimeError:
        return None
    return None if answer == "<undefined>" else answer


@pytest.fixture(scope="module")
def engine() -> Engine:
    return new_engine(load_policies())


async def test_the_embedded_engine_decides_as_the_table_says(embedded: EmbeddedDecisionPoint) -> None:
    for case in CASES:
        decision = await embedded.decide(case.question)
        assert outcomes(decision) == case.outcomes, case.name
        assert decision.revision == embedded.revision


async def test_an_opa_server_decides_as_the_table_says(opa: OpaDecisionPoint) -> None:
    for case in CASES:
        assert outcomes(await opa.decide(case.question)) == case.outcomes, case.name


def test_both_engines_give_the_same_bytes(engine: Engine, opa_server: OpaServer) -> None:
    for case in CASES:
        there = opa_server.decide(case.question)
        assert there is not None, case.name
        assert canonical(embedded_raw(engine, case.question)) == canonical(there), case.name


def test_the_embedded_engine_answers_as_a_real_opa_once_did(engine: Engine) -> None:
    kept, asked = golden.read(), golden.questions()
    assert kept.keys() == asked.keys(), "run: python -m tests.policies.golden"
    for name, facts in asked.items():
        here = embedded_raw(engine, facts)
        if here is None:  # it stops where OPA goes on, which discloses nothing
            assert name.startswith("ill-formed"), name
        else:
            assert isinstance(here, dict)
            assert here["attributes"] == kept[name], name


def test_a_real_opa_still_answers_as_it_did(opa_server: OpaServer) -> None:
    assert golden.ask(opa_server) == golden.read()


def test_no_ill_formed_question_that_the_rules_would_permit_gets_past_the_schema() -> None:
    kept = golden.read()
    passed = set()
    for name, changes in ILL_FORMED.items():
        if any(ruling["decision"] == "permit" for ruling in kept[f"ill-formed: {name}"].values()):
            with suppress(QuestionInvalid):
                check_question(question(changes))
                passed.add(name)
    assert passed == {
        "without actor/assuranceLevel",
        "without activity/dpia",
        "without activity/notices",
        "a time long ago",
    }


def test_the_table_is_large_and_its_names_are_distinct() -> None:
    assert len({case.name for case in CASES}) == len(CASES) >= 300


def test_the_table_gives_every_reason_and_a_permit() -> None:
    seen = {word for case in CASES for word in case.outcomes.values()}
    assert seen >= REASONS
    assert any(word.startswith("permit") for word in seen)


def test_every_case_is_one_that_a_hub_could_ask() -> None:
    for case in CASES:
        check_question(case.question)


def mostly(usual: object, *others: object) -> st.SearchStrategy[Any]:
    """One value most of the time, so that a question fails for few reasons at once."""
    return st.sampled_from([usual] * 6 + list(others))


NAMES = st.sampled_from([*ATTRIBUTES, "person.age"])
SOME_NAMES = st.lists(NAMES, max_size=5)
TIMES = st.sampled_from([0, NOW - 1, NOW, NOW + 1])
CONSENTS = st.builds(
    consent,
    id=st.sampled_from(["c1", "c2", "c3"]),
    status=mostly("given", "renewed", "withdrawn", "expired"),
    activity=mostly("study-grants", "audits"),
    attributes=SOME_NAMES,
    validFrom=TIMES,
    validUntil=st.sampled_from([NOW - 1, NOW, NOW + 1, NOW + 1]),
    notice=mostly("notice-1", "notice-0", GONE),
)
KINDS = st.sampled_from(["normal", "special", "criminal"])
BOOLEANS = mostly(True, False, GONE)
AGES = st.sampled_from([0, 12, 16, 17, 18, 18, 18, GONE])
APPROVALS = st.fixed_dictionaries(
    {"isActor": mostly(False, True), "isSubject": mostly(False, True), "established": mostly(True, False)}
)
EMERGENCIES = st.fixed_dictionaries(
    {
        "isActor": mostly(True, False),
        "isCase": mostly(True, False),
        "validUntil": mostly(NOW + 1, NOW, NOW - 1),
    }
)
QUESTIONS = st.fixed_dictionaries(
    {},
    optional={
        "client/forms": mostly(["study-grant"], []),
        "channel": mostly("web", "fax"),
        "subject/kind": mostly("person", "organisation"),
        "form/subjectKind": mostly("person", "organisation"),
        "form/attributes": SOME_NAMES,
        "form/obligations": st.dictionaries(
            NAMES, st.lists(st.sampled_from(["masked", "yearOnly", "yesNo"]))
        ),
        "actor/role": mostly("citizen", "representative", "agent", "system"),
        "actor/proof": mostly("token", "asserted"),
        "actor/isSubject": mostly(True, False),
        "representation/basis": st.sampled_from(["self", "enterpriseRole", "mandate", "parent", "none"]),
        "representation/established": mostly(True, False),
        "activity/legalBasis": st.sampled_from(["6(1)(a)", "6(1)(a)", "6(1)(e)", "6(1)(c)", "none"]),
        "activity/specialBasis": st.sampled_from(["9(2)(a)", "9(2)(b)", "none"]),
        "activity/criminalBasis": st.sampled_from(["a law", " ", "\u00a0\u2003", "\u200b"]),
        "activity/attributes": SOME_NAMES,
        "activity/actorProof": mostly("token", "asserted"),
        "attributes": st.builds(lambda names: asking(*names), st.lists(NAMES, min_size=1)),
        "consents": st.lists(CONSENTS, max_size=4),
        "client/channels": mostly(["web"], [], ["counter"]),
        "actor/assuranceLevel": st.sampled_from([0, 399, 400, 500, 500, GONE]),
        "representation/scopeHolds": BOOLEANS,
        "representation/validFrom": mostly(NOW, NOW + 1, GONE),
        "representation/validUntil": mostly(NOW + 1, NOW, GONE),
        "representation/signedByGiver": BOOLEANS,
        "representation/signedByHolder": BOOLEANS,
        "representation/revoked": mostly(False, True, GONE),
        "subject/age": AGES,
        "subject/sealed": SOME_NAMES,
        "activity/nationalNumberBasis": mostly("a law", " ", GONE),
        "activity/retention": mostly("P1Y", "1Y", GONE),
        "activity/ownFromAge": st.sampled_from([0, 16, 18]),
        "activity/assurance": st.dictionaries(KINDS, st.sampled_from([0, 400, 500]), max_size=3),
        "activity/secondPair": st.lists(KINDS, max_size=3),
        "activity/sealedBasis": mostly("a law", " ", GONE),
        "activity/breakGlass": BOOLEANS,
        "activity/notices": mostly(["notice-1"], ["notice-0"], [], GONE),
        "approval": APPROVALS,
        "emergency": EMERGENCIES,
        "case/present": mostly(True, False),
        "reason/present": st.booleans(),
    },
).map(question)
JUNK = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(-(2**40), 2**40),
        st.sampled_from(["", "a", "person", "6(1)(e)"]),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=2), st.dictionaries(st.sampled_from(["a", "id"]), inner, max_size=2)
    ),
    max_leaves=4,
)


@given(facts=QUESTIONS)
@on_any_machine
def test_both_engines_agree_on_any_question(
    facts: dict[str, Any], engine: Engine, opa_server: OpaServer
) -> None:
    check_question(facts)
    assert canonical(embedded_raw(engine, facts)) == canonical(opa_server.decide(facts))


@given(facts=QUESTIONS, junk=JUNK, data=st.data())
@on_any_machine
def test_on_an_ill_formed_input_the_embedded_engine_agrees_or_gives_no_answer(
    facts: dict[str, Any], junk: object, data: st.DataObject, engine: Engine, opa_server: OpaServer
) -> None:
    _spoil(facts, junk, data)
    here, there = embedded_raw(engine, facts), opa_server.decide(facts)
    assert here is None or canonical(here) == canonical(there)


def _spoil(facts: dict[str, Any], junk: object, data: st.DataObject) -> None:
    """Put junk somewhere in the question, or take something away."""
    node: Any = facts
    while True:
        keys = sorted(node) if isinstance(node, dict) else list(range(len(node)))
        key = data.draw(st.sampled_from(keys))
        inner = node[key]
        if isinstance(inner, (dict, list)) and inner and data.draw(st.booleans()):
            node = inner
        elif isinstance(node, dict) and data.draw(st.booleans()):
            del node[key]
            return
        else:
            node[key] = junk
            return


async def test_the_same_policies_and_names_have_the_same_revision(built_in: PolicySet) -> None:
    assert load_policies().revision == built_in.revision
