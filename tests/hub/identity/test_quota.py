"""The cap on people named without proof: distinct, per client, per day, shared by the replicas."""

from datetime import date, timedelta

import pytest
from sqlalchemy import Connection, Engine, func, select

from hub.identity import QuotaExceeded, forget_asserted_subjects, metadata, remember_asserted_subject

DAY = date(2026, 3, 1)
TABLE = metadata.tables["hub_identity_asserted_subject"]


def name(connection: Connection, subject: int, client: str = "forms", day: date = DAY, cap: int = 3) -> None:
    remember_asserted_subject(connection, client=client, day=day, handle=f"{subject:064x}", cap=cap)


def rows(connection: Connection) -> int:
    return connection.execute(select(func.count()).select_from(TABLE)).scalar() or 0


def test_subjects_are_counted_once_up_to_the_cap(engine: Engine) -> None:
    with engine.begin() as connection:
        for _ in range(3):
            for subject in range(3):
                name(connection, subject)
        with pytest.raises(QuotaExceeded):
            name(connection, 3)
        name(connection, 2)
        assert rows(connection) == 3


def test_each_client_and_each_day_has_its_own_count(engine: Engine) -> None:
    with engine.begin() as connection:
        for subject in range(3):
            name(connection, subject)
        name(connection, 3, client="other")
        name(connection, 3, day=DAY + timedelta(days=1))
        with pytest.raises(QuotaExceeded):
            name(connection, 3)


def test_a_cap_of_zero_admits_nobody(engine: Engine) -> None:
    with engine.begin() as connection, pytest.raises(QuotaExceeded):
        name(connection, 1, cap=0)


def test_a_lowered_cap_takes_effect_and_keeps_those_counted(engine: Engine) -> None:
    with engine.begin() as connection:
        for subject in range(3):
            name(connection, subject)
        name(connection, 1, cap=1)
        with pytest.raises(QuotaExceeded):
            name(connection, 3, cap=1)


def test_what_is_rolled_back_is_not_counted(engine: Engine) -> None:
    with engine.connect() as connection:
        name(connection, 1)
        connection.rollback()
        name(connection, 2)
        connection.commit()
        assert rows(connection) == 1


def test_old_days_are_forgotten_when_a_new_one_begins(engine: Engine) -> None:
    with engine.begin() as connection:
        for days in range(4):
            name(connection, 1, day=DAY + timedelta(days=days))
        assert rows(connection) == 2
        assert forget_asserted_subjects(connection, client="forms", before=DAY + timedelta(days=9)) == 2


def test_an_error_names_nobody() -> None:
    assert str(QuotaExceeded()) == "too many subjects today without a proven actor"
