"""The last checkpoint is kept outside the database, and the log goes on only from there."""

import asyncio
import logging
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Engine

from audit import (
    CheckpointInvalid,
    CheckpointSigner,
    KeptNote,
    LogSettings,
    LogUnavailable,
    MemoryKeyRing,
    UsageLog,
    metadata,
    note_in,
    verify,
)
from audit.checkpoints.checkpoint import open_checkpoint
from audit.tree.merkle import CompactRange
from tests.audit.conftest import Clock, Granted, entry, open_engine
from tests.audit.forger import Forger


class Place:
    """A hub's database and its key folder."""

    def __init__(self, folder: Path) -> None:
        self.database, self.kept = folder / "log.sqlite3", KeptNote(folder / "log.checkpoint")
        self.keys, self.key, self.clock = MemoryKeyRing(), Ed25519PrivateKey.generate(), Clock()
        engine = open_engine(f"sqlite:///{self.database}")
        metadata.create_all(engine)
        engine.dispose()

    def log(self, engine: Engine, *, key: Ed25519PrivateKey | None = None, **changes: float) -> UsageLog:
        settings = {"checkpoint_every": 3600.0, "sweep_every": 3600.0} | changes
        return UsageLog(
            engine,
            keys=self.keys,
            grants=Granted(),
            clock=self.clock,
            kept=self.kept,
            signer=CheckpointSigner("example.org/log", key or self.key),
            settings=LogSettings(**settings),  # type: ignore[arg-type]
        )

    async def run(self, entries: int) -> None:
        """A hub that starts, records and ends."""
        engine = open_engine(f"sqlite:///{self.database}")
        log = self.log(engine)
        try:
            await log.start()
            for _ in range(entries):
                await log.append(entry())
            await log.close()
        finally:
            engine.dispose()
        connection = sqlite3.connect(self.database)
        connection.execute("PRAGMA journal_mode=DELETE")
        connection.close()

    def forge(self, forge: Callable[[Forger], object]) -> None:
        connection = sqlite3.connect(self.database, isolation_level=None)
        forger = Forger(connection)
        forge(forger)
        forger.make_good()
        connection.close()

    async def signed(self, size: int) -> None:
        """Wait until so many entries are signed, and that is kept."""
        async with asyncio.timeout(20):
            while (self.kept.read() or CompactRange()).size < size:  # noqa: ASYNC110 - the signer tells nobody
                await asyncio.sleep(0.01)

    def problems(self, *kept: str, signed: bool = True) -> list[tuple[int | None, str]]:
        engine = open_engine(f"sqlite:///{self.database}")
        public = self.key.public_key() if signed else None
        report = verify(engine, keys=self.keys, public_key=public, kept=kept, clock=self.clock)
        engine.dispose()
        return [(one.index, one.what) for one in report.problems]


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


async def refusal(log: UsageLog) -> None:
    """Wait until the log is not the one that was signed."""
    async with asyncio.timeout(20):
        while await log.goes_on():  # noqa: ASYNC110 - the signer tells nobody
            await asyncio.sleep(0.01)


def cut(size: int) -> Callable[[Forger], object]:
    return lambda forger: forger.run("DELETE FROM audit_entry WHERE leaf_index >= ?", size)


async def test_the_file_is_the_signed_note_with_the_compact_range_under_it(place: Place) -> None:
    await place.run(7)
    text = place.kept.path.read_text("utf-8")
    checkpoint = open_checkpoint(note_in(text), "example.org/log", place.key.public_key())
    tree = place.kept.read()
    assert tree is not None
    assert (checkpoint.size, checkpoint.root) == (tree.size, tree.root()) == (7, tree.root())
    assert note_in(note_in(text)) == note_in(text)
    assert place.kept.path.stat().st_mode & 0o077 == 0
    assert [path.name for path in place.kept.path.parent.glob(".*")] == []


async def test_a_hub_goes_on_from_what_it_kept(place: Place) -> None:
    for size in (3, 8, 9):
        await place.run(size - (place.kept.read() or CompactRange()).size)
        assert (place.kept.read() or CompactRange()).size == size
    assert place.problems(place.kept.path.read_text("utf-8").rpartition("\n\n")[0] + "\n") == []


async def test_an_older_backup_is_refused_until_an_operator_acts(place: Place, tmp_path: Path) -> None:
    await place.run(3)
    shutil.copy(place.database, tmp_path / "backup")
    await place.run(2)
    shutil.copy(tmp_path / "backup", place.database)
    with pytest.raises(LogUnavailable, match="of 3 entries, does not go on from the 5"):
        await place.run(1)
    place.kept.path.rename(tmp_path / "moved")
    await place.run(1)
    assert place.problems() == []


async def test_another_history_of_the_same_size_or_a_larger_one_is_refused(place: Place) -> None:
    await place.run(6)

    def rewrite(forger: Forger) -> None:
        cut(4)(forger)
        for n in range(3):
            forger.append(id=f"forged-{n}")

    place.forge(rewrite)
    with pytest.raises(LogUnavailable, match="does not go on"):
        await place.run(1)


