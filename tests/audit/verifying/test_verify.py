"""Verification: whoever changes anything in the database is found, and the first bad entry is named."""

import asyncio
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Engine, create_engine, select, update

from audit import MemoryKeyRing, UsageLog, metadata, verify
from audit.store import DATA_KEY
from audit.verifying.check import Check
from tests.audit.conftest import MakeLog, entry, handle, open_engine
from tests.audit.verifying.samples import SIZE, Row, Sample, forget


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Sample:
    return Sample(tmp_path_factory.mktemp("sample"))


def execute(*statements: str) -> Callable[[sqlite3.Connection], object]:
    return lambda connection: [connection.execute(statement) for statement in statements]


@pytest.mark.parametrize("with_keys", [True, False])
def test_an_untouched_log_has_nothing_wrong(sample: Sample, with_keys: bool) -> None:
    report = sample.tampered(execute(), with_keys=with_keys)
    assert report.problems == ()
    assert (report.size, report.signed, report.checkpoints, report.intents) == (SIZE, SIZE, 2, 1)
    assert (report.readable, report.forgotten) == (SIZE - 1 if with_keys else 0, 1)


def test_every_open_column_is_bound_to_its_leaf_without_any_key(sample: Sample) -> None:
    for row in sample.rows("audit_entry"):
        for column, value in row.items():
            if column == "leaf_index":
                continue
            changed: Any = value + b"x" if isinstance(value, bytes) else f"{value}x"
            if isinstance(value, int):
                changed = value + 1

            def tamper(
                connection: sqlite3.Connection, column: str = column, changed: Any = changed, row: Row = row
            ) -> None:
                connection.execute(
                    f"UPDATE audit_entry SET {column} = ? WHERE leaf_index = ?",  # noqa: S608
                    (changed, row["leaf_index"]),
                )

            report = sample.tampered(tamper, with_keys=False)
            assert report.first is not None, column
            assert report.first.index == row["leaf_index"], column


@pytest.mark.parametrize("with_keys", [True, False])
@pytest.mark.parametrize("index", [0, 4, 7, SIZE - 1])
def test_a_deleted_entry_is_named(sample: Sample, index: int, with_keys: bool) -> None:
    delete = execute(f"DELETE FROM audit_entry WHERE leaf_index = {index}")  # noqa: S608
    report = sample.tampered(delete, with_keys=with_keys)
    assert report.first is not None
    assert report.first.index == index


@pytest.mark.parametrize("with_keys", [True, False])
def test_a_deleted_entry_whose_successors_move_up_is_named(sample: Sample, with_keys: bool) -> None:
    report = sample.tampered(
        execute(
            "DELETE FROM audit_entry WHERE leaf_index = 3",
            "UPDATE audit_entry SET leaf_index = leaf_index - 1 WHERE leaf_index > 3",
        ),
        with_keys=with_keys,
    )
    assert report.first is not None
    assert report.first.index == 3


@pytest.mark.parametrize("with_keys", [True, False])
def test_two_entries_that_change_places_are_named(sample: Sample, with_keys: bool) -> None:
    report = sample.tampered(
        execute(
            "UPDATE audit_entry SET leaf_index = 99 WHERE leaf_index = 6",
            "UPDATE audit_entry SET leaf_index = 6 WHERE leaf_index = 8",
            "UPDATE audit_entry SET leaf_index = 8 WHERE leaf_index = 99",
        ),
        with_keys=with_keys,
    )
    assert report.first is not None
    assert report.first.index == 6


def test_two_bodies_that_change_places_are_named(sample: Sample) -> None:
    report = sample.tampered(
        execute(
            "CREATE TABLE kept AS SELECT leaf_index, body FROM audit_entry WHERE leaf_index IN (1, 2)",
            "UPDATE audit_entry SET body = (SELECT body FROM kept WHERE leaf_index = 2) WHERE leaf_index = 1",
            "UPDATE audit_entry SET body = (SELECT body FROM kept WHERE leaf_index = 1) WHERE leaf_index = 2",
        )
    )
    assert report.first is not None
    assert report.first.index == 1


