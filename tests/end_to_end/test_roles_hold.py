"""What the table of roles says nobody sees, they do not see: operators and auditors are shown all that is theirs, and it is searched for people."""

import asyncio
import json
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from hub.api.roles import AUDITOR, OPERATOR
from hub.cli.roles import DESKS, ways
from hub.settings import PREFIX
from tests.end_to_end.house import MUNICIPALITY, House
from tests.end_to_end.people import person, ssin
from tests.end_to_end.replies import Json, Reply, reasons, values
from tests.end_to_end.test_canary import found_in, spellings

pytestmark = pytest.mark.asyncio(loop_scope="session")

GRANTS_OFFICE = "0000100067"
CASE, REASON = "case-Zanzibar-77", "The dyke at Blankenberge gave way"
MUTE = {
    "serve": "it is the hub itself: what it says is searched as its log",
    "sources practice": "it serves registers that are made up",
    "sources new": "it reads a contract alone",
    "sources vendor": "it reads a contract alone",
    "sources inspect": "it reads a contract alone",
    "policies test": "it reads a folder of policies alone",
}
"""Commands of the operator that are given neither the database nor the keys, so that they have nobody's data to show."""


@dataclass(frozen=True)
class Lived:
    """Somebody whose data was used in every way, the agent who did, and a copy of all that the operator has, taken then."""

    place: int
    agent: int
    data: Path
    needles: list[tuple[str, bytes]]


def names_of(place: int) -> dict[str, bytes]:
    """What the sources know of somebody, but for what anybody might have."""
    one = person(place)
    found = {
        "family name": one.family_name, "given names": " ".join(one.given_names), "birth date": one.birth_date, "street": one.address.street,
    }  # fmt: skip
    return {name: str(value).encode() for name, value in found.items()}


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def lived(small: House, tmp_path_factory: pytest.TempPathFactory) -> Lived:
    place, agent = small.fresh(), small.fresh()
    assert (
        values(await small.prefill("study-grant", place, caseId=CASE))["lastName"]
        == person(place).family_name
    )
    await small.consent(place)
    consulted = await consult(small, place, agent)
    assert consulted.json["fields"]["lastName"]["value"] == person(place).family_name
    order = ("--attribute", "person.address", "--ordered-by", "a court", "--ground", "an order")
    await small.command("subjects", "seal", *order, "--subject-from", "-", given=ssin(place))
    data = tmp_path_factory.mktemp("operator")
    for folder in ("keys", "catalogue"):
        shutil.copytree(small.at.folder / folder, data / folder)
    with (
        sqlite3.connect(small.at.folder / "hub.sqlite3") as live,
        sqlite3.connect(data / "hub.sqlite3") as copy,
    ):
        live.backup(copy)
    needles = [
        (f"{who}'s number, {name}", text)
        for who in ("subject", "agent")
        for name, text in spellings(ssin({"subject": place, "agent": agent}[who])).items()
    ]
    needles += [(f"the subject's {name}", text) for name, text in names_of(place).items()]
    needles += [("the case", CASE.encode()), ("the reason", REASON.encode())]
    return Lived(place, agent, data, needles)


async def consult(
    house: House, place: int, agent: int, *, office: str = MUNICIPALITY, **instead: Any
) -> Reply:
    actor = {"role": "agent", "token": await house.login(agent, "prefill", office=office)}
    body: Json = {
        "formId": "adapted-transport", "subject": {"ssin": ssin(place)}, "fields": ["lastName"], "actor": actor, "caseId": CASE,
        "reason": REASON, **instead,
    }  # fmt: skip
    body = {name: value for name, value in body.items() if value is not ...}
    return await house.call(
        "POST", "/api/prefill/v1/prefills", token=await house.client_token("municipality"), body=body
    )


# Agents


