"""The end of retention: keys go when the last line that they may open is past it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from audit import AGENTS, Entry, Intent, keys_of
from hub.oversight import list_receipts
from hub.services.forgetting import RECORDS
from tests.hub.services.keys.keyhouse import CITY, SUBJECT, KeyHouse, with_approvers
from tests.hub.services.keys.test_forgetting import claims_of


async def test_keys_go_when_the_last_line_of_their_year_is_past_its_retention(house: KeyHouse) -> None:
    await house.record(agents={"actor": "ef" * 32})
    await house.record(retention="P1Y")
    await house.log.intend(Intent("i-1", CITY, "forms", "a", SUBJECT, "P1Y", {}))
    closing = Entry("e-1", "prefill", CITY, "forms", "adapted-transport", "disclosed", SUBJECT, "P10Y", {})
    await house.log.append(closing, closes="i-1")
    year = house.clock().year
    house.clock.now = datetime(year + 2, 1, 1, tzinfo=UTC) - timedelta(seconds=1)
    assert await house.forgetting.retire() == 0
    house.clock.now += timedelta(seconds=1)
    assert await house.forgetting.retire() == 1
    assert [state for _, state in house.states()[:2]] == ["readable", "notReadable"]
    house.clock.now = datetime(year + 11, 1, 1, tzinfo=UTC)
    assert await house.forgetting.retire() == 2  # and the agents'
    assert {state for kind, state in house.states() if kind == "prefill"} == {"notReadable"}
    assert {state for kind, state in house.states() if kind == "keyDestroyed"} == {"readable"}
    report = house.report()
    assert (report.problems, report.forgotten) == ((), 3)
    with house.engine.connect() as connection:
        assert {key.retention for key in keys_of(connection, AGENTS)} == {RECORDS}
        assert keys_of(connection, "") == ()  # of the intents, whose day is over
        reasons = [claims_of(house, one.signed)["reason"] for one in list_receipts(connection)]
    assert set(reasons) == {"retention"}


async def test_one_clock_that_is_far_ahead_ends_no_retention(house: KeyHouse) -> None:
    await house.record(retention="P1Y")
    house.database_time = house.clock()
    house.clock.now += timedelta(days=10_000)
    assert await house.forgetting.retire() == 0
    house.database_time, house.clock.now = house.clock(), house.database_time
    assert await house.forgetting.retire() == 0
    assert house.states() == [("prefill", "readable")]


async def test_lines_that_a_law_keeps_are_forgotten_at_the_end_of_their_retention_too(
    house: KeyHouse,
) -> None:
    house.catalogue = replace(with_approvers(house.catalogue, kept="adapted-transport"))
    await house.record(retention="P1Y")
    house.clock.now = datetime(house.clock().year + 2, 1, 1, tzinfo=UTC)
    assert await house.forgetting.retire() == 1
