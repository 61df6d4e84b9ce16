"""The demo's people and enterprises: synthetic, and always the same for the same seed.

Nobody real can be among them. A person's national number has a month of birth of 61 to 72, which marks test numbers and is never given to
anyone: a hub that knows them must admit test numbers (`ONLYONCE_ADMIT_TEST_NUMBERS`). An enterprise's number begins with 000, lower
than any that is given. Names are words (colours, trees, numbers), not names.
"""

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Final

from hub.catalogue.identifiers import enterprise_check_digits, ssin_check_digits

_FAMILY_NAMES: Final = (
    "Amarante", "Bouleau", "Cobalt", "Donker", "Érable", "Fichtner", "Grüner", "Hêtre", "Indigo", "Jaspers", "Kastanje", "Linde",
    "Mélèze", "Noyer", "Ocre", "Peuplier", "Quarz", "Rood", "Saule", "Tilleul", "Ulmen", "Vert", "Wilg", "Zeder",
)  # fmt: skip
_PARTICLES: Final = ("", "", "", "", "", "Van den ", "D'", "de la ")
_GIVEN_NAMES: Final = (
    "Un", "Deux", "Trois", "Quatre", "Cinq", "Een", "Twee", "Drie", "Vier", "Vijf", "Eins", "Zwei", "Drei", "One", "Two", "Three",
    "Zoë-Test", "Anaïs-Test",
)  # fmt: skip
_STREETS: Final = (
    "Rue de l'Exemple", "Avenue du Modèle", "Voorbeeldstraat", "Place de l'Essai", "Musterweg", "Chaussée de la Démonstration",
    "Rue A & B",
)  # fmt: skip
_MUNICIPALITIES: Final = (
    ("0010", "Valclair"),
    ("0020", "Bois-d'Essai"),
    ("0030", "Voorbeke"),
    ("0040", "Musterdorf"),
)
_ENTERPRISE_WORDS: Final = (
    "Ateliers",
    "Boulangerie",
    "Menuiserie",
    "Imprimerie",
    "Brasserie",
    "Studio",
    "Transports",
    "Jardins",
)
_LEGAL_FORMS: Final = (("610", "SRL"), ("014", "SA"), ("706", "SC"), ("017", "ASBL"))
_NACE: Final = ("01130", "10711", "16230", "18120", "25620", "43320", "49410", "62010", "71121", "81300")
_CIVIL_STATUSES: Final = ("single", "married", "widowed", "divorced", "legalCohabitation")
_LAST_YEAR: Final = 2030
_FIRST_YEAR: Final = 2018
_FIRST_CHILD: Final = 100_000
"""The position from which children have their numbers: after all that adults can have."""


@dataclass(frozen=True, slots=True)
class Address:
    """A place of residence, or a seat; its postal codes are given to no municipality."""

    street: str
    house_number: str
    box: str | None
    post_code: str
    municipality: str
    country: str = "BE"


@dataclass(frozen=True, slots=True)
class Assessment:
    """One year's tax assessment, in euro."""

    year: int
    issued_on: date
    taxable: Decimal
    household: Decimal | None
    dependants: int
    number: str


@dataclass(frozen=True, slots=True)
class SocialStatuses:
    """Yes or no, as the demo's social security says."""

    increased_reimbursement: bool
    integration_income: bool
    job_seeker: bool
    disability_recognised: bool


