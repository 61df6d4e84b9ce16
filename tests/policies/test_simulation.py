"""What a proposed policy set would change in decisions that were taken."""

from collections.abc import Mapping
from typing import Any

import pytest

from policies import Deny, Permit, PolicySet, PolicyUnavailable, QuestionInvalid, policy_set
from policies.simulation import Comparison, Recorded, Simulation, agrees, evaluate, reproduces
from tests.policies.cases import CASES, Case
from tests.policies.questions import asking, consent, question
from tests.support.proposals import any_channel, no_channel

NAME, BIRTH = "person.familyName", "person.birthDate"


def changed(built_in: PolicySet, file: str, before: str, after: str) -> PolicySet:
    """The set of the house with one text of it replaced."""
    text = built_in.modules[file]
    assert text.count(before) == 1, file
    return policy_set({**built_in.modules, file: text.replace(before, after)})


@pytest.fixture
def looser(built_in: PolicySet) -> PolicySet:
    """Any channel will do."""
    return any_channel(built_in)


@pytest.fixture
def stricter(built_in: PolicySet) -> PolicySet:
    """No channel will do."""
    return no_channel(built_in)


def recorded(by: PolicySet, changes: Mapping[str, Any] | None = None, **outcomes: str | None) -> Recorded:
    """A decision as `by` took it; `outcomes` says instead what was recorded of an attribute of `person`."""
    asked = question(changes)
    said: dict[str, str | None] = {
        name: "permit" if isinstance(ruling, Permit) else ruling.reason
        for name, ruling in evaluate(by, asked).items()
    }
    said |= {f"person.{name}": outcome for name, outcome in outcomes.items()}
    return Recorded(asked, by.revision, said)


def compared(proposed: PolicySet, decision: Recorded, *known: PolicySet) -> Comparison:
    return Simulation(proposed, {one.revision: one for one in known}.get).compare(decision)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_set_that_decided_changes_nothing(case: Case, built_in: PolicySet) -> None:
    comparison = compared(built_in, recorded(built_in, case.changes))
    assert set(comparison.changes.values()) == {"unchanged"}
    assert comparison.reproduced
    assert comparison.what == {}


@pytest.mark.parametrize(
    "at_hand", [True, False], ids=["the set that decided is at hand", "the record alone"]
)
def test_what_becomes_permitted_and_what_is_denied_from_now_on_is_told(
    at_hand: bool, built_in: PolicySet, looser: PolicySet, stricter: PolicySet
) -> None:
    known = (built_in,) if at_hand else ()
    opened = compared(looser, recorded(built_in, {"channel": "fax"}), *known)
    assert dict(opened.changes) == {NAME: "newlyPermitted"}
    assert opened.what == {NAME: "channelNotAllowed → permit"}
    closed = compared(stricter, recorded(built_in), *known)
    assert dict(closed.changes) == {NAME: "newlyDenied"}
    assert closed.what == {NAME: "permit → channelNotAllowed"}
    other = compared(stricter, recorded(built_in, {"activity/legalBasis": "habit"}), *known)
    assert dict(other.changes) == {NAME: "otherwise"}
    assert other.what == {NAME: "noLegalBasis → channelNotAllowed"}


def test_a_set_that_contradicts_itself_gives_no_decision_to_compare(built_in: PolicySet) -> None:
    proposed = changed(
        built_in,
        "special.rego",
        "package onlyonce.special",
        "package onlyonce.special\n\nallowed := object.keys(input.attributes)\n\n# was:",
    )
    asked = {"attributes": asking(NAME, "person.disability")}
    with pytest.raises(PolicyUnavailable):  # two rules of one name that differ: no decision, and no guess
        compared(proposed, recorded(built_in, asked), built_in)


def test_an_obligation_that_goes_is_more_disclosed_and_one_that_comes_is_not(built_in: PolicySet) -> None:
    none = changed(built_in, "decision.rego", "object.get(obligations, name, [])", "[]")
    form = {"form/obligations": {NAME: ["masked"]}}
    looser = compared(none, recorded(built_in, form), built_in)
    assert dict(looser.changes) == {NAME: "lessMinimised"}
    assert looser.what == {NAME: "obligations: masked → none"}
    stricter = compared(built_in, recorded(none, form), none)
    assert dict(stricter.changes) == {NAME: "otherwise"}


