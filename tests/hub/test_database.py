from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from sqlalchemy import Engine, MetaData, create_engine, inspect, text

import audit
import consent
from hub import identity, oversight
from hub.database import (
    SchemaOutOfDate,
    check_schema,
    database_time,
    expected_revision,
    migrate,
    migrations,
    open_engine,
)

ROOMS = (audit.metadata, consent.metadata, identity.metadata, oversight.metadata)


def _shape(engine: Engine) -> dict[str, object]:
    """Tables with their columns, keys and indexes, as the database itself tells them."""
    seen = inspect(engine)
    shape: dict[str, object] = {}
    for table in sorted(set(seen.get_table_names()) - {"alembic_version"}):
        columns = {
            column["name"]: (str(column["type"]), column["nullable"]) for column in seen.get_columns(table)
        }
        unique = sorted(tuple(one["column_names"]) for one in seen.get_unique_constraints(table))
        shape[table] = (
            columns,
            seen.get_pk_constraint(table)["constrained_columns"],
            unique,
            _indexes(engine, table),
        )
    return shape


def _indexes(engine: Engine, table: str) -> list[str]:
    query = (
        "SELECT sql FROM sqlite_master WHERE type = 'index' AND tbl_name = :table AND sql IS NOT NULL"
        if engine.dialect.name == "sqlite"
        else "SELECT indexdef FROM pg_indexes WHERE tablename = :table"
    )
    with engine.connect() as connection:
        found = connection.execute(text(query), {"table": table}).scalars()
        return sorted(sql.replace('"', "") for sql in found)


def _made_from(metadatas: tuple[MetaData, ...], engine: Engine) -> dict[str, object]:
    for metadata in metadatas:
        metadata.create_all(engine)
    return _shape(engine)


@pytest.mark.filterwarnings("ignore:.*expression-based index.*")
def test_migrations_make_exactly_the_tables_of_the_rooms(database_url: str) -> None:
    migrate(database_url)
    engine = open_engine(database_url)
    migrated = _shape(engine)
    with engine.begin() as connection:
        for table in (*migrated, "alembic_version"):
            connection.execute(text(f"DROP TABLE {table}"))
    assert _made_from(ROOMS, engine) == migrated
    engine.dispose()


def test_migrating_again_changes_nothing(database_url: str) -> None:
    assert migrate(database_url) == migrate(database_url) == expected_revision()
    engine = open_engine(database_url)
    check_schema(engine)
    engine.dispose()


def test_a_migration_that_failed_changed_nothing_and_is_done_again(database_url: str) -> None:
    command.upgrade(migrations(database_url), "0006")
    engine = open_engine(database_url)
    signed = text("INSERT INTO audit_checkpoint (size, note) VALUES (300, '')")
    with engine.begin() as connection:
        connection.execute(signed)
    before = _shape(engine)
    with pytest.raises(RuntimeError, match="entries of the log are missing"):
        migrate(database_url)
    assert _shape(engine) == before
    with engine.begin() as connection:
        connection.execute(text("DELETE FROM audit_checkpoint"))
    assert migrate(database_url) == expected_revision()
    check_schema(engine)
    engine.dispose()


def test_a_way_back_that_is_refused_takes_nothing_away(database_url: str) -> None:
    migrate(database_url)
    engine = open_engine(database_url)
    columns = "id, subject, retention, period, controller, epoch"
    with engine.begin() as connection:
        key = f"INSERT INTO audit_data_key ({columns}) VALUES ('k', 's', 'P1Y', '2026', 'city', '1')"  # noqa: S608
        connection.execute(text(key))
    before = _shape(engine)
    with pytest.raises(RuntimeError, match="keys of single controllers"):
        command.downgrade(migrations(database_url), "base")
    assert _shape(engine) == before
    check_schema(engine)
    engine.dispose()


def test_an_empty_database_is_refused_with_what_to_run(database_url: str) -> None:
    engine = open_engine(database_url)
    with pytest.raises(SchemaOutOfDate, match="onlyonce database migrate"):
        check_schema(engine)
    engine.dispose()


def test_the_databases_clock_is_asked_for_an_aware_time(database_url: str) -> None:
    engine = open_engine(database_url)
    with engine.connect() as connection:
        assert abs(database_time(connection) - datetime.now(UTC)) < timedelta(hours=1)
    engine.dispose()


def test_a_schema_of_another_version_is_refused(database_url: str) -> None:
    migrate(database_url)
    engine = open_engine(database_url)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = 'older'"))
    with pytest.raises(SchemaOutOfDate, match="older"):
        check_schema(engine)
    engine.dispose()


def test_commits_are_durable_whatever_the_servers_default_is(postgres_url: str) -> None:
    plain = create_engine(postgres_url)
    with plain.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        name = postgres_url.rsplit("/", 1)[1]
        connection.execute(text(f"ALTER DATABASE {name} SET synchronous_commit = off"))
    plain.dispose()
    engine = open_engine(postgres_url)
    with engine.connect() as connection:
        assert connection.execute(text("SHOW synchronous_commit")).scalar() == "on"
    engine.dispose()


def test_sqlite_is_durable_and_overwrites_what_it_deletes(tmp_path_factory: pytest.TempPathFactory) -> None:
    engine = open_engine(f"sqlite:///{tmp_path_factory.mktemp('db') / 'hub.sqlite3'}")
    with engine.connect() as connection:
        found = [
            connection.execute(text(f"PRAGMA {name}")).scalar()
            for name in ("journal_mode", "synchronous", "secure_delete")
        ]
    assert found == ["wal", 2, 1]
    engine.dispose()


def test_a_connection_to_a_machine_that_is_gone_is_given_up(postgres_url: str) -> None:
    engine = open_engine(postgres_url)
    with engine.connect() as connection:
        driver: Any = connection.connection.dbapi_connection
        given = driver.info.get_parameters()
    engine.dispose()
    assert given["tcp_user_timeout"] == "10000"
    assert {name: given[f"keepalives_{name}"] for name in ("idle", "interval", "count")} == {
        "idle": "5", "interval": "2", "count": "3",
    }  # fmt: skip


def test_an_sqlite_file_that_is_not_there_is_made_only_where_it_is_asked_for(tmp_path: Path) -> None:
    missing = tmp_path / "hub.sqlite3"
    with pytest.raises(SchemaOutOfDate, match=r"no database .*hub\.sqlite3: run `onlyonce database migrate`"):
        open_engine(f"sqlite:///{missing}", create=False)
    assert not missing.exists()
    migrate(f"sqlite:///{missing}")
    engine = open_engine(f"sqlite:///{missing}", create=False)
    check_schema(engine)
    engine.dispose()
