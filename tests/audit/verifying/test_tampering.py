"""Whoever changes anything in any table of the log, those of tomorrow included, is found; and the first bad entry is named.

The tables are found by reflection. A new one has to be filled by `tests.audit.whole`, and is tampered with from then on.
"""

import os
import sqlite3
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from audit import Report, metadata
from tests.audit.forger import Forger
from tests.audit.whole import Row, Tamper, Whole, columns, key_columns, small_blocks

ROUNDS = 1000 if os.environ.get("ONLYONCE_SOAK") else 60
TABLES = sorted(metadata.tables)
FORGETTABLE = {"audit_intent"}
"""Tables whose rows can be deleted without a trace: docs/log-format.md says so, and why."""

OF_A_STATE = {"audit_map_leaf", "audit_map_page"}
"""Tables whose rows count as soon as the state of their number was told in an entry: before, or where there is none, nobody is shown them."""

ONE_ROW = {"audit_bridge", "audit_head", "audit_intent", "audit_map", "audit_tile"}
"""Tables of which the sample has one row."""


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Whole]:
    with small_blocks():
        yield Whole(tmp_path_factory.mktemp("whole"))


@pytest.fixture(scope="module")
def other(whole: Whole, tmp_path_factory: pytest.TempPathFactory) -> Whole:
    """Another history of the same log, signed with the same key, and cosigned by witnesses who know no better."""
    return Whole(tmp_path_factory.mktemp("other"), key=whole.key, salt="-other")


def update(table: str, row: Row, **cells: Any) -> Tamper:
    sets = ", ".join(f"{name} = ?" for name in cells)

    def tamper(connection: sqlite3.Connection) -> None:
        statement = f"UPDATE {table} SET {sets} WHERE rowid = ?"  # noqa: S608
        assert connection.execute(statement, (*cells.values(), row["rowid"])).rowcount == 1

    return tamper


def found(whole: Whole, tamper: Tamper, **how: Any) -> Report | None:
    """What is found; nothing where the database itself refused the change."""
    try:
        return whole.tampered(tamper, **how)
    except sqlite3.IntegrityError:
        return None


def test_the_sample_has_rows_in_every_table_and_nothing_wrong(whole: Whole) -> None:
    assert [table for table in TABLES if not whole.rows(table)] == []
    report = whole.tampered(lambda _: None)
    assert (report.problems, report.signed, report.cosigned) == ((), whole.size, whole.size)
    assert report.forgotten > 3


