"""The file in which a hub tells how its sources do, and the command that shows it."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from connectors import Enquiry, Identifier, SourceError, SourceUnavailable
from connectors.memory import MemorySource
from hub.assembly import all_work
from hub.cli import main
from hub.services.health import Health
from hub.services.source_status import StatusFile, read_statuses
from hub.settings import PREFIX

NUMBER = "85060200123"
ASKED = Enquiry(Identifier("ssin", NUMBER), frozenset({"person.familyName"}))


def now() -> datetime:
    return datetime.now(UTC)


@pytest.fixture
def source() -> MemorySource:
    return MemorySource("register", {NUMBER: {"person.familyName": "Bruni"}}, clock=now)


@pytest.fixture
async def written(source: MemorySource, tmp_path: Path) -> AsyncIterator[Path]:
    """A folder in which a hub tells how `source` does, twenty times a second."""
    folder = tmp_path / "keys" / "status"
    folder.parent.mkdir()
    file = StatusFile([source], folder, now, every=0.05)
    await file.start()
    yield folder
    await file.close()
    assert list(folder.iterdir()) == []


async def told(folder: Path, **so: object) -> dict[str, Any]:
    """What the file says of the source, once it says so."""
    async with asyncio.timeout(20):
        while True:
            for hub in read_statuses(folder, now()):
                (found,) = hub.sources
                if so.items() <= found.items():
                    return found
            await asyncio.sleep(0.01)


async def fail(source: MemorySource, times: int) -> None:
    source.failure = SourceUnavailable("register", "it cannot be reached")
    for _ in range(times):
        with pytest.raises(SourceError):
            await source.ask(ASKED)


def raw(folder: Path) -> tuple[str, tuple[int, int]]:
    """The file as it stands, and who may read it and its folder."""
    (file,) = folder.glob("*.json")
    return file.read_text(), (file.stat().st_mode & 0o777, folder.stat().st_mode & 0o777)


def status(folder: Path, *options: str, monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.setenv(f"{PREFIX}KEYS", str(folder.parent))
    return main(["sources", "status", *options])


async def test_it_tells_how_each_source_does_and_nothing_of_whom_it_was_asked(
    source: MemorySource, written: Path
) -> None:
    await source.ask(ASKED)
    await fail(source, 10)
    found = await told(written, state="down", circuit="open")
    assert found["source"] == "register"
    assert found["counts"] == {"answered": 1, "sourceUnavailable": 10}
    assert found["cause"] == "it cannot be reached"
    assert 0 < found["retryAfterMs"] <= 5000
    text, modes = raw(written)
    assert NUMBER not in text
    assert "Bruni" not in text
    assert modes == (0o600, 0o700)


async def test_the_command_shows_it_and_its_exit_code_says_whether_all_work(
    source: MemorySource, written: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    await source.ask(ASKED)
    await told(written, state="up")
    assert status(written, monkeypatch=monkeypatch) == 0
    shown = capsys.readouterr().out
    assert "register  up     closed" in shown
    await fail(source, 10)
    await told(written, state="down")
    assert status(written, monkeypatch=monkeypatch) == 1
    assert "it cannot be reached; asked again in" in capsys.readouterr().out
    assert status(written, "--json", monkeypatch=monkeypatch) == 1
    (hub,) = json.loads(capsys.readouterr().out)["hubs"]
    assert hub["sources"][0]["state"] == "down"


async def test_the_hubs_health_is_degraded_while_a_source_does_not_work(source: MemorySource) -> None:
    other = MemorySource("other", {})
    health = Health([], [all_work((source, other))])
    assert await health() == "UP"  # nobody asked yet
    await source.ask(ASKED)
    assert await health() == "UP"
    await fail(source, 2)
    assert await health() == "DEGRADED"


def test_a_hub_that_fell_silent_is_passed_over_and_forgotten_after_an_hour(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "keys" / "status"
    folder.mkdir(parents=True)
    for name, ago in (("old", 3700), ("silent", 60)):
        at = now() - timedelta(seconds=ago)
        (folder / f"{name}.json").write_text(json.dumps({"hub": name, "at": at.isoformat(), "sources": []}))
    for name, content in (
        ("broken", "{"),
        ("empty", ""),
        ("list", "[]"),
        ("naive", '{"at": "2026-01-01T00:00:00"}'),
    ):
        (folder / f"{name}.json").write_text(content)
    assert read_statuses(folder, now()) == []
    assert not (folder / "old.json").exists()
    assert (folder / "silent.json").exists()
    assert status(folder, monkeypatch=monkeypatch) == 2
    assert "no hub runs" in capsys.readouterr().err


async def test_what_cannot_be_written_harms_nobody(source: MemorySource, tmp_path: Path) -> None:
    (tmp_path / "status").write_text("a file where the folder should be")
    file = StatusFile([source], tmp_path / "status", now, every=0.02)
    await file.start()
    await asyncio.sleep(0.1)
    assert (await source.ask(ASKED)).values
    await file.close()
