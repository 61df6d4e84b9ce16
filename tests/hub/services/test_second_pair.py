from typing import Any

import pytest

from hub.identity import LoginUnavailable
from hub.services.errors import ActorRefused
from hub.services.prefill import PrefillAnswer
from tests.hub.services.conftest import COLLEAGUE, OTHER, House


async def looked_up(house: House, *fields: str, approval: str | None = None, **changes: Any) -> PrefillAnswer:
    """What an agent of the municipality gets to see of somebody who asked for adapted transport."""
    given: dict[str, Any] = {
        "role": "agent", "actor_token": "rescuer", "case": "case-7", "reason": "The file is incomplete",
        "approval_token": approval,
    }  # fmt: skip
    return await house.ask("adapted-transport", *(fields or ("disabilityRecognised",)), **(given | changes))


def reasons(answer: PrefillAnswer) -> set[str | None]:
    return {outcome.reason for _, outcome in answer.fields.values()}


def told(house: House) -> object:
    question = house.decisions.questions[-1]
    assert isinstance(question, dict)
    return question.get("approval")


def latest(house: House) -> dict[str, object]:
    details = house.lines()[0].details
    assert details is not None
    return dict(details)


async def test_without_a_second_agent_what_is_sensitive_stays_in(house: House) -> None:
    answer = await looked_up(house, "lastName", "disabilityRecognised")
    assert told(house) is None
    assert answer.fields["lastName"][1].status == "filled"
    assert answer.fields["disabilityRecognised"][1].reason == "approvalRequired"


async def test_a_colleague_opens_it_and_the_entry_says_who_by_handle(house: House) -> None:
    answer = await looked_up(house, approval="colleague")
    assert told(house) == {"isActor": False, "isSubject": False, "established": True}
    assert reasons(answer) == {"noValueAtSource"}
    assert latest(house)["approved"] is True
    assert house.agents() == {"approver": house.journal.actor(COLLEAGUE), "actor": house.journal.actor(OTHER)}
    assert not latest(house).keys() & {"approver", "actor"}
    assert COLLEAGUE not in repr(house.lines()) + repr(house.decisions.questions)


@pytest.mark.parametrize(
    ("token", "facts"),
    [
        ("rescuer", {"isActor": True, "isSubject": False, "established": True}),
        ("insider", {"isActor": False, "isSubject": True, "established": True}),
        ("citizen", {"isActor": False, "isSubject": True, "established": False}),
    ],
)
async def test_nobody_approves_their_own_or_without_an_office(
    house: House, token: str, facts: dict[str, bool]
) -> None:
    answer = await looked_up(house, approval=token)
    assert told(house) == facts
    assert reasons(answer) == {"approvalRequired"}


async def test_the_approval_of_an_actor_who_is_not_proven_may_be_their_own(house: House) -> None:
    await looked_up(house, approval="colleague", actor_token=None)
    assert told(house) == {"isActor": True, "isSubject": False, "established": True}


@pytest.mark.parametrize("token", ["expired", "forged"])
async def test_an_approval_that_does_not_hold_is_refused_and_recorded(house: House, token: str) -> None:
    with pytest.raises(ActorRefused) as refused:
        await looked_up(house, "lastName", approval=token)
    assert refused.value.faults[0].name == "approval.token"
    assert latest(house)["withheld"] == {"person.familyName": "approvalTokenRefused"}
    assert house.decisions.questions == []
    assert house.asked_of_sources() == set()


async def test_an_approval_that_cannot_be_checked_discloses_nothing(house: House) -> None:
    with pytest.raises(LoginUnavailable):
        await looked_up(house, approval="down")
    assert house.asked_of_sources() == set()
