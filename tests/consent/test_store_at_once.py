"""Consents that are given and withdrawn at once, and transactions that fail."""

from threading import Barrier, Thread
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, select

from consent import AlreadyGiven, ConsentStore, NotActive, metadata
from tests.consent.conftest import ANNE, notice


def test_nothing_of_a_consent_is_left_when_its_transaction_fails(engine: Engine, store: ConsentStore) -> None:
    def fail() -> None:
        with engine.begin() as connection:
            _give(store, connection)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    with engine.begin() as connection:
        assert store.of_subject(connection, ANNE) == ()
        assert not connection.execute(select(metadata.tables["consent_event"])).all()


def test_of_two_at_once_one_consent_is_given(engine: Engine, store: ConsentStore) -> None:
    outcomes = _at_once(engine, lambda connection: _give(store, connection))
    assert sorted(outcomes) == ["AlreadyGiven", "done"]


def test_of_two_at_once_one_withdrawal_is_made(engine: Engine, store: ConsentStore) -> None:
    with engine.begin() as connection:
        given = _give(store, connection)
    outcomes = _at_once(engine, lambda connection: store.withdraw(connection, given.id, subject=ANNE))
    assert sorted(outcomes) == ["NotActive", "done"]
    with engine.begin() as connection:
        assert [one.status for one in store.history(connection, given.id)] == ["given", "withdrawn"]


def _give(store: ConsentStore, connection: Connection) -> Any:
    return store.give(
        connection, subject=ANNE, activity="a", controller="c", attributes={"x.y"}, notice=notice("a"), method="m"
    )  # fmt: skip


def _at_once(engine: Engine, do: Any) -> list[str]:
    """Run a change in two transactions that overlap as far as the engine lets them."""
    barrier, outcomes = Barrier(2), []

    def change() -> None:
        barrier.wait()
        try:
            with engine.begin() as connection:
                do(connection)
        except (AlreadyGiven, NotActive) as refused:
            outcomes.append(type(refused).__name__)
        else:
            outcomes.append("done")

    threads = [Thread(target=change) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes
