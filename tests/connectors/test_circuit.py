"""The circuit of a source, by a clock that the test sets."""

from connectors.guard.circuit import Circuit
from connectors.guard.rule import CircuitRule

RULE = CircuitRule(failures=3, of=5, open_for=10.0)


def calls(circuit: Circuit, *failed: bool | None, now: float = 0.0) -> None:
    for one in failed:
        circuit.leave(circuit.enter(), now, failed=one)


def state(circuit: Circuit) -> str:
    return circuit.state


def opened() -> Circuit:
    circuit = Circuit(RULE)
    calls(circuit, True, True, True)
    return circuit


def test_it_opens_when_so_many_of_the_last_calls_failed() -> None:
    circuit = Circuit(RULE)
    calls(circuit, True, False, True, False)
    assert state(circuit) == "closed"
    calls(circuit, True)
    assert state(circuit) == "open"
    assert not circuit.admits(9.99)
    assert circuit.wait(4.0) == 6.0


def test_failures_before_the_last_calls_do_not_count() -> None:
    circuit = Circuit(RULE)
    calls(circuit, True, True, False, False, False, True)
    assert state(circuit) == "closed"


def test_a_call_that_says_nothing_is_not_counted() -> None:
    circuit = Circuit(RULE)
    calls(circuit, True, None, None, None, None, None, True)
    assert state(circuit) == "closed"
    calls(circuit, True)
    assert state(circuit) == "open"


def test_a_minute_without_calls_makes_it_forget() -> None:
    circuit = Circuit(RULE)
    calls(circuit, True, True, now=1.0)
    calls(circuit, True, now=61.5)
    assert state(circuit) == "closed"
    calls(circuit, True, True, now=62.0)
    assert state(circuit) == "open"


def test_one_call_at_a_time_probes_when_the_time_is_over() -> None:
    circuit = opened()
    assert circuit.admits(10.0)
    probe = circuit.enter()
    assert state(circuit) == "halfOpen"
    assert not circuit.admits(10.0)
    assert circuit.wait(10.0) == 10.0
    circuit.leave(probe, 11.0, failed=False)
    assert state(circuit) == "closed"
    calls(circuit, True, True, now=11.0)
    assert state(circuit) == "closed"  # what was before the probe is forgotten


def test_a_probe_that_fails_opens_it_as_long_again() -> None:
    circuit = opened()
    circuit.leave(circuit.enter(), 12.0, failed=True)
    assert state(circuit) == "open"
    assert not circuit.admits(21.9)
    assert circuit.admits(22.0)


def test_a_probe_that_says_nothing_leaves_its_place_to_the_next() -> None:
    circuit = opened()
    circuit.leave(circuit.enter(), 11.0, failed=None)
    assert state(circuit) == "open"
    assert circuit.admits(11.0)


def test_a_call_from_before_changes_nothing() -> None:
    circuit = Circuit(RULE)
    early = [circuit.enter() for _ in range(3)]
    calls(circuit, True, True, True)
    circuit.leave(early[0], 1.0, failed=False)
    assert state(circuit) == "open"
    probe = circuit.enter()
    circuit.leave(early[1], 11.0, failed=False)
    assert state(circuit) == "halfOpen"
    circuit.leave(probe, 11.0, failed=False)
    circuit.leave(early[2], 11.0, failed=True)
    calls(circuit, True, True, now=11.0)
    assert state(circuit) == "closed"
