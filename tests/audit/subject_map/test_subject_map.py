"""The map of subjects: built beside the appends, told in an entry, proven to each subject."""

import asyncio
import secrets
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import Engine, select

from audit import Entry, LogChanged, MemoryKeyRing, MerkleError, UsageLog, verify
from audit.store import ENTRY, HEAD
from audit.subject_map import tables
from audit.subject_map.building import MAP_ROOT, MapBuilder
from audit.subject_map.hashing import EMPTY, bit, key_of, leaf_hash
from audit.subject_map.proof import MapProof
from audit.subject_map.proving import Proven, prove
from audit.subject_map.renewing import renew_map
from audit.subject_map.tables import LEAF, PAGE, State
from audit.tree.merkle import CompactRange, hash_children, hash_leaf
from tests.audit.conftest import entry, handle


def tell(state: State) -> Entry:
    return entry(subject="hub", kind=MAP_ROOT, outcome=MAP_ROOT, details=state.details())


def builder(engine: Engine) -> MapBuilder:
    return MapBuilder(engine, pause=lambda _: None)


def proven(engine: Engine, subject: str) -> Proven:
    found = prove(engine, subject)
    assert found is not None
    return found


async def append(log: UsageLog, *subjects: int) -> None:
    for subject in subjects:
        await log.append(entry(subject))


def naive_root(leaves: list[tuple[str, bytes]], level: int = 0) -> bytes:
    """The definition: a tree of depth 256, of which nothing is left out but what is empty."""
    if not leaves:
        return EMPTY[level]
    if level == 256:
        return leaves[0][1]
    left = [leaf for leaf in leaves if not bit(leaf[0], level + 1)]
    right = [leaf for leaf in leaves if bit(leaf[0], level + 1)]
    return hash_children(naive_root(left, level + 1), naive_root(right, level + 1))


def stored_root(engine: Engine) -> bytes:
    with engine.connect() as connection:
        keys = list(connection.scalars(select(LEAF.c.key)))
        leaves = tables.leaves(connection, keys, 1 << 40).values()
    return naive_root([(leaf.key, leaf_hash(leaf.key, leaf.content())) for leaf in leaves])


async def test_the_root_is_that_of_the_sparse_tree_over_all_subjects(log: UsageLog, engine: Engine) -> None:
    building = builder(engine)
    for subjects in ([1], [2, 3], range(4, 60), [1, 5, 60], [*range(61, 90), 2]):
        await append(log, *subjects)
        state = await renew_map(log, building, tell)
        assert state is not None
        assert state.root == stored_root(engine)


async def test_each_subject_is_proven_their_number_of_entries_and_the_last_of_them(
    log: UsageLog, engine: Engine
) -> None:
    await append(log, *range(1, 40), 7, 7)
    seventh = await log.append(entry(7))
    await renew_map(log, builder(engine), tell)
    found = proven(engine, handle(7))
    assert found.proof.content is not None
    assert (found.proof.content.entries, found.proof.content.last_leaf) == (4, seventh.leaf)
    assert (found.last_index, found.state.size, found.told_at) == (seventh.index, 42, 42)
    assert found.state.root is not None
    assert found.proof.holds(handle(7), found.state.root)
    assert not found.proof.holds(handle(8), found.state.root)
    for changed in ({"entries": 3}, {"last_leaf": bytes(32)}, {"state": 2}):
        content = replace(found.proof.content, **changed)
        assert not MapProof(content, found.proof.siblings).holds(handle(7), found.state.root)


async def test_whoever_has_no_entry_is_proven_that(log: UsageLog, engine: Engine) -> None:
    await append(log, *range(1, 40))
    await renew_map(log, builder(engine), tell)
    for subject in range(100, 140):
        found = proven(engine, handle(subject))
        assert (found.proof.content, found.last_index) == (None, None)
        assert found.state.root is not None
        assert found.proof.holds(handle(subject), found.state.root)
        assert not MapProof(None, found.proof.siblings).holds(handle(subject - 99), found.state.root)


async def test_entries_that_came_after_a_state_are_in_the_next(log: UsageLog, engine: Engine) -> None:
    building = builder(engine)
    await append(log, 1)
    first = await renew_map(log, building, tell)
    await append(log, 1, 2)
    before = proven(engine, handle(1)).proof.content
    assert before is not None
    assert before.entries == 1
    second = await renew_map(log, building, tell)
    after = proven(engine, handle(1)).proof.content
    assert after is not None
    assert after.entries == 3 - 1
    assert after.salt != before.salt
    assert first is not None
    assert second is not None
    assert (first.number, second.number, second.size) == (1, 2, 4)


async def test_the_telling_of_a_state_alone_makes_no_new_one(log: UsageLog, engine: Engine) -> None:
    building = builder(engine)
    assert await renew_map(log, building, tell) is None
    await append(log, 1)
    assert await renew_map(log, building, tell) is not None
    assert await renew_map(log, building, tell) is None


async def test_before_the_first_state_nothing_is_proven(log: UsageLog, engine: Engine) -> None:
    await append(log, 1)
    builder(engine).build()
    assert prove(engine, handle(1)) is None


