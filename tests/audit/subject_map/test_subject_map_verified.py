"""Verification of the map: whoever changes anything of it is found."""

import asyncio
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import create_engine

from audit import KeyRing, MemoryKeyRing, Report, metadata, verify
from audit.subject_map.hashing import key_of
from audit.subject_map.renewing import renew_map
from tests.audit.conftest import entry, handle, open_engine
from tests.audit.subject_map.test_subject_map import builder, tell
from tests.audit.verifying.samples import open_log

SUBJECTS = 24
TELLING = SUBJECTS + 1 + 3
"""Three subjects have another entry after the first state was told."""


class Mapped:
    """A log with a map that was told twice, in an SQLite file that is copied for each tampering."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.keys = folder, MemoryKeyRing()
        self.original = folder / "original.sqlite3"
        engine = open_engine(f"sqlite:///{self.original}")
        metadata.create_all(engine)

        async def fill() -> None:
            log = open_log(engine, self.keys, Ed25519PrivateKey.generate())
            await log.start()
            for subjects in (range(SUBJECTS), (3, 4, 5)):
                for subject in subjects:
                    await log.append(entry(subject))
                await renew_map(log, builder(engine), tell)
            await log.append(entry(3))
            await log.close()

        asyncio.run(fill())
        engine.dispose()
        connection = sqlite3.connect(self.original)
        connection.execute("PRAGMA journal_mode=DELETE")
        connection.close()

    def verified(self, *statements: tuple[Any, ...], keys: KeyRing | None = None) -> Report:
        """What is found after these statements."""
        copy = self.folder / "copy.sqlite3"
        shutil.copy(self.original, copy)
        connection = sqlite3.connect(copy)
        for statement, *values in statements:
            assert connection.execute(statement, values).rowcount != 0, statement
        connection.commit()
        connection.close()
        engine = create_engine(f"sqlite:///{copy}")
        try:
            return verify(engine, keys=keys)
        finally:
            engine.dispose()

    def rows(self, table: str) -> list[dict[str, Any]]:
        connection = sqlite3.connect(self.original)
        connection.row_factory = sqlite3.Row
        found = [dict(row) for row in connection.execute(f"SELECT * FROM {table} ORDER BY 1")]  # noqa: S608
        connection.close()
        return found


@pytest.fixture(scope="module")
def mapped(tmp_path_factory: pytest.TempPathFactory) -> Mapped:
    return Mapped(tmp_path_factory.mktemp("mapped"))


def others(value: Any) -> Iterator[Any]:
    """Values that are not the one that stands there."""
    if isinstance(value, int):
        yield from (value + 1, value - 1, value + 0.5, f"{value}x", 1 << 62)
    elif isinstance(value, bytes):
        yield from (value[:-1] + bytes([value[-1] ^ 1]), value[:-1], value + b"\x00", b"", "text")
    else:
        yield from (f"{value[:-1]}x", f"{value}0", value[:-1], b"bytes", "")


def test_an_untouched_map_has_nothing_wrong(mapped: Mapped) -> None:
    assert mapped.verified().problems == ()
    assert mapped.verified(keys=mapped.keys).problems == ()


@pytest.mark.parametrize("table", ["audit_map", "audit_map_leaf", "audit_map_page"])
def test_no_cell_of_the_map_can_be_changed(mapped: Mapped, table: str) -> None:
    rows = mapped.rows(table)
    for row in {0: rows[0], len(rows) // 2: rows[len(rows) // 2]}.values():
        where = " AND ".join(f"{name} IS ?" for name in row)
        for column, value in row.items():
            for changed in others(value):
                if changed == value:
                    continue
                statement = f"UPDATE {table} SET {column} = ? WHERE {where}"  # noqa: S608
                with suppress(sqlite3.IntegrityError):  # the database itself refuses it
                    report = mapped.verified((statement, changed, *row.values()), keys=mapped.keys)
                    assert not report.ok, (column, changed)


@pytest.mark.parametrize("table", ["audit_map", "audit_map_leaf", "audit_map_page"])
def test_no_row_of_the_map_can_be_taken_away(mapped: Mapped, table: str) -> None:
    name = {"audit_map": "number", "audit_map_leaf": "key", "audit_map_page": "path"}[table]
    for row in mapped.rows(table):
        assert not mapped.verified((f"DELETE FROM {table} WHERE {name} = ?", row[name])).ok  # noqa: S608
    assert not mapped.verified((f"DELETE FROM {table}",)).ok  # noqa: S608


def test_the_last_entry_of_a_subject_that_is_counted_wrongly_is_named(mapped: Mapped) -> None:
    for subject, last in ((2, 2), (4, SUBJECTS + 2)):
        for statement in (
            "UPDATE audit_map_leaf SET entries = 0 WHERE key = ?",
            "UPDATE audit_map_leaf SET last_leaf = zeroblob(32) WHERE key = ?",
            "DELETE FROM audit_map_leaf WHERE key = ?",
        ):
            report = mapped.verified((statement, key_of(handle(subject))))
            assert {problem.index for problem in report.problems} == {last}


def test_a_subject_that_was_added_is_found_at_the_entry_that_tells_the_map(mapped: Mapped) -> None:
    columns = ", ".join(name for name in mapped.rows("audit_map_leaf")[0] if name != "key")
    add = f"INSERT INTO audit_map_leaf (key, {columns}) SELECT ?, {columns} FROM audit_map_leaf LIMIT 1"  # noqa: S608
    report = mapped.verified((add, key_of(handle(99))))
    assert report.first is not None
    assert (report.first.index, "without entries" in report.first.what) == (TELLING, True)


def test_an_older_state_of_the_map_is_found(mapped: Mapped) -> None:
    report = mapped.verified(
        (
            "UPDATE audit_map SET entry = (SELECT id FROM audit_entry WHERE kind = 'mapRoot' ORDER BY leaf_index LIMIT 1)",
        )
    )
    assert report.first is not None
    assert report.first.index == TELLING


def test_a_map_that_fits_itself_is_found_by_the_entry_that_tells_it(mapped: Mapped) -> None:
    """Somebody empties the map and builds another: its root is not the one that was told."""
    copy = mapped.folder / "copy.sqlite3"
    shutil.copy(mapped.original, copy)
    engine = open_engine(f"sqlite:///{copy}")
    entry_id = mapped.rows("audit_map")[0]["entry"]
    with engine.begin() as connection:
        for table in ("audit_map", "audit_map_leaf", "audit_map_page"):
            connection.exec_driver_sql(f"DELETE FROM {table}")  # noqa: S608
    state = builder(engine).build()
    assert state is not None
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE audit_map SET entry = ?", (entry_id,))
    report = verify(engine, keys=mapped.keys)
    engine.dispose()
    assert report.first is not None
    assert report.first.index == TELLING


def test_superseded_and_unfinished_rows_are_no_part_of_the_map(mapped: Mapped) -> None:
    for table in ("audit_map_leaf", "audit_map_page"):
        columns = ", ".join(mapped.rows(table)[0])
        for of_state, given in ((2, "1"), (1, "3")):
            selected = columns.replace("number", given)
            copy = f"INSERT INTO {table} SELECT {selected} FROM {table} WHERE number = {of_state}"  # noqa: S608
            assert mapped.verified((copy,)).ok
