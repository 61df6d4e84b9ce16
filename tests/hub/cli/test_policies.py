"""The command makes keys and signed bundles, and the hub takes nothing else where it was told so."""

import json
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from hub.database import migrate, open_engine
from hub.demo.catalogues import DEMO_CATALOGUE
from hub.oversight import activate, active
from policies import load_policies, read_policies
from policies.signing import read_signing_key
from tests.hub.cli.commands import onlyonce
from tests.policies.bundles import built, packed, unpacked


@pytest.fixture(scope="module")
def key(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A key that the command made."""
    path = tmp_path_factory.mktemp("key") / "policies.pem"
    done = onlyonce("policies", "keygen", path)
    assert done.returncode == 0, done.stderr
    return path


def public(key: Path) -> Path:
    return key.with_name(f"{key.name}.pub")


def test_only_its_owner_can_read_a_new_key(key: Path) -> None:
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert b"PUBLIC KEY" in public(key).read_bytes()


def test_a_key_is_never_written_over(key: Path) -> None:
    before = key.read_bytes()
    done = onlyonce("policies", "keygen", key)
    assert done.returncode == 2
    assert str(key) in done.stderr
    assert key.read_bytes() == before


@pytest.mark.parametrize("kind", ["p256", "ed25519"])
def test_a_bundle_is_the_hubs_own_policies_unless_others_are_named(kind: str, tmp_path: Path) -> None:
    key, made = tmp_path / "key", tmp_path / "bundle.tar.gz"
    assert onlyonce("policies", "keygen", key, *(["--ed25519"] if kind == "ed25519" else [])).returncode == 0
    time = ["--built-at", "2026-03-01T12:00:00Z"]
    done = onlyonce("policies", "build", "--key", key, "-o", made, *time)
    assert done.returncode == 0, done.stderr
    assert load_policies().revision in done.stdout
    assert read_policies(made, key=public(key)) == load_policies()
    before = made.read_bytes()
    onlyonce("policies", "build", "--key", key, "-o", made, *time)
    assert made.read_bytes() == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["bundle.tar.gz", "key", "key.pub"]

    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "a.rego").write_text("package onlyonce\nx := 1\n")
    done = onlyonce("policies", "build", "--policies", mine, "--key", key, "-o", made)
    assert done.returncode == 0, done.stderr
    assert read_policies(made, key=public(key)) == load_policies(mine)


def test_a_key_that_others_may_read_signs_nothing(tmp_path: Path) -> None:
    key = tmp_path / "key"
    onlyonce("policies", "keygen", key)
    key.chmod(0o640)
    done = onlyonce("policies", "build", "--key", key, "-o", tmp_path / "bundle.tar.gz")
    assert done.returncode == 2
    assert done.stderr == f"onlyonce: {key}: others may read it; take their rights away (chmod go= {key})\n"
    assert not (tmp_path / "bundle.tar.gz").exists()


@pytest.mark.parametrize(
    "content", [b"", b"nothing", b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"]
)
def test_what_is_no_key_is_named(content: bytes, tmp_path: Path) -> None:
    key = tmp_path / "key"
    key.write_bytes(content)
    key.chmod(0o600)
    done = onlyonce("policies", "build", "--key", key, "-o", tmp_path / "bundle.tar.gz")
    assert done.returncode == 2
    assert f"{key}: is not a private key" in done.stderr


def test_a_hub_that_was_given_a_key_takes_nothing_but_what_it_signed(key: Path, tmp_path: Path) -> None:
    made, out = tmp_path / "bundle.tar.gz", tmp_path / "out"
    assert onlyonce("policies", "build", "--key", key, "-o", made).returncode == 0
    taken = onlyonce("policies", "export", out, POLICIES=made, POLICIES_KEY=public(key))
    assert taken.returncode == 0, taken.stderr

    other = tmp_path / "other"
    onlyonce("policies", "keygen", other)
    foreign = onlyonce("policies", "export", tmp_path / "no", POLICIES=made, POLICIES_KEY=public(other))
    assert foreign.returncode == 2
    assert foreign.stderr == f"onlyonce: {made}: is not signed by the key that was given\n"

    wrong: tuple[dict[str, Path], ...] = (
        {"POLICIES": out, "POLICIES_KEY": public(key)},
        {"POLICIES_KEY": public(key)},
        {"POLICIES": made},
    )
    for settings in wrong:
        refused = onlyonce("policies", "export", tmp_path / "no", stdin="", **settings)
        assert refused.returncode == 2
        assert "ONLYONCE_POLICIES_KEY: " in refused.stderr
    assert not (tmp_path / "no").exists()


def test_the_revisions_that_ruled_are_listed_newest_first(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'hub.sqlite3'}"
    migrate(url)
    engine = open_engine(url)
    start = datetime(2026, 3, 1, 12, tzinfo=UTC)
    for later, (kind, revision) in enumerate([("catalogue", "c1"), ("policies", "p1"), ("policies", "p2")]):
        with engine.begin() as connection:
            known = active(connection, kind)  # type: ignore[arg-type]
            at = start + timedelta(days=later)
            activate(connection, kind, revision, {"a": b""}, after=known, process="x", at=at)  # type: ignore[arg-type]
    engine.dispose()
    shown = onlyonce("policies", "revisions", "--database", url)
    assert shown.returncode == 0, shown.stderr
    assert shown.stdout.splitlines() == [
        "2026-03-03T12:00:00+00:00  policies   p2  rules",
        "2026-03-02T12:00:00+00:00  policies   p1  ruled",
        "2026-03-01T12:00:00+00:00  catalogue  c1  rules",
    ]
    told = json.loads(onlyonce("policies", "revisions", "--database", url, "--json").stdout)
    assert told[0] == {
        "kind": "policies", "revision": "p2", "previous": "p1", "since": "2026-03-03T12:00:00+00:00", "process": "x",
        "rules": True,
    }  # fmt: skip


def test_no_revisions_are_read_from_a_database_that_is_not_there(tmp_path: Path) -> None:
    done = onlyonce("policies", "revisions", "--database", f"sqlite:///{tmp_path / 'none.sqlite3'}")
    assert done.returncode == 2
    assert "there is no database" in done.stderr


def test_a_hub_refuses_to_start_on_a_bundle_that_was_altered_and_names_it(key: Path, tmp_path: Path) -> None:
    made = tmp_path / "bundle.tar.gz"
    files = unpacked(built(load_policies(), read_signing_key(key)))
    files["consent.rego"] += b"\n"
    made.write_bytes(packed(files))
    settings = {"CATALOGUE": DEMO_CATALOGUE, "POLICIES": made, "POLICIES_KEY": public(key)}
    done = onlyonce("serve", stdin="", **settings)
    assert done.returncode == 2
    assert done.stderr == f"onlyonce: {made}: consent.rego is not as it was signed\n"
