from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine

from hub.oversight import ActiveMoved, activate, active, fetch, list_activations

NOW = datetime(2026, 3, 1, 12, 0, 0, 250_000, tzinfo=UTC)
FILES = {"a.rego": b"package onlyonce\n"}


def change(engine: Engine, revision: str, later: int = 0, kind: str = "policies") -> None:
    """Let a revision follow whatever rules."""
    with engine.begin() as connection:
        activate(
            connection, kind, revision, FILES, after=active(connection, kind), process="p1", at=NOW + timedelta(seconds=later),  # type: ignore[arg-type]
        )  # fmt: skip


def test_before_the_first_nothing_rules(engine: Engine) -> None:
    with engine.connect() as connection:
        assert active(connection, "policies") is None
        assert list_activations(connection) == ()


def test_each_change_names_the_one_before_and_keeps_its_files(engine: Engine) -> None:
    for later, revision in enumerate(["one", "two", "one"]):
        change(engine, revision, later)
    with engine.connect() as connection:
        chain = list_activations(connection, "policies")
        assert [(one.number, one.revision, one.previous) for one in chain] == [
            (3, "one", "two"),
            (2, "two", "one"),
            (1, "one", None),
        ]
        assert chain[0] == active(connection, "policies")
        assert chain[0].at == NOW + timedelta(seconds=2)
        assert chain[0].process == "p1"
        assert fetch(connection, "policies", "two") == FILES


def test_policies_and_catalogue_go_their_own_ways(engine: Engine) -> None:
    change(engine, "one")
    change(engine, "other", 1, "catalogue")
    with engine.connect() as connection:
        assert [(one.kind, one.revision) for one in list_activations(connection)] == [
            ("catalogue", "other"),
            ("policies", "one"),
        ]
        assert [one.number for one in list_activations(connection)] == [1, 1]


def test_who_did_not_see_the_last_change_changes_nothing(engine: Engine) -> None:
    change(engine, "one")
    with engine.begin() as connection, pytest.raises(ActiveMoved):
        activate(connection, "policies", "two", FILES, after=None, process="p2", at=NOW)
    with engine.connect() as connection:
        assert fetch(connection, "policies", "two") is None
        assert len(list_activations(connection)) == 1