@pytest.mark.parametrize("with_keys", [True, False])
def test_an_inserted_entry_is_named(sample: Sample, with_keys: bool) -> None:
    columns = ", ".join(name for name in sample.rows("audit_entry")[0] if name not in ("leaf_index", "id"))
    insert = f"INSERT INTO audit_entry (leaf_index, id, {columns}) SELECT {SIZE}, 'forged', {columns} FROM audit_entry WHERE leaf_index = 2"  # noqa: S608
    report = sample.tampered(execute(insert), with_keys=with_keys)
    assert report.first is not None
    assert report.first.index == SIZE


def test_a_log_cut_short_with_a_head_to_match_contradicts_its_checkpoint(sample: Sample) -> None:
    report = sample.tampered(
        execute("DELETE FROM audit_entry WHERE leaf_index >= 9", "UPDATE audit_head SET size = 9")
    )
    assert report.first is not None
    assert report.first.index == 9


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM audit_head",
        "INSERT INTO audit_head SELECT 2, size, root, compact_range FROM audit_head",
        "DELETE FROM audit_subject WHERE last_index = 8",
        "INSERT INTO audit_subject SELECT 'ff', entries, last_index, last_leaf FROM audit_subject LIMIT 1",
        "DELETE FROM audit_data_key WHERE wrapped IS NULL",
        "DELETE FROM audit_data_key WHERE wrapped IS NOT NULL",
        "UPDATE audit_data_key SET wrapped = NULL, epoch = '' WHERE wrapped IS NOT NULL",
        "UPDATE audit_data_key SET wrapped = NULL, epoch = '', destroyed_by = (SELECT id FROM audit_entry WHERE kind = 'keyDestroyed')",
        "INSERT INTO audit_data_key SELECT 'new', 'ff', retention, period, controller, epoch, wrapped, NULL FROM audit_data_key WHERE wrapped IS NOT NULL LIMIT 1",
        "UPDATE audit_checkpoint SET note = (SELECT note FROM audit_checkpoint ORDER BY size LIMIT 1)",
        "UPDATE audit_checkpoint SET size = size + 50",
        "INSERT INTO audit_checkpoint SELECT 7, note FROM audit_checkpoint LIMIT 1",
    ],
)
def test_what_stands_beside_the_entries_cannot_be_changed(sample: Sample, statement: str) -> None:
    assert not sample.tampered(execute(statement)).ok


def test_a_history_that_was_rewritten_whole_contradicts_the_signatures(
    sample: Sample, tmp_path: Path
) -> None:
    other = Sample(tmp_path)
    checkpoints = [(row["size"], row["note"]) for row in sample.rows("audit_checkpoint")]

    def keep_the_signatures(connection: sqlite3.Connection) -> None:
        connection.execute("DELETE FROM audit_checkpoint")
        connection.executemany("INSERT INTO audit_checkpoint VALUES (?, ?)", checkpoints)

    other.key = sample.key
    report = other.tampered(keep_the_signatures)
    assert report.first is not None
    assert report.first.index == 0
    assert "signed" in report.first.what


def test_a_checkpoint_of_another_key_is_refused(sample: Sample, tmp_path: Path) -> None:
    copy = tmp_path / "copy.sqlite3"
    shutil.copy(sample.original, copy)
    engine = open_engine(f"sqlite:///{copy}")
    stranger = Ed25519PrivateKey.generate().public_key()
    assert not verify(engine, public_key=stranger).ok
    assert verify(engine).ok
    engine.dispose()