async def test_a_state_that_was_built_and_not_told_is_told_later_and_once(
    log: UsageLog, engine: Engine
) -> None:
    await append(log, 1)
    one, other = builder(engine).build(), builder(engine).build()
    assert one == other
    told = await renew_map(log, builder(engine), tell)
    assert told == one
    assert told is not None
    late = tell(told)
    with pytest.raises(LogChanged):
        await log.append(late, write=lambda connection: tables.tell(connection, told, late.id))
    assert log.get_entry(late.id) is None


class Killed(BaseException):
    """The process ends here."""


@pytest.mark.parametrize("batch", [1, 2, 3, 5])
async def test_a_state_that_was_not_finished_leaves_nothing_behind(
    log: UsageLog, engine: Engine, keys: MemoryKeyRing, monkeypatch: pytest.MonkeyPatch, batch: int
) -> None:
    monkeypatch.setattr("audit.subject_map.building._SUBJECTS", 4)
    await append(log, *range(1, 10))
    await renew_map(log, builder(engine), tell)
    old = proven(engine, handle(3))
    await append(log, *range(1, 20))
    passed = iter([0.0] * batch)

    def die(_: float) -> None:
        if next(passed, None) is None:
            raise Killed

    with pytest.raises(Killed):
        MapBuilder(engine, pause=die).build()
    assert proven(engine, handle(3)) == old
    assert verify(engine, keys=keys).ok
    await renew_map(log, builder(engine), tell)
    assert verify(engine, keys=keys).ok
    found = proven(engine, handle(3)).proof.content
    assert found is not None
    assert found.entries == 2


async def test_what_a_state_supersedes_is_deleted(log: UsageLog, engine: Engine) -> None:
    building = builder(engine)
    for _ in range(3):
        await append(log, *range(1, 30))
        await renew_map(log, building, tell)
    with engine.connect() as connection:
        keys = list(connection.scalars(select(LEAF.c.key)))
        paths = list(connection.scalars(select(PAGE.c.path)))
    assert len(keys) == len(set(keys)) == 29 + 1
    assert len(paths) == len(set(paths))


async def test_a_map_that_was_changed_proves_nothing(log: UsageLog, engine: Engine) -> None:
    await append(log, *range(1, 9))
    await renew_map(log, builder(engine), tell)
    with engine.begin() as connection:
        connection.execute(LEAF.update().where(LEAF.c.key == key_of(handle(1))).values(entries=2))
    with pytest.raises(MerkleError):
        prove(engine, handle(1))


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)  # an SQLite file has one hub
async def test_one_replica_builds_at_a_time(log: UsageLog, engine: Engine) -> None:
    await append(log, 1, 2)
    others: list[Any] = []
    building = MapBuilder(engine, pause=lambda _: others.append(builder(engine).build()))
    assert building.build() is not None
    assert set(others) == {None}
    assert builder(engine).build() is not None  # the lock was given back


async def test_a_state_costs_what_changed_and_not_all_there_is(log: UsageLog, engine: Engine) -> None:
    building = builder(engine)
    await asyncio.gather(*(log.append(entry(subject)) for subject in range(1500)))
    first = await renew_map(log, building, tell)
    await append(log, 7)
    second = building.build()
    assert first is not None
    assert second is not None
    with engine.connect() as connection:
        leaves = list(connection.scalars(select(LEAF.c.key).where(LEAF.c.number == second.number)))
        pages = list(connection.scalars(select(PAGE.c.path).where(PAGE.c.number == second.number)))
    assert set(leaves) == {key_of(handle(7)), key_of("hub")}
    assert len(pages) < 2 * 6  # of some seven hundred


@pytest.mark.parametrize("told", [True, False])
async def test_a_map_of_a_log_that_lost_its_end_is_made_anew(
    log: UsageLog, engine: Engine, told: bool
) -> None:
    await append(log, 1, 2, 3)
    building = builder(engine)
    if told:
        await renew_map(log, building, tell)
    else:
        building.build()
    tree = CompactRange()
    with engine.begin() as connection:
        connection.execute(ENTRY.delete().where(ENTRY.c.leaf_index >= 2))
        for leaf in connection.scalars(select(ENTRY.c.leaf).order_by(ENTRY.c.leaf_index)):
            tree.append(hash_leaf(bytes(leaf)))
        kept = {"size": tree.size, "root": tree.root(), "compact_range": tree.to_bytes()}
        connection.execute(HEAD.update().values(**kept))
    await append(log, 2)
    state = await renew_map(log, builder(engine), tell)
    assert state is not None
    assert (state.size, state.root) == (3, stored_root(engine))
    assert proven(engine, handle(3)).proof.content is None
    again = proven(engine, handle(2)).proof.content
    assert again is not None
    assert again.entries == 2


async def test_a_salt_is_never_used_twice(log: UsageLog, engine: Engine) -> None:
    given: list[bytes] = []

    def random(size: int) -> bytes:
        given.append(secrets.token_bytes(size))
        return given[-1]

    building = MapBuilder(engine, random=random, pause=lambda _: None)
    for _ in range(2):
        await append(log, 1, 2)
        await renew_map(log, building, tell)
    assert len(given) == 2 + 3
    assert {len(salt) for salt in given} == {32}
