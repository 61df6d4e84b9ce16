"""The keys of the log in the key folder: the newest begins, the one before ends, and its public key stays."""

from pathlib import Path

import pytest

from hub.keyfiles import KeysUnusable
from hub.keys import KeyFolder
from hub.log_keys import LogKeys


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    KeyFolder(tmp_path / "keys")
    return tmp_path / "keys"


def files(folder: Path) -> list[str]:
    return sorted(
        path.name for path in folder.iterdir() if path.name.lstrip(".").startswith(("log.", "log-"))
    )


def test_another_key_is_seen_by_every_replica_without_a_restart(folder: Path) -> None:
    one, other = LogKeys(folder), LogKeys(folder)
    (first,) = other.public
    made = one.begin()
    assert other.public == [first, made]
    assert (folder / "log-0002.ed25519.pem").stat().st_mode & 0o777 == 0o600


def test_a_key_that_was_replaced_is_gone_and_its_public_key_stays(folder: Path) -> None:
    one, other = LogKeys(folder), LogKeys(folder)
    secret = (folder / "log.ed25519.pem").read_bytes()
    first, made = one.public[0], one.begin()
    one.retire(made)
    other.retire(made)
    assert files(folder) == ["log-0002.ed25519.pem", "log.ed25519.pub"]
    assert not [path for path in folder.rglob("*") if path.is_file() and path.read_bytes() == secret]
    for keys in (one, other, LogKeys(folder, create=False)):
        assert keys.public == [first, made]
        assert [key.private is None for key in keys()] == [True, False]


def test_the_database_of_before_is_still_this_folders(folder: Path) -> None:
    before = KeyFolder(folder).fingerprints["log"]
    keys = LogKeys(folder)
    keys.retire(keys.begin())
    assert KeyFolder(folder).fingerprints["log"] == before


def test_no_key_begins_while_the_one_before_is_still_needed(folder: Path) -> None:
    keys = LogKeys(folder)
    made = keys.begin()
    with pytest.raises(KeysUnusable, match="does not sign alone yet"):
        keys.begin()
    keys.retire(made)
    keys.begin()
    assert len({key.public_bytes_raw() for key in keys.public}) == 3
    assert "log-0003.ed25519.pem" in files(folder)


def test_what_a_process_that_died_left_half_destroyed_is_destroyed_by_the_next(folder: Path) -> None:
    keys = LogKeys(folder)
    made = keys.begin()
    (folder / ".log.ed25519.pem.gone").write_bytes(b"left over")
    keys.retire(made)
    assert files(folder) == ["log-0002.ed25519.pem", "log.ed25519.pub"]


def test_what_is_left_of_a_replaced_key_is_wiped_at_the_next_start_though_nothing_is_to_be_replaced(
    folder: Path,
) -> None:
    keys = LogKeys(folder)
    keys.retire(keys.begin())
    (folder / ".log.ed25519.pem.gone").write_bytes(b"left over")
    LogKeys(folder, create=False)
    assert ".log.ed25519.pem.gone" in files(folder)
    LogKeys(folder)
    assert files(folder) == ["log-0002.ed25519.pem", "log.ed25519.pub"]


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("log-0002.ed25519.pem", b"no key", "is not a key in PEM"),
        ("log-0003.ed25519.pem", None, "a key of the log is missing"),
        ("log-0002.ed25519.pub", b"no key", "is not a key in PEM"),
    ],
)
def test_a_folder_that_is_not_whole_is_refused_by_name(
    folder: Path, name: str, data: bytes | None, said: str
) -> None:
    (folder / name).touch(0o600)
    (folder / name).write_bytes((folder / "log.ed25519.pem").read_bytes() if data is None else data)
    with pytest.raises(KeysUnusable, match=said):
        LogKeys(folder)


def test_another_kind_of_key_and_a_key_that_others_may_read_are_refused(folder: Path) -> None:
    (folder / "log.ed25519.pem").chmod(0o640)
    with pytest.raises(KeysUnusable, match="others may read it"):
        LogKeys(folder)
    (folder / "log.ed25519.pem").write_bytes((folder / "tokens.p256.pem").read_bytes())
    (folder / "log.ed25519.pem").chmod(0o600)
    with pytest.raises(KeysUnusable, match="is not an Ed25519 key"):
        LogKeys(folder)
    with pytest.raises(KeysUnusable, match="is missing"):
        LogKeys(folder.parent, create=False)
