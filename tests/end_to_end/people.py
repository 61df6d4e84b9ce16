"""Everybody in the tests' houses: those whom the sources know, and after them some who can log in and whom no source knows."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

from hub.catalogue.identifiers import ssin_check_digits
from hub.demo.people import Person, Population, population


def _minor(like: Person, *parents: Person) -> Person:
    """Somebody of 14 or 15, born in December, and whose child they are."""
    born = datetime.now(UTC).year - 15
    nine = f"{born % 100:02d}7231997"
    number = f"{nine}{ssin_check_digits(nine)[1]:02d}"
    return replace(like, ssin=number, birth_date=f"{born}-12-31", parents=tuple(one.ssin for one in parents))


SIZE: Final = 300
_SEEDED: Final = population(size=SIZE + 20)
_ADULTS: Final = population(size=SIZE)
KNOWN: Final = Population(
    (*_ADULTS.persons, _minor(_SEEDED.persons[5], *_SEEDED.persons[:2])), _ADULTS.enterprises
)
PEOPLE: Final = Population((*KNOWN.persons, *_SEEDED.persons[SIZE:]), KNOWN.enterprises)
ADULTS: Final = range(SIZE)
"""The places of those whom the sources know, and who are of age."""
MINOR: Final = SIZE
"""The place of one who is not: a child of the two about whom any test may ask."""
UNKNOWN: Final = range(SIZE + 1, SIZE + 21)
"""The places of those whom no source knows."""
SHARED: Final = range(2)
"""The places of those about whom any test may ask; nobody counts their lines."""


def ssin(place: int) -> str:
    """Somebody's national number."""
    return PEOPLE.persons[place].ssin


def person(place: int) -> Person:
    """Somebody, as the sources know them."""
    return PEOPLE.persons[place]
