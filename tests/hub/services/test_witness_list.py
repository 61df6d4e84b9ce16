"""The operator's list of witnesses is read whole, or refused with its bad line."""

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from audit import WitnessKey
from hub.services.witness_list import quorum_of, read_places
from hub.settings import Settings, SettingsInvalid, read_settings

KEYS = [WitnessKey(f"w.example/{n}", Ed25519PrivateKey.generate().public_key()).text() for n in range(2)]
RENAMED = WitnessKey("w.example/another", WitnessKey.read(KEYS[0]).key).text()


def settings(tmp_path: Path, *lines: str, **more: str) -> Settings:
    file = tmp_path / "witnesses"
    file.write_text("".join(f"{line}\n" for line in lines), "utf-8")
    return read_settings({"ONLYONCE_CATALOGUE": str(tmp_path), "ONLYONCE_WITNESSES": str(file), **more})


def test_each_line_is_an_address_and_a_key(tmp_path: Path) -> None:
    given = settings(tmp_path, "# ours", "", f"https://w.example/ {KEYS[0]}", f"http://127.0.0.1:1 {KEYS[1]}")
    places = read_places(given)
    assert [place.address for place in places] == ["https://w.example", "http://127.0.0.1:1"]
    assert [place.key.text() for place in places] == KEYS
    assert quorum_of(given, places) == 2


def test_without_a_list_there_are_none(tmp_path: Path) -> None:
    given = read_settings({"ONLYONCE_CATALOGUE": str(tmp_path)})
    assert (read_places(given), quorum_of(given, ())) == ((), 0)


@pytest.mark.parametrize(
    ("line", "what"),
    [
        (f"w.example {KEYS[1]}", "line 2: must be an address"),
        ("https://w.example", "line 2: must be an address"),
        (f"https://w.example {KEYS[1]} more", "line 2: must be an address"),
        (f"https://w.example {KEYS[1][:-4]}", "line 2: "),
        (f"https://w.example {KEYS[0]}", "one name stands there twice"),
        (f"https://w.example {RENAMED}", "one key stands there twice, under two names"),
    ],
    ids=range(6),
)
def test_a_bad_line_is_named(tmp_path: Path, line: str, what: str) -> None:
    with pytest.raises(SettingsInvalid, match=f"ONLYONCE_WITNESSES: {what}"):
        read_places(settings(tmp_path, f"https://w.example {KEYS[0]}", line))


def test_a_quorum_of_more_than_there_are_is_refused(tmp_path: Path) -> None:
    line = f"https://w.example {KEYS[0]}"
    with pytest.raises(SettingsInvalid, match="ONLYONCE_WITNESS_QUORUM"):
        read_places(settings(tmp_path, line, ONLYONCE_WITNESS_QUORUM="2"))
    with pytest.raises(SettingsInvalid, match="ONLYONCE_WITNESS_QUORUM"):
        settings(tmp_path, line, ONLYONCE_WITNESS_QUORUM="0")


def test_a_list_that_is_not_there_stops_the_boot(tmp_path: Path) -> None:
    with pytest.raises(SettingsInvalid, match="ONLYONCE_WITNESSES: there is no such file"):
        read_settings({"ONLYONCE_CATALOGUE": str(tmp_path), "ONLYONCE_WITNESSES": str(tmp_path / "absent")})
