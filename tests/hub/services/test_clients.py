"""A revoked client gets nothing more: the doors refuse early, the log at the last moment."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import AbstractContextManager

import pytest
from sqlalchemy import Connection, text

from connectors import Identifier
from hub.identity import ClientRevoked, ClientsUnavailable, NotRevoked, RevokedAlready
from hub.services.clients import ClientOrders, RevokedClients
from hub.services.emergencies import Declaration
from hub.services.errors import ClientGone
from hub.services.reasons import LANGUAGES, reason_text
from tests.hub.services.conftest import CITIZEN, House, held
from tests.hub.services.test_explanations import explained

CLIENT = "grants-portal"
WHY = {"reason": "its secret was stolen", "by": "an operator"}


@pytest.fixture
def orders(house: House) -> ClientOrders:
    return ClientOrders(house.journal, connect=house.engine.connect, clock=house.clock, wait_s=0.0)


@pytest.fixture
async def copy(house: House) -> AsyncIterator[RevokedClients]:
    copy = RevokedClients(house.engine.connect, every_s=0.02)
    await copy.start()
    yield copy
    await copy.close()


async def until_refused(copy: RevokedClients) -> None:
    async with asyncio.timeout(20):
        while True:
            try:
                await copy.check(CLIENT)
            except ClientRevoked:
                return
            await asyncio.sleep(0.01)


async def test_the_doors_refuse_a_revoked_client_and_let_a_restored_one_in(
    orders: ClientOrders, copy: RevokedClients
) -> None:
    await copy.check(CLIENT)
    await orders.revoke(CLIENT, **WHY)
    await until_refused(copy)
    await copy.check("municipal-forms")
    await orders.restore(CLIENT, reason="it has a new secret", by="an operator")
    async with asyncio.timeout(20):
        while True:
            try:
                return await copy.check(CLIENT)
            except ClientRevoked:
                await asyncio.sleep(0.01)


async def test_who_revoked_and_why_is_in_the_log_about_nobody(house: House, orders: ClientOrders) -> None:
    await orders.revoke(CLIENT, **WHY)
    (one,) = await orders.listed()
    (line,) = house.log.read_subject("hub", before=None, limit=1).lines
    assert (one.client, one.at, one.reason, one.entry) == (CLIENT, house.clock(), WHY["reason"], line.id)
    assert (line.kind, line.subject) == ("clientRevoked", "hub")
    assert line.details == {"clientId": CLIENT, "reason": WHY["reason"]}
    assert house.officials.of([line])[line.index] == {"by": "an operator"}
    await orders.restore(CLIENT, reason="it has a new secret", by="an operator")
    (line,) = house.log.read_subject("hub", before=None, limit=1).lines
    assert (line.kind, await orders.listed()) == ("clientRestored", ())


async def test_an_order_that_changes_nothing_is_not_recorded(house: House, orders: ClientOrders) -> None:
    with pytest.raises(NotRevoked):
        await orders.restore(CLIENT, **WHY)
    await orders.revoke(CLIENT, **WHY)
    with pytest.raises(RevokedAlready):
        await orders.revoke(CLIENT, **WHY)
    assert [one.kind for one in house.log.read_subject("hub", before=None, limit=9).lines] == [
        "clientRevoked"
    ]


async def test_a_revocation_is_acknowledged_only_after_its_wait(house: House) -> None:
    orders = ClientOrders(house.journal, connect=house.engine.connect, clock=house.clock, wait_s=0.3)
    began = time.monotonic()
    await orders.revoke(CLIENT, **WHY)
    assert time.monotonic() - began >= 0.3
    began = time.monotonic()
    with pytest.raises(RevokedAlready):
        await orders.revoke(CLIENT, **WHY)
    assert time.monotonic() - began >= 0.3


async def test_a_client_revoked_while_sources_are_asked_gets_nothing_and_that_is_on_the_record(
    house: House, orders: ClientOrders
) -> None:
    register = house.sources["national-register"]
    let_go = held(register)
    asking = asyncio.create_task(house.ask("study-grant", "lastName", "firstNames"))
    async with asyncio.timeout(20):
        while not register.enquiries:  # noqa: ASYNC110 - a source tells nobody
            await asyncio.sleep(0.01)
    await orders.revoke(CLIENT, **WHY)
    let_go.set()
    with pytest.raises(ClientGone):
        await asking
    line = house.lines()[0]
    assert line.outcome == "refused"
    assert line.details is not None
    assert (line.details["disclosed"], set(line.details["withheld"].values())) == ([], {"clientRevoked"})
    assert line.details["grantGone"] == ["person.familyName", "person.givenNames"]
    for language in LANGUAGES:
        told = await explained(house, line.index, language)
        assert {one.text for one in told.attributes} == {reason_text("clientRevoked", language)}


async def test_no_emergency_is_opened_for_a_client_that_was_revoked_meanwhile(
    house: House, orders: ClientOrders
) -> None:
    await orders.revoke("municipal-forms", **WHY)
    activity = next(one.id for one in house.catalogue.activities.values() if one.break_glass)
    subject = Identifier("ssin", CITIZEN)
    with pytest.raises(ClientGone):
        await house.emergencies.declare(
            "municipal-forms", Declaration(activity, subject, "rescuer", "case-1", "no time to lose")
        )
    assert house.lines() == ()
    assert await house.notices.listed() == ()


async def test_where_the_database_is_away_no_client_is_let_in(house: House) -> None:
    copy = RevokedClients(house.engine.connect)
    await copy.check(CLIENT)
    with house.engine.begin() as connection:
        connection.execute(text("ALTER TABLE hub_identity_revoked_client RENAME TO away"))
    await copy.check(CLIENT)  # by what is known of a moment ago
    copy._as_of -= 2.1
    with pytest.raises(ClientsUnavailable):
        await copy.check(CLIENT)
    with house.engine.begin() as connection:
        connection.execute(text("ALTER TABLE away RENAME TO hub_identity_revoked_client"))
    await copy.check(CLIENT)


async def test_many_who_wait_for_a_reading_wait_for_the_same(house: House) -> None:
    readings: list[int] = []

    def connect() -> AbstractContextManager[Connection]:
        readings.append(1)
        return house.engine.connect()

    copy = RevokedClients(connect)
    await asyncio.gather(*(copy.check(CLIENT) for _ in range(100)))
    assert len(readings) == 1


async def test_a_known_client_costs_no_query(house: House) -> None:
    readings: list[int] = []

    def connect() -> AbstractContextManager[Connection]:
        readings.append(1)
        return house.engine.connect()

    copy = RevokedClients(connect)
    for _ in range(1000):
        await copy.check(CLIENT)
    assert len(readings) == 1
