"""Epochs in the key folder: begun and destroyed while several replicas work on them, and after a crash at any step."""

import os
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest

from hub import epochs as module
from hub.epochs import EpochFolder
from hub.keys import KeyFolder, KeysUnusable

KEY = b"k" * 32


def test_a_new_epoch_is_seen_by_another_replica_before_the_next_key_it_wraps(tmp_path: Path) -> None:
    mine, others = EpochFolder(tmp_path), EpochFolder(tmp_path)
    assert mine.begin() == "0002"
    assert others.wrap(KEY, b"ad").epoch == "0002"


def test_a_key_of_an_epoch_that_another_replica_began_is_unwrapped(tmp_path: Path) -> None:
    mine, others = EpochFolder(tmp_path), EpochFolder(tmp_path)
    mine.begin()
    assert others.unwrap(*mine.wrap(KEY, b"ad"), b"ad") == KEY


def test_a_replica_that_slept_through_two_epochs_wraps_under_the_present_one(tmp_path: Path) -> None:
    mine, others = EpochFolder(tmp_path), EpochFolder(tmp_path)
    for _ in range(2):
        mine.begin()
    mine.destroy("0001")
    mine.destroy("0002")
    assert others.wrap(KEY, b"ad").epoch == "0003"


def test_replicas_that_begin_at_once_begin_one_epoch_with_one_key(tmp_path: Path) -> None:
    folders = [EpochFolder(tmp_path) for _ in range(6)]
    with ThreadPoolExecutor(6) as pool:
        begun = set(pool.map(EpochFolder.begin, folders))
    wrapped = folders[0].wrap(KEY, b"ad")
    assert begun <= {"0002", "0003", "0004", "0005", "0006", "0007"}
    assert all(folder.unwrap(*wrapped, b"ad") == KEY for folder in folders)


def test_a_destroyed_epoch_is_gone_from_the_disk_and_from_memory(tmp_path: Path) -> None:
    ring = EpochFolder(tmp_path)
    secret = (tmp_path / "epoch-0001.key").read_bytes()
    wrapped = ring.wrap(KEY, b"ad")
    ring.begin()
    ring.destroy("0001")
    with pytest.raises(KeyError):
        ring.unwrap(*wrapped, b"ad")
    assert [file.name for file in tmp_path.iterdir()] == ["epoch-0002.key"]
    assert secret not in b"".join(file.read_bytes() for file in tmp_path.iterdir())
    ring.destroy("0001")


def test_another_replica_forgets_a_destroyed_epoch_when_it_looks_at_the_epochs(tmp_path: Path) -> None:
    mine, others = EpochFolder(tmp_path), EpochFolder(tmp_path)
    wrapped = others.wrap(KEY, b"ad")
    mine.begin()
    mine.destroy("0001")
    assert others.unwrap(*wrapped, b"ad") == KEY  # whoever holds it in memory reads on until then
    assert list(others.epochs()) == ["0002"]
    with pytest.raises(KeyError):
        others.unwrap(*wrapped, b"ad")


def test_the_file_is_overwritten_before_it_is_taken_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ring = EpochFolder(tmp_path)
    secret = (tmp_path / "epoch-0001.key").read_bytes()
    ring.begin()
    os.link(tmp_path / "epoch-0001.key", tmp_path / "second-name")  # what a disk would still show
    ring.destroy("0001")
    left = (tmp_path / "second-name").read_bytes()
    assert len(left) == len(secret)
    assert left != secret


def test_an_epoch_whose_destruction_was_interrupted_is_none_any_more_and_is_wiped_next_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ring = EpochFolder(tmp_path)
    ring.begin()
    with monkeypatch.context() as crash:

        def power_cut(_path: Path) -> None:
            raise OSError

        crash.setattr(module, "wipe", power_cut)
        with pytest.raises(OSError):  # noqa: PT011 - it is the one above
            ring.destroy("0001")
    again = EpochFolder(tmp_path)
    assert list(again.epochs()) == ["0002"]
    assert [file.name for file in tmp_path.iterdir()] == ["epoch-0002.key"]


def test_the_current_epoch_is_never_destroyed(tmp_path: Path) -> None:
    ring = EpochFolder(tmp_path)
    ring.begin()
    with pytest.raises(ValueError, match="in use"):
        ring.destroy("0002")


def test_when_an_epoch_began_is_when_its_file_was_written(tmp_path: Path) -> None:
    ring = EpochFolder(tmp_path)
    os.utime(tmp_path / "epoch-0001.key", (1_795_435_200, 1_795_435_200))
    assert ring.epochs() == {"0001": datetime(2026, 11, 23, 12, tzinfo=UTC)}


def test_the_first_epoch_is_not_made_again_once_it_was_destroyed(tmp_path: Path) -> None:
    keys = KeyFolder(tmp_path / "keys")
    keys.epochs.begin()
    keys.epochs.destroy("0001")
    assert list(KeyFolder(tmp_path / "keys").epochs.epochs()) == ["0002"]


def test_an_epoch_key_that_others_may_read_or_of_another_length_is_refused_by_name(tmp_path: Path) -> None:
    EpochFolder(tmp_path)
    path = tmp_path / "epoch-0001.key"
    path.chmod(0o640)
    with pytest.raises(KeysUnusable, match=r"epoch-0001\.key: others may read it"):
        EpochFolder(tmp_path)
    path.chmod(0o600)
    path.write_bytes(b"short")
    with pytest.raises(KeysUnusable, match="32 bytes long"):
        EpochFolder(tmp_path)


def test_a_folder_without_any_epoch_is_refused_where_none_is_to_be_made(tmp_path: Path) -> None:
    with pytest.raises(KeysUnusable, match=r"epoch-0001\.key: is missing"):
        EpochFolder(tmp_path, create=False)
