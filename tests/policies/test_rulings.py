"""What a permit owes and what a denial could be helped by is read to the letter, or there is no decision."""

import json
from typing import Any

import pytest

from policies import ACTIONS, Deny, Permit, PolicyUnavailable, Remedy
from policies.decisions import read_decision

PERMIT: dict[str, Any] = {
    "decision": "permit",
    "basis": "6(1)(e)",
    "obligations": [],
    "consents": [],
    "rule": "onlyonce.lawfulness.recognised",
}
DENIAL = {"decision": "deny", "reason": "noLegalBasis", "rule": "onlyonce.lawfulness.recognised"}


def read(ruling: object) -> Permit | Deny:
    """A ruling as an engine gives it, read."""
    raw = {"revision": "r", "attributes": {"person.familyName": ruling}}
    return read_decision(raw, asked=["person.familyName"], revision="r").rulings["person.familyName"]


@pytest.mark.parametrize(
    "remedy",
    [
        None, "giveConsent", {}, {"action": "pay"}, {"action": ["giveConsent"]}, {"action": "giveConsent", "level": 400},
        {"action": "giveConsent", "surprise": 1}, {"action": "raiseAssurance"}, {"action": "raiseAssurance", "level": None},
        {"action": "raiseAssurance", "level": True}, {"action": "raiseAssurance", "level": "400"},
        {"action": "raiseAssurance", "level": 400.5}, {"level": 400},
    ],
    ids=json.dumps,
)  # fmt: skip
def test_a_remedy_that_is_not_one_is_no_decision(remedy: object) -> None:
    with pytest.raises(PolicyUnavailable):
        read({**DENIAL, "remedy": remedy})


@pytest.mark.parametrize("duties", [None, "noticeToDpo", ["tellThePress"], [1], {}], ids=json.dumps)
def test_a_duty_that_is_not_one_is_no_decision(duties: object) -> None:
    with pytest.raises(PolicyUnavailable):
        read({**PERMIT, "duties": duties})


def test_a_permit_has_no_remedy_and_a_denial_no_duty() -> None:
    for ruling in ({**PERMIT, "remedy": {"action": "logIn"}}, {**DENIAL, "duties": []}):
        with pytest.raises(PolicyUnavailable):
            read(ruling)


def test_duties_and_remedies_are_read_where_a_set_tells_them() -> None:
    rule = PERMIT["rule"]
    assert read(PERMIT) == Permit("6(1)(e)", (), rule)
    assert read({**PERMIT, "duties": ["noticeToDpo"]}) == Permit("6(1)(e)", (), rule, duties=("noticeToDpo",))
    assert read(DENIAL) == Deny("noLegalBasis", rule)
    raised = {**DENIAL, "remedy": {"action": "raiseAssurance", "level": 400}}
    assert read(raised) == Deny("noLegalBasis", rule, Remedy("raiseAssurance", 400))
    for action in ACTIONS - {"raiseAssurance"}:
        remedied = read({**DENIAL, "remedy": {"action": action}})
        assert isinstance(remedied, Deny)
        assert remedied.remedy is not None
        assert (remedied.remedy.action, remedied.remedy.level) == (action, None)
