"""A set that would hold up the hub, or want all its memory, is refused before it decides anything."""

import time

import pytest

from policies import PolicyInvalid, PolicySet, check_question, policy_set
from policies.trial import _question, try_out

HEAD = "package onlyonce\n\n"
ATTRIBUTES = "some a, _ in input.attributes; some b, _ in input.attributes; some c, _ in input.attributes"
DOUBLED = "\n".join(
    [
        'a0 := "0123456789"',
        *(f'a{n + 1} := concat("", [a{n}, a{n}])' for n in range(40)),
        "decision := count(a40)",
    ]
)


def test_the_built_in_set_passes_at_once(built_in: PolicySet) -> None:
    began = time.process_time()
    try_out(built_in, seconds=1)
    assert time.process_time() - began < 1


@pytest.mark.parametrize("asked", [_question(1, 0), _question(200, 20)])
def test_it_is_tried_on_questions_that_can_be_asked(asked: dict[str, object]) -> None:
    check_question(asked)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(
            f"decision := count([1 | {ATTRIBUTES}; some d, _ in input.attributes; a == d; b == c])",
            id="all with all",
        ),
        pytest.param(DOUBLED, id="a text that doubles forty times"),
    ],
)
def test_what_takes_too_much_is_refused(text: str) -> None:
    with pytest.raises(PolicyInvalid, match=r"^policies: takes more than 2 s or 1024 MiB"):
        try_out(policy_set({"a.rego": HEAD + text}), seconds=1)


def test_a_set_that_gives_no_decision_is_not_judged_here() -> None:
    for text in ("other := 1", "a := b\n\nb := a\n\ndecision := a", "decision := 1 / 0"):
        try_out(policy_set({"a.rego": HEAD + text}))
