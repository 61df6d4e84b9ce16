"""Who is refused a prefill, and what then stands in the log."""

import pytest
from sqlalchemy import text

from connectors import Enquiry, Reading
from hub.identity import LoginUnavailable
from hub.services.errors import ActorRefused, NoDecision, NotRecorded
from tests.hub.services.conftest import COMPANY, OTHER, House
from tests.hub.services.prefilled import reasons, statuses


async def test_a_form_of_another_client_is_denied_and_recorded_and_no_source_is_asked(house: House) -> None:
    answer = await house.ask("study-grant", "lastName", client="municipal-forms")
    assert statuses(answer) == {"lastName": "denied"}
    assert house.lines()[0].outcome == "refused"
    assert house.lines()[0].controller == "municipality"  # who tried, not whose form it is
    assert house.asked_of_sources() == set()


async def test_the_data_of_somebody_else_is_denied_and_recorded(house: House) -> None:
    answer = await house.ask("study-grant", "lastName", actor_token="other")
    assert statuses(answer) == {"lastName": "denied"}
    assert reasons(answer) == {"representationNotEstablished"}
    assert house.lines()[0].outcome == "refused"


async def test_a_missing_actor_token_is_denied_where_the_activity_wants_one(house: House) -> None:
    answer = await house.ask("study-grant", "lastName", actor_token=None)
    assert reasons(answer) == {"actorNotProven"}


@pytest.mark.parametrize("token", ["expired", "forged"])
async def test_an_actor_token_that_does_not_hold_is_refused_and_recorded(house: House, token: str) -> None:
    with pytest.raises(ActorRefused):
        await house.ask("study-grant", "lastName", actor_token=token)
    (line,) = house.lines()
    assert line.details is not None
    assert line.details["withheld"] == {"person.familyName": "actorTokenRefused"}
    assert house.asked_of_sources() == set()


async def test_a_login_that_cannot_be_reached_discloses_nothing(house: House) -> None:
    with pytest.raises(LoginUnavailable):
        await house.ask("study-grant", "lastName", actor_token="down")
    assert house.asked_of_sources() == set()


async def test_an_enterprise_is_prefilled_for_who_represents_it(house: House) -> None:
    answer = await house.ask("company-subsidy", "legalName", role="representative", basis="enterpriseRole")
    assert answer.fields["legalName"][1].value == "Ateliers Exemple"
    (line,) = house.lines(COMPANY, "enterpriseNumber")
    assert line.details is not None
    assert line.details["role"] == "representative"
    assert line.details["representedBy"] == "enterpriseRole"
    assert len(line.details["actor"]) == 64


async def test_a_mandate_that_the_hub_cannot_check_opens_nothing(house: House) -> None:
    answer = await house.ask(
        "study-grant", "lastName", actor_token="other", role="representative", basis="mandate"
    )
    assert reasons(answer) == {"representationNotEstablished"}


async def test_an_agent_of_the_administration_reads_with_a_case_and_a_reason_and_the_line_says_who(
    house: House,
) -> None:
    answer = await house.ask(
        "study-grant",
        "lastName",
        actor_token="agent",
        role="agent",
        case="case-7",
        reason="The file is incomplete",
    )
    assert statuses(answer) == {"lastName": "filled"}
    details = house.lines()[0].details
    assert details is not None
    assert (details["role"], details["trigger"], details["reason"]) == (
        "agent",
        "agent",
        "The file is incomplete",
    )
    assert house.agents() == {"actor": house.journal.actor(OTHER)}
    assert house.agents()["actor"] not in repr(details)
    assert "representedBy" not in details


async def test_an_agent_without_a_reason_is_denied(house: House) -> None:
    answer = await house.ask("study-grant", "lastName", actor_token="agent", role="agent", case="case-7")
    assert reasons(answer) == {"reasonRequired"}


async def test_nobody_becomes_an_agent_by_saying_so(house: House) -> None:
    answer = await house.ask(
        "study-grant", "lastName", actor_token="other", role="agent", case="case-7", reason="Curiosity"
    )
    assert reasons(answer) == {"representationNotEstablished"}
    assert house.asked_of_sources() == set()


async def test_an_agent_of_another_administration_is_denied(house: House) -> None:
    answer = await house.ask(
        "sports-discount", "lastName", actor_token="agent", role="agent", case="case-7", reason="Curiosity"
    )
    assert reasons(answer) == {"representationNotEstablished"}


async def test_no_decision_means_no_data_and_is_recorded(house: House) -> None:
    house.decisions.down = True
    with pytest.raises(NoDecision):
        await house.ask("study-grant", "lastName")
    (line,) = house.lines()
    assert line.details is not None
    assert line.details["withheld"] == {"person.familyName": "policyUnavailable"}
    assert house.asked_of_sources() == set()


async def test_no_source_is_asked_before_the_intent_is_durable(house: House) -> None:
    seen: list[int] = []
    register = house.sources["national-register"]
    ask = register.ask

    async def spying(enquiry: Enquiry) -> Reading:
        with house.engine.connect() as connection:
            seen.append(connection.execute(text("SELECT count(*) FROM audit_intent")).scalar_one())
        return await ask(enquiry)

    register.ask = spying  # type: ignore[method-assign]
    await house.ask("study-grant", "lastName")
    assert seen == [1]
    with house.engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM audit_intent")).scalar_one() == 0


async def test_nothing_is_disclosed_when_the_log_does_not_take_the_entry(house: House) -> None:
    register = house.sources["national-register"]
    ask = register.ask

    async def closing(enquiry: Enquiry) -> Reading:
        await house.log.close()
        return await ask(enquiry)

    register.ask = closing  # type: ignore[method-assign]
    with pytest.raises(NotRecorded):
        await house.ask("study-grant", "lastName")


async def test_nothing_is_asked_when_the_log_does_not_take_the_intent(house: House) -> None:
    await house.log.close()
    with pytest.raises(NotRecorded):
        await house.ask("study-grant", "lastName")
    assert house.asked_of_sources() == set()
