"""A reading of many lines is one entry, and each subject in it finds it among their own lines."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from audit import EVERYTHING, Choice, History
from connectors import Identifier
from hub.identity import Person
from hub.services.bulk import BulkReadings
from hub.services.readings import Reader, Readings
from hub.services.usage import UsageLine, UsagePage
from tests.hub.services.conftest import CITIZEN, COMPANY, OTHER, House

READER = Reader(by="operator-7", reason="Proposed access rules were tried.")
EVER = datetime(2020, 1, 1, tzinfo=UTC)


def person(number: str = CITIZEN) -> Person:
    return Person(
        ssin=number,
        assurance_level=450,
        enterprises=frozenset({COMPANY}),
        expires_at=datetime(2030, 1, 1, tzinfo=UTC),
    )


@pytest.fixture
def history(house: House, new_history: Callable[[], History]) -> History:
    return new_history()


async def read_many(house: House, history: History, activity: str | None = None) -> int:
    """Record a reading of everything up to now; the index of its entry."""
    house.clock.pass_by(seconds=1)
    extent = history.extent({"prefill"}, since=EVER, until=house.clock.now, activity=activity)
    ids = iter([f"many-{house.clock.now.timestamp()}"])
    readings = Readings(house.log, ids.__next__)
    return (await readings.of_many(extent, purpose="simulation", reader=READER, revision="0" * 64)).index


async def page(
    house: House, number: str = CITIZEN, *, before: int | None = None, size: int = 50, kind: str | None = None
) -> UsagePage:
    choice = EVERYTHING if kind is None else Choice(kind=frozenset({kind}))
    return await house.usage.read(person(number), representing=None, before=before, size=size, choice=choice)


def indices(lines: tuple[UsageLine, ...]) -> list[int]:
    return [item.line.index for item in lines]


async def test_who_was_in_it_sees_it_once_and_nobody_else_does(house: House, history: History) -> None:
    for _ in range(3):
        await house.ask("study-grant", "lastName")
    index = await read_many(house, history)
    mine = await page(house)
    assert indices(mine.lines) == [index, 2, 1, 0]
    assert mine.total == 4
    item = mine.lines[0]
    assert item.line.kind == "bulkReading"
    assert item.details["reason"] == READER.reason
    others = await page(house, OTHER)
    assert (others.lines, others.total) == ((), 0)


async def test_a_reading_before_ones_first_line_is_not_ones_own(house: House, history: History) -> None:
    await read_many(house, history)
    await house.ask("study-grant", "lastName")
    assert [item.line.kind for item in (await page(house)).lines] == ["prefill"]


async def test_a_reading_of_one_activity_is_not_told_to_those_of_another(
    house: House, history: History
) -> None:
    await house.ask("study-grant", "lastName")
    await read_many(house, history, "another-activity")
    assert (await page(house, kind="bulkReading")).total == 0
    await read_many(house, history, "study-grant-decision")
    assert (await page(house, kind="bulkReading")).total == 1


async def test_an_enterprise_is_told_too(house: House, history: History) -> None:
    await house.ask("company-subsidy", "legalName", role="representative", basis="enterpriseRole")
    index = await read_many(house, history)
    read = await house.usage.read(person(), representing=COMPANY, before=None, size=9)
    assert indices(read.lines) == [index, 0]


async def test_pages_with_readings_between_the_lines_meet_and_are_counted_right(
    house: House, history: History
) -> None:
    expected: list[int] = []
    for round_ in range(4):
        expected += [(await house.ask("study-grant", "lastName")).log_index for _ in range(round_)]
        expected.append(await read_many(house, history))
    expected = sorted(expected[1:], reverse=True)  # the first reading was before the first line
    for size in (1, 2, 3, 50):
        seen: list[int] = []
        before, total = max(expected) + 1, None
        while True:
            found = await page(house, before=before, size=size)
            assert len(found.lines) <= size
            seen += indices(found.lines)
            total = found.total if total is None else total
            if found.before is None:
                break
            before = found.before
        assert seen == expected, size


async def test_they_are_chosen_by_kind(house: House, history: History) -> None:
    await house.ask("study-grant", "lastName")
    first, second = await read_many(house, history), await read_many(house, history)
    bulk = await page(house, kind="bulkReading", size=1)
    assert (indices(bulk.lines), bulk.total, bulk.before) == ([second], 2, second)
    rest = await page(house, kind="bulkReading", size=1, before=bulk.before)
    assert (indices(rest.lines), rest.before) == ([first], None)
    assert (await page(house, kind="prefill")).total == 1


async def test_a_new_reading_is_seen_though_the_earlier_ones_are_remembered(
    house: House, history: History
) -> None:
    await house.ask("study-grant", "lastName")
    handle = house.journal.subject(Identifier("ssin", CITIZEN))
    bulk = BulkReadings(house.log, history)
    assert bulk.about(handle) == ()
    found: list[int] = []
    for _ in range(3):
        found.insert(0, await read_many(house, history))
        assert [line.index for line in bulk.about(handle)] == found
    for _ in range(120):  # more than a page of them
        found.insert(0, await read_many(house, history))
    assert (
        [line.index for line in bulk.about(handle)]
        == found
        == [line.index for line in BulkReadings(house.log, history).about(handle)]
    )


async def test_the_name_of_who_read_is_sealed_and_not_shown(house: House, history: History) -> None:
    await house.ask("study-grant", "lastName")
    await read_many(house, history)
    house.clock.pass_by(seconds=1)
    extent = history.extent({"bulkReading"}, since=EVER, until=house.clock.now + timedelta(days=1))
    ((line,),) = history.read(extent)
    assert line.details is not None
    assert house.officials.of([line]) == {line.index: {"by": READER.by}}
    assert READER.by not in repr(line.details)
    assert READER.by not in (line.subject, line.client, line.controller, line.activity, line.outcome)
