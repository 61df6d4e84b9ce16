import asyncio
from datetime import timedelta

import pytest

from connectors import Identifier
from hub.services.consent_deadlines import ConsentDeadlines
from tests.hub.services.conftest import CITIZEN, House
from tests.hub.services.test_consents import SELF, asked


@pytest.fixture
def deadlines(house: House) -> ConsentDeadlines:
    return another(house)


def another(house: House) -> ConsentDeadlines:
    consents = house.consents
    return ConsentDeadlines(
        consents._store, journal=house.journal, vault=consents._vault, catalogue=house.catalogue,
        connect=house.engine.connect, clock=house.clock, answer_within=timedelta(days=60),
    )  # fmt: skip


async def test_an_end_by_time_is_written_down_with_its_line_once(
    house: House, deadlines: ConsentDeadlines
) -> None:
    consent = await house.agree()
    house.clock.pass_by(days=364)
    await deadlines.keep()
    house.clock.pass_by(days=1)
    assert sum(await asyncio.gather(deadlines.keep(), another(house).keep())) == 1
    assert await deadlines.keep() == 0
    line = house.lines()[0]
    assert line.kind == "consentExpired"
    assert [one.status for one in await house.consents.history(SELF, consent)] == ["given", "expired"]


async def test_a_person_is_reminded_once_before_a_consent_ends(
    house: House, deadlines: ConsentDeadlines
) -> None:
    consent = await house.agree()
    house.clock.pass_by(days=334)
    assert await deadlines.keep() == 0
    house.clock.pass_by(days=1, hours=1)
    assert await deadlines.keep() == 1
    assert await deadlines.keep() == 0
    line = house.lines()[0]
    assert line.kind == "consentRenewalDue"
    assert line.details is not None
    assert line.details["consentIds"] == [consent]
    (view,) = await house.consents.shown(SELF)
    assert view.renewal_due
    assert view.record.status == "given"


async def test_a_request_that_nobody_answered_lapses(house: House, deadlines: ConsentDeadlines) -> None:
    waiting = await asked(house)
    house.clock.pass_by(days=59)
    assert await deadlines.keep() == 0
    house.clock.pass_by(days=1)
    assert await deadlines.keep() == 1
    (view,) = await house.consents.shown(SELF)
    assert (view.record.id, view.record.status) == (waiting, "invalidated")


async def test_what_cannot_be_opened_stops_nothing_else(house: House, deadlines: ConsentDeadlines) -> None:
    await house.agree()
    with house.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE consent_record SET tag = x'00'")
    house.clock.pass_by(days=366)
    assert await deadlines.keep() == 0
    assert house.lines(CITIZEN)[0].kind == "consentGiven"
    assert (await house.consents.of_subject(Identifier("ssin", CITIZEN)))[0].status == "expired"
