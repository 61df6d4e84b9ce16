"""Acting for somebody else, over the wire: mandates from the first signature to the last, and parents."""

import asyncio
from typing import Any

import pytest

from tests.end_to_end.house import House
from tests.end_to_end.people import MINOR, SHARED, ssin
from tests.end_to_end.replies import Json, Reply, reasons, statuses

pytestmark = pytest.mark.asyncio(loop_scope="session")

CITIZEN = "/api/citizen/v1"
ON_MANDATE: Json = {"role": "representative", "representation": {"basis": "mandate"}}


async def _post(house: House, place: int, path: str, body: object = None, **login: Any) -> Reply:
    token = await house.login(place, **login)
    return await house.call("POST", f"{CITIZEN}/{path}", token=token, body=body)


async def _get(house: House, place: int, path: str) -> Json:
    reply = await house.call("GET", f"{CITIZEN}/{path}", token=await house.login(place))
    assert reply.status == 200, reply.body
    found: Json = reply.json
    return found


async def give(house: House, giver: int, holder: int, **changes: Any) -> Json:
    """Offer a mandate for study grants."""
    body = {
        "holder": {"ssin": ssin(holder), "name": "My brother"}, "giverName": "Your sister",
        "activities": ["study-grant-decision"], "end": "2999-12-31", **changes,
    }  # fmt: skip
    reply = await _post(house, giver, "mandates", body)
    assert reply.status == 201, reply.body
    mandate: Json = reply.json
    return mandate


async def test_a_mandate_from_offer_to_revocation(house: House) -> None:
    giver, holder = house.fresh(), house.fresh()
    mandate = await give(house, giver, holder)
    assert (mandate["status"], mandate["side"], mandate["holder"]) == (
        "offered",
        "giver",
        {"name": "My brother"},
    )
    before = await house.prefill("study-grant", giver, actor=holder, fields=["lastName"], **ON_MANDATE)
    assert reasons(before)["lastName"]["code"] == "mandateNotInForce"

    (held,) = (await _get(house, holder, "mandates"))["items"]
    assert (held["status"], held["side"], held["giver"]) == (
        "offered", "holder", {"kind": "person", "name": "Your sister"},
    )  # fmt: skip
    assert "holder" not in held
    signed = await _post(house, holder, f"mandates/{held['mandateId']}/sign")
    assert (signed.status, signed.json["status"]) == (200, "inForce")
    (one,) = [r for r in (await _get(house, holder, "representations"))["items"] if r["basis"] == "mandate"]
    assert (one["representationId"], one["name"]) == (held["mandateId"], "Your sister")

    for named in ({}, {"reference": held["mandateId"]}):
        asked: Json = {"role": "representative", "representation": {"basis": "mandate", **named}}
        reply = await house.prefill("study-grant", giver, actor=holder, fields=["lastName"], **asked)
        assert statuses(reply) == {"lastName": "filled"}
    line, acted = (await house.lines(giver))[0], (await house.lines(holder, "?kind=actedFor"))[0]
    assert (line["role"], line["representedBy"], line["mandateId"]) == (
        "representative", "mandate", held["mandateId"],
    )  # fmt: skip
    assert (acted["basis"], acted["mandateId"], acted["formId"]) == (
        "mandate", held["mandateId"], "study-grant",
    )  # fmt: skip
    assert not {"asked", "disclosed", "sources"} & acted.keys()

    over = await _post(house, giver, f"mandates/{held['mandateId']}/revoke")
    assert (over.json["status"], over.json["overBy"]) == ("revoked", "giver")
    after = await house.prefill("study-grant", giver, actor=holder, fields=["lastName"], **ON_MANDATE)
    assert reasons(after)["lastName"]["code"] == "mandateNotInForce"
    kinds = [one["kind"] for one in await house.lines(holder, "?activity=hub")]
    assert [kind for kind in kinds if kind.startswith("mandate")] == [
        "mandateRevoked", "mandateSigned", "mandateOffered",
    ]  # fmt: skip


async def test_no_id_of_a_mandate_opens_anything_to_anybody_else(house: House) -> None:
    giver, holder, stranger = house.fresh(), house.fresh(), house.fresh()
    mandate = (await give(house, giver, holder, usage=True))["mandateId"]
    await _post(house, holder, f"mandates/{mandate}/sign")
    for deed in ("sign", "decline", "revoke"):
        theirs = await _post(house, stranger, f"mandates/{mandate}/{deed}")
        nobodys = await _post(house, stranger, f"mandates/{'0' * 32}/{deed}")
        assert (theirs.status, theirs.json["detail"]) == (nobodys.status, nobodys.json["detail"]) == (
            404, "There is no such resource",
        )  # fmt: skip
    for path in ("usage", "usage/0/explanation", "usage/0/proof", "usage/completeness"):
        token = await house.login(stranger)
        replies = [
            await house.call("GET", f"{CITIZEN}/{path}?representing={one}", token=token)
            for one in (mandate, "0" * 32)
        ]
        assert {reply.status for reply in replies} == {404}
    named: Json = {"role": "representative", "representation": {"basis": "mandate", "reference": mandate}}
    refused = await house.prefill("study-grant", giver, actor=stranger, fields=["lastName"], **named)
    assert reasons(refused)["lastName"]["code"] == "representationNotEstablished"
    assert [one["status"] for one in (await _get(house, giver, "mandates"))["items"]] == ["inForce"]


