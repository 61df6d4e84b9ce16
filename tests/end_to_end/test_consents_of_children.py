"""A parent agrees for a child, the child's form is filled, and the child withdraws: over the wire."""

import pytest

from tests.end_to_end.house import House
from tests.end_to_end.people import MINOR, SHARED, ssin
from tests.end_to_end.replies import Reply, statuses

pytestmark = pytest.mark.asyncio(loop_scope="session")

CONSENTS = "/api/citizen/v1/consents"


async def as_parent(house: House) -> Reply:
    """Prefill the child's form, by one parent."""
    return await house.prefill(
        "sports-discount", MINOR, client="municipality", actor=SHARED[0], role="representative",
        representation={"basis": "parent"},
    )  # fmt: skip


async def test_a_parent_agrees_and_the_child_withdraws(house: House) -> None:
    mum, child = await house.login(SHARED[0]), await house.login(MINOR)
    notice = (await house.call("GET", "/api/citizen/v1/notices/sports-discount?lang=fr", token=mum)).json
    agreed = {"activityId": "sports-discount", "language": "fr", "noticeHash": notice["noticeHash"]}
    alone = await house.call("POST", CONSENTS, token=child, body=agreed)
    assert (alone.status, alone.problem) == (403, "missingPermission")
    assert "through a parent" in alone.json["detail"]

    named = {"ssin": ssin(MINOR), "name": "Our child"}
    known = await house.call("POST", "/api/citizen/v1/representations", token=mum, body=named)
    query = f"?representing={known.json['representationId']}"
    given = await house.call("POST", f"{CONSENTS}{query}", token=mum, body=agreed)
    assert (given.status, given.json["basis"]) == (201, "parent"), given.body
    consent = given.json["consentId"]
    shown = await house.call("GET", f"{CONSENTS}/{consent}{query}", token=mum)
    assert shown.json["status"] == "given"
    foreign = await house.call("GET", f"{CONSENTS}/{consent}", token=mum)
    assert foreign.status == 404, "it is the child's, and not hers"
    stranger = await house.call("GET", f"{CONSENTS}{query}", token=await house.login(house.fresh()))
    assert stranger.status == 404

    filled = await as_parent(house)
    assert "filled" in set(statuses(filled).values()), filled.body

    withdrawn = await house.call("POST", f"{CONSENTS}/{consent}/withdraw", token=child)
    assert withdrawn.json["status"] == "withdrawn"
    emptied = await as_parent(house)
    assert set(statuses(emptied).values()) == {"consentRequired"}
    assert "actedFor" in {line["kind"] for line in await house.lines(SHARED[0])}


async def test_an_enterprise_is_no_child(house: House) -> None:
    place, firm = house.fresh_enterprise()
    token = await house.login(place)
    reply = await house.call("GET", f"{CONSENTS}?representing={firm.enterprise_number}", token=token)
    assert reply.status == 400
