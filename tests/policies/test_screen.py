"""What a policy may not reach for, however it is spelt."""

import json
import subprocess
from pathlib import Path

import pytest
import regorus

from policies import PolicyInvalid, load_policies, policy_set
from policies.embedded import new_engine
from policies.screen import NAMESPACES, OUTSIDE, PURE


def problems(*lines: str, package: str = "onlyonce") -> list[str]:
    """What is said about a module of these lines; the first of them is line 3."""
    try:
        policy_set({"rule.rego": "\n".join([f"package {package}", "", *lines, ""])})
    except PolicyInvalid as refused:
        return [str(problem) for problem in refused.problems]
    return []


FORBIDDEN = [
    ('x := http.send({"url": "http://example.org"})', "`http.send` calls out to the network"),
    ("x := time.now_ns()", "`time.now_ns` reads the clock: the time is input"),
    ('x := rand.intn("a", 10)', "`rand.intn` draws lots"),
    ("x := opa.runtime()", "`opa.runtime` looks at the machine it runs on"),
    ('x := net.lookup_ip_addr("example.org")', "`net.lookup_ip_addr` calls out to the network"),
    ('x := uuid.rfc4122("a")', "`uuid.rfc4122` draws lots"),
    ("x := io.jwt.decode_verify(input.t, {})", "`io.jwt.decode_verify` reads the clock: the time is input"),
    ("x := json.match_schema(input, {})", "`json.match_schema` can call out to the network"),
    ("x := rego.parse_module(`a`, `b`)", "`rego.parse_module` looks at policies"),
    ("x if print(input)", "`print` writes what it sees to a log"),
    ("x if trace(`a`)", "`trace` writes what it sees to a log"),
    # however it is spelt
    ('x := http["send"]({})', "`http.send` calls out to the network"),
    ('x := http["\\u0073end"]({})', "`http.send` calls out to the network"),
    ('x := time["now_ns"]()', "`time.now_ns` reads the clock: the time is input"),
    # wherever it stands
    ("x if { time.now_ns(t); t > 1 }", "`time.now_ns` reads the clock: the time is input"),
    ("x if not time.now_ns() > 1", "`time.now_ns` reads the clock: the time is input"),
    ("x := 1 if { false } else := time.now_ns()", "`time.now_ns` reads the clock: the time is input"),
    ("x := [t | t := time.now_ns()]", "`time.now_ns` reads the clock: the time is input"),
    ("x := {t: 1 | t := time.now_ns()}", "`time.now_ns` reads the clock: the time is input"),
    ("x contains time.now_ns()", "`time.now_ns` reads the clock: the time is input"),
    ("x[time.now_ns()] := 1 if true", "`time.now_ns` reads the clock: the time is input"),
    ("x := input.a[time.now_ns()]", "`time.now_ns` reads the clock: the time is input"),
    ("x := {`a`: [time.now_ns()]}[`a`][0]", "`time.now_ns` reads the clock: the time is input"),
    ("x := -(time.now_ns() - 1)", "`time.now_ns` reads the clock: the time is input"),
    ("x := count([time.now_ns()])", "`time.now_ns` reads the clock: the time is input"),
    ("x if { every i in [1] { time.now_ns() > i } }", "`time.now_ns` reads the clock: the time is input"),
    ("x if { some i in [time.now_ns()]; i > 1 }", "`time.now_ns` reads the clock: the time is input"),
    ("f(a) := a + time.now_ns()", "`time.now_ns` reads the clock: the time is input"),
    ("default x := 1\nx := time.now_ns()", "`time.now_ns` reads the clock: the time is input"),
    ("x := y if { y := 1 } with input as time.now_ns()", "not Rego"),
    ("x if { true with input.a as time.now_ns() }", "`time.now_ns` reads the clock: the time is input"),
    # named without being called
    ("x if { count([1]) == 1 with count as http.send }", "`http.send` calls out to the network"),
    ("x if { count([1]) == 1 with count as http.send }", "`with` replaces something other than input"),
    ("x if { input.a with data.onlyonce.f as time.now_ns }", "`with` replaces something other than input"),
    ("x if { input.a with http.send as count }", "`with` replaces something other than input"),
    (
        "x if { true with data.onlyonce.client.authorised as true }",
        "`with` replaces something other than input",
    ),
    ("x := time.now_ns", "`time.now_ns` reads the clock: the time is input"),
    # behind another name
    ("import data.onlyonce.a as http\nx := http.send({})", "`http` is the name of builtins"),
    ("import input.time\nx := time.now_ns()", "`time` is the name of builtins"),
    ("import data.time\nx := time.now_ns()", "`time` is the name of builtins"),
    ("http.send(x) := x", "`http` is the name of builtins"),
    ("count(x) := x", "`count` is the name of builtins"),
    ("print(x) := x", "`print` is the name of builtins"),
    ("default time := 1", "`time` is the name of builtins"),
    # not on the list, or not there at all
    ("x := crypto.sha256(`a`)", "`crypto.sha256` is neither"),
    ("x := io.jwt.decode(`a`)", "`io.jwt.decode` is neither"),
    ("x := regex.match(`a`, `a`)", "`regex.match` is neither"),
    ("x := some_later_builtin(1)", "`some_later_builtin` is neither"),
    ("x := data.onlyonce.nothing(1)", "`data.onlyonce.nothing` is neither"),
    ("import data.onlyonce.a as b\nx := b.f(1)", "`data.onlyonce.a.f` is neither"),
    ("x := input.f(1)", "`input.f` is neither"),
    # the hub's own word
    ("revision := `1`", "`onlyonce.revision` is the hub's to say"),
    ("default revision := `1`", "`onlyonce.revision` is the hub's to say"),
    ("revision.x := 1", "`onlyonce.revision` is the hub's to say"),
    # what one does not see
    ("# a comment\rx := time.now_ns()", "a control character or an invisible one"),
    ("# a comment\u2028x := time.now_ns()", "a control character or an invisible one"),
    ("x := `a\u202eb`", "a control character or an invisible one"),
    ("x := 1 \x00", "a control character or an invisible one"),
    # no Rego, for one of the engines at least
    ("x := http . send({})", "not Rego: invalid whitespace before ."),
    ("x := http.\nsend({})", "not Rego"),
    ('x := $"{time.now_ns()}"', "not Rego: invalid character"),
    ("x := ", "not Rego"),
    ("import http as h\nx := h.send({})", "not Rego: import path must begin with"),
    ("x if { some i; time[i]() }", "not Rego"),
]


