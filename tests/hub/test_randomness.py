"""Random bytes are given out once each, whoever asks."""

import os
import threading
import time
from itertools import count
from uuid import RFC_4122, UUID

import pytest

from hub.randomness import Randomness, new_id, new_uuid


class Counting:
    """Draws consecutive numbers, one a byte pair, so that a byte given out twice is seen."""

    def __init__(self) -> None:
        self.draws: list[int] = []
        self._numbers = count()

    def __call__(self, size: int) -> bytes:
        self.draws.append(size)
        return b"".join(next(self._numbers).to_bytes(4, "big") for _ in range(size // 4))


def test_many_requests_take_one_draw_and_no_byte_twice() -> None:
    draw = Counting()
    random = Randomness(draw, ahead=1024)
    pieces = [random(16) for _ in range(200)]
    assert len(set(pieces)) == 200
    assert b"".join(pieces[:64]) == b"".join(number.to_bytes(4, "big") for number in range(256))
    assert draw.draws == [1024] * 4


def test_a_request_larger_than_what_is_drawn_ahead_is_served_whole() -> None:
    assert len(Randomness(ahead=64)(1000)) == 1000


def test_threads_draw_one_after_the_other_and_get_whole_pieces_and_none_twice() -> None:
    draw, inside, most = Counting(), 0, 0

    def slowly(size: int) -> bytes:
        nonlocal inside, most
        inside += 1
        most = max(most, inside)
        time.sleep(0.001)  # as a system call gives up the interpreter's lock
        inside -= 1
        return draw(size)

    random, got, start = Randomness(slowly, ahead=64), [], threading.Barrier(8)

    def take() -> None:
        start.wait()
        got.extend([random(16) for _ in range(50)])

    threads = [threading.Thread(target=take) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == 1
    assert {len(piece) for piece in got} == {16}
    assert len(got) == len(set(got)) == 400


@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
def test_a_forked_process_draws_anew() -> None:
    random = Randomness()
    random(16)
    reading, writing = os.pipe()
    if (child := os.fork()) == 0:
        os.write(writing, random(16))
        os._exit(0)
    os.waitpid(child, 0)
    assert os.read(reading, 16) != random(16)


def test_identities_are_random_uuids() -> None:
    assert UUID(new_uuid()).version == 4
    drawn = {UUID(hex=new_id()) for _ in range(1000)}
    assert {(one.version, one.variant) for one in drawn} == {(4, RFC_4122)}
    assert all(len({one.hex[place] for one in drawn}) == 16 for place in range(32) if place not in {12, 16})
    assert {one.hex[16] for one in drawn} == set("89ab")
    assert len({new_id() for _ in range(10_000)}) == 10_000
