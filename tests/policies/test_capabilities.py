"""What OPA is told a policy may use is what the hub's own screening lets through."""

import json
import subprocess
from pathlib import Path

import pytest

from policies.capabilities import FILE, capabilities, written
from policies.policy_set import BUILT_IN
from policies.screen import OUTSIDE, PURE

OPERATORS = {
    "and", "assign", "div", "eq", "equal", "gt", "gte", "internal.member_2", "internal.member_3", "lt", "lte", "minus",
    "mul", "neq", "or", "plus", "rem",
}  # fmt: skip


def check(opa: Path, *arguments: str | Path) -> "subprocess.CompletedProcess[str]":
    """`opa check` with the file."""
    command = [opa, "check", "--strict", "--max-errors", "0", "--capabilities", FILE, *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)


def test_the_file_lists_what_the_screening_admits_and_operators() -> None:
    names = [one["name"] for one in json.loads(FILE.read_text())["builtins"]]
    assert set(names) == PURE | OPERATORS
    assert len(names) == len(set(names))


def test_no_host_may_be_called_and_no_later_language_is_read() -> None:
    made = json.loads(FILE.read_text())
    assert made["allow_net"] == []
    assert made["features"] == ["rego_v1"]


def test_the_file_is_what_is_made_of_the_present_opa(opa_binary: Path) -> None:
    said = subprocess.run(
        [opa_binary, "capabilities", "--current"], capture_output=True, timeout=20, check=True
    )
    assert FILE.read_text("utf-8") == written(capabilities(json.loads(said.stdout)))


def test_the_policies_of_the_house_need_nothing_more(opa_binary: Path) -> None:
    done = check(opa_binary, "--ignore", "*_test.rego", BUILT_IN)
    assert done.returncode == 0, done.stderr


def test_what_reaches_out_is_unknown_to_opa(opa_binary: Path, tmp_path: Path) -> None:
    calls = "".join(f"x{number} := {name}({{}})\n\n" for number, name in enumerate(sorted(OUTSIDE)))
    (tmp_path / "out.rego").write_text(f"package onlyonce.out\n\n{calls}")
    done = check(opa_binary, tmp_path)
    assert done.returncode != 0
    for name in OUTSIDE:
        assert f"undefined function {name}" in done.stderr, name


@pytest.mark.parametrize("name", ["crypto.sha256", "regex.match", "json.marshal", "units.parse"])
def test_what_is_on_no_list_is_unknown_to_opa(name: str, opa_binary: Path, tmp_path: Path) -> None:
    (tmp_path / "other.rego").write_text(f'package onlyonce.other\n\nx := {name}("a")\n')
    assert f"undefined function {name}" in check(opa_binary, tmp_path).stderr


def test_what_the_house_needs_most_works_under_it(opa_binary: Path, tmp_path: Path) -> None:
    """A relation, membership and comprehensions are what a capabilities file breaks most easily."""
    (tmp_path / "uses.rego").write_text(
        "package onlyonce.uses\n\nx := [leaf | walk(input, [path, leaf]); count(path) > 0]\n\n"
        'y if "a" in input.names\n\nz if {\n\tsome k, v in input.facts\n\tstartswith(k, v)\n}\n'
    )
    done = check(opa_binary, tmp_path)
    assert done.returncode == 0, done.stderr
