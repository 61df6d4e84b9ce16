"""Every recorded answer of the four MAGDA services, compared with zeep's own objects."""

import re
from collections import Counter
from pathlib import Path

import pytest

from connectors import (
    ContractBroken,
    Enquiry,
    Identifier,
    Reading,
    SourceBusy,
    SourceError,
    SourceRefused,
    SubjectUnknown,
)
from connectors.declared import DeclaredSource
from tests.realworld.conftest import Make, declared, without_echo
from tests.realworld.expected import SERVICES
from tests.realworld.zeep_reader import leaves, read_all, zeep_object

RECORDED = {"magda-person": 201, "magda-tax": 31, "magda-social-status": 32, "magda-enterprise": 31}
PERSON_SOURCES = ("magda-person", "magda-tax", "magda-social-status")
OF_ANOTHER = {
    "magda-person": {"67366666680", "67642516864"},
    "magda-tax": {"65663046376"},
    "magda-social-status": {"06701151393"},
    "magda-enterprise": set(),
}
"""Recorded answers that are filed under one number and echo another."""


def _by_hand(identifier: str, family_name: str, born: str, recorded: str, moved: str) -> dict[str, object]:
    return {
        "person.identifier": identifier,
        "person.familyName": family_name,
        "person.givenNames": ["Isabelle", "Giovanna", "Mariette", "Elio"],
        "person.sex": "female",
        "person.birthDate": born,
        "person.placeOfBirth": {"municipality": "Riemst", "municipalityCode": "73066", "country": "BEL"},
        "person.citizenship": ["150"],
        "person.citizenshipNames": ["Belg"],
        "person.address": {
            "thoroughfare": "Dorpsstraat",
            "locatorDesignator": "405",
            "postCode": "2340",
            "municipality": "Kortenberg",
            "municipalityCode": "24055",
            "since": moved,
        },
        "person.civilStatus": ["10"],
        "person.householdSize": "0",
        "person.register": "Omschrijving",
        "person.recordedSince": recorded,
        "person.isRecordedAlive": True,
    }


WITH_COMMENTS = {
    "67366666680": _by_hand("67266666610", "Janssens", "1971-09-09", "1971-09-09", "1997-08-13"),
    "86630822239": _by_hand(
        "86630822239", "Testpersoon referentie", "1971-09-04", "1972-02-18", "2014-05-23"
    ),
}


def folder(realworld: Path, source_id: str) -> Path:
    return realworld / "magda" / "responses" / str(declared()[source_id]["operation"])


def numbers(realworld: Path, source_id: str) -> list[str]:
    return sorted(f.stem for f in folder(realworld, source_id).glob("*.xml") if f.stem.isdecimal())


async def ask(source: DeclaredSource, number: str) -> Reading | SourceError:
    (scheme,) = source.schemes
    variables = {"client": "tests", "purpose": "tests"}
    try:
        return await source.ask(Enquiry(Identifier(scheme, number), source.attributes, variables))
    except SourceError as error:
        return error


@pytest.mark.parametrize("source_id", SERVICES)
def test_each_service_has_twelve_attributes_that_the_independent_reader_knows(source_id: str) -> None:
    readers, _, outside = SERVICES[source_id]
    assert len(readers) >= 12
    assert set(declared()[source_id]["attributes"]) == readers.keys() | outside


@pytest.mark.parametrize("source_id", SERVICES)
async def test_every_recorded_answer_reads_as_zeep_reads_it(
    source: Make, realworld: Path, source_id: str
) -> None:
    asked = await source(source_id, **without_echo(source_id))
    readers, element, outside = SERVICES[source_id]
    contract, operation = realworld / declared()[source_id]["contract"], declared()[source_id]["operation"]
    compared, values = 0, Counter[str]()
    for number in numbers(realworld, source_id):
        recorded = (folder(realworld, source_id) / f"{number}.xml").read_bytes()
        seen = zeep_object(contract, operation, recorded)
        found = leaves(seen, f"Repliek/Antwoorden/Antwoord/Inhoud/{element}")
        reading = await ask(asked, number)
        if not found:
            assert isinstance(reading, SourceError), number
            continue
        assert isinstance(reading, Reading), number
        assert not reading.broken, number
        expected = read_all(found[0], readers)
        assert {k: v for k, v in reading.values.items() if k not in outside} == expected, number
        compared += 1
        values.update(expected.keys())
    assert compared >= 25
    assert values.keys() == readers.keys()  # each attribute was there at least once


