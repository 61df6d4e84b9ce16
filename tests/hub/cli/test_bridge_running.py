"""`onlyonce log bridge` beside a hub that goes on running, whose database was brought back under it."""

import asyncio
from pathlib import Path

import pytest
from sqlalchemy import Engine

from audit import LogSettings, LogUnavailable, RotatingSigner, UsageLog, checkpoint
from audit.checkpoints.signing import sign_head
from hub.assembly.naming import log_origin
from hub.cli import main
from hub.database import migrate, open_engine
from tests.audit.conftest import entry
from tests.hub.cli.bridged import Hub, restore_in_place
from tests.hub.cli.test_bridge import NEW, OLD

UNDISTURBED = LogSettings(sweep_every=3600, checkpoint_every=3600)


def names_signed(hub: Hub) -> list[str]:
    def read(engine: Engine) -> list[str]:
        with engine.connect() as connection:
            notes = connection.exec_driver_sql("SELECT note FROM audit_checkpoint ORDER BY size").scalars()
            return [checkpoint.read_checkpoint(note).origin for note in notes]

    found: list[str] = hub.verified(read)
    return found


async def test_a_hub_that_was_not_restarted_after_a_bridge_signs_nothing_and_spoils_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    migrate(f"sqlite:///{tmp_path / 'hub.sqlite3'}")
    hub = Hub(tmp_path)
    monkeypatch.setenv("ONLYONCE_DATABASE_URL", hub.url)
    monkeypatch.setenv("ONLYONCE_KEYS", str(tmp_path / "keys"))
    await asyncio.to_thread(hub.run, 3)
    hub.back_up()
    engine = open_engine(hub.url)
    signer = RotatingSigner(log_origin(hub.settings), hub.keys.log)
    running = UsageLog(
        engine,
        keys=hub.keys.epochs,
        grants=lambda _, r: r,
        signer=signer,
        kept=hub.kept,
        settings=UNDISTURBED,
    )
    await running.start()
    for _ in range(3):
        await running.append(entry())
    assert sign_head(engine, signer, running._guard) == 6
    restore_in_place(hub.database, hub.folder / "backup")
    with pytest.raises(LogUnavailable, match="does not go on"):
        await running.append(entry())
    bridge = ["log", "bridge", "--reason", "the disk burnt", "--by", "operations"]
    assert await asyncio.to_thread(main, bridge) == 0
    assert sign_head(engine, signer, running._guard) is None
    with pytest.raises(LogUnavailable, match="does not go on"):
        await running.append(entry())
    await asyncio.to_thread(hub.run, 5)  # another hub, restarted: the log is longer than it ever was
    assert sign_head(engine, signer, running._guard) is None
    with pytest.raises(LogUnavailable, match="does not go on"):
        await running.append(entry())
    assert sign_head(engine, signer, running._guard) is None
    await running.close()
    await asyncio.to_thread(hub.run, 1)
    engine.dispose()
    assert names_signed(hub) == [OLD, NEW, NEW, NEW]
    assert hub.problems() == []
