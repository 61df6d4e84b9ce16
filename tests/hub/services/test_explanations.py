"""Why a line came out as it did, in the words of the person whom it is about."""

import json
from datetime import UTC, datetime

import pytest

from audit import destroy_key, keys_of
from connectors import Identifier, SourceUnavailable
from hub.identity import Person
from hub.services import explanation_texts
from hub.services.errors import NotFound, NotPermitted, NotRecorded
from hub.services.explanations import AttributeExplained, LineExplained
from hub.services.minimise import KNOWN
from hub.services.reasons import CODES, LANGUAGES
from policies import REASONS, load_policies
from tests.hub.services.conftest import CITIZEN, COMPANY, OTHER, House
from tests.support.proposals import no_channel


def person(number: str = CITIZEN) -> Person:
    return Person(
        ssin=number,
        assurance_level=450,
        enterprises=frozenset({COMPANY}),
        expires_at=datetime(2030, 1, 1, tzinfo=UTC),
    )


async def explained(
    house: House, index: int, language: str = "en", *, representing: str | None = None, number: str = CITIZEN
) -> LineExplained:
    read = await house.usage.explain(person(number), index, representing=representing, language=language)
    return read.what


def by_name(line: LineExplained) -> dict[str, AttributeExplained]:
    return {one.attribute: one for one in line.attributes}


async def test_what_was_passed_on_is_told_with_its_legal_basis_and_law(house: House) -> None:
    answer = await house.ask("study-grant", "lastName")
    line = await explained(house, answer.log_index)
    assert line.rules_at_hand
    (one,) = line.attributes
    assert (one.attribute, one.became, one.legal_basis) == ("person.familyName", "passedOn", "6(1)(e)")
    law = house.catalogue.activities["study-grant-decision"].legal_basis.citation["en"]
    assert one.citation == law
    assert one.text == (
        "This information was passed on. Legal basis: GDPR Art. 6(1)(e), the service carries out a task in the public interest. "
        f"Law: {law}."
    )
    assert one.name == house.catalogue.attributes["person.familyName"].name["en"]


async def test_what_was_withheld_is_told_with_the_law_of_its_rule_and_what_one_can_do(house: House) -> None:
    answer = await house.ask("sports-discount", "lastName")
    (one,) = (await explained(house, answer.log_index)).attributes
    assert (one.became, one.reason) == ("withheld", "consentRequired")
    assert one.source is not None
    assert "6(1)(a)" in one.source
    assert one.what_you_can_do == explanation_texts.ACTIONS["consentRequired"]["en"]


async def test_consent_is_told_as_the_ground_where_it_is(house: House) -> None:
    await house.agree()
    answer = await house.ask("sports-discount", "lastName")
    (one,) = (await explained(house, answer.log_index)).attributes
    assert (one.became, one.legal_basis) == ("passedOn", "6(1)(a)")
    assert "you gave your consent" in one.text


async def test_what_was_taken_off_a_value_is_told(house: House) -> None:
    form, field = next((form, field) for form in house.catalogue.forms.values() for field, name in form.fields.items() if name in form.obligations)  # fmt: skip
    attribute = form.fields[field]
    if form.activity == "sports-discount":
        await house.agree()
    answer = await house.ask(form.id, field)
    found = by_name(await explained(house, answer.log_index))[attribute]
    assert found.obligations == tuple(form.obligations[attribute])
    for obligation in found.obligations:
        assert explanation_texts.MINIMISED[obligation]["en"] in found.text


async def test_a_source_that_failed_is_no_rule_of_ours(house: House) -> None:
    house.sources["national-register"].failure = SourceUnavailable("national-register", "away")
    answer = await house.ask("study-grant", "lastName")
    (one,) = (await explained(house, answer.log_index)).attributes
    assert (one.became, one.reason, one.source) == ("withheld", "sourceUnavailable", None)


@pytest.mark.parametrize("language", LANGUAGES)
async def test_it_is_told_in_each_language(house: House, language: str) -> None:
    answer = await house.ask("study-grant", "lastName")
    line = await explained(house, answer.log_index, language)
    assert line.text == explanation_texts.DECIDED[language]
    assert line.attributes[0].text.startswith(explanation_texts.PASSED_ON[language])


