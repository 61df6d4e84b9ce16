import asyncio

import pytest
from sqlalchemy import text

from connectors import Enquiry, Identifier, Reading, SourceBusy, SourceRefused, SourceUnavailable
from hub.demo.people import population
from hub.identity import LoginUnavailable
from hub.services.errors import ActorRefused, NoDecision, NotPermitted, NotRecorded, RequestInvalid, TooMany
from hub.services.prefill import PrefillAnswer
from tests.hub.services.conftest import CITIZEN, COMPANY, OTHER, VALUES, House


def statuses(answer: PrefillAnswer) -> dict[str, str]:
    return {name: outcome.status for name, (_, outcome) in answer.fields.items()}


def reasons(answer: PrefillAnswer) -> set[str | None]:
    return {outcome.reason for _, outcome in answer.fields.values()}


async def test_each_field_comes_with_its_value_and_its_source(house: House) -> None:
    answer = await house.ask("study-grant", "lastName", "income")
    attribute, outcome = answer.fields["lastName"]
    assert (attribute, outcome.value, outcome.source) == ("person.familyName", "Érable", "national-register")
    assert answer.fields["income"][1].source == "tax-administration"


async def test_without_fields_the_whole_form_is_prefilled(house: House) -> None:
    answer = await house.ask("study-grant")
    assert answer.fields.keys() == house.catalogue.forms["study-grant"].fields.keys()


async def test_what_a_source_does_not_hold_is_empty_with_its_reason(house: House) -> None:
    answer = await house.ask("study-grant", "citizenship")
    assert statuses(answer) == {"citizenship": "empty"}
    assert reasons(answer) == {"noValueAtSource"}


async def test_a_subject_unknown_to_the_source_gives_empty_fields(house: House) -> None:
    answer = await house.ask(
        "study-grant", "lastName", subject=Identifier("ssin", OTHER), actor_token="other"
    )
    assert statuses(answer) == {"lastName": "empty"}
    assert reasons(answer) == {"subjectUnknown"}


@pytest.mark.parametrize(
    ("failure", "reason"),
    [
        (SourceUnavailable("national-register", "down"), "sourceUnavailable"),
        (SourceBusy("national-register", "busy"), "sourceBusy"),
        (SourceRefused("national-register", "no"), "sourceRefused"),
    ],
)
async def test_a_source_that_fails_harms_its_own_fields_alone(
    house: House, failure: Exception, reason: str
) -> None:
    house.sources["national-register"].failure = failure  # type: ignore[assignment]
    answer = await house.ask("study-grant", "lastName", "income")
    assert statuses(answer) == {"lastName": "unavailable", "income": "filled"}
    assert answer.fields["lastName"][1].reason == reason
    assert house.lines()[0].outcome == "partial"


async def test_a_fault_of_the_hubs_own_connector_harms_that_sources_fields_alone(house: House) -> None:
    async def broken(enquiry: Enquiry) -> Reading:
        raise ValueError(enquiry.subject.value)

    house.sources["national-register"].ask = broken  # type: ignore[method-assign]
    answer = await house.ask("study-grant", "lastName", "income")
    assert statuses(answer) == {"lastName": "unavailable", "income": "filled"}


async def test_a_question_that_the_policies_do_not_understand_is_no_decision(house: House) -> None:
    with pytest.raises(NoDecision):
        await house.ask("study-grant", "lastName", channel="w" * 1000)
    assert house.lines()[0].outcome == "refused"


async def test_each_source_is_asked_once_and_only_for_what_was_permitted(house: House) -> None:
    await house.ask("study-grant", "lastName", "firstNames", "income")
    assert [len(source.enquiries) for source in house.sources.values()].count(1) == 2
    assert house.asked_of_sources() == {"person.familyName", "person.givenNames", "person.taxableIncome"}


async def test_the_entry_says_what_was_asked_disclosed_and_withheld(house: House) -> None:
    answer = await house.ask("study-grant", "lastName", "citizenship", case="case-7")
    (line,) = house.lines()
    assert line.details is not None
    assert (line.index, line.kind, line.outcome) == (answer.log_index, "prefill", "partial")
    assert line.details["asked"] == ["person.familyName", "person.citizenship"]
    assert line.details["disclosed"] == ["person.familyName"]
    assert line.details["withheld"] == {"person.citizenship": "noValueAtSource"}
    assert line.details["caseId"] == "case-7"
    assert line.details["input"] == house.decisions.questions[-1]
    assert line.details["policyRevision"] == house.decisions.revision
    assert line.details["catalogueRevision"] == house.catalogue.revision


async def test_no_value_and_no_number_stands_in_the_entry(house: House) -> None:
    await house.ask("study-grant")
    written = repr(house.lines()[0].details)
    assert "Érable" not in written
    assert CITIZEN not in written
    assert "19375.51" not in written


