"""What each declared MAGDA attribute should be, by the independent reader."""

from collections.abc import Mapping
from typing import Any

from tests.realworld.zeep_reader import (
    Read,
    an_object,
    cents,
    day,
    days,
    either,
    joined,
    leaves,
    many,
    objects,
    one,
    text,
    texts,
    word,
)

_SPOUSES = "BurgerlijkeStaten/BurgerlijkeStaat/Partner"
_NAME: dict[str, Read] = {
    "familyName": joined("Naam/Achternamen/Achternaam", " "),
    "givenNames": many("Naam/Voornamen/Voornaam"),
}
PERSON: Mapping[str, Read] = {
    "person.identifier": one("INSZ"),
    "person.familyName": joined("Naam/Achternamen/Achternaam", " "),
    "person.givenNames": many("Naam/Voornamen/Voornaam"),
    "person.sex": word("Geslacht/Code", {"1": "male", "2": "female"}),
    "person.birthDate": day("Geboorte/Datum"),
    "person.placeOfBirth": an_object(
        "Geboorte/Plaats",
        municipality=one("Gemeente/Naam"),
        municipalityCode=one("Gemeente/NISCode"),
        country=one("Land/ISOCode"),
    ),
    "person.deathDate": day("Overlijden/Datum"),
    "person.citizenship": many("Nationaliteiten/Nationaliteit/Code"),
    "person.citizenshipNames": many("Nationaliteiten/Nationaliteit/Omschrijving"),
    "person.address": an_object(
        "Adressen/Hoofdverblijfplaats",
        thoroughfare=either(one("Straatnaam/String"), one("NietGestandaardiseerdeStraatnaam/String")),
        locatorDesignator=one("Huisnummer"),
        box=one("Busnummer"),
        postCode=one("Postcode"),
        municipality=either(one("Gemeentenaam/String"), one("NietGestandaardiseerdeGemeentenaam/String")),
        municipalityCode=one("NISCodeGemeente"),
        since=day("DatumBegin"),
    ),
    "person.residenceAbroad": joined("Adressen/VerblijfplaatsBuitenland/Teksten/Tekst", ", "),
    "person.civilStatus": many("BurgerlijkeStaten/BurgerlijkeStaat/Code"),
    "person.partners": objects(_SPOUSES, birthDate=day("Geboortedatum"), **_NAME),
    "person.household": objects(
        "Gezinsleden/Gezinslid", position=one("Positie/Code"), since=day("DatumBegin"), **_NAME
    ),
    "person.householdSize": lambda p: str(len(leaves(p, "Gezinsleden/Gezinslid"))),
    "person.register": one("Register/Omschrijving"),
    "person.recordedSince": day("DatumCreatie"),
    "person.isRecordedAlive": lambda p: not leaves(p, "Overlijden"),
}


def _item(point: Any, code: str) -> str | None:
    found = [text(i.Waarde) for i in leaves(point, "Items/Item") if text(i.Code) == code]
    assert len(found) <= 1
    return cents(found[0]) if found and found[0] else None


def _own(point: Any, number: str) -> str | None:
    return _item(point, f"{text(point.GevraagdePersoon.FiscaleStatus.Code)}{number}")


TAX: Mapping[str, Read] = {
    "person.taxIdentifier": one("GevraagdePersoon/INSZ"),
    "person.fiscalStatus": word("GevraagdePersoon/FiscaleStatus/Code", {"A": "taxpayer", "B": "partner"}),
    "person.fiscalStatusName": one("GevraagdePersoon/FiscaleStatus/Omschrijving"),
    "person.incomeYear": day("Inkomensjaar"),
    "person.assessmentNumber": one("Artikelnummer"),
    "person.taxableIncome": lambda p: _own(p, "7555"),
    "person.separatelyTaxedIncome": lambda p: _own(p, "7270"),
    "person.partnerTaxableIncome": lambda p: _item(p, "B7555"),
    "person.assessmentItems": objects(
        "Items/Item", code=one("Code"), amount=lambda i: cents(str(text(i.Waarde)))
    ),
    "person.assessmentItemCodes": many("Items/Item/Code"),
    "person.assessmentTotal": lambda p: cents(str(sum(int(w) for w in texts(p, "Items/Item/Waarde")))),
    "person.isTaxedWithPartner": lambda p: any(c.startswith("B") for c in texts(p, "Items/Item/Code")),
}

_STATUS = "SocialeStatuten/SociaalStatuut"