@pytest.mark.parametrize("table", TABLES)
def test_each_column_of_each_table_is_checked(whole: Whole, table: str) -> None:
    rows = whole.rows(table)
    for place, column in enumerate(columns(table)):
        text = isinstance(rows[0][column], str)
        row = rows[0 if text else (place * 7 + len(rows) // 2) % len(rows)]
        report = found(whole, update(table, row, **{column: plainly_another(row[column])}))
        assert report is None or not report.ok, column


def plainly_another(value: Any) -> Any:
    if isinstance(value, int):
        return value + 1
    return bytes([value[0] ^ 1]) + value[1:] if isinstance(value, bytes) and value else f"{value} "


def another(value: Any, draw: st.DataObject) -> Any:
    """A value of that cell which is not the one that stands there."""
    if isinstance(value, int):
        return draw.draw(st.sampled_from([value + 1, value - 1, value + 0.5, str(value) + "x", -1]))
    if isinstance(value, bytes) and value:
        at = draw.draw(st.integers(0, len(value) - 1))
        flipped = value[:at] + bytes([value[at] ^ (1 << draw.draw(st.integers(0, 7)))]) + value[at + 1 :]
        return draw.draw(st.sampled_from([flipped, value[:-1], value + b"\x00", b"", "text"]))
    if isinstance(value, str) and value:
        at = draw.draw(st.integers(0, len(value) - 1))
        changed = value[:at] + ("x" if value[at] != "x" else "y") + value[at + 1 :]
        return draw.draw(st.sampled_from([changed, value[:-1], value + " ", b"bytes", ""]))
    return draw.draw(st.sampled_from(["x", b"y", 0]))


@pytest.mark.soak
@settings(
    max_examples=ROUNDS,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(draw=st.data())
def test_no_cell_of_any_table_can_be_changed(whole: Whole, draw: st.DataObject) -> None:
    table = draw.draw(st.sampled_from(TABLES))
    row = draw.draw(st.sampled_from(whole.rows(table)))
    column = draw.draw(st.sampled_from(columns(table)))
    report = found(whole, update(table, row, **{column: another(row[column], draw)}))
    assume(report is not None)  # what the database refuses is none of the rounds
    assert report is not None
    assert report.first is not None
    assert not report.ok
    if table == "audit_entry" and column != "leaf_index":
        assert report.first.index == row["leaf_index"]


@pytest.mark.parametrize("table", sorted(set(TABLES) - FORGETTABLE))
def test_no_row_of_any_table_can_be_deleted(whole: Whole, table: str) -> None:
    row = whole.rows(table)[-1]
    report = whole.tampered(lambda c: c.execute(f"DELETE FROM {table} WHERE rowid = ?", (row["rowid"],)))  # noqa: S608
    assert report.first is not None
    if table == "audit_entry":
        assert report.first.index == row["leaf_index"]


@pytest.mark.parametrize("table", sorted(set(TABLES) - OF_A_STATE))
def test_no_row_can_be_inserted(whole: Whole, table: str) -> None:
    """A copy of a row under another key: the next number, another name."""
    row = whole.rows(table)[-1]
    for key in key_columns(table):
        cells = {name: row[name] for name in columns(table)} | {key: plainly_another(row[key])}
        if table == "audit_entry":
            cells["id"] = "another"
        statement = f"INSERT INTO {table} ({', '.join(cells)}) VALUES ({', '.join('?' * len(cells))})"  # noqa: S608

        def insert(connection: sqlite3.Connection, sql: str = statement, row: Row = cells) -> None:
            connection.execute(sql, tuple(row.values()))

        report = found(whole, insert)
        assert report is None or not report.ok, key


@pytest.mark.parametrize("table", sorted(set(TABLES) - ONE_ROW))
def test_no_two_rows_can_change_places(whole: Whole, table: str) -> None:
    rows = whole.rows(table)
    one, two = rows[0], rows[-1]
    keys = key_columns(table)
    others = [name for name in columns(table) if name not in keys and name != "id"]

    def swap(connection: sqlite3.Connection) -> None:
        for row, content in ((one, two), (two, one)):
            sets = ", ".join(f"{name} = ?" for name in others)
            values = [content[name] for name in others]
            connection.execute(f"UPDATE {table} SET {sets} WHERE rowid = ?", (*values, row["rowid"]))  # noqa: S608

    report = found(whole, swap)
    assert report is None or not report.ok
    if table == "audit_entry" and report is not None and report.first is not None:
        assert report.first.index == 0


def forged(whole: Whole, forge: Any, **how: Any) -> Report:
    """What is found where somebody makes good what follows from their change, as far as that needs no key."""

    def tamper(connection: sqlite3.Connection) -> None:
        forger = Forger(connection)
        forge(forger)
        forger.make_good()

    return whole.tampered(tamper, **how)


@pytest.mark.parametrize("left", [0, 1, 39, 151, 279])
def test_a_log_that_was_cut_off_names_the_first_entry_that_is_missing(whole: Whole, left: int) -> None:
    def cut(forger: Forger) -> None:
        forger.run("DELETE FROM audit_entry WHERE leaf_index >= ?", left)
        forger.run("DELETE FROM audit_cosignature")
        forger.run("DELETE FROM audit_tile")

    report = forged(whole, cut)
    assert report.first is not None
    assert report.first.index == left
    assert f"entry {left} is missing" in report.first.what


def test_two_subjects_whose_bodies_change_places_are_named(whole: Whole) -> None:
    def swap(forger: Forger) -> None:
        one, two = (row for row in forger.rows() if row["leaf_index"] in {201, 202})
        assert one["subject"] != two["subject"]
        for row, content in ((one, two), (two, one)):
            forger.run(
                "UPDATE audit_entry SET body = ?, sealed_digest = ? WHERE leaf_index = ?",
                content["body"], content["sealed_digest"], row["leaf_index"],
            )  # fmt: skip

    report = forged(whole, swap)
    assert report.first is not None
    assert report.first.index == 201


def test_an_old_checkpoint_in_place_of_the_last_is_found(whole: Whole) -> None:
    first = whole.rows("audit_checkpoint")[0]

    def replay(connection: sqlite3.Connection) -> None:
        connection.execute("DELETE FROM audit_cosignature WHERE size > ?", (first["size"],))
        connection.execute("DELETE FROM audit_checkpoint WHERE size > ?", (first["size"],))

    report = whole.tampered(replay)
    assert any("one that was kept" in one.what for one in report.problems)
    alone = whole.tampered(replay, kept=())
    assert any("did not cosign" in one.what for one in alone.problems)

    def rename(connection: sqlite3.Connection) -> None:
        last = whole.rows("audit_checkpoint")[-1]
        connection.execute(
            "UPDATE audit_checkpoint SET note = ? WHERE size = ?", (first["note"], last["size"])
        )

    assert not whole.tampered(rename, kept=()).ok


def test_another_history_signed_with_the_same_key_contradicts_what_was_kept_and_what_was_cosigned(
    whole: Whole, other: Whole
) -> None:
    assert other.tampered(lambda _: None).ok
    against_kept = other.tampered(lambda _: None, kept=(whole.kept,))
    assert against_kept.first is not None
    assert against_kept.first.index == 0  # what the log signed since is no bound: it signed both
    assert "as they were signed" in against_kept.first.what
    unknown = other.tampered(lambda _: None, witnesses=whole)
    assert not unknown.ok
