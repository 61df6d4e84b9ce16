import shutil
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from hub.demo.catalogues import DEMO_CATALOGUE
from tests.hub.cli.commands import onlyonce


@pytest.fixture
def catalogue(tmp_path: Path) -> Path:
    return Path(shutil.copytree(DEMO_CATALOGUE, tmp_path / "catalogue"))


def test_a_form_about_persons_without_a_basis_for_their_number_is_refused_with_its_line(
    catalogue: Path,
) -> None:
    file = catalogue / "activities.yaml"
    lines = file.read_text("utf-8").splitlines(keepends=True)
    begins = lines.index("    nationalNumberBasis:\n")
    file.write_text("".join(lines[:begins] + lines[begins + 6 :]), "utf-8")
    done = onlyonce("check", catalogue)
    assert done.returncode == 1
    assert (
        "activities.yaml:3: activity 'study-grant-decision': 'nationalNumberBasis' is missing" in done.stderr
    )
    assert "the form 'study-grant' (forms.yaml:3) is about persons" in done.stderr


def test_a_sound_catalogue_is_called_sound(catalogue: Path) -> None:
    done = onlyonce("check", catalogue)
    assert done.returncode == 0, done.stderr
    assert "sound" in done.stdout


def test_offenders_are_named_with_file_and_line_and_the_exit_code_says_no(catalogue: Path) -> None:
    forms = catalogue / "forms.yaml"
    forms.write_text(forms.read_text("utf-8").replace("person.familyName", "person.familyNam", 1), "utf-8")
    done = onlyonce("check", catalogue)
    assert done.returncode == 1
    assert "forms.yaml:" in done.stderr
    assert "person.familyNam" in done.stderr


def test_check_takes_the_folder_of_the_settings(catalogue: Path) -> None:
    assert onlyonce("check", CATALOGUE=catalogue).returncode == 0


def test_wrong_settings_are_named_all_at_once_before_anything_starts() -> None:
    done = onlyonce("serve", PORT="eighty", NONSENSE="1")
    assert done.returncode == 2
    assert "ONLYONCE_PORT" in done.stderr
    assert "ONLYONCE_NONSENSE" in done.stderr
    assert "Traceback" not in done.stderr


def test_serve_refuses_an_older_schema_and_says_what_to_run(catalogue: Path, tmp_path: Path) -> None:
    done = onlyonce(
        "serve", CATALOGUE=catalogue, KEYS=tmp_path / "keys", DATABASE_URL=f"sqlite:///{tmp_path}/hub.sqlite3"
    )
    assert done.returncode == 2
    assert "onlyonce database migrate" in done.stderr


def test_serve_refuses_a_catalogue_with_offenders(catalogue: Path, tmp_path: Path) -> None:
    (catalogue / "more.yaml").write_text("forms:\n  broken: {}\n", "utf-8")
    done = onlyonce(
        "serve", CATALOGUE=catalogue, KEYS=tmp_path / "keys", DATABASE_URL=f"sqlite:///{tmp_path}/hub.sqlite3"
    )
    assert done.returncode == 2
    assert "more.yaml:" in done.stderr
    assert "Traceback" not in done.stderr


def test_serve_refuses_a_source_slower_than_a_consultation_may_last(catalogue: Path, tmp_path: Path) -> None:
    done = onlyonce("serve", CATALOGUE=catalogue, KEYS=tmp_path / "keys", ORPHAN_AFTER_S=2)
    assert done.returncode == 2
    assert "ONLYONCE_ORPHAN_AFTER_S" in done.stderr
    assert "national-register" in done.stderr


def test_serve_refuses_the_keys_of_another_database(catalogue: Path, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/hub.sqlite3"
    onlyonce("database", "migrate", DATABASE_URL=url)
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text("INSERT INTO hub_identity_keyprint VALUES ('handles', 'another')"))
    engine.dispose()
    done = onlyonce("serve", CATALOGUE=catalogue, KEYS=tmp_path / "keys", DATABASE_URL=url)
    assert done.returncode == 2
    assert "not the keys of this database: handles" in done.stderr


def test_serve_refuses_a_policy_that_reads_the_clock(catalogue: Path, tmp_path: Path) -> None:
    (tmp_path / "policies").mkdir()
    (tmp_path / "policies" / "clock.rego").write_text(
        "package onlyonce\n\nlate if time.now_ns() > 0\n", "utf-8"
    )
    done = onlyonce("serve", CATALOGUE=catalogue, POLICIES=tmp_path / "policies", KEYS=tmp_path / "keys")
    assert done.returncode == 2
    assert "clock.rego" in done.stderr
    assert "time.now_ns" in done.stderr


def test_a_secret_is_hashed_from_standard_input_and_never_repeated() -> None:
    done = onlyonce("clients", "hash-secret", stdin="a-long-enough-secret-for-a-client\n")
    assert done.returncode == 0
    assert done.stdout.startswith("scrypt$")
    assert "a-long-enough" not in done.stdout + done.stderr


def test_a_short_secret_is_refused() -> None:
    done = onlyonce("clients", "hash-secret", stdin="hunter2\n")
    assert done.returncode == 2
    assert "hunter2" not in done.stdout + done.stderr


def test_a_mistyped_name_leaves_no_file(catalogue: Path, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/mistyped.sqlite3"
    for command in (["log", "verify"], ["serve"]):
        done = onlyonce(*command, CATALOGUE=catalogue, KEYS=tmp_path / "keys", DATABASE_URL=url)
        assert done.returncode == 2
        assert "there is no database" in done.stderr
        assert not (tmp_path / "mistyped.sqlite3").exists()


@pytest.mark.parametrize(
    "command", [["log", "verify", "--database"], ["database", "migrate", "--database"], ["serve"]]
)
@pytest.mark.parametrize("kind", ["nobody listens", "not a database"])
def test_a_database_that_cannot_be_reached_is_no_verdict(
    catalogue: Path, tmp_path: Path, command: list[str], kind: str
) -> None:
    (tmp_path / "text").write_text("this is no database " * 100, "utf-8")
    url = {
        "nobody listens": "postgresql+psycopg://someone:pass-word@127.0.0.1:1/hub",
        "not a database": f"sqlite:///{tmp_path}/text",
    }[kind]
    given = [] if command == ["serve"] else [url]
    done = onlyonce(*command, *given, CATALOGUE=catalogue, KEYS=tmp_path / "keys", DATABASE_URL=url)
    assert done.returncode == 2
    assert "the database cannot be used" in done.stderr
    assert "Traceback" not in done.stderr
    assert "pass-word" not in done.stderr


def test_help_names_every_command() -> None:
    done = onlyonce("--help")
    for command in ("serve", "demo", "check", "database", "log", "policies", "clients"):
        assert command in done.stdout
