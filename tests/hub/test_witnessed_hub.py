"""A whole hub and its witness: cosigned, refused after an old backup of everything, bridged, cosigned again."""

import asyncio
import contextlib
import shutil
import sqlite3
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import pytest

from audit import LogUnavailable
from audit.checkpoints.checkpoint import read_checkpoint
from audit.witnesses.cosignature import cosignatures_in
from hub.assembly import assemble
from hub.assembly.naming import log_origin
from hub.cli import main
from hub.database import migrate
from hub.demo.catalogues import DEMO_CATALOGUE
from hub.house import House
from hub.keys import KeyFolder
from hub.services.errors import NotFound, NotRecorded
from hub.settings import read_settings
from tests.hub.cli.bridged import restore_in_place
from tests.hub.services.witnessed import Peer, until

Environment = dict[str, str]


@pytest.fixture
def environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Environment:
    """The settings of a hub with a list of witnesses."""
    url = f"sqlite:///{tmp_path / 'data' / 'hub.sqlite3'}"
    (tmp_path / "witnesses").touch()
    migrate(url)
    environment = {
        "ONLYONCE_DATABASE_URL": url, "ONLYONCE_KEYS": str(tmp_path / "data" / "keys"),
        "ONLYONCE_CATALOGUE": str(DEMO_CATALOGUE), "ONLYONCE_ADMIT_TEST_NUMBERS": "true",
        "ONLYONCE_WITNESSES": str(tmp_path / "witnesses"), "ONLYONCE_CHECKPOINT_INTERVAL_S": "0.05",
    }  # fmt: skip
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    return environment


@contextlib.asynccontextmanager
async def running(environment: Environment) -> AsyncIterator[House]:
    house = assemble(read_settings(environment))
    try:
        await house.start()
        yield house
    finally:
        await house.close()


def follow(peer: Peer, environment: Environment) -> None:
    """Let the witness follow the hub's log under the name that it has now."""
    keys = KeyFolder(Path(environment["ONLYONCE_KEYS"])).log.public
    peer.logs = {log_origin(read_settings(environment)): keys}


async def cosigned(house: House, peer: Peer, name: str = "") -> bool:
    """Whether the published checkpoint has the witness's signature, and is of the log of that name."""
    try:
        note = await house.parts.log_tree.checkpoint()
    except NotFound:
        return False
    return note.startswith(name) and len(cosignatures_in(note, [peer.witness.key])) == 1


async def test_an_old_backup_of_everything_is_refused_and_bridged(
    environment: Environment, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data, backup = tmp_path / "data", tmp_path / "backup"
    key = KeyFolder(data / "keys").log()[0].private
    assert key is not None
    peer = Peer(key, "w.example/1")
    (tmp_path / "witnesses").write_text(f"{peer.place.address} {peer.place.key.text()}\n", "utf-8")
    follow(peer, environment)
    async with peer.there():
        async with running(environment) as house:
            await until(lambda: cosigned(house, peer))
            await until(lambda: _is(house, "UP"))
        shutil.copytree(data, backup)
        async with running(environment) as house:
            before = read_checkpoint(await house.parts.log_tree.checkpoint()).size
            await _grow(house)
            await until(lambda: _beyond(house, before))
        shutil.rmtree(data)
        shutil.copytree(backup, data)
        with pytest.raises(LogUnavailable, match="a witness holds a checkpoint of"):
            async with running(environment):
                raise AssertionError
        assert await asyncio.to_thread(main, ["log", "bridge", "--reason", "the backup was old"]) == 0
        follow(peer, environment)
        async with running(environment) as house:
            await until(lambda: cosigned(house, peer, "127.0.0.1:8000/log/2\n"))
            assert len(await house.parts.log_tree.bridges()) == 1
            peer.logs = {}
            await _grow(house)
            await until(lambda: _is(house, "DEGRADED"))


async def test_a_log_keeps_its_name_when_the_address_of_the_hub_changes(environment: Environment) -> None:
    moved = environment | {"ONLYONCE_PUBLIC_URL": "https://hub.example.org"}
    named = read_settings(environment).named_log
    for lost in (False, True):
        async with running(environment) as house:
            await until(lambda: _is_signed(house))
            before = read_checkpoint(await house.parts.log_tree.checkpoint())
        if lost:
            named.unlink()
        async with running(moved) as house:
            await _grow(house)
            await until(partial(_beyond, house, before.size))
            after = read_checkpoint(await house.parts.log_tree.checkpoint())
        assert after.origin == before.origin == "127.0.0.1:8000/log"


async def test_a_hub_whose_log_loses_entries_under_it_says_that_it_is_down(
    environment: Environment, tmp_path: Path
) -> None:
    database = tmp_path / "data" / "hub.sqlite3"
    async with running(environment) as house:
        await until(lambda: _is_signed(house))
        before = read_checkpoint(await house.parts.log_tree.checkpoint())
        with sqlite3.connect(database) as live, sqlite3.connect(tmp_path / "backup") as backup:
            live.backup(backup)
        await _grow(house)
        await until(partial(_beyond, house, before.size))
        await until(lambda: _is(house, "UP"))
        restore_in_place(database, tmp_path / "backup")
        await until(lambda: _is(house, "DOWN"))
        with pytest.raises(NotRecorded):
            await _grow(house)


async def _is_signed(house: House) -> bool:
    try:
        await house.parts.log_tree.checkpoint()
    except NotFound:
        return False
    return True


async def _grow(house: House) -> None:
    """An entry about nobody."""
    journal = house.parts.usage._journal
    await journal.of_the_hub("policyActivated", {"revision": "r"})


async def _beyond(house: House, size: int) -> bool:
    return read_checkpoint(await house.parts.log_tree.checkpoint()).size > size


async def _is(house: House, status: str) -> bool:
    return await house.parts.health() == status
