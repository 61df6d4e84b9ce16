"""What is proposed for contracts that other people wrote, held against what a person who read them would choose."""

import json
from pathlib import Path

import pytest

from connectors.onboarding import Operation, inspect_contract
from connectors.onboarding.leaves import Trail
from connectors.onboarding.proposals import Proposal, propose
from tests.realworld.test_onboarding import KSZ
from tests.realworld.test_onboarding_french import FRENCH, openapi_of

PERSON = "Repliek/Antwoorden/Antwoord/Inhoud/Persoon"
ENTERPRISE = "Repliek/Antwoorden/Antwoord/Inhoud/Onderneming"
TAX = "Repliek/Antwoorden/Antwoord/Inhoud/AanslagbiljetPersonenbelasting"
HANDI = "results/dgphResult/file/addressHandicappedPerson"
STREET = {"street": "streetName", "houseNumber": "houseNumber", "box": "boxNumber", "postCode": "postalCode", "municipality": "cityName", "country": "countryCode"}  # fmt: skip


def address(attribute: str, at: str, **fields: str) -> dict[str, str]:
    return {f"{attribute}.{name}": f"{at}/{path}".lstrip("/") for name, path in fields.items()}


FILES = {
    "person.identifier": "ssin",
    "person.familyName": f"{HANDI}/lastName",
    "person.givenNames": f"{HANDI}/firstName",
    **address("person.address", f"{HANDI}/address", **STREET),
}
CHOSEN = {
    ("magda/GeefPersoon.wsdl", "GeefPersoon"): {
        "person.identifier": f"{PERSON}/INSZ",
        "person.familyName": f"{PERSON}/Naam/Achternamen/Achternaam",
        "person.givenNames": f"{PERSON}/Naam/Voornamen/Voornaam",
        "person.gender": f"{PERSON}/Geslacht/Code",
        "person.citizenship": f"{PERSON}/Nationaliteiten/Nationaliteit/Code",
        "person.birthDate": f"{PERSON}/Geboorte/Datum",
        "person.placeOfBirth": f"{PERSON}/Geboorte/Plaats/Gemeente/Naam",
        "person.deathDate": f"{PERSON}/Overlijden/Datum",
        "person.civilStatus": f"{PERSON}/BurgerlijkeStaten/BurgerlijkeStaat/Code",
        **address(
            "person.address", f"{PERSON}/Adressen/Hoofdverblijfplaats", street="Straatnaam/String", houseNumber="Huisnummer",
            box="Busnummer", postCode="Postcode", municipality="Gemeentenaam/String", country="ISOCodeLand",
        ),
    },
    ("magda/GeefOnderneming.wsdl", "GeefOnderneming"): {
        "organisation.identifier": f"{ENTERPRISE}/Ondernemingsnummer",
        "organisation.status": f"{ENTERPRISE}/StatusKBO/Code",
        "organisation.legalName": f"{ENTERPRISE}/Namen/MaatschappelijkeNamen/MaatschappelijkeNaam/Naam",
        "organisation.alternativeName": f"{ENTERPRISE}/Namen/CommercieleNamen/CommercieleNaam/Naam",
        "organisation.startDate": f"{ENTERPRISE}/Start/Datum",
        "organisation.endDate": f"{ENTERPRISE}/Stopzetting/Datum",
        "organisation.legalForm": f"{ENTERPRISE}/Rechtsvormen/Rechtsvorm/Code",
        "organisation.activities": f"{ENTERPRISE}/Activiteiten/Activiteit/Nace/Code",
        **address(
            "organisation.registeredAddress", f"{ENTERPRISE}/Adressen/Adres", street="Straat/Naam", houseNumber="Huisnummer",
            box="Busnummer", postCode="Gemeente/PostCode", municipality="Gemeente/Naam", country="Land/ISOCode",
        ),
    },
    ("magda/GeefAanslagbiljetPersonenbelasting.wsdl", "GeefAanslagbiljetPersonenbelasting"): {
        "person.identifier": f"{TAX}/GevraagdePersoon/INSZ",
        "person.incomeYear": f"{TAX}/Inkomensjaar",
    },
    ("magda/GeefSociaalStatuut.wsdl", "GeefSociaalStatuut"): {"person.identifier": f"{PERSON}/INSZ"},
    (f"{KSZ}/HandiService/HandiV2.wsdl", "consultFilesByDate"): FILES,
    (f"{KSZ}/HandiService/HandiV2.wsdl", "consultFilesByPeriod"): FILES,
    (f"{KSZ}/HandiService/HandiV2.wsdl", "consultPayments"): {"person.identifier": "ssin"},
    (f"{KSZ}/JobSeeker/JobSeekerV1.wsdl", "consultContactAndInscription"): {"person.identifier": "ssin"},
    ("ksz/KSZBCSSWebService.wsdl", "SendXML"): {},
    ("contracts/vies-checkVatService.wsdl", "checkVat"): {
        "organisation.identifier": "vatNumber",
        "organisation.legalName": "name",
        "organisation.registeredAddress.fullAddress": "address",
    },
    ("contracts/vies-checkVatService.wsdl", "checkVatApprox"): {
        "organisation.identifier": "vatNumber",
        "organisation.legalName": "traderName",
        "organisation.legalForm": "traderCompanyType",
        **address(
            "organisation.registeredAddress", "", street="traderStreet", postCode="traderPostcode", municipality="traderCity",
        ),
    },
    ("contracts/haal-centraal-brp-openapi.json", "Personen"): {
        "person.identifier": "personen/burgerservicenummer",
        "person.familyName": "personen/naam/geslachtsnaam",
        "person.givenNames": "personen/naam/voornamen",
        "person.gender": "personen/geslacht/code",
        "person.birthDate": "personen/geboorte/datum/datum",
        "person.placeOfBirth": "personen/geboorte/plaats/omschrijving",
        "person.deathDate": "personen/overlijden/datum/datum",
        "person.citizenship": "personen/nationaliteiten/nationaliteit/code",
        **address(
            "person.address", "personen/verblijfplaats/verblijfadres", street="officieleStraatnaam", houseNumber="huisnummer",
            postCode="postcode", municipality="woonplaats", country="land/code",
        ),
    },
    ("contracts/andmejalgija-dumonitor-openapi.yaml", "findUsage"): {},
}  # fmt: skip
FRENCH_CHOSEN = {
    "/v3/mesri/statut_etudiant/ine": {
        "person.familyName": "data/identite/nom_naissance",
        "person.givenNames": "data/identite/prenom",
        "person.birthDate": "data/identite/date_naissance",
    },
    "/v3/france_travail/statut/identifiant": {
        "person.familyName": "data/identite/nom_naissance",
        "person.givenNames": "data/identite/prenom",
        "person.birthDate": "data/identite/date_naissance",
        "person.gender": "data/identite/sexe",
        **address(
            "person.address",
            "data/adresse",
            postCode="code_postal",
            street="ligne_voie",
            municipality="localite",
        ),
    },
    "/v3/insee/sirene/unites_legales/{siren}": {
        "organisation.identifier": "data/siren",
        "organisation.legalName": "data/personne_morale_attributs/raison_sociale",
        "organisation.legalForm": "data/forme_juridique/code",
        "organisation.activities": "data/activite_principale/code",
        "organisation.status": "data/etat_administratif",
        "organisation.startDate": "data/date_creation",
        "organisation.endDate": "data/date_cessation",
    },
    "/v3/european_commission/unites_legales/{siren}/numero_tva": {
        "organisation.identifier": "data/tva_number"
    },
    "/v3/dgfip/etablissements/{siret}/chiffres_affaires": {
        "organisation.turnover": "data/data/chiffre_affaires"
    },
    "/v3/ministere_interieur/rna/associations/{siret_or_rna}": {
        "organisation.identifier": "data/rna_id",
        "organisation.legalName": "data/titre",
        "organisation.startDate": "data/date_creation",
        "organisation.endDate": "data/date_dissolution",
        **address(
            "organisation.registeredAddress",
            "data/adresse_siege",
            street="libelle_voie",
            houseNumber="numero_voie",
            postCode="code_postal",
            municipality="commune",
        ),
    },
}


