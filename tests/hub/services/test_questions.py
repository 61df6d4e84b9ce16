"""What the policies are asked: facts of the catalogue and of the moment, never a number, and cheap to put together."""

import json
from typing import Any

from connectors import Identifier
from hub.services.prefill import PrefillAnswer
from policies import Remedy, check_question
from tests.hub.services.conftest import CITIZEN, COMPANY, House

LIKE_A_BIRTH = "0100007889"
"""A sound enterprise number that would read as the number of somebody born long ago."""


async def _asked(house: House, *arguments: str, **changes: object) -> dict[str, Any]:
    """The question that a prefill put."""
    await house.ask(*arguments, **changes)  # type: ignore[arg-type]
    question: Any = house.decisions.questions[-1]
    check_question(question)
    return dict(question)


async def test_of_a_person_the_age_is_told_and_only_that_they_are_of_age(house: House) -> None:
    question = await _asked(house)
    assert question["subject"] == {"kind": "person", "age": 18}
    assert CITIZEN[:6] not in json.dumps(question)


async def test_an_organisation_has_no_age(house: House) -> None:
    question = await _asked(house, "company-subsidy", role="representative")
    assert question["subject"] == {"kind": "organisation"}
    assert COMPANY not in json.dumps(question)
    like_a_birth = Identifier("enterpriseNumber", LIKE_A_BIRTH)
    question = await _asked(house, "company-subsidy", role="representative", subject=like_a_birth)
    assert question["subject"] == {"kind": "organisation"}


async def test_a_number_that_proves_no_age_gives_none(house: House) -> None:
    question = await _asked(house, subject=Identifier("ssin", "00000000097"))
    assert question["subject"] == {"kind": "person"}


async def test_the_parts_that_no_request_changes_are_the_catalogues_own(house: House) -> None:
    """Nothing of them is made anew: this is on the way of every prefill."""
    question = await _asked(house, "study-grant", "lastName")
    assert question["form"] is house.catalogue.forms["study-grant"].facts
    assert question["activity"] is house.catalogue.activities["study-grant-decision"].facts
    assert question["client"] is house.catalogue.clients["grants-portal"].facts
    name = "person.familyName"
    assert question["attributes"] == {name: house.catalogue.attributes[name].facts}
    assert question["attributes"][name] is house.catalogue.attributes[name].facts


async def test_a_consent_is_told_with_the_notice_that_was_shown(house: House) -> None:
    await house.agree()
    question = await _asked(house, "sports-discount")
    shown = house.consents.notice("sports-discount", "fr").version_hash
    assert [one["notice"] for one in question["consents"]] == [shown]
    assert shown in question["activity"]["notices"]


def _remedies(answer: PrefillAnswer) -> set[tuple[str | None, Remedy | None]]:
    return {(one.reason, one.remedy) for _, one in answer.fields.values() if one.status != "filled"}


async def test_what_would_mend_a_denial_comes_with_it(house: House) -> None:
    weak = await house.ask("adapted-transport", "disabilityRecognised", actor_token="weak")
    assert _remedies(weak) == {("assuranceTooLow", Remedy("raiseAssurance", 400))}
    assert _remedies(await house.ask("sports-discount", "lastName")) == {
        ("consentRequired", Remedy("giveConsent"))
    }


async def test_a_consent_that_goes_meanwhile_can_be_given_again(house: House) -> None:
    consent = await house.agree()
    decide = house.decisions.decide

    async def decide_and_lose(question: object) -> Any:
        decision = await decide(question)
        await house.consents.withdraw(Identifier("ssin", CITIZEN), consent)
        return decision

    house.decisions.decide = decide_and_lose  # type: ignore[method-assign]
    answer = await house.ask("sports-discount", "lastName")
    assert _remedies(answer) == {("consentRequired", Remedy("giveConsent"))}
