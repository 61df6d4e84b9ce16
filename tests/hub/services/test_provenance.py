"""Where a value comes from stays with it: in the answer, and sealed in the log."""

from dataclasses import replace
from typing import Any

from connectors import Identifier, SourceUnavailable
from hub.api.prefill import _wire
from tests.hub.services.conftest import CITIZEN, OTHER, House

RETRIEVED = "2026-03-03T10:00:00.000+00:00"


def details(house: House) -> dict[str, Any]:
    found = house.lines()[0].details
    assert found is not None
    return dict(found)


async def test_the_log_keeps_each_sources_reference_for_reconciling_with_its_own_log(house: House) -> None:
    house.sources["tax-administration"].date = "2026-02"
    await house.ask("study-grant", "lastName", "birthDate", "income")
    assert details(house)["consulted"] == [
        {
            "source": "national-register",
            "operation": "memory",
            "retrievedAt": RETRIEVED,
            "reference": "national-register-1",
        },
        {
            "source": "tax-administration",
            "operation": "memory",
            "retrievedAt": RETRIEVED,
            "reference": "tax-administration-1",
            "date": "2026-02",
        },
    ]


async def test_a_source_that_gave_no_answer_has_no_reference(house: House) -> None:
    house.sources["national-register"].failure = SourceUnavailable("national-register", "it is down")
    await house.ask("study-grant", "lastName")
    assert "consulted" not in details(house)
    assert details(house)["sources"] == ["national-register"]


async def test_a_source_whose_answer_is_not_disclosed_after_all_was_consulted_all_the_same(
    house: House,
) -> None:
    consent = await house.agree()
    register = house.sources["national-register"]
    ask = register.ask

    async def withdrawing(enquiry: Any) -> Any:
        reading = await ask(enquiry)
        await house.consents.withdraw(Identifier("ssin", CITIZEN), consent)
        return reading

    register.ask = withdrawing  # type: ignore[method-assign]
    answer = await house.ask("sports-discount", "lastName")
    assert answer.fields["lastName"][1].status == "consentRequired"
    line = next(line for line in house.lines() if line.kind == "prefill")
    assert line.details is not None
    assert [one["reference"] for one in line.details["consulted"]] == ["national-register-1"]


async def test_the_answer_says_when_it_was_asked_and_from_when_the_source_says_it_is(house: House) -> None:
    house.sources["national-register"].date = "2026-02-11"
    fields = _wire(await house.ask("study-grant", "lastName", "income"), "en")["fields"]
    assert fields["lastName"]["retrievedAt"] == RETRIEVED
    assert fields["lastName"]["sourceDate"] == "2026-02-11"
    assert "sourceDate" not in fields["income"]


async def test_the_sources_date_goes_with_what_was_taken_off_a_value(house: House) -> None:
    house.sources["national-register"].date = "2026-02-11"
    answer = await house.ask("library-card", "lastName", "birthDate", actor_token=None)
    fields = _wire(answer, "en")["fields"]
    assert fields["birthDate"]["value"] == "2001"
    assert "sourceDate" not in fields["birthDate"]
    assert fields["lastName"]["sourceDate"] == "2026-02-11"


async def test_a_reference_that_holds_a_national_number_is_not_kept(house: House) -> None:
    register = house.sources["national-register"]
    ask = register.ask

    async def telling(enquiry: Any) -> Any:
        return replace(await ask(enquiry), reference=f"2026/{OTHER}/7")

    register.ask = telling  # type: ignore[method-assign]
    await house.ask("study-grant", "lastName")
    (one,) = details(house)["consulted"]
    assert "reference" not in one
    assert one["source"] == "national-register"
