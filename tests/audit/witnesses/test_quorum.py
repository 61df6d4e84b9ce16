"""How many witnesses have to have cosigned, for what is published and for a verifier."""

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, insert

from audit import metadata, verify
from audit.checkpoints.checkpoint import read_checkpoint
from audit.store import CHECKPOINT, COSIGNATURE
from audit.witnesses.cosignature import cosignatures_in
from audit.witnesses.cosigning import _last_with
from tests.audit.conftest import Clock, open_engine
from tests.audit.witnesses.conftest import Place


async def test_a_checkpoint_is_published_once_the_quorum_cosigned_it(place: Place) -> None:
    first, second = place.witness("w.example/1"), place.witness("w.example/2")
    await place.grow(3)
    place.cosign(first, second)
    await place.grow(2)
    place.cosign(first)
    for quorum, size, made in ((2, 3, 2), (1, 5, 1), (0, 5, 1)):
        note = place.published(first, second, quorum=quorum)
        assert note is not None
        assert read_checkpoint(note).size == size
        assert len(cosignatures_in(note, [first.key, second.key])) == made
    assert place.published(first, second, place.witness("w.example/3"), quorum=3) is None
    assert place.published(second, quorum=1) == place.published(second, quorum=1)


async def test_the_verifier_pins_the_quorum(place: Place, clock: Clock) -> None:
    first, second = place.witness("w.example/1"), place.witness("w.example/2")
    await place.grow(3)
    place.cosign(first, second)
    await place.grow(2)
    place.cosign(first)
    report = place.verify(first, second, clock=clock)
    assert (report.problems, report.cosignatures, report.cosigned) == ((), 3, 3)
    assert place.verify(first, second, clock=clock, quorum=1).cosigned == 5
    assert place.verify(clock=clock).cosigned == 0
    clock.advance(minutes=11)
    assert place.verify(first, second, clock=clock, quorum=1).ok
    (problem,) = place.verify(first, second, clock=clock).problems
    assert problem.what == (
        "entries from 3 on are older than ten minutes, and 2 of the 2 witnesses that were named did not cosign them"
    )
    stranger = place.witness("w.example/1")
    assert not place.verify(stranger, clock=clock).ok
    note = place.published(first, quorum=1)
    assert note is not None
    place.change("DELETE FROM audit_cosignature")
    assert place.verify(first, clock=clock, kept=(note,)).ok
    assert not place.verify(second, clock=clock, kept=(note,)).ok
    for quorum in (0, 3, -1):
        with pytest.raises(ValueError, match="quorum"):
            place.verify(first, second, clock=clock, quorum=quorum)


@pytest.mark.parametrize(
    ("statement", "what"),
    [
        ("UPDATE audit_cosignature SET size = 3", "the cosignature of witness.example/w1 is wrong"),
        ("UPDATE audit_cosignature SET size = 4", "there is no such checkpoint"),
        ("DELETE FROM audit_checkpoint WHERE size = 5", "there is no such checkpoint"),
        ("UPDATE audit_cosignature SET witness = 'w' || witness", "the key id of this verifier key"),
        ("UPDATE audit_cosignature SET witness = ''", "not the verifier key of an Ed25519 witness"),
        ("UPDATE audit_cosignature SET cosignature = substr(cosignature, 2)", "not the right length"),
    ],
)
async def test_a_changed_cosignature_is_found_without_any_key(
    place: Place, statement: str, what: str, clock: Clock
) -> None:
    await place.grow(3)
    await place.grow(2)
    place.cosign(place.witness())
    place.change(statement)
    (problem,) = verify(place.engine, clock=clock).problems
    assert problem.what.startswith("a cosignature of the checkpoint at ")
    assert what in problem.what


@given(rows=st.lists(st.frozensets(st.integers(0, 3), max_size=4), max_size=12), quorum=st.integers(0, 5))
def test_what_is_published_is_the_last_that_has_the_quorum(
    rows: list[frozenset[int]], quorum: int, bare: Engine
) -> None:
    names = [f"w{n}" for n in range(4)]
    with bare.begin() as connection:
        for size, witnesses in enumerate(rows, 1):
            connection.execute(insert(CHECKPOINT).values(size=size, note=""))
            for witness in witnesses:
                row = {"size": size, "witness": names[witness], "cosignature": b""}
                connection.execute(insert(COSIGNATURE).values(row))
        expected = max((n for n, who in enumerate(rows, 1) if len(who) >= quorum), default=None)
        assert _last_with(connection, names, quorum) == expected
        connection.rollback()


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    engine = open_engine(f"sqlite:///{tmp_path_factory.mktemp('bare') / 'log.sqlite3'}")
    metadata.create_all(engine)
    yield engine
    engine.dispose()
