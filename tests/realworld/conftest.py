"""The replay server of recorded answers, and the sources declared over it."""

import shutil
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from connectors import SourceDeclaration, read_declaration
from connectors.declared import DeclaredSource
from connectors.rest import RestSource
from connectors.soap import SoapSource
from tests.realworld.newcomer import PARTS, Newcomer
from tests.support.replay import Replay, running_replay

CATALOGUE = Path(__file__).parent / "catalogue"
Make = Callable[..., Awaitable[DeclaredSource]]


def no_secrets(name: str) -> str:
    raise KeyError(name)


@cache
def declared() -> dict[str, dict[str, Any]]:
    """Every declaration of the catalogue fragment, as YAML has it."""
    found: dict[str, dict[str, Any]] = {}
    for file in sorted(CATALOGUE.glob("*.yaml")):
        found |= yaml.safe_load(file.read_text("utf8"))["sources"]
    return found


def declaration(source_id: str, folder: Path, **changes: object) -> SourceDeclaration:
    """One declaration, with some keys changed."""
    return read_declaration(source_id, declared()[source_id] | changes, folder=folder)


def without_echo(source_id: str) -> Mapping[str, object]:
    """The change that makes a source not compare whom an answer is about."""
    reply = dict(declared()[source_id]["reply"])
    reply.pop("subject", None)
    return {"reply": reply}


@pytest.fixture(scope="session")
def replay_server(realworld: Path) -> Iterator[Replay]:
    with running_replay(realworld) as replay:
        yield replay


@pytest.fixture
def replay(replay_server: Replay) -> Iterator[Replay]:
    """The replay server; every source behaves again afterwards."""
    yield replay_server
    replay_server.behave_well()


@pytest.fixture
async def source(replay: Replay, realworld: Path) -> AsyncIterator[Make]:
    """Makes started sources: `await source("magda-person", limits={...})`."""
    made: list[DeclaredSource] = []

    async def make(source_id: str, **changes: object) -> DeclaredSource:
        found = declaration(source_id, realworld, **changes)
        kind, address = (SoapSource, replay.magda) if found.protocol == "soap" else (RestSource, replay.siade)
        made.append(kind(found, address=address, secrets=no_secrets))
        await made[-1].start()
        return made[-1]

    yield make
    for one in made:
        await one.close()


@pytest.fixture
def newcomer(realworld: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Newcomer:
    for part in PARTS:
        ignored = shutil.ignore_patterns("responses", "requests")
        shutil.copytree(realworld / part, tmp_path / "contracts" / part, ignore=ignored)
    return Newcomer(tmp_path, capsys)
