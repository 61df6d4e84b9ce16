"""A citizen takes the proof that their lines are all, and anyone checks it without the hub."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from hub.api.replies.proven import CompletenessProof
from tests.end_to_end.house import House
from tests.end_to_end.people import ssin
from tests.end_to_end.replies import Json, Reply
from tests.end_to_end.running import running

USAGE = "/api/citizen/v1/usage"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def mapped(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    """A hub that renews its map all the time."""
    async with running(tmp_path_factory.mktemp("mapped"), {"MAP_INTERVAL_S": "0.2"}) as house:
        yield house


async def proof(house: House, place: int, *, counts: int, query: str = "") -> Reply:
    """The proof, as soon as the map counts so many lines."""
    async with asyncio.timeout(20):
        while True:
            reply = await house.call("GET", f"{USAGE}/completeness{query}", token=await house.login(place))
            if reply.status == 200 and reply.json.get("content", {"entries": 0})["entries"] >= counts:
                return reply
            assert reply.status in {200, 409}, reply.body
            await asyncio.sleep(0.1)


@pytest.mark.asyncio(loop_scope="session")
async def test_all_of_ones_lines_are_proven_and_checked_without_the_hub(
    mapped: House, tmp_path: Path
) -> None:
    place, other = mapped.fresh(), mapped.fresh()
    for _ in range(2):
        await mapped.prefill("study-grant", place)
        await mapped.prefill("study-grant", other)
    reply = await proof(mapped, place, counts=2)
    assert CompletenessProof.model_validate(reply.json).format == "onlyonce/completeness/v1"
    assert ssin(place).encode() not in reply.body
    assert (await mapped.lines(place))[0]["kind"] == "usageRead"

    file = tmp_path / "completeness.proof.json"
    file.write_bytes(reply.body)
    check = ("log", "verify", "--completeness", str(file), "--keys", str(mapped.keys))
    done = await mapped.command(*check, "--subject", "-", given=ssin(place))
    assert (done.returncode, done.stderr) == (0, "")
    assert "the proof holds" in done.stdout
    assert "the one of this number" in done.stdout
    stranger = await mapped.command(*check, "--subject", "-", given=ssin(other))
    assert (stranger.returncode, "not of this number" in stranger.stdout) == (1, True)

    short: Json = json.loads(reply.body)
    short["lines"].pop()
    file.write_text(json.dumps(short))
    missed = await mapped.command(*check, "--json")
    assert (missed.returncode, json.loads(missed.stdout)["part"]) == (1, "chain")


@pytest.mark.asyncio(loop_scope="session")
async def test_whoever_has_no_line_is_proven_that(mapped: House, tmp_path: Path) -> None:
    place, nobody = mapped.fresh(), mapped.fresh()
    await mapped.prefill("study-grant", place)
    await proof(mapped, place, counts=1)
    reply = await proof(mapped, nobody, counts=0)
    assert ("content" in reply.json, reply.json["lines"]) == (False, [])
    file = tmp_path / "nothing.proof.json"
    file.write_bytes(reply.body)
    done = await mapped.command(
        "log", "verify", "--completeness", str(file), "--keys", str(mapped.keys), "--json"
    )
    told = json.loads(done.stdout)
    assert (done.returncode, told["entries"], told["all"]) == (0, 0, True)


@pytest.mark.asyncio(loop_scope="session")
async def test_an_enterprise_is_proven_to_whoever_acts_for_it_alone(mapped: House) -> None:
    place, enterprise = mapped.fresh_enterprise()
    number = enterprise.enterprise_number
    await mapped.call("GET", f"{USAGE}?representing={number}", token=await mapped.login(place))
    reply = await proof(mapped, place, counts=1, query=f"?representing={number}")
    assert reply.json["handle"]["scheme"] == "enterpriseNumber"
    refused = await mapped.call(
        "GET", f"{USAGE}/completeness?representing={number}", token=await mapped.login(mapped.fresh())
    )
    assert refused.status == 403


@pytest.mark.asyncio(loop_scope="session")
async def test_the_whole_log_holds_with_its_map(mapped: House) -> None:
    place = mapped.fresh()
    await mapped.prefill("study-grant", place)
    await proof(mapped, place, counts=1)
    verified = await mapped.command("log", "verify", "--keys", str(mapped.keys), "--json")
    assert (verified.returncode, json.loads(verified.stdout)["problems"]) == (0, [])