def test_keys_of_another_hub_open_nothing_and_that_is_said(sample: Sample, tmp_path: Path) -> None:
    copy = tmp_path / "copy.sqlite3"
    shutil.copy(sample.original, copy)
    engine = open_engine(f"sqlite:///{copy}")
    report = verify(engine, keys=MemoryKeyRing())
    engine.dispose()
    assert report.first is not None
    assert report.first.index == 0


async def test_a_live_log_is_verified_as_it_is_at_one_instant(
    log: UsageLog, engine: Engine, keys: MemoryKeyRing
) -> None:
    async def append() -> None:
        for n in range(100):
            await log.append(entry(n % 3))

    appending = asyncio.gather(*(append() for _ in range(4)))
    reports = []
    while not appending.done():
        reports.append(await asyncio.to_thread(verify, engine, keys=keys))
    await appending
    assert len(reports) > 1
    assert [r.problems for r in reports] == [()] * len(reports)
    assert verify(engine, keys=keys).size == 400


async def test_after_forgetting_the_log_verifies_and_the_lines_are_not_readable(
    log: UsageLog, engine: Engine, keys: MemoryKeyRing
) -> None:
    await log.append(entry(1))
    await log.append(entry(2))
    await log.append(entry(1))
    await forget(log, engine, 1)
    again = await log.append(entry(1))
    lines = log.read_subject(handle(1)).lines
    assert [line.state for line in lines] == ["readable", "readable", "notReadable", "notReadable"]
    assert [line.details is None for line in lines] == [False, False, True, True]
    report = verify(engine, keys=keys)
    assert (report.problems, report.forgotten, report.readable) == ((), 2, 3)
    assert again.index == 4


async def test_a_destroyed_key_that_was_brought_back_from_an_older_backup_is_found_without_any_key(
    log: UsageLog, engine: Engine, keys: MemoryKeyRing
) -> None:
    for _ in range(2):
        await log.append(entry(1))
    with engine.connect() as connection:
        backup = connection.execute(select(DATA_KEY)).mappings().one()
    await forget(log, engine, 1)
    with engine.begin() as connection:
        connection.execute(update(DATA_KEY).where(DATA_KEY.c.id == backup["id"]).values(dict(backup)))
    for report in (verify(engine, keys=keys), verify(engine)):
        (problem,) = report.problems
        assert (problem.index, problem.what) == (2, "entry 2: the key that it says was destroyed is there")


def test_a_statement_may_take_longer_than_a_hub_allows_for_one(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Ask(Check):
        def finish(self, *, whole: bool) -> None:
            allowed.extend(row["statement_timeout"] for row in self.log.find("SHOW statement_timeout"))

    allowed: list[object] = []
    engine = create_engine(postgres_url, connect_args={"options": "-c statement_timeout=30s"})
    metadata.create_all(engine)
    monkeypatch.setattr("audit.verifying.verify.CHECKS", (Ask,))
    verify(engine)
    with engine.connect() as connection:
        allowed.append(connection.exec_driver_sql("SHOW statement_timeout").scalar())
    engine.dispose()
    assert allowed == ["0", "30s"]


async def test_an_empty_log_verifies(log: UsageLog, engine: Engine, keys: MemoryKeyRing) -> None:
    assert verify(engine, keys=keys).ok


async def test_a_tampered_line_is_shown_as_broken(make_log: MakeLog, engine: Engine) -> None:
    log = make_log()
    await log.start()
    await log.append(entry())
    await log.close()
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE audit_entry SET id = 'another'")
    (line,) = log.read_subject(handle()).lines
    assert (line.state, line.details) == ("broken", None)


async def test_the_key_of_an_entry_that_says_a_key_was_destroyed_can_be_destroyed_in_turn(
    log: UsageLog, engine: Engine, keys: MemoryKeyRing
) -> None:
    await log.append(entry(1))
    for _ in range(3):
        await forget(log, engine, 1)
    report = verify(engine, keys=keys)
    assert (report.problems, report.forgotten, report.readable) == ((), 3, 1)
    assert verify(engine).forgotten == 3
