"""`onlyonce policies test`: a folder of policies is checked, and every tool says what it found."""

import shutil
from pathlib import Path

import pytest

from hub.cli import main
from policies.policy_set import BUILT_IN
from tests.support.machine import ROOT

OWN = """package onlyonce

decision := {"revision": data.onlyonce.revision, "attributes": {}}

other := 1 if input.a

other := 2 if input.b
"""
TEST = """package onlyonce_test

test_nothing_is_decided if {
	answer := data.onlyonce.decision with data.onlyonce.revision as "r"
	answer.attributes == {}
}
"""


@pytest.fixture
def folder(opa_binary: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setenv("OPA", str(opa_binary))
    monkeypatch.chdir(tmp_path)
    made = tmp_path / "own"
    made.mkdir()
    return made


def test_the_hubs_own_policies_are_as_they_should_be(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    assert main(["policies", "test"]) == 0
    said = capsys.readouterr().out
    for about in ("format", "strict check", "capabilities", "tests: PASS", "coverage", "regal"):
        assert f"\n{about}" in f"\n{said}"


def test_what_no_test_reaches_is_told(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "own.rego").write_text(OWN)
    (folder / "own_test.rego").write_text(TEST)
    assert main(["policies", "test", "--policies", str(folder)]) == 1
    said = capsys.readouterr().out
    assert "at least 95 %" in said
    assert "own.rego:5: no test gets here" in said


def test_a_test_that_fails_and_a_file_out_of_shape_are_told(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(BUILT_IN, folder, dirs_exist_ok=True)
    file = folder / "channel.rego"
    file.write_text(file.read_text().replace("allowed if {", "allowed   if {\n\tfalse"))
    assert main(["policies", "test", "--policies", str(folder)]) == 1
    said = capsys.readouterr().out
    assert "format: not as it should be" in said
    assert "tests: not as it should be" in said
    assert "test_a_channel_of_the_activity_is_open" in said


def test_without_opa_the_missing_tool_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("OPA", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    assert main(["policies", "test"]) != 0
    assert "OPA is not on this machine" in capsys.readouterr().err
