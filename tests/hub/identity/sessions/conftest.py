"""Sessions over a real database, a clock to turn, and people who are logged in."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine

from hub.identity import LoggedIn, Person, Sessions
from hub.randomness import new_id
from tests.hub.identity.conftest import NUMBER, Time

KEY = b"k" * 32
Make = Callable[..., Sessions]


def logged_in(time: Time, *, provider: str = "csam", sub: str = "s-1", sid: str | None = "p-1") -> LoggedIn:
    person = Person(NUMBER, 450, frozenset({"0403019261"}), time.now, frozenset({"0000100067"}), frozenset())
    return LoggedIn(person, provider, sub, sid, "Anne Example", None)


@pytest.fixture
def make(engine: Engine, time: Time) -> Make:
    """Another replica on the same database, on each of the two engines."""
    return _maker(engine, time)


@pytest.fixture
def sessions(sqlite_engine: Engine, time: Time) -> Sessions:
    return _maker(sqlite_engine, time)()


def _maker(engine: Engine, time: Time) -> Make:
    def made(**other: Any) -> Sessions:
        usual: dict[str, Any] = {
            "key": KEY, "providers": ["csam"], "clock": time, "new_id": new_id, "idle": timedelta(minutes=30), "life": timedelta(hours=8),
            "rotation": timedelta(minutes=5),
        }  # fmt: skip
        return Sessions(engine, **(usual | other))

    return made
