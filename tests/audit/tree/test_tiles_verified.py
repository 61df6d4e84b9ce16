"""Verification computes every tile again, and names the entry whose tile was changed."""

from collections.abc import Iterator
from dataclasses import asdict
from hashlib import sha256

import pytest
from sqlalchemy import Connection, Engine

from audit import Report, metadata
from audit.snapshot import snapshot
from audit.verifying.check import Given, Log, Seen
from audit.verifying.tiles import TilesCheck
from tests.audit.conftest import NOW, open_engine
from tests.audit.tree.test_tiles import LEAVES, grow

SIZE = 1300


@pytest.fixture(scope="module")
def grown(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    engine = open_engine(f"sqlite:///{tmp_path_factory.mktemp('tiles') / 'log.sqlite3'}")
    metadata.create_all(engine)
    grow(engine, 0, SIZE)
    yield engine
    engine.dispose()


def checked(connection: Connection, leaves: list[bytes] = LEAVES) -> Report:
    """What this one check finds; the entries of the sample have nothing but their leaves."""
    log = Log(connection, Given(now=NOW))
    check = TilesCheck(log)
    for index, leaf in enumerate(leaves):
        check.entry(Seen(index, {}, leaf, None))
    check.finish(whole=True)
    return Report(size=len(leaves), problems=log.findings.ordered(), **asdict(log.counts))


def after(engine: Engine, statement: str, *values: object) -> Report:
    """What is found after a change, which is then taken back."""
    with engine.connect() as connection:
        transaction = connection.begin()
        changed = connection.exec_driver_sql(statement, values)
        assert changed.rowcount
        report = checked(connection)
        transaction.rollback()
    return report


def test_tiles_that_were_written_have_nothing_wrong(grown: Engine) -> None:
    with snapshot(grown) as connection:
        assert checked(connection).problems == ()


@pytest.mark.parametrize("column", ["level", "tile_index", "root", "hashes"])
@pytest.mark.parametrize("tile", range(5))
def test_no_cell_of_a_tile_can_be_changed(grown: Engine, column: str, tile: int) -> None:
    value = 9 if column in {"level", "tile_index"} else b"x"
    report = after(grown, f"UPDATE audit_tile SET {column} = ? WHERE tile_index = ?", value, tile)  # noqa: S608
    assert report.first is not None
    assert report.first.index == tile * 256


def test_a_hash_that_was_changed_names_its_entry(grown: Engine) -> None:
    other = sha256(b"another").digest()
    statement = "UPDATE audit_tile SET hashes = CAST(substr(hashes, 1, 64) || ? || substr(hashes, 97) AS BLOB) WHERE tile_index = 3"
    report = after(grown, statement, other)
    assert [(one.index, one.what) for one in report.problems] == [
        (770, "tile 0/003 is not that of its entries")
    ]


def test_an_entry_that_was_changed_after_its_tile_was_written_is_named_by_it(grown: Engine) -> None:
    leaves = [*LEAVES[:900], sha256(b"another").digest(), *LEAVES[901:]]
    with grown.connect() as connection:
        report = checked(connection, leaves)
    assert report.first is not None
    assert report.first.index == 900


def test_a_tile_that_was_deleted_or_added_is_found(grown: Engine) -> None:
    deleted = after(grown, "DELETE FROM audit_tile WHERE tile_index = 4")
    assert deleted.first is not None
    assert (deleted.first.index, deleted.first.what) == (1024, "tile 0/004 is missing")
    for level, index in ((0, 5), (1, 0), (9, 0), (-1, 0)):
        added = after(grown, "INSERT INTO audit_tile VALUES (?, ?, x'00', x'00')", level, index)
        assert [one.what for one in added.problems] == ["a tile is there that no entries fill"]


def test_a_tile_that_no_checkpoint_counts_yet_need_not_be_there(grown: Engine) -> None:
    with grown.connect() as connection:
        transaction = connection.begin()
        connection.exec_driver_sql("DELETE FROM audit_tile WHERE tile_index = 4")
        connection.exec_driver_sql("UPDATE audit_checkpoint SET size = 1023")
        assert checked(connection).problems == ()
        transaction.rollback()