@dataclass(frozen=True, slots=True)
class Person:
    """A synthetic person. `birth_date` is ISO 8601, of reduced precision where day or month is unknown.

    `parents`: the national numbers of those who have parental authority over somebody under age.
    """

    ssin: str = field(repr=False)
    family_name: str = field(repr=False)
    given_names: tuple[str, ...] = field(repr=False)
    birth_date: str = field(repr=False)
    place_of_birth: str | None = field(repr=False)
    gender: str = field(repr=False)
    citizenships: tuple[str, ...] = field(repr=False)
    civil_status: str = field(repr=False)
    address: Address = field(repr=False)
    household: int
    household_size: int = field(repr=False)
    assessments: Mapping[int, Assessment] = field(repr=False)
    statuses: SocialStatuses = field(repr=False)
    parents: tuple[str, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class Enterprise:
    """A synthetic enterprise. `representatives`: the national numbers of those who may act for it."""

    enterprise_number: str
    legal_name: str
    legal_form: str
    status: str
    start_date: date
    address: Address
    nace: tuple[str, ...]
    employee_count: int
    representatives: tuple[str, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Population:
    """Everyone the demo knows, in an order that only the seed decides: adults, and children who stand apart from them."""

    persons: tuple[Person, ...]
    enterprises: tuple[Enterprise, ...]
    children: tuple[Person, ...] = ()

    @property
    def everybody(self) -> tuple[Person, ...]:
        """The persons, and after them the children."""
        return (*self.persons, *self.children)

    def represented_by(self, ssin: str) -> tuple[str, ...]:
        """The numbers of the enterprises for which this person may act."""
        return tuple(e.enterprise_number for e in self.enterprises if ssin in e.representatives)


def population(seed: int = 1, size: int = 60) -> Population:
    """Make `size` persons in households, and one enterprise for every three of them (at least one).

    The first person of every population has what the demo shows: a student in a household of four (where there are four), a whole birth
    date, an assessment of every year, the increased reimbursement, an enterprise to act for, and a
    child.

    Raises:
        ValueError: fewer than one person, or more than 100,000.
    """
    if not 1 <= size <= 100_000:
        raise ValueError("a population has 1 to 100,000 persons")
    persons = tuple(_persons(random.Random(f"{seed}:persons"), size))  # noqa: S311 - repeatable on purpose
    enterprises = tuple(_enterprises(random.Random(f"{seed}:enterprises"), persons))  # noqa: S311
    children = tuple(_children(random.Random(f"{seed}:children"), persons))  # noqa: S311
    return Population(persons, enterprises, children)


def _children(draw: random.Random, persons: tuple[Person, ...]) -> Iterator[Person]:
    """A child of every tenth person, and of the one after them where those two live together. The first one's is two years old in 2026."""
    for order, parent in enumerate(persons[::10]):
        other = persons[order * 10 + 1 : order * 10 + 2]
        together = [one.ssin for one in other if one.household == parent.household]
        born = date(2024 - order % 10, 1, 1) + timedelta(days=draw.randrange(300))
        gender = draw.choice(("M", "F"))
        yield replace(
            parent,
            ssin=_ssin(_FIRST_CHILD + order, born, gender),
            given_names=(draw.choice(_GIVEN_NAMES),),
            birth_date=born.isoformat(),
            gender=gender,
            civil_status="single",
            assessments={},
            statuses=SocialStatuses(False, False, False, False),
            parents=(parent.ssin, *together),
        )


def _persons(draw: random.Random, size: int) -> Iterator[Person]:
    position = household = 0
    while position < size:
        members = min(draw.choice((1, 1, 2, 2, 3, 4, 5)) if position else 4, size - position)
        family, address = _family_name(draw), _address(draw)
        together = draw.random() < 0.5 or not position
        for _ in range(members):
            yield _person(draw, position, household, members, family, address, together=together)
            position += 1
        household += 1


def _person(  # noqa: PLR0917 - a record being filled
    draw: random.Random,
    position: int,
    household: int,
    members: int,
    family: str,
    address: Address,
    *,
    together: bool,
) -> Person:
    first = position == 0
    born = date(2003, 1, 1) if first else date(1940, 1, 1)
    born += timedelta(days=draw.randrange(1_000 if first else 24_000))
    gender = draw.choice(("M", "F"))
    civil_status = draw.choice(_CIVIL_STATUSES)
    precision = 10 if first else draw.choice((10,) * 8 + (7, 4))
    return Person(
        ssin=_ssin(position, born, gender),
        family_name=family if members > 1 and draw.random() < 0.8 else _family_name(draw),
        given_names=tuple(draw.sample(_GIVEN_NAMES, draw.choice((1, 2, 2, 3)))),
        birth_date=born.isoformat()[:precision],
        place_of_birth=None if draw.random() < 0.1 and not first else draw.choice(_MUNICIPALITIES)[1],
        gender=gender,
        citizenships=draw.choice((("BE",), ("BE",), ("BE",), ("FR",), ("BE", "IT"))),
        civil_status=civil_status,
        address=address,
        household=household,
        household_size=members,
        assessments=_assessments(draw, position, members, together=together),
        statuses=SocialStatuses(
            increased_reimbursement=first or draw.random() < 0.2,
            integration_income=not first and draw.random() < 0.1,
            job_seeker=not first and draw.random() < 0.1,
            disability_recognised=draw.random() < 0.1,
        ),
    )


def _ssin(position: int, born: date, gender: str) -> str:
    """A test number that no other position has. Of the birth it says the year alone."""
    # Twelve months, 498 pairs of sequence numbers (odd for men, even for women) and 31 days make room for everyone.
    order, month = divmod(position, 12)
    day, pair = divmod(order, 498)
    sequence = 2 * pair + (1 if gender == "M" else 2)
    nine = f"{born.year % 100:02d}{61 + month:02d}{1 + day:02d}{sequence:03d}"
    before_2000, from_2000 = ssin_check_digits(nine)
    return f"{nine}{from_2000 if born.year >= 2000 else before_2000:02d}"


def _assessments(
    draw: random.Random, position: int, members: int, *, together: bool
) -> Mapping[int, Assessment]:
    income = Decimal(draw.randrange(900_000, 7_500_000 if position else 1_800_000)) / 100
    found = {}
    for year in range(_FIRST_YEAR, _LAST_YEAR + 1):
        income = (income * Decimal(draw.randrange(98, 106)) / 100).quantize(Decimal("0.01"))
        missing = position > 0 and draw.random() < 0.05
        if not missing:
            found[year] = Assessment(
                year,
                date(year + 1, 9, 1 + draw.randrange(28)),
                income,
                (income * Decimal("1.70")).quantize(Decimal("0.01")) if together and members > 1 else None,
                max(0, members - 2),
                f"{year}-{position:06d}",
            )
    return found


def _family_name(draw: random.Random) -> str:
    return draw.choice(_PARTICLES) + draw.choice(_FAMILY_NAMES)


def _address(draw: random.Random) -> Address:
    post_code, municipality = draw.choice(_MUNICIPALITIES)
    box = str(draw.randrange(1, 30)) if draw.random() < 0.3 else None
    return Address(draw.choice(_STREETS), str(draw.randrange(1, 250)), box, post_code, municipality)


def _enterprises(draw: random.Random, persons: tuple[Person, ...]) -> Iterator[Enterprise]:
    for order in range(max(1, len(persons) // 3)):
        eight = f"{10_000 + order:08d}"
        form, abbreviation = draw.choice(_LEGAL_FORMS)
        founder = persons[0] if order == 0 else draw.choice(persons)
        others = [
            p.ssin
            for p in draw.sample(persons, min(len(persons), draw.choice((0, 0, 1, 2))))
            if p is not founder
        ]
        yield Enterprise(
            enterprise_number=f"{eight}{enterprise_check_digits(eight):02d}",
            legal_name=f"{draw.choice(_ENTERPRISE_WORDS)} {draw.choice(_FAMILY_NAMES)} {order + 1} {abbreviation}",
            legal_form=form,
            status="active" if order == 0 else draw.choice(("active", "active", "active", "stopped")),
            start_date=date(1980, 1, 1) + timedelta(days=draw.randrange(15_000)),
            address=_address(draw),
            nace=tuple(draw.sample(_NACE, draw.choice((1, 1, 2, 3)))),
            employee_count=draw.choice((0, 1, 3, 8, 25, 120)),
            representatives=(founder.ssin, *others),
        )
