"""What the log submits to witnesses, keeps of them, and what shows that it is not the log that they saw."""

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import update

from audit import CheckpointInvalid, LogUnavailable
from audit.checkpoints.checkpoint import read_checkpoint
from audit.checkpoints.kept import Guard
from audit.checkpoints.signing import sign_head
from audit.store import TILE
from tests.audit.conftest import MakeLog
from tests.audit.witnesses.conftest import Place
from tests.support.witnessed import Tree


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
