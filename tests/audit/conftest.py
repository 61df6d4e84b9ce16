"""A log of one's own, in one line."""

from collections.abc import AsyncIterator, Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Connection, Engine, create_engine, event

from audit import CheckpointSigner, Entry, Intent, LogSettings, MemoryKeyRing, UsageLog, metadata
from tests.support.machine import find_postgres, missing
from tests.support.postgres import Cluster, running_cluster

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
_ids = count()


def open_engine(url: str) -> Engine:
    """An engine as a hub would open it: durable commits on both databases."""
    if not url.startswith("sqlite"):
        return create_engine(url, pool_pre_ping=True, pool_size=5)
    engine = create_engine(url, connect_args={"check_same_thread": False, "timeout": 10})

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _record: object) -> None:
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "secure_delete=ON"):
            connection.execute(f"PRAGMA {pragma}")

    return engine


def handle(number: int = 1) -> str:
    """A subject's handle."""
    return f"{number:064x}"


def entry(number: int = 1, **changes: Any) -> Entry:
    """An entry like those of a prefill."""
    fields: dict[str, Any] = {
        "id": f"entry-{next(_ids)}",
        "kind": "prefill",
        "controller": "study-grants",
        "client": "forms",
        "activity": "grant",
        "outcome": "disclosed",
        "subject": handle(number),
        "retention": "P10Y",
        "details": {"asked": ["person.familyName"], "disclosed": ["person.familyName"], "caseId": "c-1"},
    }
    return Entry(**(fields | changes))


def intent(number: int = 1, **changes: Any) -> Intent:
    """An intent like those of a prefill."""
    fields: dict[str, Any] = {
        "id": f"intent-{next(_ids)}",
        "controller": "study-grants",
        "client": "forms",
        "activity": "grant",
        "subject": handle(number),
        "retention": "P10Y",
        "details": {"asked": ["person.familyName"], "sources": ["national-register"]},
    }
    return Intent(**(fields | changes))


class Clock:
    """A clock that stands still until it is told otherwise."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **duration: float) -> None:
        self.now += timedelta(**duration)


class Granted:
    """Grants that hold until they are taken away; counts how often it was asked."""

    def __init__(self) -> None:
        self.gone: set[str] = set()
        self.asked: list[frozenset[str]] = []

    def __call__(self, _connection: Connection, references: frozenset[str]) -> frozenset[str]:
        self.asked.append(references)
        return references - self.gone


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def granted() -> Granted:
    return Granted()


@pytest.fixture
def keys() -> MemoryKeyRing:
    return MemoryKeyRing()


@pytest.fixture
def signing_key() -> Ed25519PrivateKey:
    return Ed25519PrivateKey.generate()


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """An engine with the log's tables, on SQLite and on PostgreSQL."""
    engine = open_engine(database_url)
    metadata.create_all(engine)
    yield engine
    engine.dispose()


@pytest.fixture(scope="session")
def mortal_cluster() -> Iterator[Cluster]:
    """A cluster that may be killed, and whose own log comes in files of one megabyte."""
    binaries = find_postgres()
    if binaries is None:
        missing("PostgreSQL")
    assert binaries is not None
    with running_cluster(binaries, "--wal-segsize=1") as cluster:
        yield cluster


MakeLog = Callable[..., UsageLog]


@pytest.fixture
def make_log(
    engine: Engine, keys: MemoryKeyRing, granted: Granted, clock: Clock, signing_key: Ed25519PrivateKey
) -> MakeLog:
    def make(**changes: Any) -> UsageLog:
        settings = {"sweep_every": 3600.0, "checkpoint_every": 3600.0} | changes
        signer = CheckpointSigner("example.org/log", signing_key)
        return UsageLog(
            engine,
            keys=keys,
            grants=granted,
            clock=clock,
            intent_clock=clock,
            signer=signer,
            settings=LogSettings(**settings),
        )

    return make


@pytest.fixture
async def log(make_log: MakeLog) -> AsyncIterator[UsageLog]:
    """A running log."""
    log = make_log()
    await log.start()
    yield log
    await log.close()
