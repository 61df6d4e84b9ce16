"""The demo's people are synthetic, sound and repeatable."""

import pytest

from hub.catalogue import IdentifierInvalid, check_enterprise_number, check_ssin
from hub.demo.people import Population, population


def test_the_same_seed_gives_the_same_people() -> None:
    assert population(7, 40) == population(7, 40)
    assert population(7, 40) != population(8, 40)


def test_every_number_is_a_sound_test_number_of_its_own() -> None:
    many = population(3, 6_500)
    numbers = [person.ssin for person in many.persons]
    assert len(set(numbers)) == 6_500
    for number in numbers:
        check_ssin(number, admit_test_numbers=True)
        assert 61 <= int(number[2:4]) <= 72


def test_no_hub_takes_them_for_people_unless_it_is_told_to(people: Population) -> None:
    for person in people.persons:
        with pytest.raises(IdentifierInvalid, match="test number"):
            check_ssin(person.ssin)


def test_enterprise_numbers_are_sound_and_below_any_that_is_given(people: Population) -> None:
    numbers = [enterprise.enterprise_number for enterprise in people.enterprises]
    assert len(set(numbers)) == len(numbers) == 20
    for number in numbers:
        check_enterprise_number(number)
        assert number < "0200000000"


def test_every_enterprise_is_represented_by_someone_of_the_population(people: Population) -> None:
    known = {person.ssin for person in people.persons}
    for enterprise in people.enterprises:
        assert enterprise.representatives
        assert set(enterprise.representatives) <= known
        for ssin in enterprise.representatives:
            assert enterprise.enterprise_number in people.represented_by(ssin)


def test_the_first_person_has_what_the_demo_shows(people: Population) -> None:
    first = people.persons[0]
    assert len(first.birth_date) == 10
    assert first.household_size == 4
    assert set(first.assessments) == set(range(2018, 2031))
    assert first.statuses.increased_reimbursement
    assert people.represented_by(first.ssin)


def test_some_birth_dates_are_partial_and_some_income_is_missing() -> None:
    persons = population(1, 300).persons
    assert {len(person.birth_date) for person in persons} == {4, 7, 10}
    assert any(len(person.assessments) < 13 for person in persons)
    assert any(person.place_of_birth is None for person in persons)


def test_a_household_shares_an_address_and_counts_its_members(people: Population) -> None:
    for person in people.persons:
        members = [other for other in people.persons if other.household == person.household]
        assert len(members) == person.household_size
        assert {member.address for member in members} == {person.address}


@pytest.mark.parametrize("size", [1, 2, 3, 5])
def test_small_populations_are_whole(size: int) -> None:
    small = population(1, size)
    assert len(small.persons) == size
    assert small.enterprises[0].representatives[0] == small.persons[0].ssin


@pytest.mark.parametrize("size", [0, -1, 100_001])
def test_a_size_that_cannot_be_is_refused(size: int) -> None:
    with pytest.raises(ValueError, match="population"):
        population(1, size)


def test_nothing_personal_is_in_a_repr(people: Population) -> None:
    said = repr(people)
    for person in people.persons[:5]:
        assert person.ssin not in said
        assert person.birth_date not in said or len(person.birth_date) < 10
