"""What a declaration may say of limits, circuit and retry, and what it is told where that cannot be."""

from typing import Any

import pytest

from connectors import DeclarationInvalid, Limits
from connectors.guard import CircuitRule, Rate, RetryRule
from tests.connectors.conftest import rest_declaration, soap_declaration


def problems(**changes: Any) -> dict[str, str]:
    with pytest.raises(DeclarationInvalid) as caught:
        rest_declaration(**changes)
    return {".".join(map(str, one.path)): one.message for one in caught.value.problems}


def test_without_a_word_the_defaults_hold_and_no_call_is_made_again() -> None:
    limits = rest_declaration().limits
    assert limits == Limits()
    assert (limits.retry, limits.rate) == (None, None)


def test_all_that_may_be_declared_is_kept() -> None:
    limits = soap_declaration(
        limits={"deadlineMs": 700, "bodyBytes": 4096, "connections": 5, "queue": 0, "rate": {"calls": 50, "seconds": 60}, "longestPauseMs": 0},
        circuit={"failures": 2, "of": 3, "openMs": 100, "counts": ["busy"]},
        retry={"idempotent": True, "attempts": 4, "backoffMs": 20},
    ).limits  # fmt: skip
    assert limits == Limits(
        0.7,
        4096,
        5,
        0,
        Rate(50, 60.0),
        0.0,
        CircuitRule(2, 3, 0.1, frozenset({"sourceBusy"})),
        RetryRule(4, 0.02),
    )


def test_a_circuit_that_needs_more_failures_looks_at_more_calls() -> None:
    assert rest_declaration(circuit={"failures": 50}).limits.circuit.of == 50


@pytest.mark.parametrize("retry", [{}, {"idempotent": False}, {"attempts": 3}])
def test_nobody_asks_again_without_saying_that_it_does_no_harm(retry: dict[str, Any]) -> None:
    assert "idempotent" in problems(retry=retry)["retry"]


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({"limits": {"queue": -1}}, "limits.queue"),
        ({"limits": {"rate": {}}}, "limits.rate"),
        ({"limits": {"rate": {"calls": 0, "seconds": 1}}}, "limits.rate.calls"),
        ({"limits": {"rate": {"calls": 5, "seconds": 1, "burst": 9}}}, "limits.rate.burst"),
        ({"limits": {"rate": 50}}, "limits.rate"),
        ({"limits": {"longestPauseMs": True}}, "limits.longestPauseMs"),
        ({"circuit": {"failures": 0}}, "circuit.failures"),
        ({"circuit": {"failures": 5, "of": 4}}, "circuit.failures"),
        ({"circuit": {"counts": ["refused"]}}, "circuit.counts.0"),
        ({"circuit": {"counts": "busy"}}, "circuit.counts"),
        ({"circuit": {"openMs": 1}}, "circuit.openMs"),
        ({"circuit": {"halfOpen": 3}}, "circuit.halfOpen"),
        ({"retry": {"idempotent": True, "attempts": 9}}, "retry.attempts"),
        ({"retry": {"idempotent": "yes"}}, "retry.idempotent"),
    ],
)
def test_what_cannot_be_is_named_at_its_place(changes: dict[str, Any], where: str) -> None:
    assert where in problems(**changes)
