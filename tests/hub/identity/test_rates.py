"""Turns: so many a second, a burst at hand, and no more memory than was said."""

import pytest

from hub.identity import Rate, Turns
from hub.identity.rates import network_of

TEN = Rate(per_s=10, burst=3)


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_a_burst_is_at_hand_and_comes_back_at_the_rate() -> None:
    clock = Clock()
    turns = Turns(100, clock)
    assert [turns.take("a", TEN) for _ in range(3)] == [0.0, 0.0, 0.0]
    assert turns.take("a", TEN) == pytest.approx(0.1)
    assert turns.take("b", TEN) == 0.0
    clock.now += 0.1
    assert turns.take("a", TEN) == 0.0
    assert turns.take("a", TEN) == pytest.approx(0.1)
    clock.now += 3600
    assert [turns.take("a", TEN) for _ in range(3)] == [0.0, 0.0, 0.0]
    assert turns.take("a", TEN) > 0


def test_in_a_long_time_there_are_as_many_as_the_rate_says() -> None:
    clock = Clock()
    turns = Turns(100, clock)
    taken = 0
    for _ in range(10_000):
        taken += turns.take("a", TEN) == 0.0
        clock.now += 0.01
    assert 1000 <= taken <= 1000 + TEN.burst


def test_looking_takes_nothing() -> None:
    turns = Turns(100, Clock())
    for _ in range(3):
        assert turns.wait("a", TEN) == 0.0
        turns.take("a", TEN)
    assert turns.wait("a", TEN) == turns.wait("a", TEN) == pytest.approx(0.1)


def test_memory_is_bounded_and_who_came_last_is_remembered() -> None:
    turns = Turns(5, Clock())
    for _ in range(3):
        turns.take("flood", TEN)
    for number in range(1000):
        turns.take(number, TEN)
        assert turns.take("flood", TEN) > 0 or number >= 4
    assert len(turns) == 5


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.7", "192.0.2.7"), ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"), ("2001:db8:1:2::", "2001:db8:1:2::"),
        ("::ffff:192.0.2.7", "192.0.2.7"), ("", ""), ("testclient", "testclient"),
    ],
)  # fmt: skip
def test_who_has_one_address_of_a_network_has_them_all(address: str, network: str) -> None:
    assert network_of(address) == network
