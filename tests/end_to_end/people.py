"""Everybody in the tests' houses: those whom the sources know, and after them some who can log in and whom no source knows."""

from typing import Final

from hub.demo.people import Population, population

SIZE: Final = 300
KNOWN: Final = population(size=SIZE)
PEOPLE: Final = Population((*KNOWN.persons, *population(size=SIZE + 20).persons[SIZE:]), KNOWN.enterprises)
UNKNOWN: Final = range(SIZE, SIZE + 20)
"""The places of those whom no source knows."""
SHARED: Final = range(2)
"""The places of those about whom any test may ask; nobody counts their lines."""
