"""As in production: two hubs on one PostgreSQL, with an OPA server; and what is disclosed without them: nothing."""

import asyncio
import time

import pytest

from hub.demo.processes import DemoFailed
from tests.end_to_end.conftest import Production
from tests.end_to_end.house import calling, statuses

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_two_replicas_at_once_give_one_tree(production: Production) -> None:
    house = production.house
    place = house.fresh()
    async with house.replica() as other:
        replies = await asyncio.gather(
            *(
                house.prefill("study-grant", place, fields=["lastName"], hub=hub)
                for _ in range(40)
                for hub in (house.hub, other)
            )
        )
    given = {reply.json["logIndex"] for reply in replies}
    assert len(given) == 80
    lines = await house.lines(place, "?kind=prefill&pageSize=100")
    assert {line["index"] for line in lines} == given
    assert (await house.verify()).returncode == 0


async def test_a_withdrawal_on_one_replica_holds_at_once_on_the_other(production: Production) -> None:
    house = production.house
    place = house.fresh()
    consent = await house.consent(place)
    answers: list[tuple[float, set[str]]] = []
    filled = asyncio.Event()

    async def keep_asking(hub: str, stop: asyncio.Event) -> None:
        while not stop.is_set():
            began = time.monotonic()
            reply = await house.prefill("sports-discount", place, client="municipality", hub=hub)
            if reply.status == 200:
                answers.append((began, set(statuses(reply).values())))
                if "filled" in answers[-1][1]:
                    filled.set()
            else:
                assert reply.problem == "serviceUnavailable", reply.body

    async with house.replica() as other:
        stop = asyncio.Event()
        async with calling(*(keep_asking(hub, stop) for hub in (house.hub, other) for _ in range(4))):
            await asyncio.wait_for(filled.wait(), 60)
            path = f"/api/citizen/v1/consents/{consent['consentId']}/withdraw"
            withdrawn = await house.call("POST", path, token=await house.login(place), hub=other)
            acknowledged = time.monotonic()
            assert withdrawn.json["status"] == "withdrawn"
            async with asyncio.timeout(60):
                while sum(began >= acknowledged for began, _ in answers) <= 8:  # noqa: ASYNC110 - callers only count
                    await asyncio.sleep(0.1)
            stop.set()
    later = [found for began, found in answers if began >= acknowledged]
    assert all(found == {"consentRequired"} for found in later)
    (line,) = await house.lines(place, "?kind=consentWithdrawn")
    after = [
        one for one in await house.lines(place, "?kind=prefill&pageSize=100") if one["index"] > line["index"]
    ]
    assert after
    assert not [one for one in after if one["disclosed"]]


async def test_without_a_policy_engine_nothing_is_disclosed(production: Production) -> None:
    house, place = production.house, production.house.fresh()
    production.opa.kill()
    try:
        # Asked for its health first, the hub finds out: a question of this very second may have been decided just before.
        assert (await house.health()).status == 503
        refused = await house.prefill("study-grant", place)
        assert (refused.status, refused.problem) == (503, "serviceUnavailable")
        assert refused.json["retryAfterSec"] > 0
    finally:
        production.opa.start()
        await house.settled("UP")
    assert (await house.prefill("study-grant", place)).status == 200
    lines = await house.lines(place)
    assert set(lines[-1]["withheld"].values()) == {"policyUnavailable"}
    assert lines[-1]["disclosed"] == []


async def test_without_a_database_nothing_is_disclosed_and_no_restart_is_needed(
    production: Production,
) -> None:
    house, place = production.house, production.house.fresh()
    before = await house.source("national-register", "GET", "/_calls")
    await house.client_token()  # now: without a database none is given
    production.cluster.stop("immediate")
    try:
        refused = await house.prefill("study-grant", place)
        assert (refused.status, refused.problem) == (503, "serviceUnavailable")
        unread = await house.usage(place)
        assert (unread.status, unread.problem) == (503, "serviceUnavailable")
        consents = await house.call("GET", "/api/citizen/v1/consents", token=await house.login(place))
        assert (consents.status, consents.problem) == (503, "serviceUnavailable")
        with pytest.raises(DemoFailed, match="answered 503"):
            await house.new_client_token()
        health = await house.health()
        assert (health.status, health.json) == (503, {"status": "DOWN"})
        assert await house.source("national-register", "GET", "/_calls") == before
    finally:
        production.cluster.start()
        await house.settled("UP")
    assert (await house.prefill("study-grant", place)).status == 200
    assert len(await house.lines(place)) == 1
    assert (await house.verify()).returncode == 0
