"""The hub has its checkpoints cosigned by witnesses on real sockets, and notices those that refuse, lie or are away."""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from audit import LogUnavailable, cosigned_note
from audit.checkpoints.checkpoint import read_checkpoint
from audit.witnesses.cosignature import cosign
from hub.demo.asgi import Answer, Asked
from tests.audit.conftest import entry
from tests.hub.services.witnessed import Handler, House, Peer, grow, until
from tests.support.witnessed import ORIGIN, Tree


@pytest.fixture
def house(database_url: str, tmp_path: Path) -> Iterator[House]:
    house = House(database_url, tmp_path)
    yield house
    house.engine.dispose()


@pytest.fixture
def alone(tmp_path: Path) -> Iterator[House]:
    house = House(f"sqlite:///{tmp_path / 'log.sqlite3'}", tmp_path)
    yield house
    house.engine.dispose()


async def test_two_witnesses_cosign_what_two_replicas_append(house: House) -> None:
    first, second = house.peer("w.example/1"), house.peer("w.example/2")
    async with (
        first.there(), second.there(),
        house.running(first, second) as (one, witnesses), house.running(first, second) as (other, _),
    ):  # fmt: skip
        for _ in range(10):
            await asyncio.gather(grow(one), grow(other))
        await until(lambda: house.cosigned(first, second) == 20)
        await until(witnesses.well)


async def test_a_witness_that_was_away_is_caught_up_with(alone: House) -> None:
    peer, other = alone.peer("w.example/1"), alone.peer("w.example/2")
    async with other.there(), alone.running(peer, other, patience=0.1) as (log, witnesses):
        await grow(log, 3)
        await until(lambda: alone.cosigned(other) == 3)
        await until(lambda: _not(witnesses.well()))
        await grow(log, 4)
        async with peer.there():
            await until(lambda: alone.cosigned(peer, other) == 7)
            await until(witnesses.well)
    assert read_checkpoint(peer.memory.notes[ORIGIN]).size == 7


async def test_what_was_cosigned_and_not_stored_is_asked_for_again(alone: House) -> None:
    peer = alone.peer()
    async with peer.there():
        async with alone.running(peer) as (log, _):
            await grow(log, 3)
            await until(lambda: alone.cosigned(peer) == 3)
        with alone.engine.begin() as connection:
            connection.exec_driver_sql("DELETE FROM audit_cosignature")
        async with alone.running(peer):
            await until(lambda: alone.cosigned(peer) == 3)


async def test_a_witness_that_forgot_cosigns_from_what_it_remembers(
    alone: House, caplog: pytest.LogCaptureFixture
) -> None:
    peer = alone.peer()
    async with peer.there(), alone.running(peer) as (log, _):
        await grow(log, 3)
        await until(lambda: alone.cosigned(peer) == 3)
        peer.memory.notes.clear()
        await grow(log, 3)
        await until(lambda: alone.cosigned(peer) == 6)


STRANGER = cosign("text\n", "w.example/1", Ed25519PrivateKey.generate(), 0).line()
LIES: dict[str, Handler] = {
    "another key": lambda _, __: Answer(STRANGER.encode()),
    "no signature": lambda _, __: Answer(b"fine\n"),
    "nothing": lambda _, __: Answer(b""),
    "too much": lambda _, __: Answer(b"x" * 100_000),
    "no text": lambda _, __: Answer(b"\xff\xfe"),
    "elsewhere": lambda _, __: Answer(b"", 307, headers=(("location", "/add-checkpoint"),)),
    "a larger size": lambda _, __: Answer(b"999\n", 409, "text/x.tlog.size"),
    "a size that is none": lambda _, __: Answer(b"many\n", 409, "text/x.tlog.size"),
    "another tree": lambda _, __: Answer(b"no\n", 422),
    "not followed": lambda _, __: Answer(b"no\n", 404),
    "not signed": lambda _, __: Answer(b"no\n", 403),
}


