"""A policy that would never end, or take the hub's process with it, is refused when it is loaded."""

import time

import pytest

from policies import PolicyInvalid, PolicySet, policy_set
from policies.bounds import MAX_BYTES, MAX_RULES, check_text
from policies.embedded import new_engine
from policies.policy_set import BUILT_IN

HEAD = "package onlyonce\n\n"
ITSELF = "a function calls itself, or one that calls it"


def problems(*modules: str) -> list[str]:
    """What is said of modules that stand for one set."""
    try:
        policy_set({f"m{place}.rego": HEAD + text for place, text in enumerate(modules)})
    except PolicyInvalid as invalid:
        return [str(problem) for problem in invalid.problems]
    return []


@pytest.mark.parametrize(
    "text",
    [
        "f(x) := f(x + 1)",
        "f(x) := [y | y := f(x)]",
        "f(x) if { every y in [x] { f(y) } }",
        "f(x) := 1 if x == 0 else := f(x - 1)",
        "f(x) := 1 if x == 0\n\nf(x) := f(x - 1) if x > 0",
        "f(x) := data.onlyonce.f(x)",
        'f(x) := data.onlyonce["f"](x)',
        "default f(_) := 0\n\nf(x) := f(x)",
        "t.f(x) := t.f(x)",
        "f(x) := g(f(x))\n\ng(x) := x",
        "f(x) := g(x)\n\ng(x) := h(x)\n\nh(x) := f(x)",
        "import data.onlyonce.f as again\n\nf(x) := again(x)",
    ],
)
def test_a_function_that_calls_itself_is_refused(text: str) -> None:
    assert [found.split(": ", 1)[1] for found in problems(text)] == [ITSELF]


def test_so_are_functions_of_two_modules_that_call_each_other() -> None:
    assert len(problems("f(x) := g(x)", "g(x) := f(x)")) == 1


def test_functions_may_call_functions_and_others_of_the_same_name() -> None:
    assert (
        problems("f(x) := g(x) + g(x)\n\ng(x) := count(x)", "import data.onlyonce.f as h\n\nd := h([1])")
        == []
    )
    sub = "package onlyonce.sub\n\nf(x) := data.onlyonce.f(x)\n"
    policy_set({"a.rego": HEAD + "f(x) := x", "b.rego": sub})


def doubling(levels: int) -> str:
    steps = [f"f{n + 1}(x) := f{n}(x) + f{n}(x + 1)" for n in range(levels)]
    return "\n\n".join(["f0(x) := x", *steps, f"decision := f{levels}(1)"])


def test_calls_that_double_with_each_function_are_refused() -> None:
    assert problems(doubling(8)) == []
    (found,) = problems(doubling(40))
    assert found.endswith("causes more than 10000 calls of functions")


def test_the_longest_chain_that_is_let_in_does_not_exhaust_the_engine() -> None:
    steps = [f"f{n + 1}(x) := [y | y := f{n}(x)][0]" for n in range(MAX_RULES - 2)]
    chain = "\n".join(["f0(x) := x", *steps, f"decision := f{MAX_RULES - 2}(1)"])
    engine = new_engine(policy_set({"a.rego": HEAD + chain}))
    engine.set_input_json("{}")
    assert engine.eval_rule_as_json("data.onlyonce.decision") == "1"
    assert problems(chain + "\n\none_more := 1") == [f"m0.rego: the set has more than {MAX_RULES} rules"]


@pytest.mark.parametrize("pair", ["[]", "{}", "()"])
def test_brackets_that_the_parser_would_be_hours_over_are_refused_at_once(pair: str) -> None:
    began = time.process_time()
    for levels in (17, 30, 20_000):
        (found,) = problems(f"decision := {pair[0] * levels}1{pair[1] * levels}")
        assert found.startswith("m0.rego:3: brackets are nested too deeply")
    assert time.process_time() - began < 2


def test_brackets_in_words_are_not_counted() -> None:
    quoted = (
        'decision := ["[[[[[[[[[[[[[[[[[[[[[[[[\\"[[", `[[[[[[[[[[[\n[[[[[[[[[[[`] # [[[[[[[[[[[[[[[[[[[[[['
    )
    assert problems(quoted) == []
    (found,) = check_text("x", "\n# [" + "\n" * 3 + "[" * 40)
    assert found.line == 5


def test_a_module_has_a_size() -> None:
    assert problems("# " + "x" * MAX_BYTES) == [f"m0.rego: has more than {MAX_BYTES} bytes"]


@pytest.mark.parametrize("call", ["numbers.range(1, 1000000000)", 'sprintf("%1000000000d", [1])'])
def test_nothing_is_made_by_a_number(call: str) -> None:
    (found,) = problems(f"decision := {call}")
    assert "neither a function of this set nor a builtin" in found


def test_the_built_in_set_is_far_from_every_bound(built_in: PolicySet) -> None:
    for name, text in built_in.modules.items():
        assert list(check_text(name, text * 4)) == [], name
    rules = sum(text.count("\n\n") for text in built_in.modules.values())
    assert rules < MAX_RULES
    assert all(path.stat().st_size < MAX_BYTES / 4 for path in BUILT_IN.glob("*.rego"))