@pytest.mark.parametrize(("text", "said"), FORBIDDEN, ids=[f"{n}" for n in range(len(FORBIDDEN))])
def test_a_policy_that_reaches_out_is_refused_with_file_and_line(text: str, said: str) -> None:
    lines = text.split("\n")
    found = problems(*lines)
    assert any(said in problem for problem in found), found
    assert all(problem.startswith("rule.rego:") for problem in found)


def test_the_line_named_is_the_offending_one() -> None:
    assert problems("a := 1", "", "b := 2", "c if {", "\td := 1", "\td < time.now_ns()", "}") == [
        "rule.rego:8: `time.now_ns` reads the clock: the time is input"
    ]


def test_every_problem_is_named_and_in_order() -> None:
    with pytest.raises(PolicyInvalid) as refused:
        policy_set(
            {
                "b.rego": "package onlyonce.b\nx := opa.runtime()\ny := time.now_ns()",
                "a.rego": "package onlyonce.a\nx := ",
            }
        )
    assert [(p.file, p.line) for p in refused.value.problems] == [("a.rego", 2), ("b.rego", 2), ("b.rego", 3)]


@pytest.mark.parametrize("package", ["system.log", "other", "data.onlyonce", "onlyoncer", "system.authz"])
def test_a_package_outside_the_set_is_refused(package: str) -> None:
    assert any("the package is not `onlyonce`" in problem for problem in problems("x := 1", package=package))


def test_a_package_where_the_revision_stands_is_refused() -> None:
    assert problems("x := 1", package="onlyonce.revision")


def test_words_in_strings_and_comments_are_no_calls() -> None:
    assert not problems(
        "# http.send is never called, nor time.now_ns()", 'x := "http.send({})"', "y := `time.now_ns()`"
    )


def test_what_policies_need_is_admitted() -> None:
    assert not problems(
        "import data.onlyonce.other",
        "f(x) := count(x) if is_array(x)",
        "x := f(input.list) if other.ready",
        "y := data.onlyonce.f([1]) if { input.a with input.a as 1 }",
        "z := time.clock([input.time * 1000000, `Europe/Brussels`])",
    )


def test_a_function_of_another_module_of_the_set_may_be_called() -> None:
    made = policy_set(
        {
            "a.rego": "package onlyonce.a\nf(x) := x + 1\ng.h(x) := x + 2",
            "b.rego": "package onlyonce\nimport data.onlyonce.a\nx := a.f(1)\ny := a.g.h(1)",
        }
    )
    assert json.loads(new_engine(made).eval_rule_as_json("data.onlyonce.y")) == 3


def test_an_empty_folder_is_no_policy_set(tmp_path: Path) -> None:
    with pytest.raises(PolicyInvalid, match="no policies here"):
        load_policies(tmp_path)


def test_an_unreadable_file_is_named_without_its_content(tmp_path: Path) -> None:
    (tmp_path / "latin.rego").write_bytes(b"package onlyonce\n# caf\xe9")
    with pytest.raises(PolicyInvalid, match=r"latin\.rego: cannot be read"):
        load_policies(tmp_path)


def _builtins(opa_binary: Path) -> list[dict[str, object]]:
    said = subprocess.run([opa_binary, "capabilities", "--current"], capture_output=True, check=True).stdout
    found: list[dict[str, object]] = json.loads(said)["builtins"]
    return found


def test_the_list_of_pure_builtins_fits_the_real_opa(opa_binary: Path) -> None:
    builtins = {str(b["name"]): b for b in _builtins(opa_binary)}
    assert builtins.keys() >= PURE
    assert not [name for name in PURE if builtins[name].get("nondeterministic")]
    assert {name for name, b in builtins.items() if b.get("nondeterministic")} <= OUTSIDE.keys()
    assert {name.split(".")[0] for name in builtins if "." in name} <= NAMESPACES


def _is_known(name: str, arguments: int) -> bool:
    engine = regorus.Engine()
    try:
        engine.eval_query_as_json(f"{name}({', '.join(['1'] * arguments)})")
    except RuntimeError as error:
        return "could not find function" not in str(error)
    return True


def test_every_pure_builtin_is_known_to_the_embedded_engine() -> None:
    assert not [name for name in PURE if not any(_is_known(name, n) for n in range(1, 5))]