def test_another_remedy_for_the_same_denial_is_a_change(built_in: PolicySet) -> None:
    with_remedy = {"activity/assurance": {"normal": 450}}
    raised = question({"activity/assurance": {"normal": 450}})
    decided = recorded(built_in, with_remedy)
    assert decided.outcomes == {NAME: "assuranceTooLow"}
    assert (
        evaluate(built_in, raised)[NAME]
        != evaluate(built_in, question({"activity/assurance": {"normal": 500}}))[NAME]
    )
    text = built_in.modules["assurance.rego"]
    assert '"action": "raiseAssurance", "level": ' in text
    higher = policy_set(
        {
            **built_in.modules,
            "assurance.rego": text.replace(
                '"action": "raiseAssurance", "level": ', '"action": "raiseAssurance", "level": 50 + '
            ),
        }
    )
    comparison = compared(higher, decided, built_in)
    assert dict(comparison.changes) == {NAME: "otherwise"}
    assert comparison.what == {NAME: "assuranceTooLow, remedy: raiseAssurance 450 → raiseAssurance 500"}


def test_another_legal_basis_is_a_change_and_ids_of_consents_are_not_told(built_in: PolicySet) -> None:
    basis = changed(
        built_in, "lawfulness.rego", "basis := input.activity.legalBasis if", 'basis := "6(1)(b)" if'
    )
    assert compared(basis, recorded(built_in), built_in).what == {NAME: "legal basis: 6(1)(e) → 6(1)(b)"}
    none = changed(built_in, "decision.rego", "object.get(consents, name, [])", "[]")
    on_consent = {"activity/legalBasis": "6(1)(a)", "consents": [consent()]}
    assert compared(none, recorded(built_in, on_consent), built_in).what == {NAME: "consents: 1 → 0"}


def test_a_record_that_its_own_set_does_not_give_is_noticed_and_counts_as_recorded(
    built_in: PolicySet, looser: PolicySet
) -> None:
    comparison = compared(looser, recorded(built_in, familyName="purposeNotAuthorised"), built_in)
    assert comparison.reproduced is False
    assert dict(comparison.changes) == {NAME: "newlyPermitted"}


def test_of_what_nobody_knows_nothing_is_claimed(built_in: PolicySet, looser: PolicySet) -> None:
    unknown = recorded(built_in, {"channel": "fax"}, familyName=None)
    assert dict(compared(looser, unknown).changes) == {NAME: "notComparable"}
    assert dict(compared(looser, unknown, built_in).changes) == {NAME: "newlyPermitted"}
    denied = recorded(built_in, {"channel": "fax"}, familyName="denied")
    assert dict(compared(looser, denied).changes) == {NAME: "newlyPermitted"}
    assert dict(compared(built_in, denied, built_in).changes) == {NAME: "unchanged"}


def test_a_question_that_no_longer_fits_and_a_set_that_fails_are_not_compared(built_in: PolicySet) -> None:
    decision = recorded(built_in)
    old = Recorded({**decision.question, "weather": "fine"}, decision.revision, decision.outcomes)
    with pytest.raises(QuestionInvalid):
        compared(built_in, old)
    broken = changed(built_in, "lawfulness.rego", "basis := input.activity.legalBasis if", "basis := 1 if")
    with pytest.raises(PolicyUnavailable):
        compared(broken, decision, built_in)
    assert dict(
        compared(built_in, Recorded(decision.question, broken.revision, decision.outcomes), broken).changes
    ) == {NAME: "unchanged"}


def test_a_ruling_agrees_with_its_record_and_with_no_other() -> None:
    permit, deny = Permit("6(1)(e)", (), "r"), Deny("noLegalBasis", "r")
    for ruling, agreed in ((permit, {"permit", None}), (deny, {"noLegalBasis", "denied", None})):
        for outcome in ("permit", "noLegalBasis", "denied", "purposeNotAuthorised", None):
            assert agrees(ruling, outcome) == (outcome in agreed)
    assert reproduces({NAME: permit, BIRTH: deny}, {NAME: "permit", BIRTH: "noLegalBasis"})
    assert not reproduces({NAME: permit, BIRTH: deny}, {NAME: "permit", BIRTH: "permit"})
