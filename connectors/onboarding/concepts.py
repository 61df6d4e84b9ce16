"""The attributes that a skeleton can propose: EU Core Vocabulary names, and the meanings of the words that lead to them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

__all__ = ["ADDRESS", "CONCEPTS", "FULL_ADDRESS", "IDENTIFIERS", "PARTS", "Concept", "Kind"]

Kind = Literal["person", "organisation"]


@dataclass(frozen=True, slots=True)
class Concept:
    """One attribute, or one field of an address."""

    attribute: str
    type: str
    needs: tuple[frozenset[str], ...]
    """What the words that lead to it must mean: any one of these sets, whole."""
    also: frozenset[str] = frozenset()
    """What they may mean besides."""
    weak: tuple[frozenset[str], ...] = ()
    """Sets that are enough where the whole contract is about that kind of subject, and nothing better is found."""
    join: bool = False
    """Several texts are one value."""
    names: Mapping[str, str] = field(default_factory=dict)
    category: str = "identity"

    @property
    def kind(self) -> Kind:
        """Whom it is about."""
        return "organisation" if self.attribute.startswith("organisation.") else "person"


def _sets(text: str) -> tuple[frozenset[str], ...]:
    return tuple(frozenset(one.split()) for one in text.split(",")) if text else ()


def _concept(
    attribute: str, kind: str, needs: str, names: str, *, also: str = "", weak: str = "", join: bool = False,
    category: str = "identity",
) -> Concept:  # fmt: skip
    told = dict(zip(("fr", "nl", "de", "en"), names.split(" | "), strict=True)) if names else {}
    return Concept(attribute, kind, _sets(needs), frozenset(also.split()), _sets(weak), join, told, category)


CONCEPTS = (
    _concept(
        "person.identifier", "text",
        "nationalNumber, national number, national id, register national, citizen number, citizen service number, person number, fiscal code, "
        "person id, citizen id, socialSecurity number, national person number, fiscal id, fiscal number",
        "Numéro national | Nationaal nummer | Nationale Nummer | National number", also="register service number id code fiscal legal",
    ),
    _concept(
        "person.familyName", "text", "family name, birth name", "Nom de famille | Familienaam | Familienname | Family name",
        also="birth", join=True,
    ),
    _concept("person.givenNames", "text", "given name, given", "Prénoms | Voornamen | Vornamen | Given names", also="name"),
    _concept("person.birthDate", "date", "birth date, birth", "Date de naissance | Geboortedatum | Geburtsdatum | Date of birth", also="time"),
    _concept(
        "person.placeOfBirth", "text", "birth place, birth municipality, birth place municipality name", "Lieu de naissance | Geboorteplaats | Geburtsort | Place of birth",
        also="name municipality place",
    ),
    _concept("person.deathDate", "date", "death date", "Date de décès | Overlijdensdatum | Sterbedatum | Date of death"),
    _concept("person.gender", "code", "sex", "Sexe | Geslacht | Geschlecht | Gender", also="code"),
    _concept("person.citizenship", "code", "citizenship", "Nationalité | Nationaliteit | Staatsangehörigkeit | Citizenship", also="code country status"),
    _concept(
        "person.civilStatus", "code", "civil status, family status", "État civil | Burgerlijke staat | Familienstand | Civil status", also="code country",
        category="household",
    ),
    _concept(
        "person.householdSize", "text", "member count", "Taille du ménage | Gezinsgrootte | Haushaltsgröße | Size of the household",
        also="number", category="household",
    ),
    _concept(
        "person.taxableIncome", "amount", "income taxable, income amount, income", "Revenu imposable | Belastbaar inkomen | Steuerpflichtiges "
        "Einkommen | Taxable income", also="amount fiscal reference family text", category="income",
    ),
    _concept(
        "person.incomeYear", "date", "income year, fiscal year, taxable year", "Année des revenus | Inkomstenjaar | Einkommensjahr | Year of the "
        "income", also="fiscal taxable", category="income",
    ),
    _concept(
        "organisation.identifier", "text", "enterpriseNumber, enterprise number, enterprise id, vat number, vat id, enterprise vat, enterprise code",
        "Numéro d'entreprise | Ondernemingsnummer | Unternehmensnummer | Enterprise number", also="number id register vat trade", weak="id, number",
    ),
    _concept(
        "organisation.legalName", "text", "legal name, enterprise name, raison legal", "Dénomination | Naam | Bezeichnung | Legal name",
        also="name legal", weak="name",
    ),
    _concept("organisation.alternativeName", "text", "trade name", "Nom commercial | Handelsnaam | Handelsname | Trade name", also="name"),
    _concept(
        "organisation.legalForm", "code", "legal form, enterprise form", "Forme juridique | Rechtsvorm | Rechtsform | Legal form", also="code legal",
    ),
    _concept(
        "organisation.status", "code", "enterprise status, legal status", "Situation juridique | Rechtstoestand | Rechtslage | Legal status",
        also="code country legal", weak="status",
    ),
    _concept(
        "organisation.startDate", "date", "enterprise start date, start date, start", "Date de début | Begindatum | Anfangsdatum | Start date",
        also="date",
    ),
    _concept("organisation.endDate", "date", "enterprise end date, end date", "Date de fin | Einddatum | Enddatum | End date"),
    _concept(
        "organisation.activities", "code", "nace, activity code, nace code", "Activités (NACE) | Activiteiten (NACE) | Tätigkeiten (NACE) | "
        "Activities (NACE)", also="activity code", category="activity",
    ),
    _concept(
        "organisation.employeeCount", "text", "employee count, employee number", "Nombre de travailleurs | Aantal werknemers | Anzahl der "
        "Beschäftigten | Number of employees", also="number count", category="activity",
    ),
    _concept(
        "organisation.turnover", "amount", "turnover, turnover amount", "Chiffre d'affaires | Omzet | Umsatz | Turnover", also="amount text",
        category="finance",
    ),
)  # fmt: skip
"""In this order they take what they find: the first has the first choice among equals."""

IDENTIFIERS: Mapping[Kind, Concept] = {
    "person": next(c for c in CONCEPTS if c.attribute == "person.identifier"),
    "organisation": next(c for c in CONCEPTS if c.attribute == "organisation.identifier"),
}
ADDRESS: Mapping[Kind, Concept] = {
    "person": _concept(
        "person.address", "object", "address", "Adresse | Adres | Adresse | Address", category="residence"
    ),
    "organisation": _concept(
        "organisation.registeredAddress",
        "object",
        "address",
        "Siège | Zetel | Sitz | Registered address",
        category="residence",
    ),
}
FULL_ADDRESS = "fullAddress"
"""The field of an address that comes as one text."""
PARTS = (
    _concept("street", "text", "street, street name", "", also="name", weak="address"),
    _concept("houseNumber", "text", "house number, street number, house", "", also="number", weak="number"),
    _concept("box", "text", "box, box number", "", also="number post"),
    _concept("postCode", "text", "post code, post number, post", "", also="code number"),
    _concept(
        "municipality",
        "text",
        "municipality, municipality name, post place, place",
        "",
        also="name place post",
    ),
    _concept("country", "code", "country, country code", "", also="code name"),
)
