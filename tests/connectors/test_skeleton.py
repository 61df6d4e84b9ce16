"""A skeleton holds all that a contract tells, and is accepted once its blanks are filled: for contracts of several countries."""

import pytest
import yaml

from connectors import check_against_contract, read_declaration
from connectors.blanks import BLANK, blanks_in
from connectors.errors import DeclarationInvalid
from connectors.onboarding.skeleton import Known, Surroundings
from tests.connectors.skeletons import ABROAD, CONTRACTS, attributes, declared, skeleton
from tests.support.skeletons import filled


def problems(text: str) -> list[str]:
    try:
        declaration = read_declaration("it", declared(text), folder=ABROAD)
    except DeclarationInvalid as error:
        return [str(one) for one in error.problems]
    return [str(one) for one in check_against_contract(declaration)]


@pytest.mark.parametrize("name", CONTRACTS)
def test_it_is_accepted_once_its_blanks_are_filled(name: str) -> None:
    made = skeleton(name)
    assert made.blanks
    assert any("is still to be filled in" in one for one in problems(made.text))
    whole = filled(made.text)
    assert BLANK not in "".join(line.partition("#")[0] for line in whole.splitlines())
    assert problems(whole) == []


@pytest.mark.parametrize("name", CONTRACTS)
def test_the_blanks_it_names_are_those_it_has(name: str) -> None:
    made = skeleton(name)
    lines = made.text.splitlines()
    assert all(BLANK in lines[line - 1] for line, _ in made.blanks)
    in_the_file = len(list(blanks_in(yaml.safe_load(made.text))))
    assert in_the_file == sum(lines[line - 1].partition("  # ")[0].count(BLANK) for line, _ in made.blanks)


def test_italy() -> None:
    found = attributes("consultaSoggetto")
    assert found["person.familyName"] == {"path": "generalita.cognome"}
    assert found["person.givenNames"] == {"path": "generalita.nome"}
    assert found["person.birthDate"] == {"path": "generalita.dataNascita", "type": "date"}
    assert found["person.identifier"] == {"path": "generalita.codiceFiscale.codFiscale"}
    assert found["person.address"]["fields"]["postCode"] == {"path": "cap"}
    whole = declared(skeleton("consultaSoggetto").text)
    request = whole["request"]
    assert whole["tls"] == {"certificate": "it-certificate", "key": "it-key"}
    assert request["headers"]["Authorization"] == "Bearer {secret:it-token}"
    assert request["body"]["criteriRicerca"] == {"codiceFiscale": "{subject}"}
    assert request["body"]["datiRichiesta"]["motivoRichiesta"] == "{purpose}"


def test_france() -> None:
    found = declared(skeleton("unite_legale").text)
    assert found["request"]["path"] == "/v3/insee/unites_legales/{subject}"
    assert found["reply"]["answer"] == "data"
    assert found["authentication"]["oauth2"] == {
        "tokenUrl": "https://login.example/token", "clientId": "FILL-IN", "method": "client_secret_basic",
        "secret": "it-secret", "scope": "unites",
    }  # fmt: skip
    assert found["reply"]["errors"] == {"status": {429: "busy"}}
    assert found["attributes"]["organisation.startDate"]["format"] == "epochSeconds"
    person = declared(skeleton("GET /v3/dss/quotient_familial/identite").text)
    assert person["request"]["headers"] == {"X-Api-Key": "{secret:it-key}"}
    assert person["subject"] == ["nomNaissance"], "a national number may not stand in a URL"
    assert set(person["attributes"]) == {
        "person.familyName", "person.givenNames", "person.birthDate", "person.gender",
    }  # fmt: skip


def test_germany() -> None:
    text = skeleton("Auskunft").text
    found = declared(text)
    assert found["request"]["Aktenzeichen"] == "{caseId}"
    assert found["request"]["Unternehmensnummer"] == "{subject}"
    assert "Firma" not in found["request"], "a choice takes the branch of the subject"
    assert found["reply"]["errors"]["code"] == "//auskunft:Fehler/auskunft:Fehlercode"
    assert found["attributes"]["organisation.registeredAddress"]["path"] == "auskunft:Sitz"
    assert found["attributes"]["organisation.turnover"] == {"path": "auskunft:Umsatz", "type": "amount"}
    assert "# one of: GMBH, AG" in text


def test_estonia() -> None:
    found = declared(skeleton("RR434").text)
    assert set(found["header"]) == {"client", "service", "userId", "id", "protocolVersion"}
    assert found["request"] == {"request": {"Isikukood": "{subject}"}}
    assert found["reply"]["subject"] == "producer:Isikukood"
    assert found["attributes"]["person.familyName"]["path"] == "producer:Perekonnanimi"


def test_the_netherlands() -> None:
    whole = declared(skeleton("npsLv01").text)
    assert whole["subject"] == ["inp.bsn"], "nine digits are not a number of eleven"
    assert whole["request"]["gelijk"] == {"entiteittype": "NPS", "inp.bsn": "{subject}"}
    assert whole["reply"]["subject"] == "bg:inp.bsn", "not the attribute that says why there is no value"
    fields = whole["attributes"]["person.address"]["fields"]
    assert {name: rule["path"] for name, rule in fields.items()} == {
        "street": "bg:gor.straatnaam", "houseNumber": "bg:aoa.huisnummer", "postCode": "bg:aoa.postcode",
        "municipality": "bg:wpl.woonplaatsNaam",
    }  # fmt: skip


def test_spain() -> None:
    found = declared(skeleton("peticionSincrona").text)
    assert found["request"]["Titular"]["Documentacion"] == "{subject}"
    assert found["request"]["IdPeticion"] == "{uuid}"
    assert found["attributes"]["person.givenNames"] == {"path": "Nombre"}
    assert found["attributes"]["person.familyName"] == {"path": "Apellido1 | Apellido2", "join": " "}
    assert found["attributes"]["person.address"]["fields"]["municipality"] == {"path": "Municipio"}


def test_an_attribute_that_the_catalogue_has_keeps_its_type_and_gets_no_record() -> None:
    known = Surroundings({"person.gender": Known("text", "person")}, ["office", "town"])
    text = skeleton("RR434", known).text
    assert declared(text)["attributes"]["person.gender"] == {"path": "producer:Sugu"}
    assert "person.gender" not in yaml.safe_load(text)["attributes"]
    assert "person.birthDate" in yaml.safe_load(text)["attributes"]
    assert "the catalogue has: office, town" in text
    assert "controllers" not in yaml.safe_load(text)


def test_an_attribute_that_another_source_serves_is_turned_off() -> None:
    known = Surroundings({"person.gender": Known("code", "person", ("register",))})
    text = skeleton("RR434", known).text
    assert "person.gender" not in declared(text)["attributes"]
    assert "# person.gender: {path: producer:Sugu, type: code}" in text
    assert "register serves this one already" in text


def test_where_all_are_served_by_others_one_is_left_that_can_be_renamed() -> None:
    every = {name: Known("text", "person", ("register",)) for name in attributes("RR434")}
    text = filled(skeleton("RR434", Surroundings(every)).text)
    assert len(declared(text)["attributes"]) == 1
    assert problems(text) == []


def test_an_attribute_of_another_kind_in_the_catalogue_is_not_written() -> None:
    text = skeleton(
        "RR434",
        Surroundings(
            {"person.gender": Known("object", "person"), "person.birthDate": Known("period", "person")}
        ),
    ).text
    assert "person.gender" not in declared(text)["attributes"]
    assert "person.gender is object in the catalogue" in text
    assert "person.birthDate" not in declared(text)["attributes"]
