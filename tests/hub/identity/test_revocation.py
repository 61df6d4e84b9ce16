"""Revoked clients in the database: who is, since when and why."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import Engine, event, text
from sqlalchemy.exc import DBAPIError

from hub.identity import (
    NotRevoked,
    Revocation,
    RevokedAlready,
    in_force,
    list_revocations,
    restore_client,
    revoke_client,
)

STOLEN = Revocation("forms", datetime(2026, 3, 1, 10, tzinfo=UTC), "its secret was stolen", "an-entry")
ALL = frozenset({"forms", "portal"})


def test_a_revoked_client_is_not_in_force_until_it_is_restored(engine: Engine) -> None:
    with engine.begin() as connection:
        assert in_force(connection, ALL) == ALL
        revoke_client(connection, STOLEN)
        assert in_force(connection, ALL) == {"portal"}
        assert list_revocations(connection) == (STOLEN,)
        restore_client(connection, "forms")
        assert in_force(connection, ALL) == ALL
        assert list_revocations(connection) == ()


def test_nobody_is_revoked_or_restored_twice(engine: Engine) -> None:
    with engine.begin() as connection:
        revoke_client(connection, STOLEN)
        with pytest.raises(RevokedAlready):
            revoke_client(connection, STOLEN)
        restore_client(connection, "forms")
        with pytest.raises(NotRevoked):
            restore_client(connection, "forms")


def test_many_clients_are_looked_at_in_one_query(engine: Engine) -> None:
    asked: list[str] = []
    with engine.begin() as connection:
        event.listen(engine, "before_cursor_execute", lambda *told: asked.append(told[2]))
        in_force(connection, frozenset(f"client-{n}" for n in range(500)))
    assert len(asked) <= 1


def test_a_database_that_cannot_tell_says_so(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("DROP TABLE hub_identity_revoked_client"))
        with pytest.raises(DBAPIError):
            in_force(connection, ALL)
