"""Each of the replay server's twelve ways to misbehave, on SOAP and on REST."""

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from connectors import (
    ContractBroken,
    Enquiry,
    Identifier,
    Reading,
    Source,
    SourceBusy,
    SourceError,
    SourceRefused,
    SourceUnavailable,
    SubjectUnknown,
    check_against_contract,
)
from tests.realworld.conftest import Make, declaration, declared
from tests.support.replay import Replay
from tests.support.timing import TRIES, in_time

DEADLINE = 0.5
PATIENT = 5.0
"""Seconds for a source that answers, and badly: on a busy machine that too may take more than half a second."""
LATE = {"hang", "drip"}
FIVE = (SourceUnavailable, SourceBusy, SubjectUnknown, SourceRefused, ContractBroken)
BECOMES: dict[str, type[SourceError]] = {
    "fault": SourceUnavailable,
    "http500": SourceUnavailable,
    "malformed": ContractBroken,
    "empty": ContractBroken,
    "hang": SourceUnavailable,
    "drip": SourceUnavailable,
    "huge": ContractBroken,
    "bomb": ContractBroken,
    "xxe": ContractBroken,
    "wrong": ContractBroken,
    "redirect": ContractBroken,
    "busy": SourceBusy,
}
WHO = {
    "magda-person": ("GeefPersoon", "ssin", "00600099734"),
    "siade-enterprise": ("siade", "siren", "775672272"),
}


@contextmanager
def bounded_growth(mebibytes: int) -> Iterator[None]:
    """The process may not grow by more, at any moment that we look."""
    process = psutil.Process()
    before = process.memory_info().rss
    yield
    assert process.memory_info().rss - before < mebibytes << 20


async def well(source: Source, enquiry: Enquiry) -> None:
    """It answers; on a machine that stood still meanwhile, the next time."""
    for _ in range(TRIES):
        (found,) = await asyncio.gather(source.ask(enquiry), return_exceptions=True)
        if isinstance(found, Reading):
            return
        assert isinstance(found, SourceUnavailable), found
        assert "deadline" in str(found)
    raise AssertionError("it is not well")


@pytest.mark.parametrize("source_id", WHO)
@pytest.mark.parametrize("mode", BECOMES)
async def test_misbehaviour_is_one_of_five_errors_within_the_deadline(
    source: Make, replay: Replay, source_id: str, mode: str
) -> None:
    deadline = DEADLINE if mode in LATE else PATIENT
    asked = await source(source_id, limits={"deadlineMs": round(deadline * 1000)})
    name, scheme, number = WHO[source_id]
    enquiry = Enquiry(Identifier(scheme, number), asked.attributes)
    await well(asked, enquiry)
    await asyncio.to_thread(replay.behave, name, mode)

    async def attempt() -> float:
        started = time.monotonic()
        with pytest.raises(SourceError) as caught:
            await asked.ask(enquiry)
        took = time.monotonic() - started
        assert isinstance(caught.value, FIVE)
        assert isinstance(caught.value, BECOMES[mode])
        assert number not in str(caught.value)
        assert getattr(caught.value, "retry_after", 1.0) == 1.0 or mode != "busy"
        return took

    with bounded_growth(100):
        await in_time(deadline + 0.25, attempt)
    if mode == "busy":
        with pytest.raises(SourceBusy, match="left alone"):
            await asked.ask(enquiry)
        await asyncio.sleep(1.05)
    await asyncio.to_thread(replay.behave, name, "ok")
    await well(asked, enquiry)  # at once


async def test_twenty_hostile_answers_at_once_stay_bounded(source: Make, replay: Replay) -> None:
    asked = await source("magda-person")
    enquiry = Enquiry(Identifier("ssin", "00600099734"), asked.attributes)
    await asyncio.to_thread(replay.behave, "GeefPersoon", "huge")
    with bounded_growth(100):
        found = await asyncio.gather(*(asked.ask(enquiry) for _ in range(20)), return_exceptions=True)
    assert all(isinstance(one, FIVE) for one in found)


async def test_one_source_that_hangs_does_not_hold_up_another(source: Make, replay: Replay) -> None:
    hanging = await source("magda-tax", limits={"deadlineMs": 3000})
    healthy = await source("magda-person")
    await asyncio.to_thread(replay.behave, "GeefAanslagbiljetPersonenbelasting", "hang")
    waiting = asyncio.create_task(hanging.ask(Enquiry(Identifier("ssin", "00610122309"), hanging.attributes)))
    await asyncio.sleep(0.05)
    reading = await healthy.ask(Enquiry(Identifier("ssin", "00600099734"), healthy.attributes))
    assert not waiting.done()
    assert reading.values
    with pytest.raises(SourceUnavailable):
        await waiting


def test_the_contracts_of_the_fragment_hold(realworld: Path) -> None:
    assert {
        name: check_against_contract(declaration(name, realworld)) for name in declared()
    } == dict.fromkeys(declared(), ())
