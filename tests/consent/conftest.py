"""What the tests of consents share: a clock to turn, a database of either engine, a store."""

import itertools
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from sqlalchemy import Connection, Engine, create_engine

from consent import ConsentRecord, ConsentStore, Notice, metadata

ANNE, BRUNO = "a" * 64, "b" * 64
KEY = ec.generate_private_key(ec.SECP256R1())


class Time:
    """A clock that goes on when told to."""

    def __init__(self) -> None:
        self.now = datetime(2026, 3, 1, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def pass_by(self, **time: float) -> None:
        self.now += timedelta(**time)


def notice(activity: str = "study-grant", language: str = "fr", text: str = "Puis-je ?") -> Notice:
    return Notice.of(activity=activity, language=language, text=text)


def receipt(store: ConsentStore, connection: Connection, record: ConsentRecord) -> str:
    """The receipt of a consent as it is, with its terms and its notice."""
    return store.receipt(store.matter(connection, record))


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def store(time: Time) -> ConsentStore:
    counter = itertools.count(1)
    return ConsentStore(KEY, "https://hub.example", time, lambda: f"consent-{next(counter)}")


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engine = create_engine(database_url)
    metadata.create_all(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def connection(engine: Engine) -> Iterator[Connection]:
    """One transaction, as the hub gives it, on either engine."""
    with engine.begin() as connection:
        yield connection


Give = Callable[..., ConsentRecord]


@pytest.fixture
def give(store: ConsentStore, connection: Connection) -> Give:
    """Gives a consent in one line; every part of it can be another."""

    def given(**other: object) -> ConsentRecord:
        usual = {
            "subject": ANNE,
            "activity": "study-grant",
            "controller": "grants",
            "attributes": {"person.income", "person.address"},
            "notice": notice(str(other.get("activity", "study-grant"))),
            "method": "dpv:ClickAction",
            "valid_until": None,
        }
        return store.give(connection, **(usual | other))  # type: ignore[arg-type]

    return given
