"""The hub is killed under load, again and again: no value ever came without its entry, no source was asked without one."""

import asyncio
import os
import random
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from sqlalchemy import text

from audit import UsageLog
from hub.database import open_engine
from hub.keys import KeyFolder
from tests.end_to_end.conftest import Production
from tests.end_to_end.house import THE_YEAR, House
from tests.end_to_end.people import PEOPLE
from tests.end_to_end.programs.mortal_hub import DYING
from tests.end_to_end.running import PROGRAMS, running

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.soak]

SOAK = bool(os.environ.get("ONLYONCE_SOAK"))
KILLS = 20 if SOAK else 3
LEAST_VALUES, LEAST_BETWEEN = (1_000, 5) if SOAK else (100, 1)
CALLERS = 8
ORPHAN_AFTER_S = 3
MORTAL = "tests.end_to_end.programs.mortal_hub"
SETTINGS = {"ORPHAN_AFTER_S": str(ORPHAN_AFTER_S), "TOKEN_LIFETIME_S": "3600"}
FIELDS = ["lastName", "birthDate", "income", "incomeYear", "increasedReimbursement"]
KNOWN = [place for place in range(200) if THE_YEAR in PEOPLE.persons[place].assessments]


@pytest.fixture(params=["small", "production"] if SOAK else ["small"])
def settings(request: pytest.FixtureRequest) -> dict[str, str]:
    """The settings of a house that is killed: in the soak, on both engines."""
    if request.param == "small":
        return SETTINGS
    production: Production = request.getfixturevalue("production")
    policies = production.house.at.settings["POLICIES"]
    database = production.cluster.url("kills")
    return {**SETTINGS, "DATABASE_URL": database, "OPA_URL": production.opa.url, "POLICIES": policies}


@pytest_asyncio.fixture(loop_scope="session")
async def mortal(settings: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    """A house of its own, for it is killed."""
    programs = replace(PROGRAMS, hub=(MORTAL,))
    async with running(tmp_path_factory.mktemp("mortal"), settings, programs) as house:
        yield house


@dataclass
class Received:
    """What the callers of the load got, and what for."""

    answers: list[dict[str, Any]] = field(default_factory=list)
    cases: dict[str, str] = field(default_factory=dict)
    asked: int = 0

    @property
    def values(self) -> int:
        return sum("value" in one for answer in self.answers for one in answer["fields"].values())


async def ask(house: House, received: Received, draw: random.Random, until: asyncio.Event) -> None:
    """One caller, who goes on until told to stop; that the hub dies is nothing to them."""
    while not until.is_set():
        received.asked += 1
        case = f"kill-{received.asked}"
        try:
            reply = await house.prefill("study-grant", draw.choice(KNOWN), fields=FIELDS, caseId=case)
        except (aiohttp.ClientError, OSError, TimeoutError):
            await asyncio.sleep(0.02)
            continue
        if reply.status == 200:
            received.answers.append(reply.json)
            received.cases[reply.json["prefillId"]] = case
        else:
            assert reply.status == 503, reply.body


async def die(house: House, hub: asyncio.subprocess.Process, draw: random.Random, *, between: bool) -> None:
    """Wait until the hub killed itself, or kill it at some instant."""
    if between:
        await asyncio.wait_for(hub.wait(), 30)
    else:
        await asyncio.sleep(draw.uniform(0.05, 1.0))
    await house.kill(hub)


async def entries(house: House) -> dict[str, Any]:
    """All entries of prefills, by the id of the prefill."""

    def read() -> dict[str, Any]:
        engine = open_engine(house.at.database_url)
        log = UsageLog(engine, keys=KeyFolder(house.keys, create=False).epochs, grants=lambda _, asked: asked)
        with engine.connect() as connection:
            ids = (
                connection.execute(text("SELECT id FROM audit_entry WHERE kind = 'prefill'")).scalars().all()
            )
        lines = [log.get_entry(one) for one in ids]
        engine.dispose()
        found = {
            line.details["prefillId"]: line for line in lines if line is not None and line.details is not None
        }
        assert len(found) == len(ids), "a prefill has two entries"
        return found

    return await asyncio.to_thread(read)


async def cases_asked(house: House) -> set[str]:
    """The cases that some source was asked for."""
    cases: set[str] = set()
    for source in ("national-register", "tax-administration", "social-status"):
        cases |= set((await house.source(source, "GET", "/_calls"))["cases"])
    return {case for case in cases if case.startswith("kill-")}


async def test_whatever_left_is_in_the_log(mortal: House) -> None:
    house, received = mortal, Received()
    draw = random.Random(os.environ.get("ONLYONCE_SEED", "7"))
    await house.kill(house.at.running[-1])
    for turn in range(KILLS):
        between = turn % 2 == 0
        arguments = ("--dies-at", str(draw.randint(30, 80))) if between else ()
        house.at.programs = replace(house.at.programs, hub=(MORTAL, *arguments))
        hub = await house.at.start_hub()
        verified = await house.verify()
        assert verified.returncode == 0, verified.stdout
        stop = asyncio.Event()
        load = [asyncio.create_task(ask(house, received, draw, stop)) for _ in range(CALLERS)]
        await die(house, hub, draw, between=between)
        stop.set()
        await asyncio.gather(*load)
    house.at.programs = replace(house.at.programs, hub=(MORTAL,))
    await house.at.start_hub()

    killed_between = house.said()["mortal_hub.log"].decode().count(DYING)
    assert killed_between >= LEAST_BETWEEN
    assert received.values >= LEAST_VALUES

    started = time.monotonic()
    asked, known = await cases_asked(house), await entries(house)
    while asked - {line.details.get("caseId") for line in known.values()}:
        assert time.monotonic() - started < 60, "a source was asked, and no entry says so within a minute"
        await asyncio.sleep(0.5)
        known = await entries(house)

    for answer in received.answers:
        line = known[answer["prefillId"]]
        filled = {one["attribute"] for one in answer["fields"].values() if "value" in one}
        assert line.index == answer["logIndex"]
        assert filled <= set(line.details["disclosed"])
        assert line.details["caseId"] == received.cases[answer["prefillId"]]
    unsent = [
        one for one, line in known.items() if line.details.get("disclosed") and one not in received.cases
    ]
    assert len(unsent) >= killed_between, "it was not killed between commit and answer"
    assert {line.outcome for line in known.values()} <= {
        "disclosed",
        "partial",
        "deliveryUnknown",
        "nothingDisclosed",
    }
    verified = await house.verify()
    assert verified.returncode == 0, verified.stdout