async def test_the_policies_never_see_an_identifier(house: House) -> None:
    await house.ask("company-subsidy", role="representative", basis="enterpriseRole")
    asked = repr(house.decisions.questions)
    assert CITIZEN not in asked
    assert COMPANY not in asked


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


async def test_an_unproven_actor_is_admitted_where_the_activity_says_so_and_the_line_says_it(
    house: House,
) -> None:
    answer = await house.ask("library-card", "lastName", actor_token=None)
    assert statuses(answer) == {"lastName": "filled"}
    details = house.lines()[0].details
    assert details is not None
    assert details["proof"] == "asserted"


async def test_what_the_form_need_not_know_is_taken_off_the_value(house: House) -> None:
    answer = await house.ask("library-card", "birthDate", actor_token=None)
    assert answer.fields["birthDate"][1].value == "2001"
    full = await house.ask("study-grant", "birthDate")
    assert full.fields["birthDate"][1].value == "2001-02-03"


async def test_unproven_actors_reach_only_so_many_subjects_a_day(house: House) -> None:
    for number in (CITIZEN, OTHER, CITIZEN, OTHER):
        await house.ask("library-card", "lastName", actor_token=None, subject=Identifier("ssin", number))
    third = population().persons[2].ssin
    with pytest.raises(TooMany) as caught:
        await house.ask("library-card", "lastName", actor_token=None, subject=Identifier("ssin", third))
    assert caught.value.limit == 2
    details = house.lines(third)[0].details
    assert details is not None
    assert details["withheld"] == {"person.familyName": "quotaExceeded"}
    house.clock.pass_by(days=1)
    await house.ask("library-card", "lastName", actor_token=None, subject=Identifier("ssin", third))


async def test_every_wrong_part_of_a_request_is_named_and_no_number_repeated(house: House) -> None:
    with pytest.raises(RequestInvalid) as caught:
        await house.ask("study-grant", "lastName", "shoeSize", subject=Identifier("ssin", "00000000001"))
    assert {fault.name for fault in caught.value.faults} == {"subject.ssin", "fields[1]"}
    assert "00000000001" not in str(caught.value)


async def test_an_unknown_form_is_refused(house: House) -> None:
    with pytest.raises(RequestInvalid) as caught:
        await house.prefill("grants-portal", house.request("no-such-form"))
    assert caught.value.faults[0].kind == "referencedResourceNotFound"


async def test_a_form_for_persons_is_not_filled_for_an_enterprise(house: House) -> None:
    with pytest.raises(RequestInvalid, match="subject"):
        await house.ask("study-grant", subject=Identifier("enterpriseNumber", COMPANY))


async def test_a_client_struck_off_the_catalogue_gets_nothing(house: House) -> None:
    with pytest.raises(NotPermitted):
        await house.ask("study-grant", client="gone")


async def test_many_prefills_at_once_leave_one_entry_each(house: House) -> None:
    answers = await asyncio.gather(*(house.ask("study-grant", "lastName", "income") for _ in range(50)))
    assert sorted(answer.log_index for answer in answers) == list(range(50))
    assert len(house.lines()) == 50
    assert VALUES["person.familyName"] == answers[0].fields["lastName"][1].value
    # Each is a consultation of its own: those at the same time are not answered from one call.
    assert sorted(len(source.enquiries) for source in house.sources.values()) == [0, 0, 50, 50]


async def test_all_that_one_source_answers_of_a_form_is_one_call(house: House) -> None:
    for form, actor in (
        ("study-grant", {}),
        ("company-subsidy", {"role": "representative", "basis": "enterpriseRole"}),
    ):
        answer = await house.ask(form, **actor)
        sources = {house.catalogue.source_of(attribute) for attribute, _ in answer.fields.values()}
        assert len(sources) < len(answer.fields)
        for name in sources:
            (enquiry,) = house.sources[name].enquiries
            wanted = {one for one, _ in answer.fields.values() if house.catalogue.source_of(one) == name}
            assert enquiry.attributes == wanted
            house.sources[name].enquiries.clear()


async def test_a_source_is_told_of_the_question_and_no_number_of_a_human_being(house: House) -> None:
    await house.ask("study-grant", "lastName", case="case-7")
    await house.ask(
        "study-grant", "lastName", actor_token="agent", role="agent", case="case-7", reason="Dossier check"
    )
    own, agents = (dict(enquiry.variables) for enquiry in house.sources["national-register"].enquiries)
    number = house.catalogue.controllers[own["controller"]].enterprise_number
    assert own == {
        "purpose": "study-grant-decision", "legalBasis": "6(1)(e)", "client": own["client"], "form": "study-grant",
        "controller": own["controller"], "controllerNumber": number, "channel": "web", "caseId": "case-7",
        "role": "citizen", "actor": "",
    }  # fmt: skip
    sealed = house.agents()
    assert agents == own | {"role": "agent", "actor": str(sealed["actor"])[:32]}
    assert len(agents["actor"]) == 32
