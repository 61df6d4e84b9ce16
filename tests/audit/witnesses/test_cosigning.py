"""What the log submits to witnesses, keeps of them, and what shows that it is not the log that they saw."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, insert, update

from audit import (
    CheckpointInvalid,
    CheckpointSigner,
    Cosigning,
    KeptNote,
    LogUnavailable,
    Report,
    UsageLog,
    Witness,
    cosigned_note,
    metadata,
    verify,
)
from audit.checkpoints.checkpoint import read_checkpoint
from audit.checkpoints.kept import Guard
from audit.checkpoints.signing import sign_head
from audit.store import CHECKPOINT, COSIGNATURE, TILE
from audit.witnesses.cosignature import cosignatures_in
from audit.witnesses.cosigning import _last_with
from tests.audit.conftest import Clock, MakeLog, entry, open_engine
from tests.support.witnessed import ORIGIN, DictMemory, Tree, witness_of


class Place:
    """A running log whose head is signed when it is told so, and witnesses that follow it."""

    def __init__(self, engine: Engine, key: Ed25519PrivateKey, log: UsageLog, folder: Path) -> None:
        self.engine, self.key, self.log = engine, key, log
        self.kept = KeptNote(folder / "log.checkpoint")
        self.signer, self.guard = CheckpointSigner(ORIGIN, key), Guard(self.kept)
        self.cosigning = Cosigning(engine, ORIGIN, lambda: [key.public_key()], self.kept)

    def witness(self, name: str = "witness.example/w1") -> Witness:
        return witness_of(Tree(self.key), name=name, memory=DictMemory())

    async def grow(self, entries: int) -> None:
        for _ in range(entries):
            await self.log.append(entry())
        sign_head(self.engine, self.signer, self.guard)

    def cosign(self, *witnesses: Witness) -> None:
        for witness in witnesses:
            newest = self.cosigning.newest(witness.key)
            assert newest is not None
            given = self.cosigning.submission(newest, newest.cosigned)
            reply = witness.add_checkpoint(given.to_bytes())
            assert reply.status == 200, reply
            self.cosigning.keep(newest.note, self.cosigning.check(newest.note, reply.body, witness.key))

    def published(self, *witnesses: Witness, quorum: int) -> str | None:
        with self.engine.connect() as connection:
            return cosigned_note(connection, [one.key for one in witnesses], quorum)

    def verify(
        self, *witnesses: Witness, clock: Clock, quorum: int | None = None, kept: tuple[str, ...] = ()
    ) -> Report:
        keys = [witness.key for witness in witnesses]
        return verify(
            self.engine,
            public_key=self.key.public_key(),
            witnesses=keys,
            quorum=quorum,
            kept=kept,
            clock=clock,
        )

    def change(self, statement: str) -> None:
        with self.engine.begin() as connection:
            connection.exec_driver_sql(statement)


@pytest.fixture
async def place(
    make_log: MakeLog, engine: Engine, signing_key: Ed25519PrivateKey, tmp_path: Path
) -> AsyncIterator[Place]:
    log = make_log()
    await log.start()
    yield Place(engine, signing_key, log, tmp_path)
    await log.close()


async def test_each_checkpoint_is_proven_from_what_the_witness_cosigned_last(place: Place) -> None:
    witness = place.witness()
    assert place.cosigning.newest(witness.key) is None
    for entries in (1, 2, 5, 300):
        await place.grow(entries)
        place.cosign(witness)
        newest = place.cosigning.newest(witness.key)
        assert newest is not None
        assert newest.size == newest.cosigned
    note = place.published(witness, quorum=1)
    assert note is not None
    assert read_checkpoint(note).size == 308


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


async def test_witnesses_that_are_asked_at_different_moments_of_a_busy_log_cosign_the_same(
    place: Place,
) -> None:
    witnesses = [place.witness(f"w.example/{n}") for n in range(3)]
    for n in range(9):
        await place.grow(1)
        place.cosign(witnesses[n % 3])
    note = place.published(*witnesses, quorum=3)
    assert note is not None
    assert read_checkpoint(note).size == 7
    place.cosign(witnesses[0])
    place.cosign(*witnesses[1:])
    note = place.published(*witnesses, quorum=3)
    assert note is not None
    assert read_checkpoint(note).size == 9


async def test_a_witness_that_is_known_to_be_further_is_not_given_what_another_cosigned_before(
    place: Place,
) -> None:
    first, second = place.witness("w.example/1"), place.witness("w.example/2")
    await place.grow(3)
    place.cosign(first)
    await place.grow(2)
    for beyond, size in ((0, 3), (2, 3), (3, 5), (5, 5)):
        newest = place.cosigning.newest(second.key, beyond=beyond)
        assert newest is not None
        assert (newest.size, newest.cosigned) == (size, 0)


async def test_only_a_cosignature_of_that_checkpoint_by_that_witness_is_kept(place: Place) -> None:
    witness, other = place.witness(), place.witness()
    await place.grow(3)
    place.cosign(other)
    newest = place.cosigning.newest(witness.key)
    assert newest is not None
    by_another = other.add_checkpoint(place.cosigning.submission(newest, 3).to_bytes()).body
    for answer in ("", by_another, "nonsense\n", by_another.replace("\n", "")):
        with pytest.raises(CheckpointInvalid):
            place.cosigning.check(newest.note, answer, witness.key)


async def test_a_cosignature_that_is_there_stays(place: Place) -> None:
    witness = place.witness()
    await place.grow(3)
    place.cosign(witness)
    before = place.published(witness, quorum=1)
    newest = place.cosigning.newest(witness.key)
    assert newest is not None
    reply = witness.add_checkpoint(place.cosigning.submission(newest, 3).to_bytes())
    place.cosigning.keep(newest.note, place.cosigning.check(newest.note, reply.body, witness.key))
    assert place.published(witness, quorum=1) == before


async def test_a_checkpoint_that_the_log_goes_on_from_contradicts_nothing(place: Place) -> None:
    witness = place.witness()
    await place.grow(3)
    place.cosign(witness)
    note = place.published(witness, quorum=1)
    await place.grow(4)
    assert note is not None
    assert not place.cosigning.contradicts(note)
    place.kept.path.unlink()
    assert not place.cosigning.contradicts(note)
    assert place.kept.contradiction() is None


async def test_what_leads_to_the_kept_checkpoint_is_shown_by_tiles_and_not_by_reading_every_leaf(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    await place.grow(100)
    first = place.cosigning.newest(place.witness().key)
    await place.grow(160)
    last = place.cosigning.newest(place.witness().key)
    read: list[int] = []
    monkeypatch.setattr("audit.witnesses.cosigning.holds", lambda _, checkpoint: read.append(checkpoint.size))
    assert first is not None
    assert last is not None
    assert [place.cosigning.contradicts(one.note) for one in (first, last)] == [False, False]
    assert read == []
    with place.engine.begin() as connection:
        connection.execute(update(TILE).values(hashes=bytes(8192)))
    assert place.cosigning.contradicts(first.note)
    assert read == [100]


@pytest.mark.parametrize("size", [2, 3, 9])
async def test_one_that_it_signed_and_does_not_go_on_from_stops_every_replica(
    place: Place, size: int, make_log: MakeLog
) -> None:
    await place.grow(3)
    fork = Tree(place.key, salt="fork").note(size)
    assert place.cosigning.contradicts(fork)
    assert place.kept.contradiction() == fork
    other = Guard(place.kept)
    with place.engine.connect() as connection, pytest.raises(LogUnavailable, match="a witness holds"):
        other.begin(connection)
    place.guard.refresh()
    with pytest.raises(LogUnavailable, match="onlyonce log bridge"):
        place.guard.check(place.guard._tree)
    assert sign_head(place.engine, place.signer, place.guard) is None


async def test_a_witness_cannot_stop_a_log_by_a_lie(place: Place) -> None:
    await place.grow(3)
    lie = Tree(Ed25519PrivateKey.generate()).note(9)
    for note in (lie, place.cosigning.newest(place.witness().key).note.replace("\n3\n", "\n9\n"), "nonsense"):  # type: ignore[union-attr]
        with pytest.raises(CheckpointInvalid):
            place.cosigning.contradicts(note)
    assert place.kept.contradiction() is None


async def test_a_log_that_was_restored_in_full_goes_on(place: Place) -> None:
    await place.grow(3)
    newest = place.cosigning.newest(place.witness().key)
    assert newest is not None
    place.kept.contradict(newest.note)
    with place.engine.connect() as connection:
        Guard(place.kept).begin(connection)
    assert place.kept.contradiction() is None


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
