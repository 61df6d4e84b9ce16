"""Another key signs the log: named in it, vouched for by the key before, and the only one from then on."""

import base64
import logging
from dataclasses import replace
from hashlib import sha256

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Engine

from audit import SIGNING_KEY_CHANGED, Entry, MemoryKeyRing, RotatingSigner, SigningKey, UsageLog, verify
from audit.checkpoints.checkpoint import CheckpointSigner, read_checkpoint, split_note, verifier_key
from audit.checkpoints.kept import Guard
from audit.checkpoints.rotation import change_id, key_in, outcome_of
from audit.checkpoints.signing import sign_head
from audit.errors import CheckpointInvalid
from audit.verifying.signing_keys import KeysInForce
from tests.audit.checkpoints.test_signing import notes
from tests.audit.conftest import MakeLog, entry

ORIGIN = "example.org/log"
FIRST, SECOND, THIRD = (Ed25519PrivateKey.from_private_bytes(bytes([n] * 32)) for n in (1, 2, 3))


def key(private: Ed25519PrivateKey, *, destroyed: bool = False) -> SigningKey:
    return SigningKey(private.public_key(), None if destroyed else private)


def naming(private: Ed25519PrivateKey) -> Entry:
    """The entry that names a key."""
    public = private.public_key()
    return entry(
        id=change_id(public),
        kind=SIGNING_KEY_CHANGED,
        outcome=outcome_of(public),
        subject="hub",
    )


class Rotation:
    """A log whose keys are replaced; each `sign` is a new signer, as of another replica or after a restart."""

    def __init__(self, engine: Engine, log: UsageLog, ring: MemoryKeyRing) -> None:
        self.engine, self.log, self.ring, self.keys = engine, log, ring, [key(FIRST)]

    def sign(self) -> int | None:
        return sign_head(self.engine, RotatingSigner(ORIGIN, lambda: self.keys), Guard())

    def signers(self) -> list[tuple[int, int]]:
        """For each checkpoint, its size and how many keys signed it."""
        return [(size, len(split_note(note)[1])) for size, note in notes(self.engine)]

    def problems(self, *given: Ed25519PrivateKey) -> list[str]:
        public = [one.public_key() for one in given]
        return [one.what for one in verify(self.engine, keys=self.ring, public_key=public).problems]

    async def change(self) -> None:
        """From the first key to the second, in all its steps, with a checkpoint at each size from 1 to 5."""
        await self.log.append(entry())
        assert self.sign() == 1
        self.keys = [key(FIRST), key(SECOND)]
        await self.log.append(entry())
        assert self.sign() == 2  # the file is there, the entry not: the first key signs alone
        await self.log.append(naming(SECOND))
        assert self.sign() == 3
        await self.log.append(entry())
        assert self.sign() == 4
        self.keys = [key(FIRST, destroyed=True), key(SECOND)]
        await self.log.append(entry())
        assert self.sign() == 5


@pytest.fixture
async def rotation(make_log: MakeLog, engine: Engine, keys: MemoryKeyRing) -> Rotation:
    log = make_log()
    log._signer = None  # the tests sign
    await log.start()
    return Rotation(engine, log, keys)


@pytest.fixture(autouse=True)
async def closed(rotation: Rotation) -> object:
    yield
    await rotation.log.close()


async def test_the_first_checkpoint_that_counts_the_entry_has_both_signatures_and_no_other_has(
    rotation: Rotation,
) -> None:
    await rotation.change()
    assert rotation.signers() == [(1, 1), (2, 1), (3, 2), (4, 1), (5, 1)]


async def test_whoever_has_the_first_key_alone_follows_to_the_last_checkpoint(rotation: Rotation) -> None:
    await rotation.change()
    assert rotation.problems(FIRST) == []
    assert rotation.problems(FIRST, SECOND) == []
    assert "no known key" in rotation.problems(SECOND)[0]  # it vouches for nothing that was before it
    assert rotation.problems(THIRD)


async def test_keys_are_replaced_again_and_again(rotation: Rotation) -> None:
    await rotation.change()
    rotation.keys = [key(FIRST, destroyed=True), key(SECOND), key(THIRD)]
    await rotation.log.append(naming(THIRD))
    assert rotation.sign() == 6
    rotation.keys = [key(FIRST, destroyed=True), key(SECOND, destroyed=True), key(THIRD)]
    await rotation.log.append(entry())
    assert rotation.sign() == 7
    assert rotation.signers()[-2:] == [(6, 2), (7, 1)]
    assert rotation.problems(FIRST) == []


