"""The database engine: SQLite by default, PostgreSQL in production, one code path for both.

The schema is brought up to date by `onlyonce database migrate`; `serve` refuses an older or a newer one.
"""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, create_engine, event, func, make_url, select
from sqlalchemy.pool import QueuePool

MIGRATIONS = Path(__file__).parent / "migrations"
_SQLITE = (
    "journal_mode=WAL",
    "synchronous=FULL",
    "foreign_keys=ON",
    "secure_delete=ON",
    # Pages, of 4 KiB: whoever commits the page that reaches it writes all of them into the file. At the default of 1,000 that was one
    # prefill in seventy, and they waited 5 ms for it; most pages are written again and again until then, and copied once.
    "wal_autocheckpoint=10000",
)


class SchemaOutOfDate(Exception):
    """The database's schema is not the one that this version of the hub works with."""


def open_engine(url: str, *, readers: int = 8, create: bool = True) -> Engine:
    """Open a pool of connections.

    Commits are durable on both engines: SQLite runs in WAL mode with `synchronous=FULL`, PostgreSQL with
    `synchronous_commit=on` whatever its configuration says. A transaction is READ COMMITTED, as the usage log needs. A connection to a
    machine that is gone is given up after some ten seconds.

    Args:
        url: an SQLAlchemy URL of SQLite or PostgreSQL (psycopg).
        readers: connections beside the log's writer.
        create: whether an SQLite file that is not there is made, empty.

    Raises:
        SchemaOutOfDate: there is no such file, and none is to be made.
    """
    options: dict[str, Any] = {
        "poolclass": QueuePool,
        "pool_size": readers + 2,
        "max_overflow": 2,
        "hide_parameters": True,
    }
    if make_url(url).get_backend_name() == "sqlite":
        if not create:
            _refuse_if_missing(url)
        engine = create_engine(url, connect_args={"check_same_thread": False, "timeout": 10}, **options)
        event.listen(engine, "connect", _prepare_sqlite)
        return engine
    return create_engine(
        url,
        pool_pre_ping=True,
        isolation_level="READ COMMITTED",
        connect_args={
            "connect_timeout": 3,
            "tcp_user_timeout": 10_000,
            "keepalives": 1,
            "keepalives_idle": 5,
            "keepalives_interval": 2,
            "keepalives_count": 3,
            "options": "-c synchronous_commit=on -c lock_timeout=5s -c statement_timeout=30s",
        },
        **options,
    )


def _refuse_if_missing(url: str) -> None:
    """A mistyped name is no new database."""
    file = make_url(url).database or ""
    if file and file != ":memory:" and not file.startswith("file:") and not Path(file).is_file():
        raise SchemaOutOfDate(f"there is no database {file}: run `onlyonce database migrate`")


def _prepare_sqlite(connection: Any, _record: object) -> None:
    cursor = connection.cursor()
    for pragma in _SQLITE:
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def migrations(url: str) -> Config:
    """Alembic's configuration for this database."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["url"] = url
    return config


def migrate(url: str) -> str:
    """Bring the schema up to date and return its revision. Running it again changes nothing."""
    from alembic import command  # noqa: PLC0415 - only this command needs it, and it is slow to import

    if make_url(url).get_backend_name() == "sqlite":
        Path(make_url(url).database or "").parent.mkdir(parents=True, exist_ok=True)
    command.upgrade(migrations(url), "head")
    return expected_revision()


def expected_revision() -> str:
    """The schema revision that this version of the hub works with."""
    head = ScriptDirectory(str(MIGRATIONS)).get_current_head()
    if head is None:
        raise SchemaOutOfDate("the hub was installed without its migrations")
    return head


def check_schema(engine: Engine) -> None:
    """Refuse a schema that is not the expected one.

    Raises:
        SchemaOutOfDate: saying what to run.
    """
    with engine.connect() as connection:
        found = MigrationContext.configure(connection).get_current_revision()
    if found != expected_revision():
        raise SchemaOutOfDate(
            f"the database's schema is {found or 'empty'}, this hub works with {expected_revision()}: run `onlyonce database migrate`"
        )


def database_time(connection: Connection) -> datetime:
    """The time by the clock of the database, aware; of SQLite, that of this machine."""
    if connection.dialect.name != "postgresql":
        return datetime.now(UTC)
    found: datetime = connection.execute(select(func.clock_timestamp())).scalar_one()
    return found
