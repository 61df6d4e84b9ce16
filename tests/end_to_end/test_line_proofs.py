"""A citizen takes the proof of a line, and anyone checks it without the hub."""

import asyncio
import json
from pathlib import Path

import pytest

from tests.end_to_end.house import House, Json, Reply, ssin
from tests.end_to_end.people import PEOPLE

USAGE = "/api/citizen/v1/usage"


async def proof(house: House, place: int, index: int, query: str = "") -> Reply:
    """The proof, as soon as a checkpoint counts the line."""
    path = f"{USAGE}/{index}/proof{query}"
    async with asyncio.timeout(20):
        while True:
            reply = await house.call("GET", path, token=await house.login(place))
            if reply.status != 409:
                return reply
            await asyncio.sleep(0.1)


@pytest.mark.asyncio(loop_scope="session")
async def test_ones_own_line_is_proven_and_nobody_elses(house: House, tmp_path: Path) -> None:
    place, stranger = house.fresh(), house.fresh()
    index = (await house.prefill("study-grant", place, caseId="case-of-the-proof")).json["logIndex"]
    reply = await proof(house, place, index)
    assert reply.status == 200, reply.body
    assert f'filename="line-{index}.proof.json"' in dict(reply.headers)["content-disposition"]
    assert (await house.lines(place))[0]["kind"] == "usageRead"
    shown: Json = {one["name"]: one["value"] for one in reply.json["sealedFields"] if "value" in one}
    assert json.loads(shown["caseId"]) == "case-of-the-proof"
    assert "input" not in shown
    assert ssin(place).encode() not in reply.body
    theirs = await house.call("GET", f"{USAGE}/{index}/proof", token=await house.login(stranger))
    assert theirs.status == 404

    file = tmp_path / "line.proof.json"
    file.write_bytes(reply.body)
    check = ("log", "verify", "--proof", str(file), "--keys", str(house.keys))
    done = await house.command(*check, "--subject", "-", given=ssin(place))
    assert (done.returncode, done.stderr) == (0, "")
    assert "the proof holds" in done.stdout
    assert "the one of this number" in done.stdout
    other = await house.command(*check, "--subject", "-", given=ssin(stranger))
    assert (other.returncode, "not of this number" in other.stdout) == (1, True)
    file.write_bytes(reply.body.replace(b"case-of-the-proof", b"case-of-the-fraud"))
    forged = await house.command(*check, "--json")
    assert (forged.returncode, json.loads(forged.stdout)["field"]) == (1, "caseId")


@pytest.mark.asyncio(loop_scope="session")
async def test_a_proof_opens_no_more_than_was_asked_for(house: House) -> None:
    place = house.fresh()
    index = (await house.prefill("study-grant", place, caseId="kept-closed")).json["logIndex"]
    reply = await proof(house, place, index, "?fields=outcome,asked")
    fields = [*reply.json["openFields"], *reply.json["sealedFields"]]
    assert [one["name"] for one in fields if "name" in one] == ["index", "outcome", "asked"]
    assert "handle" not in reply.json
    assert b"kept-closed" not in reply.body
    for fields_asked in ("input", "actor", "body", "outcome,", "x" * 1001):
        refused = await house.call(
            "GET", f"{USAGE}/{index}/proof?fields={fields_asked}", token=await house.login(place)
        )
        assert (refused.status, refused.json["issues"][0]["name"]) == (400, "fields")


@pytest.mark.asyncio(loop_scope="session")
async def test_a_line_of_an_enterprise_is_proven_to_whoever_acts_for_it(house: House) -> None:
    place, enterprise = house.fresh_enterprise()
    number = enterprise.enterprise_number
    await house.call("GET", f"{USAGE}?representing={number}", token=await house.login(place))
    (line, *_) = (
        await house.call("GET", f"{USAGE}?representing={number}", token=await house.login(place))
    ).json["items"]
    reply = await proof(house, place, line["index"], f"?representing={number}")
    assert (reply.status, reply.json["handle"]["scheme"]) == (200, "enterpriseNumber")
    nobody = house.fresh()
    assert number not in PEOPLE.represented_by(PEOPLE.persons[nobody].ssin)
    refused = await house.call(
        "GET", f"{USAGE}/{line['index']}/proof?representing={number}", token=await house.login(nobody)
    )
    assert refused.status == 403
