"""Element names in five languages lead to the attributes they mean, and to no others."""

import pytest

from connectors.onboarding.proposals import Proposal, propose
from connectors.onboarding.shape import Node, Operation
from connectors.onboarding.words import meanings


def tree(name: str, *below: "Node | str", kind: str = "Type") -> Node:
    """A node; a text stands for a leaf, `born:xs:date` for one of another type than a string."""
    children = []
    for one in below:
        if isinstance(one, str):
            leaf, _, of = one.partition(":")
            children.append(Node(leaf, None, of or "xs:string"))
        else:
            children.append(one)
    return Node(name, None, kind, children=tuple(children))


def proposed(*below: "Node | str", asked: str = "ssin", name: str = "Answer") -> dict[str, str]:
    """Attribute → path below the root, of an operation that is asked with this element."""
    operation = Operation("Op", "soap", request=tree("Ask", asked), reply=tree(name, *below))
    return {one.attribute: path(one) for one in propose(operation)}


def path(one: Proposal) -> str:
    return "/".join(node.name for node in one.at[1:])


PERSON = {
    "person.familyName": ["familienaam", "Achternaam", "nom_de_famille", "nomNaissance", "Familienname", "Nachname", "lastName", "surname", "cognome", "apellidos", "perekonnanimi", "perenimi", "nomPatronymique"],
    "person.givenNames": ["voornamen", "Voornaam", "prenoms", "Prénom", "Vorname", "Vornamen", "firstName", "given_names", "eesnimi"],
    "person.birthDate": ["geboortedatum", "dateNaissance", "date_de_naissance", "Geburtsdatum", "birthDate", "DateOfBirth", "dataDiNascita", "data_nascita", "fechaNacimiento", "sunniaeg"],
    "person.gender": ["geslacht", "sexe", "Geschlecht", "gender", "sesso", "sexo"],
    "person.citizenship": ["nationaliteit", "nationalité", "Staatsangehörigkeit", "nationality", "cittadinanza"],
    "person.civilStatus": ["burgerlijkeStaat", "situationFamiliale", "etat_civil", "Familienstand", "maritalStatus", "statoCivile"],
    "person.deathDate": ["overlijdensdatum", "date_deces", "Sterbedatum", "dateOfDeath", "dataDecesso"],
    "person.identifier": ["rijksregisternummer", "numeroNational", "INSZ", "niss", "codiceFiscale", "burgerservicenummer", "isikukood", "nationalNumber", "personId", "numero_securite_sociale"],
    "person.taxableIncome": ["belastbaarInkomen", "revenuImposable", "revenu_fiscal_reference", "zuVersteuerndesEinkommen", "taxableIncome", "annualIncome", "redditoImponibile"],
    "person.incomeYear": ["inkomstenjaar", "anneeRevenus", "Einkommensjahr", "incomeYear", "annoReddito"],
}  # fmt: skip
ORGANISATION = {
    "organisation.identifier": ["ondernemingsnummer", "numeroEntreprise", "siren", "Unternehmensnummer", "enterpriseNumber", "vatNumber", "partitaIva"],
    "organisation.legalName": ["maatschappelijkeNaam", "raisonSociale", "raison_sociale", "Firmenname", "companyName", "legalName", "ragioneSociale"],
    "organisation.legalForm": ["rechtsvorm", "formeJuridique", "Rechtsform", "legalForm", "formaGiuridica"],
    "organisation.startDate": ["begindatum", "dateDebut", "date_creation", "Anfangsdatum", "startDate", "dataInizio"],
    "organisation.endDate": ["einddatum", "dateFin", "Enddatum", "endDate", "date_cessation"],
    "organisation.turnover": ["omzet", "chiffreAffaires", "Umsatz", "turnover", "fatturato"],
}  # fmt: skip


@pytest.mark.parametrize(("attribute", "name"), [(a, n) for a, names in PERSON.items() for n in names])
def test_a_persons_attribute_is_known_by_its_name(attribute: str, name: str) -> None:
    assert proposed(name, "other") == {attribute: name}


@pytest.mark.parametrize(("attribute", "name"), [(a, n) for a, names in ORGANISATION.items() for n in names])
def test_an_organisations_attribute_is_known_by_its_name(attribute: str, name: str) -> None:
    assert proposed(name, "other", asked="enterpriseNumber") == {attribute: name}


