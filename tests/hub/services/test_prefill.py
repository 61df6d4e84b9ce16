import asyncio
import contextlib

import pytest
from structlog.testing import capture_logs

from connectors import Enquiry, Identifier, Reading, SourceBusy, SourceRefused, SourceUnavailable
from hub.demo.people import population
from hub.services.errors import NoDecision, NotPermitted, RequestInvalid, TooMany
from tests.hub.services.conftest import CITIZEN, COMPANY, OTHER, VALUES, House
from tests.hub.services.prefilled import reasons, statuses


async def test_each_field_comes_with_its_value_and_its_source(house: House) -> None:
    answer = await house.ask("study-grant", "lastName", "income")
    attribute, outcome = answer.fields["lastName"]
    assert (attribute, outcome.value, outcome.source) == ("person.familyName", "Érable", "national-register")
    assert answer.fields["income"][1].source == "tax-administration"


async def test_the_entry_bears_the_id_of_the_intent_that_it_closes(house: House) -> None:
    answer = await house.ask("study-grant", "lastName")
    assert [line.id for line in house.lines()] == [answer.id]


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


async def test_the_officer_hears_once_a_day_of_a_client_that_reached_its_cap(house: House) -> None:
    async def ask(*numbers: str) -> None:
        for number in numbers:
            with contextlib.suppress(TooMany):
                await house.ask(
                    "library-card", "lastName", actor_token=None, subject=Identifier("ssin", number)
                )

    third = population().persons[2].ssin
    await ask(CITIZEN)
    assert await house.notices.listed() == ()
    with capture_logs() as said:
        await ask(OTHER, OTHER, third, third, CITIZEN)
    (notice,) = await house.notices.listed()
    assert (notice.kind, notice.client, notice.subject) == ("assertedCapReached", "municipal-forms", "hub")
    assert notice.entry == house.lines(OTHER)[-1].id
    assert [one["what"] for one in said if one.get("log_level") == "warning"] == ["assertedCapReached"]
    await house.notices.acknowledge(notice.id, by="the officer", finding="a busy day at the library")
    house.clock.pass_by(days=1)
    await ask(CITIZEN, OTHER, third)
    assert len(await house.notices.listed()) == 2


async def test_the_officer_hears_of_a_client_that_tries_where_nobody_may_be_asked_for_so(
    house: House,
) -> None:
    house.prefill._cap = 0
    for _ in range(2):
        with pytest.raises(TooMany):
            await house.ask("library-card", "lastName", actor_token=None)
    (notice,) = await house.notices.listed()
    assert notice.entry == house.lines()[-1].id


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
