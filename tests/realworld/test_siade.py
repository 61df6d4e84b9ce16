"""Every recorded case of the six French endpoints, compared with the JSON as a person reads it."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from connectors import Enquiry, Identifier, Reading, SourceError, SubjectUnknown
from tests.realworld.conftest import Make

Case = dict[str, Any]
ENDPOINTS = {
    "/v3/mesri/statut_etudiant/ine": ("siade-student", "ine"),
    "/v3/france_travail/statut/identifiant": ("siade-jobseeker", "identifiant"),
    "/v3/insee/sirene/unites_legales/{siren}": ("siade-enterprise", "siren"),
    "/v3/european_commission/unites_legales/{siren}/numero_tva": ("siade-vat", "siren"),
    "/v3/dgfip/etablissements/{siret}/chiffres_affaires": ("siade-turnover", "siret"),
    "/v3/ministere_interieur/rna/associations/{siret_or_rna}": ("siade-association", "siret_or_rna"),
}


def cases(realworld: Path) -> list[Case]:
    found: list[Case] = json.loads((realworld / "siade" / "cases.json").read_text("utf8"))
    return found


def held(values: dict[str, Any]) -> dict[str, Any]:
    """Without what the source does not hold: null, empty text, empty list, empty object."""
    return {k: v for k, v in values.items() if v not in (None, "", [], {})}


def enrolment(admission: dict[str, Any]) -> dict[str, Any]:
    return held(
        {
            "from": admission["date_debut"],
            "until": admission["date_fin"],
            "enrolled": admission["est_inscrit"],
            "training": admission["regime_formation"]["libelle"],
            "municipalityCode": admission["code_cog_insee_commune"],
            "institution": admission["etablissement_etudes"]["nom"],
        }
    )


def student(data: dict[str, Any]) -> dict[str, Any]:
    return {
        "person.familyName": data["identite"]["nom_naissance"],
        "person.givenName": data["identite"]["prenom"],
        "person.birthDate": data["identite"]["date_naissance"],
        "person.isEnrolled": any(a["est_inscrit"] for a in data["admissions"]),
        "person.enrolments": [enrolment(a) for a in data["admissions"]],
    }


def job_seeker(data: dict[str, Any]) -> dict[str, Any]:
    who, where, contact, enrolled = (data[k] for k in ("identite", "adresse", "contact", "inscription"))
    return {
        "person.familyName": who["nom_usage"] or who["nom_naissance"],
        "person.givenName": who["prenom"],
        "person.sex": {"Masculin": "male", "Féminin": "female"}[who["sexe"]],
        "person.birthDate": who["date_naissance"],
        "person.email": contact["email"],
        "person.phones": [p for p in (contact["telephone"], contact["telephone2"]) if p],
        "person.address": held(
            {
                "thoroughfare": where["ligne_voie"],
                "postCode": where["code_postal"],
                "municipality": where["localite"],
                "municipalityCode": where["code_cog_insee_commune"],
            }
        ),
        "person.jobSeekerSince": enrolled["date_debut"],
        "person.jobSeekerUntil": enrolled["date_fin"],
        "person.jobSeekerCategory": str(enrolled["categorie"]["code"]),
    }


FOUNDED_AND_STOPPED = {
    "775672272": ("1952-05-11", None),
    "424179364": ("1999-07-07", None),
    "552049447": ("1955-01-01", None),
    "350051447": ("1989-03-13", "1995-11-15"),
    "478464803": ("2004-05-24", None),
    "350042925": ("1989-01-01", "2022-06-24"),
}
"""Days in Paris, from the seconds that the source counts by `TZ=Europe/Paris date -d @…`."""


def enterprise(data: dict[str, Any]) -> dict[str, Any]:
    staff = data["tranche_effectif_salarie"]["de"]
    return {
        "organisation.identifier": data["siren"],
        "organisation.legalName": data["personne_morale_attributs"]["raison_sociale"],
        "organisation.acronym": data["personne_morale_attributs"]["sigle"],
        "organisation.givenName": data["personne_physique_attributs"]["prenom_usuel"],
        "organisation.legalForm": data["forme_juridique"]["code"],
        "organisation.activity": data["activite_principale"]["code"],
        "organisation.employeesFrom": None if staff is None else str(staff),
        "organisation.legalStatus": {"A": "active", "C": "stopped"}[data["etat_administratif"]],
        "organisation.isSocialEconomy": data["economie_sociale_et_solidaire"],
        "organisation.foundingDate": FOUNDED_AND_STOPPED[data["siren"]][0],
        "organisation.endDate": FOUNDED_AND_STOPPED[data["siren"]][1],
    }


def association(data: dict[str, Any]) -> dict[str, Any]:
    seat = data["adresse_siege"]
    return {
        "organisation.identifier": data["rna_id"],
        "organisation.legalName": data["titre"],
        "organisation.purpose": data["objet"],
        "organisation.foundingDate": data["date_creation"],
        "organisation.endDate": data["date_dissolution"],
        "organisation.isActive": data["etat"],
        "organisation.registeredAddress": {
            "thoroughfare": f"{seat['numero_voie']} {seat['type_voie']} {seat['libelle_voie']}",
            "postCode": seat["code_postal"],
            "municipality": seat["commune"],
        },
    }


def turnover(data: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "organisation.turnover": [f"{d['data']['chiffre_affaires']}.00" for d in data],
        "organisation.accountsClosed": [d["data"]["date_fin_exercice"] for d in data],
    }


EXPECTED = {
    "siade-student": student,
    "siade-jobseeker": job_seeker,
    "siade-enterprise": enterprise,
    "siade-vat": lambda data: {"organisation.vatNumber": data["tva_number"]},
    "siade-turnover": turnover,
    "siade-association": association,
}
NO_SUCH_DAY = {"person.enrolments"}
"""One recorded student is enrolled until 31 June."""


async def test_every_recorded_case_is_read(source: Make, realworld: Path) -> None:
    made = {name: await source(name) for name, _ in ENDPOINTS.values()}
    outcomes = Counter[int]()
    for case in cases(realworld):
        name, key = ENDPOINTS[case["endpoint"]]
        asked = made[name]
        (scheme,) = asked.schemes
        parameters = {k: v for k, v in case["params"].items() if k != key}
        enquiry = Enquiry(Identifier(scheme, case["params"][key]), asked.attributes, parameters)
        outcomes[case["status"]] += 1
        if case["status"] == 404:
            with pytest.raises(SubjectUnknown):
                await asked.ask(enquiry)
            continue
        reading = await asked.ask(enquiry)
        broken = NO_SUCH_DAY if "06-31" in json.dumps(case["body"]) else set()
        expected = held(EXPECTED[name](case["body"]["data"]))
        assert reading.broken.keys() == broken, case["params"]
        assert reading.values == {k: v for k, v in expected.items() if k not in broken}, case["params"]
    assert outcomes == {200: 36, 404: 5}


async def test_a_parameter_that_is_not_given_has_its_default(source: Make, realworld: Path) -> None:
    asked = await source("siade-turnover")
    siret = Identifier("siret", "13002526500001")
    by_default = await asked.ask(Enquiry(siret, asked.attributes))
    given = await asked.ask(Enquiry(siret, asked.attributes, {"year": "2023"}))
    other = await asked.ask(Enquiry(siret, asked.attributes, {"year": "2024"}))
    assert by_default.values == given.values != other.values


async def test_a_404_that_is_not_the_sources_own_is_no_unknown_subject(source: Make) -> None:
    asked = await source("siade-vat")
    found: Reading | SourceError
    try:
        found = await asked.ask(Enquiry(Identifier("siren", "999999999"), asked.attributes))
    except SourceError as error:
        found = error
    assert type(found).__name__ == "SourceRefused"  # the replay's own 404 has a code that nobody declared
