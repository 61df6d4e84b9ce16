import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from hub.database import migrate, open_engine
from hub.identity import KeysForeign, check_keyprints
from hub.keys import KeyFolder, KeysUnusable
from tests.support.machine import ROOT


def test_keys_are_made_at_first_start_for_the_owner_alone(tmp_path: Path) -> None:
    KeyFolder(tmp_path / "keys")
    assert (tmp_path / "keys").stat().st_mode & 0o777 == 0o700
    files = list((tmp_path / "keys").iterdir())
    assert len(files) == 8
    assert {file.stat().st_mode & 0o777 for file in files} == {0o600}


def test_every_file_of_a_new_folder_is_documented(tmp_path: Path) -> None:
    KeyFolder(tmp_path / "keys")
    documented = (ROOT / "docs" / "settings.md").read_text("utf-8")
    for file in (tmp_path / "keys").iterdir():
        assert f"`{re.sub('-[0-9]{4}', '-…', file.name)}`" in documented


def test_the_same_keys_are_found_again(tmp_path: Path) -> None:
    first, again = KeyFolder(tmp_path / "keys"), KeyFolder(tmp_path / "keys", create=False)
    assert first.log.public == again.log.public
    assert again.epochs.unwrap(*first.epochs.wrap(b"k" * 32, b"ad"), b"ad") == b"k" * 32


def test_replicas_that_start_at_once_agree_on_the_keys(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        folders = list(pool.map(lambda _: KeyFolder(tmp_path / "keys"), range(8)))
    assert len({folder.log.public[0].public_bytes_raw() for folder in folders}) == 1
    assert (
        len({folder.epochs.unwrap(*folders[0].epochs.wrap(b"k" * 32, b"ad"), b"ad") for folder in folders})
        == 1
    )


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660])
def test_a_key_that_others_may_read_is_refused_by_name(tmp_path: Path, mode: int) -> None:
    KeyFolder(tmp_path / "keys")
    (tmp_path / "keys" / "log.ed25519.pem").chmod(mode)
    with pytest.raises(KeysUnusable, match=r"log\.ed25519\.pem"):
        KeyFolder(tmp_path / "keys")


def test_a_folder_that_others_may_enter_is_refused(tmp_path: Path) -> None:
    (tmp_path / "keys").mkdir(mode=0o755)
    with pytest.raises(KeysUnusable, match="others may read it"):
        KeyFolder(tmp_path / "keys")


@pytest.mark.parametrize(
    "content", [b"", b"not a key", b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"]
)
def test_a_file_that_holds_no_key_is_refused_by_name(tmp_path: Path, content: bytes) -> None:
    KeyFolder(tmp_path / "keys")
    (tmp_path / "keys" / "tokens.p256.pem").write_bytes(content)
    with pytest.raises(KeysUnusable, match=r"tokens\.p256\.pem"):
        KeyFolder(tmp_path / "keys")


def test_keys_of_another_kind_are_refused(tmp_path: Path) -> None:
    KeyFolder(tmp_path / "keys")
    (tmp_path / "keys" / "tokens.p256.pem").write_bytes((tmp_path / "keys" / "log.ed25519.pem").read_bytes())
    with pytest.raises(KeysUnusable, match="right kind"):
        KeyFolder(tmp_path / "keys")


def test_a_folder_that_must_be_there_is_not_made(tmp_path: Path) -> None:
    with pytest.raises(KeysUnusable, match="no such folder"):
        KeyFolder(tmp_path / "keys", create=False)
    assert not (tmp_path / "keys").exists()


def test_other_keys_than_those_of_the_database_are_noticed(tmp_path: Path, database_url: str) -> None:
    migrate(database_url)
    engine = open_engine(database_url)
    mine, others = KeyFolder(tmp_path / "mine"), KeyFolder(tmp_path / "others")
    check_keyprints(engine, mine.fingerprints)
    check_keyprints(engine, mine.fingerprints)
    with pytest.raises(KeysForeign, match="handles") as caught:
        check_keyprints(engine, others.fingerprints)
    assert caught.value.names == ["epoch-0001", "handles", "log"]
    check_keyprints(engine, mine.fingerprints)
    engine.dispose()


def test_replicas_that_start_at_once_on_a_new_database_agree(tmp_path: Path, database_url: str) -> None:
    migrate(database_url)
    engine, keys = open_engine(database_url), KeyFolder(tmp_path / "keys")
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda _: check_keyprints(engine, keys.fingerprints), range(6)))
    engine.dispose()


def test_a_wrapped_key_that_was_altered_or_moved_does_not_open(tmp_path: Path) -> None:
    epochs = KeyFolder(tmp_path / "keys").epochs
    wrapped = epochs.wrap(b"k" * 32, b"subject-a").key
    with pytest.raises(KeyError):
        epochs.unwrap(epochs.current, wrapped, b"subject-b")
    with pytest.raises(KeyError):
        epochs.unwrap(epochs.current, wrapped[:-1] + bytes([wrapped[-1] ^ 1]), b"subject-a")


def test_the_key_of_the_blind_indexes_stays_the_same_and_is_no_file(tmp_path: Path) -> None:
    made = KeyFolder(tmp_path / "keys").blind
    assert len(made) == 32
    assert KeyFolder(tmp_path / "keys", create=False).blind == made
    assert KeyFolder(tmp_path / "others").blind != made
    assert all(made not in file.read_bytes() for file in (tmp_path / "keys").rglob("*") if file.is_file())
