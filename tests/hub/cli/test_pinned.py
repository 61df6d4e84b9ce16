"""`--witness` and `--quorum`: whose cosignatures a verifier wants."""

import argparse
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from audit import WitnessKey
from hub.cli.common import CannotAsk
from hub.cli.log.pinned import add_pinned, pinned

ONE, OTHER = (WitnessKey(f"w.example/{n}", Ed25519PrivateKey.generate().public_key()) for n in (1, 2))


def given(*arguments: str) -> tuple[list[WitnessKey], int]:
    parser = argparse.ArgumentParser()
    add_pinned(parser)
    return pinned(parser.parse_args(arguments))


def test_witnesses_are_told_by_their_keys_or_by_files_of_them_and_all_are_wanted(tmp_path: Path) -> None:
    (tmp_path / "other").write_text(f"{OTHER.text()}\n", "utf-8")
    told = ("--witness", ONE.text(), "--witness", str(tmp_path / "other"))
    assert given() == ([], 0)
    assert given(*told) == ([ONE, OTHER], 2)
    assert given(*told, "--quorum", "1") == ([ONE, OTHER], 1)


@pytest.mark.parametrize("more", [["--quorum", "0"], ["--quorum", "2"], ["--witness", "nowhere"]])
def test_what_cannot_be_meant_is_refused(more: list[str]) -> None:
    with pytest.raises(CannotAsk, match=more[0]):
        given("--witness", ONE.text(), *more)


@pytest.mark.parametrize("name", ["w.example/1", "w.example/another"])
def test_one_key_is_one_witness_under_whatever_names(name: str) -> None:
    with pytest.raises(CannotAsk, match="one key is given twice"):
        given("--witness", ONE.text(), "--witness", WitnessKey(name, ONE.key).text())
