"""An export is the log, whatever stands in it, and a file that is none is refused before anything in it is used."""

import os
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Engine

from audit import ExportInvalid, MemoryKeyRing, export, metadata, opened_export, verify
from tests.audit.conftest import MakeLog, entry, intent, open_engine


@pytest.fixture
async def file(make_log: MakeLog, engine: Engine, tmp_path: Path) -> Path:
    log = make_log()
    await log.start()
    for n in range(30):
        await log.append(entry(n % 3))
    await log.intend(intent())
    await log.close()
    assert export(engine, tmp_path / "log.export") == 30
    return tmp_path / "log.export"


def test_an_export_verifies_like_the_database_that_it_was_taken_from(
    file: Path, engine: Engine, keys: MemoryKeyRing, signing_key: Ed25519PrivateKey
) -> None:
    with opened_export(file) as exported:
        for ring in (keys, None):
            report = verify(exported, keys=ring, public_key=signing_key.public_key())
            assert report == verify(engine, keys=ring, public_key=signing_key.public_key())
            assert (report.problems, report.size, report.intents) == ((), 30, 1)
    assert file.stat().st_mode & 0o777 == 0o600


def test_an_export_hides_no_tampering(
    file: Path, engine: Engine, tmp_path: Path, keys: MemoryKeyRing
) -> None:
    with engine.begin() as connection:
        connection.exec_driver_sql(
            "UPDATE audit_entry SET recorded_at = recorded_at + 1 WHERE leaf_index = 7"
        )
        connection.exec_driver_sql("DELETE FROM audit_entry WHERE leaf_index = 29")
    export(engine, tmp_path / "again.export")
    with opened_export(tmp_path / "again.export") as exported:
        report = verify(exported, keys=keys)
    assert report == verify(engine, keys=keys)
    assert [one.index for one in report.problems[:2]] == [7, 29]


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The export of a log without entries."""
    folder = tmp_path_factory.mktemp("empty")
    engine = open_engine(f"sqlite:///{folder / 'log.sqlite3'}")
    metadata.create_all(engine)
    assert export(engine, folder / "log.export") == 0
    with pytest.raises(FileExistsError):
        export(engine, folder / "log.export")
    engine.dispose()
    assert [one.name for one in folder.iterdir() if one.name.endswith(".part")] == []
    return folder / "log.export"


def test_every_table_of_the_log_is_in_an_export(empty: Path) -> None:
    with closing(sqlite3.connect(empty)) as connection:
        found = {
            name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        }
    assert found == set(metadata.tables)


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE VIEW another AS SELECT 1",
        "CREATE TABLE another (name)",
        "CREATE TRIGGER another AFTER UPDATE ON audit_head BEGIN DELETE FROM audit_entry; END",
        "DROP TABLE audit_intent",
        "ALTER TABLE audit_head ADD COLUMN another",
        "PRAGMA user_version = 2",
        "PRAGMA application_id = 1",
    ],
)
def test_a_file_with_anything_else_in_it_is_refused(empty: Path, tmp_path: Path, statement: str) -> None:
    copy = Path(shutil.copy(empty, tmp_path))
    with opened_export(copy):
        pass
    with closing(sqlite3.connect(copy)) as connection:
        connection.execute(statement)
    with pytest.raises(ExportInvalid), opened_export(copy):
        pass


def test_what_is_no_database_is_refused(tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.write_bytes(os.urandom(5000))
    for path in (other, tmp_path / "nothing"):
        with pytest.raises(ExportInvalid, match="cannot be read"), opened_export(path):
            pass
