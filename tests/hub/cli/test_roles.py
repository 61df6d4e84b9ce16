"""The table of what each role may do is of today, and leaves out no route and no command."""

from collections import Counter
from inspect import signature

import pytest

from hub.api.guards import GUARDS
from hub.api.roles import ANYONE, AUDITOR, OPERATOR, PASSAGES, ROLES, Whose
from hub.cli.roles import DESKS, commands, routes, table, ways, within
from tests.support.machine import ROOT


def test_the_table_in_the_documentation_is_that_of_today() -> None:
    document = (ROOT / "docs" / "identity.md").read_text("utf-8")
    assert within(document) == document, "write it anew: python -m hub.cli.roles"


def test_every_command_is_for_somebodys_desk() -> None:
    assert {name for name, _ in commands()} == set(DESKS)


def test_every_route_lets_somebody_pass() -> None:
    assert not [route for route, _, passages in routes() if not passages]


def test_every_route_and_every_command_stands_in_the_table() -> None:
    lines = table()
    assert not [route for route, _, _ in routes() if f"`{route}`" not in lines]
    assert not [name for name, _ in commands() if f"`onlyonce {name}`" not in lines]


def test_what_somebody_does_through_a_client_is_a_route_of_clients() -> None:
    there = {route for route, _, _ in routes()}
    assert not {one.route for role in ROLES for one in role.through} - there


def test_every_role_may_do_something_and_is_one() -> None:
    may = Counter(way.role.name for way in ways())
    assert set(may) == {role.name for role in ROLES}
    assert len({role.name for role in ROLES}) == len(ROLES)


def test_who_is_not_asked_who_they_are_is_given_nobodys_data() -> None:
    assert {guard for guard in GUARDS if not signature(guard).parameters} == {
        guard for guard in GUARDS if {one.role for one in PASSAGES[guard]} <= {ANYONE, AUDITOR}
    }
    for way in ways():
        if way.role in {ANYONE, AUDITOR, OPERATOR}:
            assert way.whose == (Whose.NONE,), way.way


def test_a_document_without_the_marks_is_not_touched() -> None:
    with pytest.raises(ValueError, match="marks"):
        within("# Who is calling\n")
