from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine

from hub.oversight import NotSealed, lift, seal, seal_version, seals_of, seals_since, unchanged

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
ANNA, BORIS, ADDRESS, CHILDREN = "a" * 64, "b" * 64, "person.address", "person.children"


def sealed(engine: Engine, subject: str = ANNA, at: datetime = NOW) -> dict[str, datetime | None]:
    with engine.connect() as connection:
        return {one.attribute: one.until for one in seals_of(connection, subject, at)}


def do_seal(
    engine: Engine, subject: str = ANNA, *attributes: str, until: datetime | None = None, at: datetime = NOW
) -> int:
    with engine.begin() as connection:
        return seal(connection, subject, attributes or (ADDRESS,), until=until, entry="entry-1", at=at)


def do_lift(engine: Engine, *attributes: str, at: datetime = NOW) -> int:
    with engine.begin() as connection:
        return lift(connection, ANNA, attributes or (ADDRESS,), entry="entry-2", at=at)


def still(engine: Engine, *seen: tuple[int, str]) -> set[tuple[int, str]]:
    with engine.connect() as connection:
        return set(unchanged(connection, seen))


def test_what_is_sealed_for_one_is_sealed_for_nobody_else(engine: Engine) -> None:
    do_seal(engine, ANNA, ADDRESS, CHILDREN)
    assert sealed(engine) == {ADDRESS: None, CHILDREN: None}
    assert sealed(engine, BORIS) == {}


def test_a_seal_ends_at_its_time(engine: Engine) -> None:
    end = NOW + timedelta(days=30)
    do_seal(engine, until=end)
    assert sealed(engine, at=end - timedelta(milliseconds=1)) == {ADDRESS: end}
    assert sealed(engine, at=end) == {}


def test_sealing_again_sets_the_new_end(engine: Engine) -> None:
    do_seal(engine, until=NOW + timedelta(days=1))
    do_seal(engine)
    assert sealed(engine) == {ADDRESS: None}


def test_a_lifted_seal_is_over_and_the_others_stay(engine: Engine) -> None:
    do_seal(engine, ANNA, ADDRESS, CHILDREN)
    do_lift(engine, ADDRESS)
    assert sealed(engine) == {CHILDREN: None}
    do_seal(engine)
    assert sealed(engine) == {ADDRESS: None, CHILDREN: None}


def test_what_is_not_sealed_cannot_be_lifted(engine: Engine) -> None:
    do_seal(engine, ANNA, ADDRESS)
    for attributes in ((CHILDREN,), (ADDRESS, CHILDREN)):
        with engine.begin() as connection, pytest.raises(NotSealed, match=CHILDREN):
            lift(connection, ANNA, attributes, entry="entry-2", at=NOW)
    assert sealed(engine) == {ADDRESS: None}


def test_every_change_raises_the_version_and_is_told_since(engine: Engine) -> None:
    with engine.connect() as connection:
        assert seals_since(connection, 0) == (0, ())
    assert [do_seal(engine), do_seal(engine, BORIS), do_lift(engine)] == [1, 2, 3]
    with engine.connect() as connection:
        assert seal_version(connection) == 3
        assert seals_since(connection, 3) == (3, ())
        assert [one.subject for one in seals_since(connection, 2)[1]] == [ANNA]
        assert {one.subject for one in seals_since(connection, 0)[1]} == {ANNA, BORIS}
        assert [one.until for one in seals_since(connection, 2)[1]] == [NOW]


def test_what_relies_on_the_present_version_holds(engine: Engine) -> None:
    assert still(engine, (0, ANNA), (0, BORIS)) == {(0, ANNA), (0, BORIS)}
    version = do_seal(engine)
    assert still(engine, (version, ANNA), (version, BORIS)) == {(version, ANNA), (version, BORIS)}


def test_a_change_takes_the_ground_from_under_its_own_subject_alone(engine: Engine) -> None:
    before = do_seal(engine, BORIS)
    do_seal(engine, ANNA)
    assert still(engine, (before, ANNA), (before, BORIS)) == {(before, BORIS)}
    assert still(engine, (0, ANNA), (0, BORIS), (before + 1, ANNA)) == {(before + 1, ANNA)}
    assert still(engine, (0, ANNA), (before, ANNA), (before, BORIS)) == {(before, BORIS)}
    do_lift(engine)
    assert still(engine, (before, ANNA), (before + 1, ANNA), (before, BORIS)) == {(before, BORIS)}


def test_a_seal_that_is_long_over_is_forgotten_at_the_next_change(engine: Engine) -> None:
    do_seal(engine, ANNA, until=NOW + timedelta(hours=1))
    for later, kept in ((timedelta(hours=24), {ANNA, BORIS}), (timedelta(hours=26), {BORIS})):
        do_seal(engine, BORIS, at=NOW + later)
        with engine.connect() as connection:
            assert {one.subject for one in seals_since(connection, 0)[1]} == kept
