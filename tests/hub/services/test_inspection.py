"""An officer is shown nothing that was not recorded, and nothing of anybody else's."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from audit import BlindKey, Choice, History, Officials, Search
from connectors import Identifier
from hub.identity import Person
from hub.keys import KeyFolder
from hub.services.errors import NotPermitted, NotRecorded, RequestInvalid
from hub.services.inspection import Asked, Inspections, Officer
from hub.services.readings import Readings
from tests.hub.services.conftest import CITIZEN, OTHER, House

HUBS = "0000100661"
EVER = Choice(since=datetime(2026, 1, 1, tzinfo=UTC), until=datetime(2027, 1, 1, tzinfo=UTC))


@pytest.fixture
def inspections(house: House, new_history: Callable[[], History], tmp_path: Path) -> Inspections:
    keys = KeyFolder(tmp_path / "keys")
    blind = BlindKey(keys.blind)
    ids = (f"read-{n}" for n in range(1000))
    return Inspections(
        house.log, search=Search(house.engine, keys.epochs, blind), history=new_history(), journal=house.journal,
        readings=Readings(house.log, ids.__next__), officials=Officials(house.engine, keys.epochs), blind=blind, catalogue=house.catalogue, operator=HUBS, clock=house.clock,
    )  # fmt: skip


def person(*of: str) -> Person:
    return Person(OTHER, 450, frozenset(), datetime(2030, 1, 1, tzinfo=UTC), dpo_of=frozenset(of))


def officer(inspections: Inspections, house: House, *controllers: str) -> Officer:
    numbers = [house.catalogue.controllers[name].enterprise_number for name in controllers]
    return inspections.officer(person(*(numbers or [HUBS])))


async def test_an_officer_reads_for_the_organisations_that_the_login_names(
    inspections: Inspections, house: House
) -> None:
    assert officer(inspections, house).controllers is None
    assert officer(inspections, house, "municipality").controllers == frozenset({"municipality"})
    both = frozenset({"municipality", "tax-office"})
    assert officer(inspections, house, *both).controllers == both
    for nobody in (person(), person("0000000097")):
        with pytest.raises(NotPermitted):
            inspections.officer(nobody)


async def test_the_officer_of_the_hub_reads_all_and_reads_for_the_hub(
    inspections: Inspections, house: House
) -> None:
    await house.ask("study-grant", "lastName")
    await house.ask("sports-discount", "lastName")
    lines, following = await inspections.search(
        officer(inspections, house), Asked(Choice(), "A check."), before=None, size=10
    )
    assert ([one.line.index for one in lines], following) == ([1, 0], None)
    readings = [line for line in house.lines() if line.kind == "usageRead"]
    assert {line.controller for line in readings} == {"hub"}
    assert [line.details["entries"] for line in readings if line.details] == [[1, 0]]
    (searched,) = [line for line in house.log.read_subject("hub").lines if line.kind == "logSearched"]
    assert searched.details is not None
    assert (searched.details["found"], searched.details["role"]) == (2, "dpo")


async def test_an_officer_reads_what_was_searched_but_not_about_which_official(
    inspections: Inspections, house: House
) -> None:
    reads = officer(inspections, house)
    about = Identifier("ssin", OTHER)
    wanted = Choice(outcome=frozenset({"refused"}))
    await inspections.search(reads, Asked(wanted, "A check.", agent=about), before=None, size=10)
    lines, _ = await inspections.search(reads, Asked(Choice(), "A check."), before=None, size=10)
    (searched,) = [one.details for one in lines if one.line.kind == "logSearched"]
    assert (searched["searched"], searched["found"]) == ({"outcome": ["refused"]}, 0)
    assert house.journal.actor(about.value) not in str(lines)


async def test_nothing_is_shown_when_the_reading_cannot_be_recorded(
    inspections: Inspections, house: House
) -> None:
    await house.ask("sports-discount", "lastName")
    reads = officer(inspections, house, "municipality")
    await house.log.close()
    with pytest.raises(NotRecorded):
        await inspections.search(reads, Asked(Choice(), "A check."), before=None, size=10)
    with pytest.raises(NotRecorded):
        await inspections.counts(reads, Asked(EVER, "A check."), None)
    with pytest.raises(NotRecorded):
        await inspections.export(reads, Asked(EVER, "A check."))


async def test_who_asks_for_a_person_without_lines_is_on_their_record(
    inspections: Inspections, house: House
) -> None:
    asked = Asked(Choice(), "A request.", subject=Identifier("ssin", CITIZEN))
    lines, _ = await inspections.search(
        officer(inspections, house, "municipality"), asked, before=None, size=10
    )
    assert lines == ()
    (line,) = house.lines()
    assert line.details is not None
    assert (line.kind, line.controller, line.details["entries"]) == ("usageRead", "municipality", [])


async def test_an_export_of_too_much_is_refused_before_it_is_recorded(
    inspections: Inspections, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(3):
        await house.ask("sports-discount", "lastName")
    monkeypatch.setattr("hub.services.inspection.MOST_EXPORTED", 2)
    with pytest.raises(RequestInvalid):
        await inspections.export(officer(inspections, house, "municipality"), Asked(EVER, "A check."))
    assert house.log.count_subject("many") == 0


async def test_an_export_comes_in_batches(
    inspections: Inspections, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(5):
        await house.ask("sports-discount", "lastName")
    monkeypatch.setattr("hub.services.inspection._BATCH", 2)
    export = await inspections.export(officer(inspections, house, "municipality"), Asked(EVER, "A check."))
    assert (export.count, [one.line.index async for one in export.lines]) == (5, [0, 1, 2, 3, 4])
    assert export.index == 5


async def test_who_represents_whom_is_not_shown(inspections: Inspections, house: House) -> None:
    await house.ask("company-subsidy", "legalName", role="representative", basis="enterpriseRole")
    lines, _ = await inspections.search(
        officer(inspections, house), Asked(Choice(), "A check."), before=None, size=10
    )
    acted, one = lines
    assert (acted.line.kind, one.line.kind) == ("actedFor", "prefill")
    assert "represented" not in acted.details
    assert one.agent is None
    assert one.details["representedBy"] == "enterpriseRole"
    assert "actor" not in one.details
    assert house.journal.actor(CITIZEN) not in repr(one.details)
