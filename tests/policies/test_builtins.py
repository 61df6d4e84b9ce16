"""What policies may call answers alike on both engines, on values such as facts are."""

import itertools
import json
import random
import subprocess
from pathlib import Path

import pytest
import regorus

from policies.screen import PURE

TEXTS = ['""', '"a"', '"b-c"', '"6(1)(e)"', '"person.birthDate"', '" x "', '"été"']
NUMBERS = ["0", "1", "3", "-2", "200", "1764000000000"]
LISTS = ["[]", "[1, 2, 3]", '["a", "b"]', '["b", "a", "b"]', "[[1], [2, 3]]"]
SETS = ["set()", "{1, 2}", '{"a", "b"}', '{"b"}']
OBJECTS = ["{}", '{"a": 1}', '{"a": {"b": 2}, "c": [1]}', '{"b": 1, "a": null}']
ANY = ["null", "true", *TEXTS[:4], *NUMBERS[:4], *LISTS, *SETS, *OBJECTS]
NANOSECONDS = ["0", "1764000000000000000", "951782400000000000", '[1764000000000000000, "Europe/Brussels"]']
SOME = 24

ARGUMENTS: dict[str, list[list[str]]] = {
    **{
        key: [ANY]
        for key in ["is_array", "is_boolean", "is_null", "is_number", "is_object", "is_set", "is_string"]
    },
    **{key: [ANY] for key in ["type_name", "walk"]},
    **{key: [TEXTS] for key in ["lower", "upper", "strings.reverse", "trim_space"]},
    **{
        key: [TEXTS, TEXTS]
        for key in ["contains", "endswith", "startswith", "trim", "trim_left", "trim_right"]
    },
    **{key: [TEXTS, TEXTS] for key in ["trim_prefix", "trim_suffix", "split"]},
    **{
        key: [TEXTS, ['["a", "b"]', '{"p"}', "[]"]]
        for key in ["strings.any_prefix_match", "strings.any_suffix_match"]
    },
    **{key: [NUMBERS, NUMBERS] for key in ["bits.and", "bits.or", "bits.xor"]},
    **{key: [LISTS + SETS] for key in ["max", "min", "sort"]},
    **{key: [["[]", "[1, 2, 3]", "{4, 5}"]] for key in ["sum", "product"]},
    **{key: [["{{1}, {1, 2}}", "{set(), {1}}", "{{1}}"]] for key in ["union", "intersection"]},
    **{key: [OBJECTS, ['["a"]', '{"b"}', '{"c": 1}']] for key in ["object.filter", "object.remove"]},
    **{key: [NANOSECONDS] for key in ["time.clock", "time.date", "time.weekday"]},
    "abs": [NUMBERS],
    "array.concat": [LISTS, LISTS],
    "array.reverse": [LISTS],
    "array.slice": [LISTS, ["0", "1"], ["1", "2", "3"]],
    "concat": [TEXTS, ['["a", "b"]', '{"b", "a"}', "[]"]],
    "count": [[*TEXTS, *LISTS, *SETS, *OBJECTS]],
    "object.get": [OBJECTS, ['"a"', '"x"', '["a", "b"]'], ["null", "1"]],
    "object.keys": [OBJECTS],
    "object.union": [OBJECTS, OBJECTS],
    "object.union_n": [['[{"a": 1}, {"a": 2, "b": 3}]', "[]", '[{"a": {"b": 1}}, {"a": {"c": 2}}]']],
    "replace": [TEXTS, ['"a"', '"("', '"ê"'], ['""', '"x"']],
    "strings.replace_n": [['{"a": "b"}', '{"6": "9", "(": ""}'], TEXTS],
    "time.diff": [NANOSECONDS, NANOSECONDS],
    "time.parse_rfc3339_ns": [['"2026-11-23T10:00:00Z"', '"2026-02-28T23:59:59.123+01:00"', '"2026"']],
}


def calls(name: str) -> list[str]:
    """Some calls, always the same."""
    if name == "walk":
        return [f"[[p, v] | walk({value}, [p, v])]" for value in ANY]
    every = [f"{name}({', '.join(given)})" for given in itertools.product(*ARGUMENTS[name])]
    return every if len(every) <= SOME else random.Random(name).sample(every, SOME)


def by_opa(expressions: list[str], binary: Path, folder: Path) -> list[object]:
    """What each comes to; None where it is undefined."""
    module = folder / "calls.rego"
    lines = [f"r{place} := y if {{ y := {one} }}" for place, one in enumerate(expressions)]
    module.write_text("\n".join(["package calls", *lines]))
    command: list[str | Path] = [binary, "eval", "--format", "raw", "-d", module, "data.calls"]
    found = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
    return [found.get(f"r{place}") for place in range(len(expressions))]


def by_regorus(expression: str) -> object:
    engine = regorus.Engine()
    engine.add_policy("calls.rego", f"package calls\n\nr := y if {{ y := {expression} }}")
    engine.set_input_json("{}")
    try:
        found = json.loads(engine.eval_rule_as_json("data.calls.r"))
    except RuntimeError:
        return None  # an error is no decision, as an undefined one is
    return None if found == "<undefined>" else found


def test_every_builtin_is_compared() -> None:
    assert set(ARGUMENTS) == PURE


def test_both_engines_answer_alike(opa_binary: Path, tmp_path: Path) -> None:
    expressions = [one for name in sorted(PURE) for one in calls(name)]
    found = by_opa(expressions, opa_binary, tmp_path)
    apart = {
        one: (theirs, ours)
        for one, theirs in zip(expressions, found, strict=True)
        if theirs != (ours := by_regorus(one))
    }
    assert apart == {}
    assert sum(value is not None for value in found) > len(expressions) * 0.8


@pytest.mark.parametrize(
    "name",
    [
        "sprintf",
        "json.remove",
        "time.add_date",
        "ceil",
        "floor",
        "round",
        "to_number",
        "substring",
        "indexof",
        "object.subset",
    ],
)
def test_what_the_engines_answer_differently_is_not_on_the_list(name: str) -> None:
    assert name not in PURE
