"""A line is put off on an order of two of its controller's people, and nothing about it is shown before it."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from audit import verify
from hub.catalogue import Catalogue
from hub.keys import KeyFolder
from hub.oversight import NotDeferred, OrderInvalid, OrderUsed, approve, draft_order
from hub.services.deferrals import PUT_OFF, Deferrals
from hub.services.readings import Reader, Readings
from tests.hub.services.conftest import House
from tests.hub.services.deferring import APPROVERS, HUB, deferring_catalogue
from tests.hub.services.test_usage import person


@pytest.fixture(scope="session")
def demo_catalogue(tmp_path_factory: pytest.TempPathFactory) -> Catalogue:
    return deferring_catalogue(tmp_path_factory.mktemp("deferring"))


@pytest.fixture
def deferrals(house: House) -> Deferrals:
    return Deferrals(house.journal, house.log, connect=house.engine.connect, clock=house.clock)


def order(
    house: House, what: dict[str, Any], *, controller: str = "grants-office", name: str = "o-1"
) -> bytes:
    document = draft_order(
        PUT_OFF, order_id=name, controller=controller, audience=HUB, issued_at=house.clock(),
        valid_for=timedelta(days=7), what=what,
    )  # fmt: skip
    for approver, key in APPROVERS.items():
        document = approve(document, approver=approver, key=key)
    return document


async def problems(house: House, folder: Path) -> list[tuple[int | None, str]]:
    """What a check of the log finds, once it has gone on."""
    await house.usage.read(person(), representing=None, before=None, size=1)
    found = verify(house.engine, keys=KeyFolder(folder / "keys").epochs).problems
    return [(one.index, one.what) for one in found]


async def test_two_of_its_controllers_people_put_a_line_off(house: House, deferrals: Deferrals) -> None:
    await house.ask("study-grant", "lastName")
    (waiting,) = await deferrals.waiting()
    later = waiting.due_at + timedelta(days=30)
    signed = order(house, {"entry": waiting.entry, "until": later.isoformat()})
    assert await deferrals.put_off(signed, audience=HUB, catalogue=house.catalogue) == later
    with pytest.raises(OrderUsed):
        await deferrals.put_off(signed, audience=HUB, catalogue=house.catalogue)
    assert house.lines() == ()
    house.clock.pass_by(days=100)
    assert await deferrals.show() == 0
    house.clock.pass_by(days=30)
    assert await deferrals.show() == 2
    shown = {line.details["revealedKind"]: line.details for line in house.lines() if line.details}
    assert set(shown) == {"prefill", "deferralExtended"}
    assert "legal-1" not in repr(shown)
    extension = house.log.get_entry(shown["deferralExtended"]["revealedId"])
    assert extension is not None
    assert house.officials.of([extension])[extension.index] == {"approver": "legal-1 legal-2"}


async def test_a_line_that_is_put_off_again_is_not_told_of_by_what_put_it_off_before(
    house: House, deferrals: Deferrals, tmp_path: Path
) -> None:
    await house.ask("study-grant", "lastName")
    (waiting,) = await deferrals.waiting()
    for name, days in (("o-1", 30), ("o-2", 60), ("o-3", 90)):
        until = waiting.due_at + timedelta(days=days)
        signed = order(house, {"entry": waiting.entry, "until": until.isoformat()}, name=name)
        await deferrals.put_off(signed, audience=HUB, catalogue=house.catalogue)
    for days in (121, 30, 28):
        house.clock.pass_by(days=days)
        assert await deferrals.show() == 0
        assert {line.kind for line in house.lines()} <= {"usageRead"}
        assert await problems(house, tmp_path) == []
    house.clock.pass_by(days=2)
    assert await deferrals.show() == 4
    assert await deferrals.waiting() == ()
    house.clock.pass_by(days=2)
    assert await problems(house, tmp_path) == []


async def test_what_is_about_a_line_and_is_not_shown_with_it_is_found_in_the_log(
    house: House, deferrals: Deferrals, tmp_path: Path
) -> None:
    await house.ask("study-grant", "lastName")
    (waiting,) = await deferrals.waiting()
    until = waiting.due_at + timedelta(days=30)
    signed = order(house, {"entry": waiting.entry, "until": until.isoformat()})
    await deferrals.put_off(signed, audience=HUB, catalogue=house.catalogue)
    (extension,) = (one for one in await deferrals.waiting() if one.kind == "deferralExtended")
    with house.engine.begin() as connection:
        connection.execute(
            text("DELETE FROM hub_oversight_deferral WHERE entry = :entry"), {"entry": extension.entry}
        )
    house.clock.pass_by(days=121)
    assert await deferrals.show() == 1
    assert await problems(house, tmp_path) == []
    house.clock.pass_by(days=2)
    what = "its day is past, and its subject was not shown it"
    assert await problems(house, tmp_path) == [(extension.index, f"entry {extension.index}: {what}")]


async def test_no_later_order_brings_the_day_nearer_or_names_what_put_a_line_off(
    house: House, deferrals: Deferrals
) -> None:
    await house.ask("study-grant", "lastName")
    (waiting,) = await deferrals.waiting()
    days = [(waiting.due_at + timedelta(days=days)).isoformat() for days in (60, 30, 90)]
    first = order(house, {"entry": waiting.entry, "until": days[0]})
    await deferrals.put_off(first, audience=HUB, catalogue=house.catalogue)
    sooner = order(house, {"entry": waiting.entry, "until": days[1]}, name="o-2")
    with pytest.raises(OrderInvalid, match="no later day"):
        await deferrals.put_off(sooner, audience=HUB, catalogue=house.catalogue)
    (extension,) = (one.entry for one in await deferrals.waiting() if one.kind == "deferralExtended")
    of_the_extension = order(house, {"entry": extension, "until": days[2]}, name="o-3")
    with pytest.raises(OrderInvalid, match="name the line"):
        await deferrals.put_off(of_the_extension, audience=HUB, catalogue=house.catalogue)


async def test_who_read_a_line_before_its_day_is_told_after_it_and_no_sooner(
    house: House, deferrals: Deferrals
) -> None:
    await house.ask("study-grant", "lastName")
    (waiting,) = await deferrals.waiting()
    line = house.log.get_entry(waiting.entry)
    assert line is not None
    readings = Readings(house.log, iter(f"{n:032x}" for n in range(10**6, 10**6 + 9)).__next__)
    reader = Reader("by-whom", "A complaint.", "dpo", "grants-office")
    await readings.of_lines(line.subject, [line], purpose="search", reader=reader)
    await readings.of_decision(line, purpose="replay", reader=reader)
    until = (waiting.due_at + timedelta(days=30)).isoformat()
    signed = order(house, {"entry": waiting.entry, "until": until})
    await deferrals.put_off(signed, audience=HUB, catalogue=house.catalogue)
    house.clock.pass_by(days=90 + 29)
    assert await deferrals.show() == 0
    assert house.lines() == ()
    assert not any(one.overdue for one in await deferrals.waiting())
    house.clock.pass_by(days=2)
    assert await deferrals.show() == 4
    told = [line.details for line in house.lines() if line.details]
    assert {one["revealedKind"] for one in told} == {
        "prefill",
        "usageRead",
        "decisionChecked",
        "deferralExtended",
    }
    assert {one["reason"] for one in told if one.get("role") == "dpo"} == {"A complaint."}
    assert not any({"waitsFor", "concerns"} & one.keys() for one in told)
    # Of a line that was shown, a reading is shown at once.
    await readings.of_decision(line, purpose="replay", reader=reader)
    assert await deferrals.show() == 1


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"until": "2026-05-01T00:00:00+00:00"}, "no later day"),
        ({"until": "tomorrow"}, "does not say"),
        ({"until": "2030-01-01T00:00:00"}, "does not say"),
        ({"until": "2036-03-03T10:00:00+00:00"}, "beyond its retention"),
        ({"entry": "f" * 32}, "no such line"),
        ({"more": 1}, "does not say"),
    ],
)
async def test_an_order_that_cannot_be_carried_out_changes_nothing(
    house: House, deferrals: Deferrals, change: dict[str, Any], why: str
) -> None:
    await house.ask("study-grant", "lastName")
    (waiting,) = await deferrals.waiting()
    what = {"entry": waiting.entry, "until": "2030-01-01T00:00:00+00:00"} | change
    with pytest.raises(OrderInvalid, match=why):
        await deferrals.put_off(order(house, what), audience=HUB, catalogue=house.catalogue)
    assert await deferrals.waiting() == (waiting,)


async def test_another_controllers_order_and_one_for_a_line_that_was_shown_change_nothing(
    house: House, deferrals: Deferrals
) -> None:
    await house.ask("study-grant", "lastName")
    (waiting,) = await deferrals.waiting()
    what = {"entry": waiting.entry, "until": "2030-01-01T00:00:00+00:00"}
    with pytest.raises(OrderInvalid, match="no such line"):
        await deferrals.put_off(
            order(house, what, controller="municipality"), audience=HUB, catalogue=house.catalogue
        )
    house.clock.pass_by(days=91)
    await deferrals.show()
    with pytest.raises(NotDeferred):
        await deferrals.put_off(order(house, what), audience=HUB, catalogue=house.catalogue)