async def test_the_key_before_signs_nothing_that_is_believed_after_it_was_replaced(
    rotation: Rotation,
) -> None:
    await rotation.change()
    for size, note in notes(rotation.engine)[2:4]:
        text = read_checkpoint(note)
        forged = CheckpointSigner(ORIGIN, FIRST).sign(text.size, text.root)
        with rotation.engine.begin() as connection:
            table = f"UPDATE audit_checkpoint SET note = '{forged}' WHERE size = {size}"  # noqa: S608
            connection.exec_driver_sql(table)
        assert rotation.problems(FIRST)
        assert rotation.problems(FIRST, SECOND)
        with rotation.engine.begin() as connection:
            connection.exec_driver_sql(table.replace(forged, note))
    assert rotation.problems(FIRST) == []


async def test_a_key_that_the_one_before_did_not_vouch_for_is_not_believed(rotation: Rotation) -> None:
    """Somebody who can write to the database names a key of their own, and signs with it."""
    await rotation.log.append(entry())
    rotation.sign()
    await rotation.log.append(naming(THIRD))
    rotation.keys = [key(THIRD)]
    with rotation.engine.begin() as connection:
        head = connection.exec_driver_sql("SELECT size, root FROM audit_head").one()
        note = CheckpointSigner(ORIGIN, THIRD).sign(head.size, bytes(head.root))
        connection.exec_driver_sql(f"INSERT INTO audit_checkpoint VALUES ({head.size}, '{note}')")  # noqa: S608
    assert rotation.problems(FIRST) == ["the checkpoint at 2: no known key signed the note"]


async def test_a_replica_without_the_key_in_force_signs_nothing_and_says_so_once(
    rotation: Rotation, caplog: pytest.LogCaptureFixture
) -> None:
    await rotation.change()
    await rotation.log.append(entry())
    signer = RotatingSigner(ORIGIN, lambda: [key(FIRST)])
    with caplog.at_level(logging.ERROR):
        assert sign_head(rotation.engine, signer, Guard()) is None
        assert sign_head(rotation.engine, signer, Guard()) is None
    assert [record.message for record in caplog.records] == [
        "the log is not signed any more: its last checkpoint was signed with a key that is not here"
    ]


async def test_a_key_that_was_destroyed_too_early_lets_nothing_be_signed(rotation: Rotation) -> None:
    await rotation.log.append(entry())
    rotation.sign()
    rotation.keys = [key(FIRST, destroyed=True), key(SECOND)]
    await rotation.log.append(naming(SECOND))
    assert rotation.sign() is None


async def test_an_entry_that_names_another_key_than_its_id_says_lets_no_key_begin(rotation: Rotation) -> None:
    await rotation.log.append(entry())
    rotation.sign()
    rotation.keys = [key(FIRST), key(SECOND)]
    await rotation.log.append(replace(naming(SECOND), outcome=outcome_of(THIRD.public_key())))
    rotation.sign()
    assert rotation.signers()[-1] == (2, 1)


def test_the_outcome_of_the_entry_is_the_key_as_a_note_verifier_has_it() -> None:
    public = SECOND.public_key()
    assert verifier_key(ORIGIN, public).endswith(f"+{outcome_of(public)}")
    assert change_id(public) == f"signing-key-{sha256(public.public_bytes_raw()).hexdigest()[:16]}"


@pytest.mark.parametrize("outcome", ["", "x", "AQ==", base64.b64encode(bytes(33)).decode(), None, 7])
def test_an_outcome_that_names_no_key_is_refused(outcome: object) -> None:
    with pytest.raises(CheckpointInvalid):
        key_in(outcome)


class Bridged:
    """Checkpoints before a bridge and behind it, as a verifier meets them one by one."""

    def __init__(self, *given: Ed25519PrivateKey) -> None:
        self.keys = KeysInForce([one.public_key() for one in given])

    def check(self, size: int, origin: str, *signers: Ed25519PrivateKey) -> None:
        self.keys.check(CheckpointSigner(origin, *signers).sign(size, bytes(32)), origin, size)


def test_behind_a_bridge_the_key_in_force_or_a_later_one_signs_and_no_earlier_one() -> None:
    for begins in (SECOND, THIRD):
        log = Bridged(FIRST, SECOND, THIRD)
        log.check(1, "a/log", SECOND)
        log.check(2, "a/log/2", begins)
        log.check(3, "a/log/2", begins)
    log = Bridged(FIRST, SECOND, THIRD)
    log.check(1, "a/log", SECOND)
    with pytest.raises(CheckpointInvalid, match="no known key"):
        log.check(2, "a/log/2", FIRST)


def test_a_key_whose_first_checkpoint_was_lost_begins_behind_the_bridge() -> None:
    log = Bridged(FIRST)
    log.check(1, "a/log", FIRST)
    log.keys.name(1, outcome_of(SECOND.public_key()))
    log.check(3, "a/log/2", FIRST)
    with pytest.raises(CheckpointInvalid, match="entry 1 names"):
        log.check(4, "a/log/2", FIRST)
    log.check(4, "a/log/2", FIRST, SECOND)
    log.check(5, "a/log/2", SECOND)
