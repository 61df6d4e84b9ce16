"""A running hub lets a new signing key begin, whatever step it was left at."""

import asyncio
from functools import partial
from pathlib import Path

import pytest

from audit import Proofs, RotatingSigner, verify
from audit.checkpoints.checkpoint import split_note
from audit.checkpoints.kept import Guard
from audit.checkpoints.signing import sign_head
from hub.log_keys import LogKeys
from hub.services.errors import NotRecorded
from hub.services.signing_keys import SigningKeyWatch
from tests.hub.services.conftest import House

ORIGIN = "hub.example/log"


class Signed:
    """The log of a house whose keys are replaced; it is signed when the test says so."""

    def __init__(self, house: House, folder: Path) -> None:
        self.house, self.signing = house, LogKeys(folder)
        self.proofs = Proofs(house.engine)
        self.watches = [self.watch(), self.watch()]

    def watch(self, every: float = 3600.0) -> SigningKeyWatch:
        """One of the replicas."""
        return SigningKeyWatch(self.signing, ORIGIN, self.house.journal, self.proofs, every=every)

    async def sign(self) -> int:
        signer = RotatingSigner(ORIGIN, self.signing)
        await asyncio.to_thread(partial(sign_head, self.house.engine, signer, Guard()))
        note = await asyncio.to_thread(self.proofs.checkpoint)
        return len(split_note(note)[1]) if note is not None else 0

    def named(self) -> list[str]:
        with self.house.engine.connect() as connection:
            query = "SELECT outcome FROM audit_entry WHERE kind = 'signingKeyChanged'"
            return list(connection.exec_driver_sql(query).scalars())


@pytest.fixture
def signed(house: House, tmp_path: Path) -> Signed:
    return Signed(house, tmp_path / "keys")


async def test_two_replicas_name_a_new_key_once_and_destroy_the_old_one_when_the_new_one_signed(
    signed: Signed,
) -> None:
    first = signed.signing.public[0]
    for watch in signed.watches:
        await watch.look()
    assert signed.named() == []
    await signed.house.journal.of_the_hub("policyActivated", {})
    assert await signed.sign() == 1

    made = signed.signing.begin()
    for watch in signed.watches:
        await watch.look()
    assert len(signed.named()) == 1
    assert [key.private is not None for key in signed.signing()] == [True, True]  # the first is still needed

    assert await signed.sign() == 2
    for watch in (*signed.watches, signed.watch()):
        await watch.look()
    assert signed.signing.public == [first, made]
    assert [key.private is not None for key in signed.signing()] == [False, True]
    assert len(signed.named()) == 1

    await signed.house.journal.of_the_hub("policyActivated", {})
    assert await signed.sign() == 1
    assert verify(signed.house.engine, public_key=first).problems == ()


async def test_a_hub_that_was_restarted_in_between_goes_on_where_it_was(signed: Signed) -> None:
    await signed.house.journal.of_the_hub("policyActivated", {})
    await signed.sign()
    signed.signing.begin()
    await signed.watch().look()
    await signed.watch().look()
    await signed.sign()
    await signed.watch().look()
    assert [key.private is not None for key in signed.signing()] == [False, True]
    assert len(signed.named()) == 1


async def test_while_the_log_is_away_the_old_key_goes_on(signed: Signed) -> None:
    await signed.house.log.close()
    signed.signing.begin()
    with pytest.raises(NotRecorded):
        await signed.watch().look()
    assert [key.private is not None for key in signed.signing()] == [True, True]


async def test_a_running_watch_does_it_all_by_itself(signed: Signed) -> None:
    await signed.house.journal.of_the_hub("policyActivated", {})
    await signed.sign()
    watch = signed.watch(every=0.01)
    await watch.start()
    try:
        signed.signing.begin()
        async with asyncio.timeout(20):
            while signed.signing()[0].private is not None:
                await signed.sign()
                await asyncio.sleep(0.01)
    finally:
        await watch.close()
    assert len(signed.named()) == 1
