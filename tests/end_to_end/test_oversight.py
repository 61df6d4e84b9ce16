"""Seals, second pairs of eyes and emergencies on running hubs, and the commands of those who watch over them."""

import asyncio
import json
import time
from typing import Any

import pytest

from tests.end_to_end.conftest import Production
from tests.end_to_end.house import MUNICIPALITY, House, Reply, calling, ssin

pytestmark = pytest.mark.asyncio(loop_scope="session")
ADDRESS = "person.address"
ORDER = ("--ordered-by", "the court of first instance", "--ground", "Art. 1479 Civil Code")
EMERGENCIES = "/api/prefill/v1/emergencies"


async def seal(house: House, place: int, action: str = "seal", *more: str) -> None:
    done = await house.command(
        "subjects", action, "--attribute", ADDRESS, *ORDER, *more, "--subject-from", "-", given=ssin(place)
    )
    assert done.returncode == 0, done.stderr
    assert ssin(place) not in done.stdout + done.stderr


async def looked_up(house: House, place: int, agent: int, *fields: str, **more: Any) -> Reply:
    actor = {"role": "agent", "token": await house.login(agent, "prefill", office=MUNICIPALITY)}
    body = {
        "formId": "adapted-transport", "subject": {"ssin": ssin(place)}, "fields": list(fields), "actor": actor,
        "caseId": "case-7", "reason": "The street is under water", **more,
    }  # fmt: skip
    token = await house.client_token("municipality")
    return await house.call("POST", "/api/prefill/v1/prefills", token=token, body=body)


def reason(reply: Reply, field: str) -> str | None:
    assert reply.status == 200, reply.body
    found: dict[str, str] = reply.json["fields"][field].get("reason", {})
    return found.get("code")


async def declared(house: House, place: int, agent: int, **more: Any) -> Reply:
    body = {
        "activityId": "adapted-transport", "subject": {"ssin": ssin(place)}, "caseId": "case-7",
        "actor": {"token": await house.login(agent, "prefill", office=MUNICIPALITY)},
        "reason": "The street is under water", **more,
    }  # fmt: skip
    return await house.call("POST", EMERGENCIES, token=await house.client_token("municipality"), body=body)


async def every_line(house: House, place: int) -> list[dict[str, Any]]:
    lines = page = await house.lines(place, "?pageSize=100")
    while page[-1]["index"] and len(page) == 100:
        page = await house.lines(place, f"?pageSize=100&before={page[-1]['index']}")
        lines = lines + page
    return lines


async def test_what_is_sealed_stays_in_until_it_is_lifted_and_its_subject_reads_why(house: House) -> None:
    place = house.fresh()
    await seal(house, place, "seal", "--until", "2999-12-31")
    reply = await house.prefill(
        "adapted-transport", place, client="municipality", fields=["lastName", "address"]
    )
    # The hub may not have heard of it yet; then it finds out under the log's lock, and the next try is told.
    assert reason(reply, "address") in {"subjectSealed", "conditionsChanged"}
    reply = await house.prefill(
        "adapted-transport", place, client="municipality", fields=["lastName", "address"]
    )
    assert (reason(reply, "lastName"), reason(reply, "address")) == (None, "subjectSealed")
    listed = await house.command("subjects", "list", "--subject-from", "-", "--json", given=ssin(place))
    assert [one["attribute"] for one in json.loads(listed.stdout)["sealed"]] == [ADDRESS]
    lifted = await house.command(
        "subjects", "unseal", "--attribute", ADDRESS, *ORDER, "--subject-from", "-",
        given=f"{ssin(place)}\n{ssin(house.fresh())}\n{ssin(place)}\n",
    )  # fmt: skip
    assert (lifted.returncode, "number 2: " in lifted.stderr) == (2, True)
    assert "no longer sealed for the other 1" in lifted.stderr
    lines = await house.lines(place)
    sealed = next(one for one in lines if one["kind"] == "attributesSealed")
    assert sealed["attributes"] == [ADDRESS]
    assert sealed["orderedBy"] == "the court of first instance"
    assert sealed["legalGround"] == "Art. 1479 Civil Code"
    assert sealed["validUntil"].startswith("3000-01-01")
    assert {"sealLifted", "sealsRead"} <= {one["kind"] for one in lines}
    deadline = time.monotonic() + 60
    while (
        reason(await house.prefill("adapted-transport", place, client="municipality"), "address") is not None
    ):
        assert time.monotonic() < deadline


