import pytest

from connectors import Value
from hub.services.minimise import KNOWN, ObligationUnknown, minimise
from policies.decisions import OBLIGATIONS


@pytest.mark.parametrize(
    ("value", "obligation", "left"),
    [
        ("1985-06-02", "yearOnly", "1985"),
        ("1985", "yearOnly", "1985"),
        ("19375.51", "yesNo", True),
        ("0.00", "yesNo", False),
        (False, "yesNo", False),
        ([], "yesNo", False),
        (["a"], "yesNo", True),
        ("BE68539007547034", "masked", "•••34"),
        ("abc", "masked", "•••"),
    ],
)
def test_an_obligation_takes_from_the_value_what_need_not_leave(
    value: Value, obligation: str, left: Value
) -> None:
    assert minimise(value, [obligation]) == left


@pytest.mark.parametrize(
    ("value", "obligation"), [("x", "somethingNew"), (["a"], "masked"), ({"a": "b"}, "yearOnly")]
)
def test_an_obligation_that_cannot_be_met_keeps_the_value_in(value: Value, obligation: str) -> None:
    with pytest.raises(ObligationUnknown):
        minimise(value, [obligation])


def test_every_obligation_that_a_policy_may_set_can_be_met() -> None:
    assert KNOWN == OBLIGATIONS


def test_a_short_masked_value_shows_nothing() -> None:
    assert minimise("ab", ["masked"]) == "•••"
