"""Loading, naming and exporting a policy set."""

import json
from pathlib import Path

import pytest

from policies import PolicyInvalid, PolicySet, export, load_policies, policy_set
from policies.embedded import EmbeddedDecisionPoint
from policies.opa import OpaDecisionPoint
from tests.policies.opa_server import running_opa
from tests.policies.questions import question


def test_tests_are_no_part_of_a_set(built_in: PolicySet) -> None:
    assert "decision.rego" in built_in.modules
    assert not [name for name in built_in.modules if name.endswith("_test.rego")]


def test_a_set_of_a_folder_and_its_subfolders_is_the_set_of_its_files(tmp_path: Path) -> None:
    modules = {"a.rego": "package onlyonce\nx := 1\n", "more/b.rego": "package onlyonce.b\ny := 2\n"}
    for name, text in modules.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    (tmp_path / "a_test.rego").write_text("no Rego at all")
    (tmp_path / "notes.txt").write_text("nor this")
    assert load_policies(tmp_path) == policy_set(modules)


def test_any_change_changes_the_revision() -> None:
    one = policy_set({"a.rego": "package onlyonce\nx := 1"})
    others = [
        policy_set({"a.rego": "package onlyonce\nx := 2"}),
        policy_set({"a.rego": "package onlyonce\nx := 1\n"}),
        policy_set({"b.rego": "package onlyonce\nx := 1"}),
        policy_set({"a.rego": "package onlyonce\nx := 1", "b.rego": "package onlyonce\ny := 1"}),
    ]
    revisions = {one.revision, *(other.revision for other in others)}
    assert len(revisions) == 5
    assert all(len(revision) == 64 and int(revision, 16) >= 0 for revision in revisions)


def test_the_order_of_files_does_not_matter() -> None:
    modules = {"a.rego": "package onlyonce\nx := 1", "b.rego": "package onlyonce\ny := 1"}
    assert policy_set(modules).revision == policy_set(dict(reversed(modules.items()))).revision


def test_a_set_cannot_be_changed(built_in: PolicySet) -> None:
    with pytest.raises(TypeError):
        built_in.modules["x.rego"] = ""  # type: ignore[index]


def test_an_export_is_the_set_again(built_in: PolicySet, tmp_path: Path) -> None:
    export(built_in, tmp_path / "out")
    assert load_policies(tmp_path / "out") == built_in
    assert json.loads((tmp_path / "out" / "data.json").read_text()) == {
        "onlyonce": {"revision": built_in.revision}
    }
    manifest = json.loads((tmp_path / "out" / ".manifest").read_text())
    assert manifest["revision"] == built_in.revision
    assert manifest["roots"] == ["onlyonce"]


def test_an_export_replaces_an_earlier_one(built_in: PolicySet, tmp_path: Path) -> None:
    export(
        policy_set({"old.rego": "package onlyonce\nx := 1", "more/old.rego": "package onlyonce.b\ny := 1"}),
        tmp_path,
    )
    export(built_in, tmp_path)
    assert load_policies(tmp_path) == built_in


def test_a_stranger_in_an_earlier_export_is_left_alone(built_in: PolicySet, tmp_path: Path) -> None:
    export(built_in, tmp_path)
    (tmp_path / "notes.txt").write_text("mine")
    before = sorted(tmp_path.iterdir())
    with pytest.raises(FileExistsError):
        export(policy_set({"new.rego": "package onlyonce\nx := 1"}), tmp_path)
    assert sorted(tmp_path.iterdir()) == before


def test_an_export_does_not_mix_with_what_is_there(built_in: PolicySet, tmp_path: Path) -> None:
    (tmp_path / "other.rego").write_text("package onlyonce\nx := 1")
    with pytest.raises(FileExistsError):
        export(built_in, tmp_path)
    assert [p.name for p in tmp_path.iterdir()] == ["other.rego"]


async def test_a_server_that_loads_the_export_as_a_bundle_decides_too(
    built_in: PolicySet, opa_binary: Path, tmp_path: Path
) -> None:
    export(built_in, tmp_path / "bundle")
    with running_opa(opa_binary, tmp_path, "--bundle", tmp_path / "bundle") as server:
        point = OpaDecisionPoint(server.url, built_in.revision, deadline=5)
        await point.start()
        there = await point.decide(question())
        await point.close()
    assert there == await EmbeddedDecisionPoint(built_in).decide(question())


async def test_a_set_of_ones_own_decides(tmp_path: Path) -> None:
    (tmp_path / "mine.rego").write_text(
        "package onlyonce\n"
        'decision := {"revision": data.onlyonce.revision, "attributes": {name: {"decision": "deny",\n'
        '\t"reason": "purposeNotAuthorised", "rule": "onlyonce.never"} | some name, _ in input.attributes}}\n'
    )
    decided = await EmbeddedDecisionPoint(load_policies(tmp_path)).decide(question())
    assert decided.rulings["person.familyName"].rule == "onlyonce.never"


def test_the_problems_read_as_a_compiler_says_them(tmp_path: Path) -> None:
    (tmp_path / "a.rego").write_text("package onlyonce\n\nx := time.now_ns()\n")
    with pytest.raises(PolicyInvalid) as refused:
        load_policies(tmp_path)
    assert str(refused.value) == "a.rego:3: `time.now_ns` reads the clock: the time is input"