@pytest.mark.parametrize(("missing", "code"), [("reason", "reasonRequired"), ("caseId", "caseRequired")])
async def test_an_agent_says_why_and_in_which_case_each_time(small: House, missing: str, code: str) -> None:
    place, agent = small.fresh(), small.fresh()
    without: dict[str, Any] = {missing: ...}
    before = await small.source("national-register", "GET", "/_calls")
    for _ in range(2):
        refused = await consult(small, place, agent, **without)
        assert reasons(refused)["lastName"]["code"] == code
    assert await small.source("national-register", "GET", "/_calls") == before
    assert (await consult(small, place, agent)).json["fields"]["lastName"]["status"] == "filled"
    line = (await small.lines(place, "?kind=prefill"))[0]
    assert (line["reason"], line["caseId"], line["role"]) == (REASON, CASE, "agent")
    again = await consult(small, place, agent, **without)
    assert reasons(again)["lastName"]["code"] == code, (
        "the reason of one consultation is not that of the next"
    )


@pytest.mark.parametrize("office", ["", GRANTS_OFFICE, "0000000097"])
async def test_an_agent_of_another_administration_is_given_nothing(small: House, office: str) -> None:
    place, agent = small.fresh(), small.fresh()
    before = await small.source("national-register", "GET", "/_calls")
    refused = await consult(small, place, agent, office=office)
    assert refused.json["fields"]["lastName"]["status"] == "denied"
    assert await small.source("national-register", "GET", "/_calls") == before
    body: Json = {
        "activityId": "adapted-transport", "subject": {"ssin": ssin(place)}, "caseId": CASE, "reason": REASON,
        "actor": {"token": await small.login(agent, "prefill", office=office)},
    }  # fmt: skip
    opened = await small.call(
        "POST", "/api/prefill/v1/emergencies", token=await small.client_token("municipality"), body=body
    )
    assert (opened.status, opened.problem) == (403, "missingPermission")
    outcomes = [
        (line["kind"], line["outcome"]) for line in await small.lines(place) if line["kind"] != "usageRead"
    ]
    assert outcomes == [("emergency", "refused"), ("prefill", "refused")]


# The operator


def operators(lived: Lived, small: House) -> dict[str, tuple[list[str], str, set[int]]]:
    """Each command of the operator that is given people's data: its arguments, what it reads, and how it may end."""
    data = lived.data
    return {
        "check": ([str(data / "catalogue")], "", {0}),
        "database migrate": ([], "", {0}),
        "clients hash-secret": ([], "a-secret-of-twenty-four-letters\n", {0}),
        "clients list": ([], "", {0}),
        "clients revoke": (["grants-portal", "--reason", "Its key was lost"], "", {0}),
        "clients restore": (["grants-portal", "--reason", "It has another key"], "", {0}),
        "log public-key": ([], "", {0}),
        "log keys": ([], "", {0}),
        "log export": ([str(data / "export.sqlite3")], "", {0}),
        "sources status": (["--json"], "", {0, 1, 2}),
        "sources verify": ([], "", {0, 1, 2}),
        "sources try": (["national-register", "--subject-from", "-", "--set", "purpose=x"], f"{ssin(lived.place)}\n", {0, 1}),
        "policies export": ([str(data / "policies")], "", {0}),
        "policies keygen": ([str(data / "policies.pem")], "", {0}),
        "policies build": (["--key", str(data / "policies.pem"), "-o", str(data / "bundle.tar.gz")], "", {0}),
        "policies revisions": (["--json"], "", {0}),
        "keys retire": ([], "", {0}),
        "keys rotate": ([], "", {0}),
        "keys receipts": ([], "", {0}),
        "keys tokens": ([], "", {0}),
        "keys rotate-tokens": ([], "", {0}),
        "log rotate-key": ([], "", {0}),
        "log bridge": (["--reason", "A backup was lost", "--by", "The operator"], "", {0, 2}),
    }  # fmt: skip


async def run(environment: Mapping[str, str], asked: list[tuple[list[str], str]]) -> list[tuple[int, str]]:
    done = await asyncio.to_thread(
        subprocess.run, [sys.executable, "-m", "tests.end_to_end.programs.commands"], env=dict(environment),
        input=json.dumps(asked), capture_output=True, text=True, timeout=120, check=True,
    )  # fmt: skip
    return [(code, said) for code, said in json.loads(done.stdout)]


