import asyncio
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import text

from audit import LogUnavailable
from connectors import Identifier
from hub.oversight import NotSealed
from hub.services.errors import NotRecorded
from hub.services.prefill import PrefillAnswer
from hub.services.seals import Order, Seals
from tests.hub.services.conftest import CITIZEN, OTHER, House, held

ORDER = Order("the court of first instance", "Art. 1479 Civil Code")
NAME, ADDRESS = "person.familyName", "person.address"
ME, NEIGHBOUR = Identifier("ssin", CITIZEN), Identifier("ssin", OTHER)


def reasons(answer: PrefillAnswer) -> set[str | None]:
    return {outcome.reason for _, outcome in answer.fields.values()}


def asked_about(house: House) -> object:
    question = house.decisions.questions[-1]
    assert isinstance(question, dict)
    return question["subject"].get("sealed")


async def seal(
    house: House, *attributes: str, subject: Identifier = ME, for_days: float | None = None
) -> None:
    until = house.clock() + timedelta(days=for_days) if for_days else None
    await house.orders.seal(subject, attributes or (NAME,), ORDER, until=until)


async def until(so: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not so():  # noqa: ASYNC110 - what is waited for tells nobody
            await asyncio.sleep(0.01)


async def test_who_has_nothing_sealed_is_asked_about_without_a_word_of_it(house: House) -> None:
    await seal(house, subject=NEIGHBOUR)
    await house.seals.refresh()
    await house.ask("study-grant", "lastName")
    assert asked_about(house) is None


async def test_the_policies_are_told_which_of_what_is_asked_is_sealed(house: House) -> None:
    await seal(house, NAME, ADDRESS)
    await house.seals.refresh()
    await house.ask("study-grant", "lastName", "firstNames")
    assert asked_about(house) == [NAME]


async def test_a_seal_is_over_at_its_time_and_when_it_is_lifted(house: House) -> None:
    await seal(house, NAME, for_days=3)
    await seal(house, ADDRESS)
    await house.seals.refresh()
    handle = house.journal.subject(ME)
    assert house.seals.of(handle).attributes == {NAME, ADDRESS}
    house.clock.pass_by(days=3)
    assert house.seals.of(handle).attributes == {ADDRESS}
    await house.orders.lift(ME, [ADDRESS], ORDER)
    await house.seals.refresh()
    assert house.seals.of(handle).attributes == set()


async def test_the_subject_reads_what_was_sealed_by_whom_and_why(house: House) -> None:
    await seal(house, NAME, for_days=1)
    await house.orders.lift(ME, [NAME], Order("the DPO", "the court's order of today"))
    lifted, sealed = house.lines()
    assert (sealed.kind, lifted.kind) == ("attributesSealed", "sealLifted")
    assert sealed.details == {
        "attributes": [NAME], "orderedBy": ORDER.ordered_by, "legalGround": ORDER.ground,
        "validUntil": "2026-03-04T10:00:00+00:00",
    }  # fmt: skip
    assert lifted.details is not None
    assert lifted.details["orderedBy"] == "the DPO"


async def test_what_is_not_sealed_is_not_lifted_and_not_recorded(house: House) -> None:
    with pytest.raises(NotSealed):
        await house.orders.lift(ME, [NAME], ORDER)
    assert house.lines() == ()


async def test_seals_are_listed_and_the_subject_reads_by_whom(house: House) -> None:
    await seal(house, NAME, ADDRESS)
    found = await house.orders.listed(ME, by="an operator")
    assert [one.attribute for one in found] == [ADDRESS, NAME]
    reading, sealing = house.lines()
    assert {one.entry for one in found} == {sealing.id}
    assert (reading.kind, reading.details) == (
        "sealsRead", {"attributes": [ADDRESS, NAME], "orderedBy": "an operator"},
    )  # fmt: skip
    assert await house.orders.listed(NEIGHBOUR, by="an operator") == ()


async def test_a_seal_that_this_replica_has_not_heard_of_keeps_the_values_in(house: House) -> None:
    await seal(house)
    answer = await house.ask("study-grant", "lastName", "income")
    assert asked_about(house) is None
    assert reasons(answer) == {"conditionsChanged"}
    assert [outcome.value for _, outcome in answer.fields.values()] == [None, None]
    assert answer.receipt is None
    line = house.lines()[0]
    assert line.details is not None
    assert (line.outcome, line.details["disclosed"]) == ("refused", [])
    assert line.details["grantGone"] == [NAME, "person.taxableIncome"]


async def test_the_next_try_knows_of_the_seal(house: House) -> None:
    await seal(house)
    await house.ask("study-grant", "lastName")
    answer = await house.ask("study-grant", "lastName")
    assert asked_about(house) == [NAME]
    assert "conditionsChanged" not in reasons(answer)


async def test_a_seal_of_somebody_else_disturbs_nobody(house: House) -> None:
    await seal(house, subject=NEIGHBOUR)
    answer = await house.ask("study-grant", "lastName")
    assert answer.fields["lastName"][1].status == "filled"


async def test_a_seal_set_while_sources_are_asked_keeps_the_values_in(house: House) -> None:
    let_go = held(house.sources["national-register"])
    asking = asyncio.create_task(house.ask("study-grant", "lastName"))
    await until(lambda: bool(house.sources["national-register"].enquiries))
    await seal(house)
    let_go.set()
    assert reasons(await asking) == {"conditionsChanged"}


async def test_a_seal_and_a_withdrawal_at_once_keep_everything_in(house: House) -> None:
    consent = await house.agree()
    let_go = held(house.sources["national-register"])
    asking = asyncio.create_task(house.ask("sports-discount", "lastName"))
    await until(lambda: bool(house.sources["national-register"].enquiries))
    await asyncio.gather(house.consents.withdraw(ME, consent), seal(house))
    let_go.set()
    assert reasons(await asking) == {"conditionsChanged"}


async def test_a_copy_follows_by_itself(house: House) -> None:
    copy = Seals(house.engine.connect, house.clock, every_s=0.01)
    await copy.start()
    await seal(house)
    handle = house.journal.subject(ME)
    await until(lambda: copy.of(handle).attributes == {NAME})
    await copy.close()


async def test_a_copy_that_cannot_be_made_opens_nothing_and_one_that_cannot_follow_stays(
    house: House,
) -> None:
    await seal(house)
    await house.seals.refresh()
    with house.engine.begin() as connection:
        connection.execute(text("ALTER TABLE hub_oversight_seal_version RENAME TO elsewhere"))
    with pytest.raises(LogUnavailable, match="seals"):
        await Seals(house.engine.connect, house.clock).start()
    with pytest.raises(NotRecorded):
        await house.seals.refresh()
    assert house.seals.of(house.journal.subject(ME)).attributes == {NAME}
    with pytest.raises(NotRecorded):
        await house.ask("study-grant", "firstNames")


async def test_no_number_stands_in_the_tables_of_seals(house: House) -> None:
    await seal(house)
    with house.engine.connect() as connection:
        rows = connection.execute(text("SELECT * FROM hub_oversight_seal")).all()
    assert CITIZEN not in repr(rows)
    assert rows[0].subject == house.journal.subject(ME)