async def test_a_holder_reads_and_proves_the_givers_lines_where_the_mandate_says_so(small: House) -> None:
    giver, holder = small.fresh(), small.fresh()
    mandate = (await give(small, giver, holder, usage=True))["mandateId"]
    await _post(small, holder, f"mandates/{mandate}/sign")
    lines = (await _get(small, holder, f"usage?representing={mandate}"))["items"]
    assert [one["kind"] for one in lines] == ["mandateSigned", "mandateOffered"]
    await _get(small, holder, f"usage/{lines[0]['index']}/explanation?representing={mandate}")
    readings = await small.lines(giver, "?kind=usageRead")
    assert [one["representedBy"] for one in readings if "representedBy" in one] == ["mandate", "mandate"]


async def test_a_mandate_given_to_a_number_that_nobody_has_is_answered_alike(small: House) -> None:
    giver = small.fresh()
    known = await give(small, giver, small.fresh())
    unknown = await give(small, giver, small.stranger())
    assert known.keys() == unknown.keys()
    assert known["status"] == unknown["status"]


async def test_no_number_gets_out_with_a_mandate(small: House) -> None:
    giver, holder = small.fresh(), small.fresh()
    mandate = (await give(small, giver, holder, usage=True))["mandateId"]
    await _post(small, holder, f"mandates/{mandate}/sign")
    answers = [
        await small.call("GET", f"{CITIZEN}/{path}", token=await small.login(who))
        for who in (giver, holder)
        for path in ("mandates", "representations", "usage")
    ]
    said = b"".join(reply.raw for reply in answers) + b"".join(small.said().values())
    database = b"".join(file.read_bytes() for file in small.at.folder.glob("*.sqlite3*"))
    for place in (giver, holder):
        assert ssin(place).encode() not in said + database


async def test_a_login_that_is_too_weak_to_sign_is_told_which_one_would_do(small: House) -> None:
    body = {
        "holder": {"ssin": ssin(1), "name": "x"}, "giverName": "x", "usage": True, "endless": True,
    }  # fmt: skip
    reply = await _post(small, small.fresh(), "mandates", body, level=200)
    assert reply.status in {401, 403}
    assert b"400" in reply.body


async def test_either_parent_prefills_for_their_child_and_a_stranger_does_not(house: House) -> None:
    as_parent: Json = {"role": "representative", "representation": {"basis": "parent"}}
    for parent in SHARED:
        reply = await house.prefill("study-grant", MINOR, actor=parent, fields=["lastName"], **as_parent)
        assert statuses(reply) == {"lastName": "filled"}
        line = (await house.lines(MINOR, "?kind=prefill"))[0]
        assert (line["role"], line["representedBy"]) == ("representative", "parent")
        checked = (await house.lines(MINOR, "?kind=representationChecked"))[0]
        assert (checked["basis"], checked["register"], checked["outcome"]) == (
            "parent", "parents-of-minors", "confirmed",
        )  # fmt: skip
    stranger = await house.prefill(
        "study-grant", MINOR, actor=house.fresh(), fields=["lastName"], **as_parent
    )
    assert reasons(stranger)["lastName"]["code"] == "representationNotEstablished"


async def test_a_parent_names_their_child_once_and_reads_its_lines(small: House) -> None:
    parent = SHARED[0]
    refused = await _post(small, small.fresh(), "representations", {"ssin": ssin(MINOR), "name": "x"})
    nobody = await _post(small, parent, "representations", {"ssin": ssin(small.fresh()), "name": "x"})
    assert (refused.status, refused.json["detail"]) == (nobody.status, nobody.json["detail"])
    named = await _post(small, parent, "representations", {"ssin": ssin(MINOR), "name": "Our eldest"})
    assert (named.status, named.json["basis"], named.json["name"]) == (201, "parent", "Our eldest")
    child = named.json["representationId"]
    lines = (await _get(small, parent, f"usage?representing={child}"))["items"]
    assert lines[0]["kind"] == "representationChecked"
    reading = (await small.lines(MINOR, "?kind=usageRead"))[0]
    assert (reading["role"], reading["representedBy"]) == ("representative", "parent")
    token = await small.login(small.fresh())
    for path in (f"usage?representing={child}", f"usage?representing={'0' * 32}"):
        assert (await small.call("GET", f"{CITIZEN}/{path}", token=token)).status == 404
    left = await _post(small, parent, f"representations/{child}/forget")
    assert child not in {one["representationId"] for one in left.json["items"]}


async def test_a_register_that_is_busy_is_said_to_be_and_asked_again(small: House) -> None:
    as_parent: Json = {"role": "representative", "representation": {"basis": "parent"}}
    await small.source("national-register", "PUT", "/_behaviour", {"busy": True})
    try:
        reply = await small.prefill("study-grant", MINOR, actor=SHARED[0], fields=["lastName"], **as_parent)
    finally:
        await small.source("national-register", "PUT", "/_behaviour", {})
    told = reasons(reply)["lastName"]
    assert (told["code"], told["retryAfterSec"]) == ("representationUnavailable", 5)
    async with asyncio.timeout(20):
        while True:
            again = await small.prefill(
                "study-grant", MINOR, actor=SHARED[0], fields=["lastName"], **as_parent
            )
            if statuses(again) == {"lastName": "filled"}:
                return
            await asyncio.sleep(0.2)
