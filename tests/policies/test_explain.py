"""An explanation tells the decision that was taken, and no other."""

import pytest

from policies import Deny, Permit, PolicySet, PolicyUnavailable, QuestionInvalid, policy_set
from policies.embedded import EmbeddedDecisionPoint
from policies.explain import Explanation, explain
from policies.references import references
from policies.rules import rules
from tests.policies.cases import CASES, Case
from tests.policies.questions import asking, question


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
async def test_what_is_explained_is_what_was_decided(
    case: Case, built_in: PolicySet, embedded: EmbeddedDecisionPoint
) -> None:
    explanation = explain(built_in, case.question)
    assert explanation.decision == await embedded.decide(case.question)
    assert [step.rule for step in explanation.steps] == list(rules(built_in))
    for name, ruling in explanation.decision.rulings.items():
        verdicts = [step.verdicts[name] for step in explanation.steps]
        refusing = explanation.refusing(name)
        if isinstance(ruling, Permit):
            assert set(verdicts) == {"holds"}
        else:
            assert refusing is not None
            assert refusing.rule.reason == ruling.reason
            place = verdicts.index("refuses")
            assert set(verdicts[:place]) <= {"holds"}
            assert set(verdicts[place + 1 :]) <= {"notReached"}


def _of(changes: dict[str, object], built_in: PolicySet) -> Explanation:
    return explain(built_in, question(changes))


def test_a_rule_about_the_whole_request_refuses_every_attribute(built_in: PolicySet) -> None:
    asked = asking("person.familyName", "person.birthDate")
    explanation = _of({"attributes": asked, "client/forms": []}, built_in)
    (step,) = [step for step in explanation.steps if "refuses" in step.verdicts.values()]
    assert step.rule.reason == "clientNotAuthorised"
    assert dict(step.verdicts) == dict.fromkeys(asked, "refuses")


def test_a_rule_about_attributes_refuses_those_it_is_about(built_in: PolicySet) -> None:
    asked = asking("person.familyName", "person.disability")
    explanation = _of({"attributes": asked}, built_in)
    assert explanation.refusing("person.familyName") is None
    step = explanation.refusing("person.disability")
    assert step is not None
    assert step.rule.reason == "specialCategoryNotAllowed"
    assert step.verdicts["person.familyName"] == "holds"


def test_a_step_names_the_facts_that_its_rule_looks_at(built_in: PolicySet) -> None:
    facts = {step.rule.reason: step.facts for step in _of({}, built_in).steps}
    assert {"client.controller", "client.forms", "form.id"} <= set(facts["clientNotAuthorised"])
    assert "activity.legalBasis" in facts["noLegalBasis"]
    assert {"consents", "time"} <= {fact.split(".")[0] for fact in facts["consentRequired"]}
    assert all(facts.values())


def test_each_rule_that_can_refuse_says_which_rule_was_not_met(built_in: PolicySet) -> None:
    seen = references(built_in)
    for rule in rules(built_in):
        condition = seen.condition(rule.path)
        assert condition is not None, rule.path
        assert condition.startswith("onlyonce."), rule.path


def test_a_question_that_does_not_fit_is_refused(built_in: PolicySet) -> None:
    with pytest.raises(QuestionInvalid):
        explain(built_in, {"subject": "somebody"})


OWN = """package onlyonce

decision := {"revision": data.onlyonce.revision, "attributes": {name: ruling | some name, _ in input.attributes}}

ruling := {"decision": "deny", "reason": "noLegalBasis", "rule": "onlyonce.never"}
"""


def test_of_a_set_that_tells_its_rules_otherwise_the_rulings_alone_are_known() -> None:
    explanation = explain(policy_set({"own.rego": OWN}), question())
    assert explanation.steps == ()
    assert explanation.decision.rulings["person.familyName"] == Deny("noLegalBasis", "onlyonce.never")
    assert explanation.refusing("person.familyName") is None


def test_steps_that_do_not_lead_to_the_ruling_are_not_told(built_in: PolicySet) -> None:
    decision = built_in.modules["decision.rego"]
    swapped = decision.replace("client.denial if not client.authorised", "client.denial if client.authorised")
    assert swapped != decision
    explanation = explain(policy_set({**built_in.modules, "decision.rego": swapped}), question())
    assert isinstance(explanation.decision.rulings["person.familyName"], Deny)
    assert explanation.steps == ()


def test_an_answer_that_is_no_decision_is_refused() -> None:
    with pytest.raises(PolicyUnavailable):
        explain(policy_set({"own.rego": "package onlyonce\n\ndecision := {}\n"}), question())