async def test_the_operator_is_shown_nobodys_data_by_any_command(small: House, lived: Lived) -> None:
    commands = operators(lived, small)
    assert {name for name, desk in DESKS.items() if desk.role is OPERATOR} == commands.keys() | MUTE.keys()
    place = {
        "CATALOGUE": lived.data / "catalogue",
        "KEYS": lived.data / "keys",
        "DATABASE_URL": f"sqlite:///{lived.data / 'hub.sqlite3'}",
    }
    environment = small.at.environment() | {PREFIX + name: str(value) for name, value in place.items()}
    asked = [([*name.split(), *arguments], given) for name, (arguments, given, _) in commands.items()]
    said = dict(zip(commands, await run(environment, asked), strict=True))
    wrong = {name: one for name, one in said.items() if one[0] not in commands[name][2]}
    assert wrong == {}
    assert "person.familyName" in said["sources try"][1], (
        "the source was called, and its values were looked at"
    )
    blobs = {name: text.encode() for name, (_, text) in said.items()}
    written = {file.name: file.read_bytes() for file in lived.data.iterdir() if file.is_file()}
    assert "export.sqlite3" in written
    assert found_in(blobs | written, lived.needles) == set()


async def test_the_operator_reads_nobodys_data_in_logs_status_and_health(small: House, lived: Lived) -> None:
    status = {file.name: file.read_bytes() for file in (small.keys / "status").iterdir() if file.is_file()}
    assert status
    health = {"health": (await small.health()).raw}
    assert found_in(small.said() | status | health, lived.needles) == set()


async def test_what_is_searched_for_is_there_to_be_found(small: House, lived: Lived) -> None:
    token = await small.login(lived.place)
    lines = await small.call("GET", "/api/citizen/v1/usage", token=token)
    await consult(
        small, lived.place, lived.agent
    )  # the hub may hear only now of what was sealed, and refuse this one
    answer = await consult(small, lived.place, lived.agent)
    found = {name for _, name in found_in({"lines": lines.raw, "answer": answer.raw}, lived.needles)}
    assert found >= {"the case", "the reason", "the subject's family name"}


# The auditor


async def test_the_auditor_is_shown_hashes_and_keys_and_nothing_of_anybody(
    small: House, lived: Lived, tmp_path: Path
) -> None:
    with sqlite3.connect(lived.data / "hub.sqlite3") as copy:
        rows = copy.execute("SELECT DISTINCT subject FROM audit_entry").fetchall()
    handles = [
        (f"handle {number}", bytes(row[0], "ascii")) for number, row in enumerate(rows) if len(row[0]) == 64
    ]
    handles += [(f"{name}, raw", bytes.fromhex(text.decode())) for name, text in handles]
    assert len(handles) >= 4
    size = int((await small.call("GET", "/api/log/v1/checkpoint")).body.split(b"\n")[1])
    asked = {
        "/api/log/v1/checkpoint": [""],
        "/api/log/v1/keys": [""],
        "/api/log/v1/bridges": [""],
        "/api/log/v1/tile/{path:path}": [f"0/000.p/{size % 256}", f"entries/000.p/{size % 256}"] if size < 256 else ["0/000", "entries/000"],
        "/api/log/v1/inclusion": [f"?index={index}" for index in range(0, size, 7)],
        "/api/log/v1/consistency": [f"?oldSize={old}" for old in range(1, size, 13)],
    }  # fmt: skip
    mine = {way.way for way in ways() if way.role is AUDITOR}
    assert {f"`GET {path}`" for path in asked} | {"`onlyonce log verify`", "`onlyonce log witness`"} == mine
    blobs = {}
    for path, ends in asked.items():
        for end in ends:
            reply = await small.call("GET", path.replace("{path:path}", "") + end)
            assert reply.status == 200, (path, end, reply.body)
            blobs[path + end] = reply.raw
    keys = tmp_path / "keys"
    keys.write_text(
        "\n".join(
            one["verifierKey"]
            for one in json.loads(blobs["/api/log/v1/keys"].partition(b"\r\n\r\n")[2])["items"]
        )
    )
    (_, exported), (code, verified) = await run(
        small.at.environment(),
        [
            (["log", "export", str(tmp_path / "export")], ""),
            (
                ["log", "verify", "--export", str(tmp_path / "export"), "--public-key", str(keys), "--json"],
                "",
            ),
        ],
    )
    assert (code, "entries" in exported) == (0, True), verified
    blobs["log verify"] = verified.encode()
    assert found_in(blobs, [*lived.needles, *handles]) == set()
