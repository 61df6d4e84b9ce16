"""Mandates that another register keeps: asked when a form is prefilled, and turned into facts for the policies."""

from dataclasses import replace
from types import MappingProxyType
from typing import Any

import pytest

from connectors import SourceUnavailable, Value
from hub.catalogue import Attribute, Register
from hub.catalogue.model import Shape
from hub.services.prefill import PrefillAnswer
from tests.hub.services.conftest import CITIZEN, COLLEAGUE, OTHER, VALUES, House
from tests.hub.services.prefilled import reasons, statuses
from tests.hub.services.test_mandates import in_force

MANDATES = "person.mandates"
_FIELDS = {"holder": "text", "type": "code", "validFrom": "date", "validUntil": "date"}
NAME = dict.fromkeys(("fr", "nl", "de", "en"), "Register")


@pytest.fixture
def listed(house: House) -> list[Value]:
    """A register of mandates at the national register, and what it lists of the citizen's."""
    catalogue = house.catalogue
    shape = Shape("object", True, {name: Shape(kind, None, None) for name, kind in _FIELDS.items()})
    register = Register(
        "kept-elsewhere", NAME, "mandate", MANDATES,
        MappingProxyType({"SVC-1": frozenset({"study-grant-decision"}), "SVC-2": frozenset({"library-membership"})}),
    )  # fmt: skip
    declared = replace(
        catalogue,
        attributes={**catalogue.attributes, MANDATES: Attribute(MANDATES, NAME, "household", "normal", "person", shape)},
        serving={**catalogue.serving, MANDATES: "national-register"},
        representation={**catalogue.representation, register.id: register},
    )  # fmt: skip
    acting_for: Any = house.prefill._who._acting_for
    acting_for._registers._catalogue = declared
    source, found = house.sources["national-register"], list[Value]()
    source._attributes |= {MANDATES}
    source._holdings = {**source._holdings, CITIZEN: {**VALUES, MANDATES: found}}
    return found


def a_mandate(**changes: Any) -> Value:
    said: dict[str, Any] = {
        "holder": OTHER, "type": "SVC-1", "validFrom": "2026-01-01", "validUntil": "2026-12-31",
    }  # fmt: skip
    return {name: one for name, one in (said | changes).items() if one is not None}


async def on_mandate(house: House, who: str = "other", reference: str | None = None) -> PrefillAnswer:
    return await house.ask(
        "study-grant", "lastName", actor_token=who, role="representative", basis="mandate", reference=reference
    )  # fmt: skip


async def test_what_a_register_lists_counts_and_both_read_it(house: House, listed: list[Value]) -> None:
    listed.append(a_mandate())
    assert statuses(await on_mandate(house, reference="SSM-2026-7")) == {"lastName": "filled"}
    line, checked = house.lines()
    assert (line.kind, checked.kind, checked.outcome) == ("prefill", "representationChecked", "confirmed")
    said = line.details or {}
    assert (said["representedBy"], said["reference"], "mandateId" in said) == ("mandate", "SSM-2026-7", False)
    assert [one.kind for one in house.lines(OTHER)] == ["actedFor"]
    assert OTHER not in repr(house.lines())


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"holder": COLLEAGUE}, "representationNotEstablished"),
        ({"type": "SVC-2"}, "mandateOutOfScope"),
        ({"type": "SVC-9"}, "mandateOutOfScope"),
        ({"validFrom": "2026-03-04"}, "mandateNotInForce"),
        ({"validUntil": "2026-03-02"}, "mandateNotInForce"),
        ({"validFrom": None}, "mandateNotInForce"),
        ({"validFrom": "2026"}, "mandateNotInForce"),
        ({"validUntil": "2026-12"}, "mandateNotInForce"),
    ],
)
async def test_what_does_not_count(house: House, listed: list[Value], changes: Any, reason: str) -> None:
    listed.append(a_mandate(**changes))
    assert reasons(await on_mandate(house)) == {reason}


async def test_the_last_day_counts_and_an_end_need_not_be(house: House, listed: list[Value]) -> None:
    listed.append(a_mandate(validUntil="2026-03-03"))
    assert statuses(await on_mandate(house)) == {"lastName": "filled"}
    listed[:] = [a_mandate(validUntil=None)]
    assert statuses(await on_mandate(house)) == {"lastName": "filled"}


async def test_of_several_the_one_that_covers_is_taken(house: House, listed: list[Value]) -> None:
    listed += [a_mandate(type="SVC-2"), a_mandate(validUntil="2026-01-31"), a_mandate(), "nonsense"]
    assert statuses(await on_mandate(house)) == {"lastName": "filled"}


async def test_no_register_is_asked_where_a_mandate_kept_here_does(house: House, listed: list[Value]) -> None:
    mandate = await in_force(house)
    listed.append(a_mandate())
    for reference in (None, mandate):
        assert statuses(await on_mandate(house, reference=reference)) == {"lastName": "filled"}
    assert "representationChecked" not in {line.kind for line in house.lines()}
    house.clock.pass_by(days=365)
    listed[:] = [a_mandate(validUntil=None)]
    assert reasons(await on_mandate(house, reference=mandate)) == {"mandateNotInForce"}
    assert statuses(await on_mandate(house)) == {"lastName": "filled"}


async def test_a_register_that_is_down_is_said_to_be_and_the_other_reasons_stay(
    house: House, listed: list[Value]
) -> None:
    listed.append(a_mandate())
    house.sources["national-register"].failure = SourceUnavailable("national-register", "down")
    assert reasons(await on_mandate(house)) == {"representationUnavailable"}
    foreign = await house.ask(
        "study-grant", "lastName", client="municipal-forms", actor_token="other", role="representative", basis="mandate"
    )  # fmt: skip
    assert reasons(foreign) == {"clientNotAuthorised"}