@pytest.mark.parametrize(
    "parts",
    [
        ("straatnaam", "huisnummer", "busnummer", "postcode", "gemeente", "land"),
        ("rue", "numero", "boite", "codePostal", "commune", "pays"),
        ("Strasse", "Hausnummer", "Postfach", "PLZ", "Ort", "Land"),
        ("street", "houseNumber", "box", "postalCode", "city", "country"),
        ("via", "numeroCivico", "interno", "cap", "comune", "paese"),
    ],
)
def test_the_parts_of_an_address_become_one_object(parts: tuple[str, ...]) -> None:
    operation = Operation(
        "Op", "soap", request=tree("Ask", "ssin"), reply=tree("A", tree("Adresse", *parts), "other")
    )
    (address,) = propose(operation)
    assert address.attribute == "person.address"
    found = {field.attribute: field.leaf.node.name for field in address.fields}
    wanted = dict(
        zip(("street", "houseNumber", "box", "postCode", "municipality", "country"), parts, strict=True)
    )
    assert {name: found.get(name) for name in wanted if name != "box"} == {
        n: v for n, v in wanted.items() if n != "box"
    }
    assert found.get("box") in {wanted["box"], None}


def test_the_words_above_count() -> None:
    found = proposed(
        tree("Geboorte", "Datum", "Plaats"),
        tree("Geslacht", "Code", "Omschrijving"),
        tree("Naam", "Voornaam"),
    )
    assert found == {
        "person.birthDate": "Geboorte/Datum",
        "person.placeOfBirth": "Geboorte/Plaats",
        "person.gender": "Geslacht/Code",
        "person.givenNames": "Naam/Voornaam",
    }


@pytest.mark.parametrize(
    "other",
    [
        "partner",
        "echtgenoot",
        "conjoint",
        "Ehepartner",
        "enfants",
        "kinderen",
        "pere",
        "afzender",
        "Uitzondering",
    ],
)
def test_what_is_below_somebody_else_is_nobodys(other: str) -> None:
    assert proposed(tree(other, "familienaam", "geboortedatum"), "straat", "a", "b", "c", "d", "e", "f") == {}


def test_a_name_alone_is_understood_by_its_siblings() -> None:
    assert proposed("nom", "prenom") == {"person.familyName": "nom", "person.givenNames": "prenom"}
    assert proposed("nombre", "apellidos") == {
        "person.givenNames": "nombre",
        "person.familyName": "apellidos",
    }
    assert proposed("nom", "couleur") == {}
    assert proposed("name", "valid", asked="vatNumber") == {"organisation.legalName": "name"}


@pytest.mark.parametrize(
    "name",
    [
        "requestDate",
        "dateReception",
        "policyName",
        "fileName",
        "accountNumber",
        "postponed",
        "birthdayGreeting",
    ],
)
def test_what_is_no_attribute_is_not_proposed(name: str) -> None:
    assert proposed(name, "x", "y") == {}


def test_a_type_that_cannot_be_is_no_match() -> None:
    assert proposed("geboortedatum:xs:boolean") == {}
    assert proposed("familienaam:xs:date") == {}
    assert proposed("belastbaarInkomen:xs:decimal") == {"person.taxableIncome": "belastbaarInkomen"}


def test_words_are_known_whatever_their_case_accents_and_separators() -> None:
    for name in ("date_naissance", "DATE-NAISSANCE", "dateNaissance", "Date.De.Naissance", "datenaissance"):
        assert meanings(name).known == {"birth", "date"}, name
    assert meanings("Geburts­datum").unknown <= 1
    assert meanings("xyzzy").unknown == 1


def test_the_id_of_an_address_is_no_street() -> None:
    address = tree("adresse", "identite", "numeroRue", "codePostal", "commune")
    operation = Operation(
        "Op", "soap", request=tree("Ask", "ssin"), reply=tree("Answer", "nom", "prenom", address)
    )
    found = next(one for one in propose(operation) if one.fields)
    assert {one.attribute for one in found.fields} == {"houseNumber", "postCode", "municipality"}
