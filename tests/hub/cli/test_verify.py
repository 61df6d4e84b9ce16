"""`onlyonce log verify`, and a demo whose log it verifies."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from hub.keys import KeyFolder
from tests.hub.cli.commands import onlyonce, tamper


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, subprocess.CompletedProcess[str]]:
    """A demo that ran once over a folder of its own."""
    data = tmp_path_factory.mktemp("demo")
    return data, onlyonce("demo", "--once", "--json", "--data", data)


@pytest.fixture
def copy(shown: tuple[Path, subprocess.CompletedProcess[str]], tmp_path: Path) -> Path:
    return Path(shutil.copytree(shown[0], tmp_path / "copy"))


def test_the_demo_prints_one_json_object_with_prefills_usage_and_the_verdict(
    shown: tuple[Path, subprocess.CompletedProcess[str]],
) -> None:
    data, done = shown
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert set(result) == {"prefills", "usage", "logVerified"}
    assert [prefill["formId"] for prefill in result["prefills"]] == [
        "study-grant", "company-subsidy", "sports-discount", "sports-discount",
        "adapted-transport", "adapted-transport",
    ]  # fmt: skip
    statuses = [{field["status"] for field in prefill["fields"].values()} for prefill in result["prefills"]]
    filled = {"filled"}
    assert statuses == [filled, filled, {"consentRequired"}, filled, {"filled", "denied"}, filled]
    assert result["logVerified"] is True
    assert [line["formId"] for line in result["usage"] if line["kind"] == "prefill"][-1] == "company-subsidy"
    assert (data / "hub.sqlite3").is_file()
    assert (data / "keys").is_dir()


def test_the_demo_shows_itself_again_over_the_same_state(
    shown: tuple[Path, subprocess.CompletedProcess[str]],
) -> None:
    data, first = shown
    again = onlyonce("demo", "--once", "--json", "--data", data)
    assert again.returncode == 0, again.stderr
    before, after = json.loads(first.stdout), json.loads(again.stdout)
    assert after["prefills"][0]["logIndex"] > before["prefills"][-1]["logIndex"]
    assert len(after["usage"]) > len(before["usage"])


def test_a_log_that_holds_verifies_with_and_without_keys(
    shown: tuple[Path, subprocess.CompletedProcess[str]],
) -> None:
    data, _ = shown
    url = f"sqlite:///{data / 'hub.sqlite3'}"
    assert onlyonce("log", "verify", "--database", url, "--keys", data / "keys").returncode == 0
    public = onlyonce("log", "verify", "--database", url)
    assert public.returncode == 0
    assert "public checks alone" in public.stdout
    assert "no signature checked" in public.stdout


def test_what_was_opened_forgotten_and_signed_is_said_and_no_more(
    shown: tuple[Path, subprocess.CompletedProcess[str]],
) -> None:
    data, _ = shown
    url = f"sqlite:///{data / 'hub.sqlite3'}"
    done = onlyonce("log", "verify", "--database", url, "--keys", data / "keys", "--json")
    report = json.loads(done.stdout)
    assert report["ok"] is True
    assert report["readable"] == report["signed"] == report["size"] > 0
    assert (report["forgotten"], report["intents"], report["problems"]) == (0, 0, [])
    said = onlyonce("log", "verify", "--database", url, "--keys", data / "keys").stdout
    assert "every entry was opened" in said
    assert f"the last counts {report['size']} entries (signatures checked)" in said


@pytest.mark.parametrize("form", [[], ["--pem"]])
def test_an_auditor_checks_signatures_with_the_public_key_alone(
    copy: Path, tmp_path: Path, form: list[str]
) -> None:
    published = onlyonce("log", "public-key", "--keys", copy / "keys", *form)
    assert published.returncode == 0, published.stderr
    named = (copy / "keys" / "log.origin").read_text("utf-8").strip()
    assert published.stdout.startswith("-----BEGIN PUBLIC KEY" if form else f"{named}+")
    (tmp_path / "key").write_text(published.stdout, "utf-8")
    url = tamper(copy)
    done = onlyonce("log", "verify", "--database", url, "--public-key", tmp_path / "key")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "signatures checked" in done.stdout
    other = tmp_path / "other"
    KeyFolder(other)
    (tmp_path / "key").write_text(onlyonce("log", "public-key", "--keys", other, *form).stdout, "utf-8")
    done = onlyonce("log", "verify", "--database", url, "--public-key", tmp_path / "key")
    assert done.returncode == 1
    assert "no known key signed the note" in done.stdout


def test_checkpoints_that_were_taken_away_are_missed_by_the_one_beside_the_keys(copy: Path) -> None:
    url = tamper(copy, "DELETE FROM audit_checkpoint")
    done = onlyonce("log", "verify", "--database", url, "--keys", copy / "keys")
    assert done.returncode == 1
    assert "one that was kept at" in done.stdout


def test_a_checkpoint_kept_elsewhere_is_taken_as_a_note_or_as_the_hub_keeps_it(
    copy: Path, tmp_path: Path
) -> None:
    kept = (copy / "keys" / "log.checkpoint").read_text("utf-8")
    (tmp_path / "note").write_text(kept.rpartition("\n\n")[0] + "\n", "utf-8")
    url = tamper(copy)
    for file in (tmp_path / "note", copy / "keys" / "log.checkpoint"):
        assert onlyonce("log", "verify", "--database", url, "--checkpoint", file).returncode == 0
    (tmp_path / "note").write_text(kept.replace("log\n", "log\n9", 1).rpartition("\n\n")[0] + "\n", "utf-8")
    done = onlyonce("log", "verify", "--database", url, "--checkpoint", tmp_path / "note")
    assert done.returncode == 1
    assert "is missing: a kept checkpoint counts 9" in done.stdout


@pytest.mark.parametrize("option", ["--checkpoint", "--public-key"])
@pytest.mark.parametrize(
    "content", [None, b"nonsense", b"\xff\xfe", b"a+b+c", b"-----BEGIN PUBLIC KEY-----\n"]
)
def test_a_file_that_is_of_no_use_is_named_and_the_question_not_answered(
    copy: Path, tmp_path: Path, option: str, content: bytes | None
) -> None:
    if content is not None:
        (tmp_path / "file").write_bytes(content)
    done = onlyonce("log", "verify", "--database", tamper(copy), option, tmp_path / "file")
    assert done.returncode == 2
    assert str(tmp_path / "file") in done.stderr
    assert "Traceback" not in done.stderr


def test_an_altered_entry_is_named_and_the_exit_code_says_no(
    shown: tuple[Path, subprocess.CompletedProcess[str]], tmp_path: Path
) -> None:
    data, _ = shown
    shutil.copytree(data, tmp_path / "copy")
    url = f"sqlite:///{tmp_path / 'copy' / 'hub.sqlite3'}"
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text("UPDATE audit_entry SET outcome = 'refused' WHERE leaf_index = 1"))
    engine.dispose()
    done = onlyonce("log", "verify", "--database", url, "--json")
    assert done.returncode == 1
    report = json.loads(done.stdout)
    assert report["ok"] is False
    assert report["problems"][0]["index"] == 1


def test_verifying_a_database_that_is_not_the_hubs_says_so(tmp_path: Path) -> None:
    done = onlyonce("log", "verify", "--database", f"sqlite:///{tmp_path}/empty.sqlite3")
    assert done.returncode == 2
    assert "Traceback" not in done.stderr


def test_keys_that_are_not_there_are_an_error_and_are_not_made(
    tmp_path: Path, shown: tuple[Path, object]
) -> None:
    url = f"sqlite:///{shown[0] / 'hub.sqlite3'}"
    done = onlyonce("log", "verify", "--database", url, "--keys", tmp_path / "nowhere")
    assert done.returncode == 2
    assert not (tmp_path / "nowhere").exists()


def test_serve_refuses_a_log_that_does_not_go_on_from_the_kept_checkpoint(copy: Path) -> None:
    url = tamper(
        copy,
        "UPDATE audit_head SET size = size - 1",
        "DELETE FROM audit_entry WHERE leaf_index = (SELECT max(leaf_index) FROM audit_entry)",
    )
    done = onlyonce(
        "serve", CATALOGUE=copy / "catalogue", KEYS=copy / "keys", DATABASE_URL=url, PORT=0,
        SECRETS=copy / "secrets" if (copy / "secrets").is_dir() else "", ADMIT_TEST_NUMBERS="true",
    )  # fmt: skip
    assert done.returncode == 2
    assert "does not go on from" in done.stderr