async def test_a_witness_that_lies_or_refuses_is_noticed_and_stops_nothing(alone: House) -> None:
    peer, honest = alone.peer("w.example/1"), alone.peer("w.example/2")
    size = 0
    async with peer.there(), honest.there(), alone.running(peer, honest) as (log, witnesses):
        for lie, handler in LIES.items():
            peer.lie, before = handler, size
            await grow(log, 2)
            size += 2
            await until(lambda: _not(witnesses.well()))
            await until(partial(alone.is_cosigned, honest, size))
            assert alone.cosigned(peer) == before, lie
            assert alone.kept.contradiction() is None, lie
            peer.lie = None
            await until(partial(alone.is_cosigned, peer, size))
            await until(witnesses.well)


async def test_a_cosignature_of_another_time_is_refused(alone: House) -> None:
    peer = alone.peer()
    for hours in (-1, 1):
        peer.now = datetime.now(UTC) + timedelta(hours=hours)
        peer.memory.notes.clear()
        async with peer.there(), alone.running(peer) as (log, witnesses):
            await grow(log, 3)
            await until(lambda: _not(witnesses.well()))
        assert alone.cosigned(peer) == 0


async def test_a_stale_answer_is_refused(alone: House) -> None:
    peer = alone.peer()
    answers: list[Answer] = []

    def first_again(_: Asked, answer: Answer) -> Answer:
        answers.append(answer)
        return answers[0]

    async with peer.there(), alone.running(peer) as (log, witnesses):
        await grow(log, 3)
        await until(lambda: alone.cosigned(peer) == 3)
        peer.lie = first_again
        answers.append(Answer(_line(alone, peer)))
        await grow(log, 3)
        await until(lambda: _not(witnesses.well()))
        assert alone.cosigned(peer) == 3


@pytest.mark.parametrize("size", [2, 5, 9])
async def test_a_log_is_refused_that_a_witness_saw_otherwise(alone: House, size: int) -> None:
    """A restored backup of everything the hub has, keys included, or a second history: only the witness still knows."""
    peer = alone.peer()
    peer.memory.notes[ORIGIN] = Tree(alone.key, salt="as it was").note(size)
    async with alone.running() as (log, _):
        await grow(log, 5)
    async with peer.there():
        with pytest.raises(LogUnavailable, match="a witness holds a checkpoint of"):
            async with alone.running(peer):
                raise AssertionError


@pytest.mark.parametrize("size", [2, 9])
async def test_a_log_is_stopped_when_a_witness_is_back_that_saw_it_otherwise(alone: House, size: int) -> None:
    peer = alone.peer()
    peer.memory.notes[ORIGIN] = Tree(alone.key, salt="as it was").note(size)
    async with alone.running(peer) as (log, witnesses):
        await grow(log, 5)

        async def stopped() -> bool:
            with contextlib.suppress(LogUnavailable):
                await log.append(entry())
                return False
            return True

        async with peer.there():
            await until(stopped)
            assert not await witnesses.unopposed()


async def test_what_is_wrong_with_a_witness_is_said_once(
    alone: House, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    peer = alone.peer()
    peer.lie = LIES["not followed"]
    with caplog.at_level(logging.INFO):
        async with peer.there(), alone.running(peer) as (log, witnesses):
            await grow(log)
            await until(lambda: _not(witnesses.well()))
            for _ in range(5):
                await grow(log)
                await asyncio.sleep(0.05)
            peer.lie = None
            await until(witnesses.well)
    said = caplog.text + "".join(capsys.readouterr())
    assert said.count("a witness does not cosign the log") == 1
    assert said.count("a witness cosigns the log again") == 1


async def _not(answer: Awaitable[bool]) -> bool:
    return not await answer


def _line(house: House, peer: Peer) -> bytes:
    with house.engine.connect() as connection:
        note = cosigned_note(connection, [peer.witness.key], 1)
    assert note is not None
    return (note.splitlines(keepends=True)[-1]).encode()