async def test_what_is_cut_off_a_running_log_is_neither_added_to_nor_signed(place: Place) -> None:
    await place.run(4)
    engine = open_engine(f"sqlite:///{place.database}")
    log = place.log(engine, checkpoint_every=0.02)
    await log.start()
    await log.append(entry())
    await place.signed(5)
    assert await log.goes_on()
    place.forge(cut(4))
    with pytest.raises(LogUnavailable, match="does not go on"):
        await log.append(entry())
    await refusal(log)
    await log.close()
    engine.dispose()
    assert (place.kept.read() or CompactRange()).size == 5


async def test_a_second_history_that_grows_under_a_running_log_is_not_signed(place: Place) -> None:
    engine = open_engine(f"sqlite:///{place.database}")
    log = place.log(engine, checkpoint_every=0.02)
    await log.start()
    for _ in range(4):
        await log.append(entry())
    await place.signed(4)

    def rewrite(forger: Forger) -> None:
        cut(2)(forger)
        for n in range(5):
            forger.append(id=f"forged-{n}")

    place.forge(rewrite)
    await refusal(log)
    with pytest.raises(LogUnavailable, match="does not go on"):
        await log.append(entry())
    await log.close()
    engine.dispose()
    assert (place.kept.read() or CompactRange()).size == 4


async def test_a_log_cut_short_is_found_by_a_checkpoint_that_was_kept(place: Place) -> None:
    await place.run(4)
    await place.run(4)
    note = note_in(place.kept.path.read_text("utf-8"))
    place.forge(cut(6))
    assert place.problems() == []  # a genuine state of the log: nothing inside it tells that it is past
    assert place.problems(note) == [(6, "entry 6 is missing: a kept checkpoint counts 8")]


async def test_checkpoints_that_were_taken_away_are_found_by_one_that_was_kept(place: Place) -> None:
    await place.run(4)
    await place.run(4)
    note = note_in(place.kept.path.read_text("utf-8"))
    place.forge(lambda forger: forger.run("DELETE FROM audit_checkpoint WHERE size = 8"))
    ((index, what),) = place.problems(note)
    assert (index, what) == (None, "the last checkpoint of the database is at 4, one that was kept at 8")


async def test_a_log_that_nothing_signs_is_found_when_there_was_time_to_sign(place: Place) -> None:
    await place.run(4)
    place.forge(lambda forger: forger.run("DELETE FROM audit_checkpoint"))
    assert place.problems() == []
    place.clock.advance(minutes=2)
    assert place.problems() == [(None, "no checkpoint signs any entry")]
    assert place.problems(signed=False) == []


async def test_a_kept_checkpoint_of_another_log_is_found(place: Place, tmp_path: Path) -> None:
    await place.run(4)
    (tmp_path / "other").mkdir()
    other = Place(tmp_path / "other")
    other.key = place.key
    await other.run(3)
    ((index, what),) = place.problems(note_in(other.kept.path.read_text("utf-8")))
    assert (index, what) == (0, "entries 0 to 2 are not all as they were signed")
    other.key = Ed25519PrivateKey.generate()
    await other.run(1)
    ((index, what),) = place.problems(note_in(other.kept.path.read_text("utf-8")))
    assert (index, what) == (None, "the kept checkpoint at 4: no known key signed the note")


@pytest.mark.parametrize("text", ["", "no note", "a\n\n— b c\n\n\n"])
async def test_a_kept_checkpoint_that_cannot_be_read_is_not_passed_over(place: Place, text: str) -> None:
    await place.run(2)
    place.kept.path.write_text(text, "utf-8")
    with pytest.raises(CheckpointInvalid):
        place.kept.read()
    with pytest.raises(LogUnavailable, match="cannot be read"):
        await place.run(1)


async def test_the_compact_range_of_another_tree_is_refused(place: Place) -> None:
    await place.run(2)
    note = note_in(place.kept.path.read_text("utf-8"))
    place.kept.write(note, CompactRange(2, [bytes(32)]))
    with pytest.raises(CheckpointInvalid, match="not that of"):
        place.kept.read()


async def test_replicas_on_one_key_folder_take_over_what_the_other_signed(place: Place) -> None:
    engine = open_engine(f"sqlite:///{place.database}")
    logs = [place.log(engine, checkpoint_every=0.01) for _ in range(3)]
    for log in logs:
        await log.start()
    for _ in range(20):
        await asyncio.gather(*(log.append(entry(n)) for n, log in enumerate(logs)))
    for log in logs:
        await log.close()
    engine.dispose()
    assert (place.kept.read() or CompactRange()).size == 60
    assert place.problems(note_in(place.kept.path.read_text("utf-8"))) == []


async def test_a_key_folder_that_cannot_be_written_is_said_once_and_the_log_goes_on(
    place: Place, caplog: pytest.LogCaptureFixture
) -> None:
    engine = open_engine(f"sqlite:///{place.database}")
    place.kept = KeptNote(place.kept.path.parent / "nowhere" / "log.checkpoint")
    log = place.log(engine, checkpoint_every=0.01)
    await log.start()
    with caplog.at_level(logging.ERROR):
        for _ in range(5):
            await log.append(entry())
            await asyncio.sleep(0.05)
        await log.close()
    engine.dispose()
    assert [record.message.count("cannot be written") for record in caplog.records] == [1]
