"""A rule that is spoilt is noticed by a case, wherever it is spoilt. At full length: `ONLYONCE_SOAK=1`, or `python -m tests.policies.mutation`."""

import os

import pytest

from policies import PolicySet, policy_set
from tests.policies.mutation import Mutant, Noticing, chosen, mutants

NUMBER = None if os.environ.get("ONLYONCE_SOAK") else 30


@pytest.mark.soak
def test_no_spoilt_rule_goes_unnoticed(built_in: PolicySet) -> None:
    seed = int(built_in.revision[:8], 16)
    noticing = Noticing(built_in.modules)
    drawn = chosen(built_in.modules, seed, NUMBER)
    assert len(drawn) == NUMBER or len(drawn) > 400
    assert [str(mutant) for mutant in drawn if noticing.notices(mutant) is None] == []


def test_every_file_of_the_set_is_spoilt_in_more_than_one_way(built_in: PolicySet) -> None:
    every = mutants(built_in.modules)
    for name, text in built_in.modules.items():
        assert len([mutant for mutant in every if mutant.file == name]) > 1, name
        assert all(mutant.text != text for mutant in every if mutant.file == name)


def test_each_kind_of_change_is_made() -> None:
    text = 'package onlyonce\n\na := {"p", "q"} if {\n\tinput.x < 3\n\tnot input.y\n} else := {"r"} - {"s"}\n'
    made = {mutant.what for mutant in mutants(policy_set({"a.rego": text}).modules)}
    assert made >= {
        "without input.x < 3", "negated input.x < 3", "<= instead of <", "2 instead of 3", "4 instead of 3",
        "without not input.y", "negated not input.y", 'without "p"', 'without "r"', "without ' - {\"s\"}'",
        'without else := {"r"} - {"s"}',
    }  # fmt: skip


def test_a_change_that_changes_nothing_is_told(built_in: PolicySet) -> None:
    noticing = Noticing(built_in.modules)
    blank = built_in.modules["channel.rego"] + "\n# the same\n"
    assert noticing.notices(Mutant("channel.rego", 1, "a comment", blank)) is None
    assert noticing.notices(Mutant("channel.rego", 1, "nonsense", "package")) == "cannot be loaded"