def _named(point: Any, code: str) -> list[str] | None:
    found = leaves(point, _STATUS)
    return [str(text(s.Naam)) for s in found if text(s.Resultaat.Code) == code] or None


def _granted(point: Any, name: str) -> bool | None:
    found = [text(s.Resultaat.Code) for s in leaves(point, _STATUS) if text(s.Naam) == name]
    assert len(found) <= 1
    return found[0] == "1" if found else None


SOCIAL: Mapping[str, Read] = {
    "person.socialIdentifier": one("INSZ"),
    "person.socialStatuses": lambda p: _named(p, "1"),
    "person.socialStatusesRefused": lambda p: _named(p, "0"),
    "person.socialStatusesAsked": many(f"{_STATUS}/Naam"),
    "person.socialStatusDetails": objects(
        _STATUS,
        status=one("Naam"),
        granted=word("Resultaat/Code", {"1": True, "0": False}),
        explanation=one("Resultaat/Omschrijving"),
        periods=objects("Periodes/Periode", **{"from": day("Begindatum"), "until": day("Einddatum")}),
    ),
    "person.socialStatusFrom": days(f"{_STATUS}/Periodes/Periode/Begindatum"),
    "person.socialStatusUntil": days(f"{_STATUS}/Periodes/Periode/Einddatum"),
    "person.socialStatusCodes": many(f"{_STATUS}/Status/Code"),
    "person.socialStatusExplanations": many(f"{_STATUS}/Resultaat/Omschrijving"),
    "person.hasIncreasedReimbursement": lambda p: _granted(p, "BIM_BVT"),
    "person.familyHasIncreasedReimbursement": lambda p: _granted(p, "BIM_BVT_IN_FAMILY"),
    "person.socialStatusCount": lambda p: str(len(leaves(p, _STATUS))),
}


def _street(address: Any) -> str | None:
    own = texts(address, "Straat/Naam")
    if own:
        return own[0]
    first = leaves(address, "Descripties/Descriptie")[:1]
    return next(iter(texts(first, "Adres/Straat/Naam")), None)


ENTERPRISE: Mapping[str, Read] = {
    "organisation.identifier": one("Ondernemingsnummer"),
    "organisation.legalName": many("Namen/MaatschappelijkeNamen/MaatschappelijkeNaam/Naam"),
    "organisation.legalNames": objects(
        "Namen/MaatschappelijkeNamen/MaatschappelijkeNaam", name=one("Naam"), language=one("Taalcode")
    ),
    "organisation.alternativeName": many("Namen/AfgekorteNamen/AfgekorteNaam/Naam"),
    "organisation.tradeName": many("Namen/CommercieleNamen/CommercieleNaam/Naam"),
    "organisation.legalStatus": word("StatusKBO/Code", {"AC": "active", "ST": "stopped"}),
    "organisation.isNaturalPerson": word("SoortOnderneming/Code", {"1": True, "2": False}),
    "organisation.legalForm": many("Rechtsvormen/Rechtsvorm/Code"),
    "organisation.legalFormName": many("Rechtsvormen/Rechtsvorm/Afkorting"),
    "organisation.foundingDate": day("Start/Datum"),
    "organisation.registrationDate": day("Inschrijving/Datum"),
    "organisation.endDate": day("Stopzetting/Datum"),
    "organisation.registeredAddress": objects(
        "Adressen/Adres",
        thoroughfare=_street,
        locatorDesignator=one("Huisnummer"),
        box=one("Busnummer"),
        postCode=one("Gemeente/PostCode"),
        municipalityCode=one("Gemeente/NISCode"),
        country=one("Land/ISOCode"),
    ),
    "organisation.activities": objects(
        "Activiteiten/Activiteit",
        code=one("Nace/Code"),
        version=one("Nace/Versie"),
        main=word("Type/Code", {"P": True, "S": False}),
        since=day("DatumBegin"),
    ),
    "organisation.bankAccounts": many("Bankrekeningen/Bankrekeningnummer/IBAN"),
    "organisation.establishments": many("Vestigingen/Vestiging/Vestigingsnummer"),
}

SERVICES = {
    "magda-person": (PERSON, "Persoon", set[str]()),
    "magda-tax": (TAX, "AanslagbiljetPersonenbelasting", {"person.assessmentSent"}),
    "magda-social-status": (SOCIAL, "Persoon", {"person.socialStatusAnswered"}),
    "magda-enterprise": (ENTERPRISE, "Onderneming", set[str]()),
}
"""Per source: its readers, the element of its answer, and the attributes that stand outside it."""
