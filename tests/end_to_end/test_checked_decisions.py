"""Decisions are checked beside a running hub, and whom they are about sees it."""

import asyncio
import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from policies import load_policies
from tests.end_to_end.house import House
from tests.support.proposals import no_channel

USAGE = "/api/citizen/v1/usage"


async def onlyonce(house: House, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """`onlyonce policies …` with the settings of the running hub."""
    return await asyncio.to_thread(
        subprocess.run, [sys.executable, "-m", "hub.cli", "policies", *map(str, arguments)],
        env=house.at.environment(), capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip


@pytest.mark.asyncio(loop_scope="session")
async def test_a_decision_that_is_replayed_is_a_line_of_its_subject(house: House) -> None:
    place = house.fresh()
    index = (await house.prefill("study-grant", place)).json["logIndex"]
    done = await onlyonce(house, "replay", str(index), "--json", "--by", "officer-1")
    assert (done.returncode, json.loads(done.stdout)["outcome"]) == (0, "same"), done.stderr
    (checked, *_) = await house.lines(place, "?kind=decisionChecked")
    assert (checked["role"], checked["outcome"]) == ("operator", "read")
    assert checked["reason"] == "A decision was checked."
    assert "officer-1" not in json.dumps(checked)


@pytest.mark.asyncio(loop_scope="session")
async def test_a_simulation_is_told_to_each_subject_and_changes_nothing(house: House, tmp_path: Path) -> None:
    place, stranger, since = house.fresh(), house.fresh(), datetime.now(UTC).isoformat()
    assert (await house.prefill("study-grant", place)).status == 200
    for name, text in no_channel(load_policies()).modules.items():
        (tmp_path / name).write_text(text, "utf-8")
    done = await onlyonce(house, "simulate", tmp_path, "--since", since, "--format", "json")
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert report["by"]["form"]["study-grant"]["newlyDenied"] > 0
    assert report["decisions"]["withoutTheirOwnPolicies"] == 0
    (line,) = await house.lines(place, "?kind=bulkReading")
    assert line["reason"] == "Proposed access rules were tried on earlier decisions."
    assert await house.lines(stranger, "?kind=bulkReading") == []
    explained = await house.call(
        "GET", f"{USAGE}/{line['index']}/explanation?lang=en", token=await house.login(place)
    )
    assert (explained.status, explained.json["attributes"]) == (200, [])
    assert (await house.verify()).returncode == 0


@pytest.mark.asyncio(loop_scope="session")
async def test_ones_own_lines_are_explained_and_nobody_elses(house: House) -> None:
    place, stranger = house.fresh(), house.fresh()
    reply = await house.prefill("study-grant", place)
    path = f"{USAGE}/{reply.json['logIndex']}/explanation"
    mine = await house.call("GET", f"{path}?lang=nl", token=await house.login(place))
    assert mine.status == 200, mine.body
    assert (mine.json["language"], mine.json["rulesAtHand"]) == ("nl", True)
    disclosed = {one["attribute"] for one in reply.json["fields"].values() if one["status"] == "filled"}
    assert (
        disclosed
        == {one["attribute"] for one in mine.json["attributes"] if one["became"] == "passedOn"}
        != set()
    )
    assert (await house.lines(place))[0]["kind"] == "usageRead"
    theirs = await house.call("GET", path, token=await house.login(stranger))
    nothing = await house.call("GET", f"{USAGE}/9999999999/explanation", token=await house.login(stranger))
    assert theirs.status == nothing.status == 404
    assert theirs.json["detail"] == nothing.json["detail"]
    assert await house.lines(stranger) == []