async def test_a_line_of_somebody_else_is_not_there(house: House) -> None:
    answer = await house.ask("study-grant", "lastName")
    for index, number in ((answer.log_index, OTHER), (999, CITIZEN)):
        with pytest.raises(NotFound):
            await explained(house, index, number=number)
    assert house.lines(OTHER) == ()


async def test_a_line_of_an_enterprise_is_for_who_may_act_for_it(house: House) -> None:
    answer = await house.ask("company-subsidy", "legalName", role="representative", basis="enterpriseRole")
    assert (await explained(house, answer.log_index, representing=COMPANY)).attributes
    with pytest.raises(NotFound):
        await explained(house, answer.log_index)
    with pytest.raises(NotPermitted):
        await explained(house, answer.log_index, representing="0000000097")


async def test_the_reading_is_a_line_that_names_what_was_read(house: House) -> None:
    answer = await house.ask("study-grant", "lastName")
    await explained(house, answer.log_index)
    newest = house.lines()[0]
    assert newest.kind == "usageRead"
    assert newest.details is not None
    assert newest.details["entryIndex"] == answer.log_index
    await house.log.close()
    with pytest.raises(NotRecorded):
        await explained(house, answer.log_index)


async def test_an_erased_line_says_so_and_nothing_else(house: House) -> None:
    answer = await house.ask("study-grant", "lastName")
    with house.engine.begin() as connection:
        for key in keys_of(connection, house.journal.subject(Identifier("ssin", CITIZEN))):
            destroy_key(connection, key.id, "e")
    line = await explained(house, answer.log_index)
    assert line.erased
    assert (line.text, line.attributes) == (explanation_texts.ERASED["en"], ())


async def test_lines_that_are_no_decisions_say_so(house: House) -> None:
    await house.ask("study-grant", "lastName")
    await explained(house, 0)
    line = await explained(house, 1)
    assert (line.text, line.attributes) == (explanation_texts.NO_DECISION["en"], ())


async def test_an_attempt_that_never_reached_the_rules_is_told_from_the_log(house: House) -> None:
    house.decisions.down = True
    with pytest.raises(Exception, match="access rules"):
        await house.ask("study-grant", "lastName")
    line = await explained(house, 0)
    assert not line.rules_at_hand
    assert [(one.became, one.reason) for one in line.attributes] == [("withheld", "policyUnavailable")]


async def test_without_the_rules_of_the_time_the_log_alone_is_told(house: House) -> None:
    answer = await house.ask("study-grant", "lastName")
    house.usage._explanations._known = lambda _: None
    line = await explained(house, answer.log_index)
    assert not line.rules_at_hand
    assert line.text == explanation_texts.RULES_NOT_AT_HAND["en"]
    (one,) = line.attributes
    assert (one.became, one.legal_basis, one.obligations) == ("passedOn", "6(1)(e)", ())


async def test_where_the_rules_say_otherwise_than_the_log_the_log_is_told(house: House) -> None:
    answer = await house.ask("study-grant", "lastName")
    house.usage._explanations._known = lambda _: no_channel(load_policies())
    line = await explained(house, answer.log_index)
    assert not line.rules_at_hand
    assert [one.became for one in line.attributes] == ["passedOn"]


async def test_no_explanation_holds_a_value_or_a_number(house: House) -> None:
    answer = await house.ask("study-grant")
    for language in LANGUAGES:
        line = await explained(house, answer.log_index, language)
        said = json.dumps([line.text, *(one.text for one in line.attributes)], ensure_ascii=False)
        assert CITIZEN not in said
        assert "Érable" not in said
        assert "19375" not in said


def test_every_text_is_there_in_every_language() -> None:
    tables = [explanation_texts.GROUNDS, explanation_texts.MINIMISED, explanation_texts.ACTIONS]
    single = [
        value
        for name, value in vars(explanation_texts).items()
        if name.isupper() and isinstance(value, dict) and set(value) & set(LANGUAGES)
    ]
    assert len(single) == 9
    for texts in [*single, *(texts for table in tables for texts in table.values())]:
        assert tuple(texts) == LANGUAGES
        assert all(text.strip() for text in texts.values())
    assert set(explanation_texts.MINIMISED) == KNOWN
    assert set(explanation_texts.GROUNDS) == {f"6(1)({letter})" for letter in "abcdef"}
    assert (
        set(explanation_texts.ACTIONS)
        - {"assuranceTooLow", "mandateNotInForce", "mandateOutOfScope", "minorNotAlone"}
        <= REASONS | CODES
    )