async def test_the_answers_with_comments_between_elements_are_read_right(
    source: Make, realworld: Path
) -> None:
    """zeep's objects cannot be made of these two as they stand: read here by hand."""
    asked = await source("magda-person", **without_echo("magda-person"))
    for number, by_hand in WITH_COMMENTS.items():
        recorded = (folder(realworld, "magda-person") / f"{number}.xml").read_bytes()
        contract = realworld / "magda/GeefPersoon.wsdl"
        with pytest.raises(ValueError, match="Comment"):
            zeep_object(contract, "GeefPersoon", recorded, keep_comments=True)
        reading = await ask(asked, number)
        assert isinstance(reading, Reading)
        assert not reading.broken
        assert reading.values == by_hand


async def test_what_stands_outside_the_answer_is_read_too(source: Make, realworld: Path) -> None:
    for source_id, attribute in (
        ("magda-tax", "person.assessmentSent"),
        ("magda-social-status", "person.socialStatusAnswered"),
    ):
        asked = await source(source_id, **without_echo(source_id))
        for number in numbers(realworld, source_id):
            recorded = (folder(realworld, source_id) / f"{number}.xml").read_text("utf8")
            written = re.search(r"<Datum>\s*([\d-]+)", recorded)
            assert written is not None
            if isinstance(reading := await ask(asked, number), Reading):
                assert reading.values[attribute] == written[1]


@pytest.mark.parametrize("source_id", SERVICES)
async def test_an_answer_that_is_filed_under_a_number_but_about_another_is_broken(
    source: Make, realworld: Path, source_id: str
) -> None:
    asked = await source(source_id)
    broken = {n for n in numbers(realworld, source_id) if isinstance(await ask(asked, n), ContractBroken)}
    assert broken == OF_ANOTHER[source_id]


async def test_each_of_the_226_national_numbers_is_answered_by_all_three_services(
    source: Make, realworld: Path
) -> None:
    everyone = sorted({n for one in PERSON_SOURCES for n in numbers(realworld, one)})
    assert len(everyone) == 226
    outcomes = {one: Counter[str]() for one in PERSON_SOURCES}
    for one in PERSON_SOURCES:
        asked = await source(one)
        held = set(numbers(realworld, one))
        for number in everyone:
            reading = await ask(asked, number)
            outcomes[one][type(reading).__name__] += 1
            if number not in held:
                assert isinstance(reading, SubjectUnknown), (one, number)
    assert outcomes == {
        "magda-person": {"Reading": 196, "SubjectUnknown": 27, "ContractBroken": 2, "SourceBusy": 1},
        "magda-tax": {
            "Reading": 25,
            "SubjectUnknown": 197,
            "ContractBroken": 1,
            "SourceBusy": 2,
            "SourceRefused": 1,
        },
        "magda-social-status": {"Reading": 29, "SubjectUnknown": 196, "ContractBroken": 1},
    }


async def test_the_services_own_codes_are_what_they_mean(source: Make) -> None:
    person, tax = await source("magda-person"), await source("magda-tax")
    social = await source("magda-social-status")
    unknown = {
        "30001": await ask(person, "00000000097"),
        "45008": await ask(tax, "00000000097"),
        "30003": await ask(social, "00000000097"),
    }
    for code, error in unknown.items():
        assert isinstance(error, SubjectUnknown)
        assert code in error.cause
    assert isinstance(await ask(person, "91610100176"), SourceBusy)  # 99996
    assert isinstance(await ask(tax, "81642500239"), SourceRefused)  # 40000


async def test_a_warning_beside_data_is_no_error(source: Make, realworld: Path) -> None:
    asked = await source("magda-person")
    warned = [
        n
        for n in numbers(realworld, "magda-person")
        if re.search(
            r"<Type>(WAARSCHUWING|INFORMATIE)<",
            (folder(realworld, "magda-person") / f"{n}.xml").read_text("utf8"),
        )
    ]
    assert len(warned) >= 5
    for number in warned:
        if number not in OF_ANOTHER["magda-person"]:
            assert isinstance(await ask(asked, number), Reading), number


async def test_every_enterprise_is_read(source: Make, realworld: Path) -> None:
    asked = await source("magda-enterprise")
    for number in numbers(realworld, "magda-enterprise"):
        reading = await ask(asked, number)
        assert isinstance(reading, Reading)
        assert reading.values["organisation.identifier"] == number
    assert isinstance(await ask(asked, "0000000097"), SubjectUnknown)


def test_all_recorded_answers_are_there(realworld: Path) -> None:
    assert {one: len(list(folder(realworld, one).glob("*.xml"))) for one in SERVICES} == RECORDED
