"""The commands of the keys that sign clients' tokens."""

from pathlib import Path

import pytest

from hub.cli import main
from hub.keys import KeyFolder


@pytest.fixture
def keys(tmp_path: Path) -> str:
    KeyFolder(tmp_path / "keys")
    return str(tmp_path / "keys")


def told(capsys: pytest.CaptureFixture[str]) -> list[list[str]]:
    return [line.split(" ", 1) for line in capsys.readouterr().out.splitlines()]


def test_the_next_key_is_to_come_and_then_signs(keys: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["keys", "tokens", "--keys", keys]) == 0
    ((first, state),) = told(capsys)
    assert state == "signs"
    assert main(["keys", "rotate-tokens", "--keys", keys]) == 0
    (still, signs), (_, comes) = told(capsys)
    assert (still, signs) == (first, "signs")
    assert comes.startswith("to come from 20")
    assert main(["keys", "rotate-tokens", "--keys", keys]) == 2
    assert "does not sign yet" in capsys.readouterr().err
    assert main(["keys", "rotate-tokens", "--keys", keys, "--at-once"]) == 0
    ((new, state),) = told(capsys)
    assert new != first
    assert state.startswith("signs from 20")


def test_a_key_may_sign_at_once_beside_the_one_before(keys: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["keys", "rotate-tokens", "--keys", keys, "--in", "0"]) == 0
    (_, before), (_, signs) = told(capsys)
    assert (before, signs[:8]) == ("accepted until its last token is over", "signs fr")


def test_no_moment_is_too_far(keys: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["keys", "rotate-tokens", "--keys", keys, "--in", "999999999"]) == 2
    assert "--in must be 0 to" in capsys.readouterr().err