def found(operation: Operation) -> dict[str, str]:
    """Attribute, or attribute.field → path below the root."""
    proposed: dict[str, str] = {}
    for one in propose(operation):
        for part in one.fields or (one,):
            name = one.attribute if part is one else f"{one.attribute}.{part.attribute}"
            proposed[name] = path(part.at)
    return proposed


def path(trail: Trail) -> str:
    return "/".join(node.name for node in trail[1:])


def operation(realworld: Path, contract: str, name: str) -> Operation:
    found = inspect_contract(realworld / contract, folder=realworld, operation=name)
    return next(one for one in found.operations if one.name == name)


@pytest.fixture(scope="module")
def compared(realworld: Path, tmp_path_factory: pytest.TempPathFactory) -> list[tuple[str, dict[str, str], dict[str, str]]]:  # fmt: skip
    """Of each operation: its name, what a person chose, what is proposed."""
    every = [(f"{n}", chosen, found(operation(realworld, c, n))) for (c, n), chosen in CHOSEN.items()]
    cases = json.loads((realworld / "siade" / "cases.json").read_text("utf-8"))
    folder = tmp_path_factory.mktemp("french")
    assert FRENCH.keys() == FRENCH_CHOSEN.keys()
    for endpoint, chosen in FRENCH_CHOSEN.items():
        (folder / "a.json").write_text(json.dumps(openapi_of(cases, endpoint)), "utf-8")
        every.append((endpoint, chosen, found(operation(folder, "a.json", "get"))))
    return every


def test_nearly_all_that_is_proposed_is_right(
    compared: list[tuple[str, dict[str, str], dict[str, str]]],
) -> None:
    wrong = [(n, a, p) for n, chosen, proposed in compared for a, p in proposed.items() if chosen.get(a) != p]
    total = sum(len(proposed) for _, _, proposed in compared)
    assert total >= 95
    assert 1 - len(wrong) / total >= 0.95, wrong


def test_nearly_all_that_a_person_would_choose_is_proposed(
    compared: list[tuple[str, dict[str, str], dict[str, str]]],
) -> None:
    missed = [
        (n, a, p) for n, chosen, proposed in compared for a, p in chosen.items() if proposed.get(a) != p
    ]
    total = sum(len(chosen) for _, chosen, _ in compared)
    assert 1 - len(missed) / total >= 0.9, missed


def test_an_object_is_proposed_with_its_fields(realworld: Path) -> None:
    (one,) = (p for p in propose(operation(realworld, "magda/GeefPersoon.wsdl", "GeefPersoon")) if p.fields)
    assert isinstance(one, Proposal)
    assert one.type == "object"
    assert one.attribute == "person.address"
