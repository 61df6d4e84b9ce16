"""`onlyonce log keys` and `onlyonce log rotate-key`."""

from pathlib import Path
from typing import Any

import pytest

from audit.checkpoints.checkpoint import read_verifier_key
from hub.cli import main
from hub.keys import KeyFolder
from hub.log_keys import LogKeys


@pytest.fixture
def told(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> object:
    monkeypatch.setenv("ONLYONCE_PUBLIC_URL", "https://hub.example")

    def run(*arguments: str | Path) -> tuple[int, str, str]:
        code = main(["log", *map(str, arguments)])
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


def test_another_key_is_made_once_and_all_are_listed(tmp_path: Path, told: Any) -> None:
    folder = tmp_path / "keys"
    KeyFolder(folder)
    _, before, _ = told("keys", "--keys", folder)
    code, made, _ = told("rotate-key", "--keys", folder)
    assert code == 0
    _, after, _ = told("keys", "--keys", folder)
    assert after == before + made
    assert told("public-key", "--keys", folder)[1] == made
    assert [read_verifier_key(line)[0] for line in after.splitlines()] == ["hub.example/log"] * 2
    code, _, error = told("rotate-key", "--keys", folder)
    assert code == 2
    assert "does not sign alone yet" in error
    assert len(LogKeys(folder).public) == 2


@pytest.mark.parametrize("command", ["keys", "rotate-key"])
def test_a_folder_without_keys_is_named_and_left_alone(tmp_path: Path, told: Any, command: str) -> None:
    code, _, error = told(command, "--keys", tmp_path)
    assert code == 2
    assert str(tmp_path) in error
    assert not list(tmp_path.iterdir())