async def test_on_two_replicas_nothing_is_disclosed_after_the_entry_of_a_seal(production: Production) -> None:
    house = production.house
    place = house.fresh()
    async with house.replica() as other:
        disclosed, acknowledged = asyncio.Event(), asyncio.Event()
        late: list[Reply] = []

        async def ask(hub: str) -> None:
            more = 8
            while more:
                after = acknowledged.is_set()
                reply = await house.prefill(
                    "adapted-transport", place, client="municipality", fields=["address"], hub=hub
                )
                if reply.status != 200:
                    # A loaded machine; it disclosed nothing.
                    assert reply.problem == "serviceUnavailable", reply.body
                elif after:
                    late.append(reply)
                    more -= 1
                elif reason(reply, "address") is None:
                    disclosed.set()

        async with calling(*(ask(hub) for hub in (house.hub, other) for _ in range(3))):
            await asyncio.wait_for(disclosed.wait(), 60)
            await seal(house, place)
            acknowledged.set()
    assert {reason(reply, "address") for reply in late} <= {"subjectSealed", "conditionsChanged"}
    (sealed_at,) = [one["index"] for one in await house.lines(place, "?kind=attributesSealed")]
    lines = await every_line(house, place)
    told = {one["index"]: one.get("disclosed") for one in lines if one["kind"] == "prefill"}
    assert any(index < sealed_at and told[index] for index in told)
    assert not [index for index in told if index > sealed_at and told[index]]


async def test_a_second_agent_opens_what_is_sensitive(house: House) -> None:
    place, agent, colleague = house.fresh(), house.fresh(), house.fresh()
    field = "disabilityRecognised"
    assert reason(await looked_up(house, place, agent, field), field) == "approvalRequired"
    token = await house.login(colleague, "prefill", office=MUNICIPALITY)
    assert reason(await looked_up(house, place, agent, field, approval={"token": token}), field) is None
    assert (await house.lines(place))[0]["approved"] is True
    own = await house.login(agent, "prefill", office=MUNICIPALITY)
    assert (
        reason(await looked_up(house, place, agent, field, approval={"token": own}), field)
        == "approvalRequired"
    )
    refused = await looked_up(house, place, agent, field, approval={"token": "x.y.z"})
    assert (refused.status, refused.json["issues"][0]["name"]) == (400, "approval.token")


async def test_an_emergency_opens_what_is_sealed_and_the_dpo_hears_of_it(house: House) -> None:
    place, agent = house.fresh(), house.fresh()
    await seal(house, place)
    opened = await declared(house, place, agent)
    assert opened.status == 201, opened.body
    emergency = opened.json["emergencyId"]
    reply = await looked_up(house, place, agent, "address", emergencyId=emergency)
    if reason(reply, "address") == "conditionsChanged":
        reply = await looked_up(house, place, agent, "address", emergencyId=emergency)
    assert reply.json["fields"]["address"]["status"] == "filled"
    elsewhere = await looked_up(house, place, agent, "address", emergencyId=emergency, caseId="case-8")
    assert reason(elsewhere, "address") == "emergencyNotAllowed"
    lines = await house.lines(place)
    used = next(one for one in lines if one.get("disclosed"))
    assert (used["emergencyId"], used["reason"]) == (emergency, "The street is under water")
    assert "emergency" in {one["kind"] for one in lines}

    listed = await house.command("oversight", "notices", "--controller", "municipality", "--json")
    notices = [one for one in json.loads(listed.stdout)["notices"] if one.get("emergencyId") == emergency]
    assert {one["kind"] for one in notices} == {"emergencyOpened", "emergencyUsed"}
    assert listed.returncode == 1
    done = await house.command(
        "oversight", "acknowledge", notices[0]["id"], "--by", "the DPO", "--reason", "It was under water"
    )
    assert done.returncode == 0, done.stderr
    assert (await house.lines(place))[0]["kind"] == "noticeAcknowledged"
    again = await house.command("oversight", "acknowledge", notices[0]["id"], "--by", "x", "--reason", "y")
    assert (again.returncode, "acknowledged already" in again.stderr) == (2, True)
    assert ssin(place) not in listed.stdout


@pytest.mark.parametrize(
    ("more", "status"),
    [
        ({"activityId": "library-membership"}, 400),
        ({"reason": None}, 400),
        ({"actor": {"token": "x.y.z"}}, 400),
        ({"activityId": "adapted-transport", "subject": {"ssin": "12345678901"}}, 400),
    ],
)
async def test_an_emergency_that_cannot_be_is_refused(
    small: House, more: dict[str, Any], status: int
) -> None:
    assert (await declared(small, 0, 1, **more)).status == status


async def test_who_holds_no_office_declares_no_emergency(small: House) -> None:
    actor = {"token": await small.login(1, "prefill")}
    refused = await declared(small, 0, 1, actor=actor)
    assert (refused.status, refused.problem) == (403, "missingPermission")
