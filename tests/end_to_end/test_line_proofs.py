"""A citizen takes the proof of a line, and anyone checks it without the hub."""

import asyncio
import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from audit import read_bundle
from tests.end_to_end.house import House
from tests.end_to_end.people import PEOPLE, ssin
from tests.end_to_end.replies import Json, Reply

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
async def test_ones_own_line_is_proven_and_nobody_elses(small: House, tmp_path: Path) -> None:
    house = small
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
async def test_an_export_is_verified_without_the_hub_and_an_altered_one_is_not(
    small: House, tmp_path: Path
) -> None:
    house = small
    await house.prefill("study-grant", house.fresh())
    file = tmp_path / "log.export"
    done = await house.command("log", "export", str(file))
    assert (done.returncode, done.stderr) == (0, "")
    assert file.stat().st_mode & 0o077 == 0
    check = ("log", "verify", "--export", str(file), "--keys", str(house.keys), "--json")
    sound = await house.command(*check)
    assert sound.returncode in {0, 1}
    # The hub went on meanwhile, and its last checkpoint may be newer than the export: nothing else is found.
    problems = json.loads(sound.stdout)["problems"]
    assert all("kept" in one["what"] for one in problems), problems
    with closing(sqlite3.connect(file)) as export:
        export.execute("UPDATE audit_entry SET outcome = 'x' WHERE leaf_index = 0")
        export.commit()
    altered = await house.command(*check)
    assert (altered.returncode, json.loads(altered.stdout)["problems"][0]["index"]) == (1, 0)


@pytest.mark.asyncio(loop_scope="session")
async def test_an_operator_who_opens_a_line_to_prove_it_is_seen_by_its_subject(small: House) -> None:
    house = small
    place = house.fresh()
    index = (await house.prefill("study-grant", place, caseId="c-9")).json["logIndex"]
    assert (await proof(house, place, index)).status == 200
    bare = await house.command("log", "prove", str(index), "--fields", "outcome", "--by", "officer-2")
    assert bare.returncode == 0, bare.stderr
    assert await house.lines(place, "?kind=decisionChecked") == []
    shown = await house.command("log", "prove", str(index), "--fields", "caseId", "--by", "officer-2")
    assert '\\"c-9\\"' in shown.stdout
    (checked,) = await house.lines(place, "?kind=decisionChecked")
    assert checked["reason"] == "A line was proven to somebody."
    assert read_bundle(shown.stdout).index == index


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
