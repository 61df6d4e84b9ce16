"""The commands of clients: what they print, and what they refuse."""

import json
from pathlib import Path

import pytest
from joserfc.jwk import ECKey

from hub.cli import main
from hub.database import migrate
from hub.demo.catalogues import write_demo_catalogue
from hub.identity import hash_secret
from hub.keys import KeyFolder

CLIENT = "grants-portal"
WHY = ("--reason", "its key was stolen", "--by", "tester")


@pytest.fixture(autouse=True)
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Settings of a hub."""
    database = f"sqlite:///{tmp_path / 'hub.sqlite3'}"
    migrate(database)
    KeyFolder(tmp_path / "keys")
    (tmp_path / "catalogue").mkdir()
    write_demo_catalogue(
        tmp_path / "catalogue",
        ECKey.generate_key("P-256").as_dict(private=False),
        hash_secret("a-secret-of-the-test"),
    )
    settings = {
        "DATABASE_URL": database,
        "KEYS": tmp_path / "keys",
        "CATALOGUE": tmp_path / "catalogue",
        "ADMIT_TEST_NUMBERS": "true",
    }
    for name, value in settings.items():
        monkeypatch.setenv(f"ONLYONCE_{name}", str(value))


def test_revoked_clients_are_listed_with_since_when_and_why(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["clients", "revoke", CLIENT, *WHY]) == 0
    assert capsys.readouterr().out == f"{CLIENT}: revoked; nothing leaves to it any more\n"
    assert main(["clients", "list", "--json"]) == 0
    revoked, other = json.loads(capsys.readouterr().out)["clients"]
    assert other == {"id": "municipal-forms", "revoked": False}
    assert (revoked["id"], revoked["revoked"], revoked["reason"]) == (CLIENT, True, WHY[1])
    assert main(["clients", "list"]) == 0
    first, second = capsys.readouterr().out.splitlines()
    assert first.startswith(f"{CLIENT} revoked 20")
    assert first.endswith(f"entry {revoked['entry']}: {WHY[1]}")
    assert second == "municipal-forms in force"
    assert main(["clients", "restore", CLIENT, *WHY]) == 0
    assert capsys.readouterr().out == f"{CLIENT}: in force again\n"
    assert main(["clients", "list"]) == 0
    assert "revoked" not in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["revoke", "nobody", *WHY], "the catalogue has no client nobody"),
        (["restore", CLIENT, *WHY], f"{CLIENT}: the client is not revoked"),
    ],
)
def test_what_changes_nothing_is_refused(
    capsys: pytest.CaptureFixture[str], arguments: list[str], why: str
) -> None:
    assert main(["clients", *arguments]) == 2
    assert why in capsys.readouterr().err


def test_a_reason_repeats_no_national_number(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["clients", "revoke", CLIENT, "--reason", "for 85.07.30-033.28"])
    assert "85.07.30" not in capsys.readouterr().err
