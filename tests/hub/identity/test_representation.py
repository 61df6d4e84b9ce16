"""In whose name somebody acts: only what the hub knows is established."""

from datetime import UTC, datetime
from typing import Any

import pytest

from hub.identity import Person, Standing, standing
from tests.hub.identity.conftest import NUMBER

COMPANY, OTHER = "0403019261", "0202239951"
PERSON = Person(NUMBER, 450, frozenset({COMPANY}), datetime(2027, 1, 1, tzinfo=UTC))


def stands(person: Person | None = PERSON, scheme: str = "ssin", value: str = NUMBER, role: str = "citizen", **other: Any) -> Standing:  # fmt: skip
    return standing(person, subject_scheme=scheme, subject_value=value, role=role, **other)


def test_a_person_stands_for_themselves() -> None:
    found = stands()
    assert (found.basis, found.established, found.is_subject, found.proof) == ("self", True, True, "token")
    assert (found.assurance_level, found.actor_ssin) == (450, NUMBER)
    assert NUMBER not in repr(found)


def test_a_person_does_not_stand_for_another_by_saying_so() -> None:
    for basis in (None, "self", "mandate", "parent", "enterpriseRole"):
        for role in ("citizen", "representative"):
            found = stands(value="85073003427", role=role, basis=basis, reference="M-1")
            assert (found.established, found.is_subject) == (False, False)
            assert found.basis == (basis or "none")
            assert found.reference == "M-1"


@pytest.mark.parametrize("role", ["citizen", "representative"])
@pytest.mark.parametrize("basis", [None, "enterpriseRole"])
def test_a_person_stands_for_an_enterprise_that_the_login_names(role: str, basis: str | None) -> None:
    found = stands(scheme="enterpriseNumber", value=COMPANY, role=role, basis=basis)
    assert (found.basis, found.established, found.is_subject) == ("enterpriseRole", True, False)


def test_a_person_does_not_stand_for_an_enterprise_that_the_login_does_not_name() -> None:
    for basis in (None, "enterpriseRole", "mandate", "self"):
        assert not stands(
            scheme="enterpriseNumber", value=OTHER, role="representative", basis=basis
        ).established


def test_a_mandate_and_a_parents_authority_are_not_established_by_a_claim() -> None:
    for basis in ("mandate", "parent"):
        found = stands(scheme="enterpriseNumber", value=COMPANY, role="representative", basis=basis)
        assert (found.basis, found.established) == (basis, False)


def test_a_number_of_the_other_scheme_is_another_subject() -> None:
    person = Person("00403019261", 450, frozenset({"00403019261", NUMBER}), PERSON.expires_at)
    assert not stands(person, "enterpriseNumber", "00403019261").is_subject
    assert not stands(person, "ssin", NUMBER, "representative", basis="enterpriseRole").established


@pytest.mark.parametrize("role", ["agent", "system"])
def test_an_agent_acts_for_nobody_even_when_it_is_about_themselves(role: str) -> None:
    for found in (
        stands(role=role),
        stands(scheme="enterpriseNumber", value=COMPANY, role=role, basis="enterpriseRole"),
    ):
        assert not found.established
    assert stands(role=role).basis == "none"
    assert stands(role=role).is_subject


def test_an_agents_office_is_known_from_the_login_alone() -> None:
    agent = Person(NUMBER, 450, frozenset(), PERSON.expires_at, agent_of=frozenset({COMPANY}))
    assert stands(agent, value="85073003427", role="agent", administration=COMPANY).established
    assert not stands(agent, value="85073003427", role="agent", administration=OTHER).established
    assert not stands(agent, value="85073003427", role="agent").established
    assert not stands(agent, value="85073003427", role="citizen", administration=COMPANY).established
    assert not stands(agent, value="85073003427", role="system", administration=COMPANY).established
    assert not stands(value="85073003427", role="agent", administration=COMPANY).established


@pytest.mark.parametrize("role", ["citizen", "representative", "agent", "system"])
@pytest.mark.parametrize("basis", [None, "self", "enterpriseRole", "mandate", "parent", "none", "king"])
def test_an_asserted_actor_establishes_nothing(role: str, basis: str | None) -> None:
    found = stands(None, role=role, basis=basis)
    assert (found.established, found.is_subject, found.proof) == (False, False, "asserted")
    assert (found.actor_ssin, found.assurance_level) == (None, None)
    assert found.basis in {"self", "enterpriseRole", "mandate", "parent", "none"}
    if basis is None:
        assert found.basis == ("self" if role == "citizen" else "none")
