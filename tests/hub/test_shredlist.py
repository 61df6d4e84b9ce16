"""The list of destroyed keys: durable line by line, and never silently wrong."""

from pathlib import Path

import pytest

from hub.keyfiles import KeysUnusable
from hub.shredlist import Shred, ShredList


def shreds(*keys: str, order: str = "o-1") -> list[Shred]:
    return [Shred(key, order, "2026-11-23T12:00:00+00:00") for key in keys]


def keys_in(found: ShredList) -> list[str]:
    return [one.key for chunk in found.read() for one in chunk]


def test_what_was_listed_is_there_for_another_process(tmp_path: Path) -> None:
    ShredList(tmp_path / "list").add(shreds("a", "b"))
    ShredList(tmp_path / "list").add(shreds("c", order="o-2"))
    again = ShredList(tmp_path / "list")
    assert keys_in(again) == ["a", "b", "c"]
    assert again.of_order("o-2") == ["c"]
    assert (tmp_path / "list").stat().st_mode & 0o777 == 0o600


def test_no_file_is_no_key(tmp_path: Path) -> None:
    assert keys_in(ShredList(tmp_path / "list")) == []


@pytest.mark.parametrize("cut", [1, 10, 40])
def test_half_a_line_that_a_crash_left_is_no_key_and_the_next_begins_a_line_of_its_own(
    tmp_path: Path, cut: int
) -> None:
    listed = ShredList(tmp_path / "list")
    listed.add(shreds("a"))
    whole = listed.path.read_bytes()
    listed.path.write_bytes(whole + whole[:cut])
    assert keys_in(listed) == ["a"]
    listed.add(shreds("b"))
    assert keys_in(listed) == ["a", "b"]


@pytest.mark.parametrize(
    "line", [b"\n", b"{}\n", b'{"key": 1, "order": "o", "at": "t"}\n', b"\xff\n", b"[]\n"]
)
def test_a_damaged_line_is_named(tmp_path: Path, line: bytes) -> None:
    listed = ShredList(tmp_path / "list")
    listed.add(shreds("a"))
    listed.path.write_bytes(listed.path.read_bytes() + line)
    with pytest.raises(KeysUnusable, match=r"list:2: is not what the hub wrote"):
        keys_in(listed)


def test_a_list_that_others_may_read_is_refused(tmp_path: Path) -> None:
    listed = ShredList(tmp_path / "list")
    listed.add(shreds("a"))
    listed.path.chmod(0o644)
    with pytest.raises(KeysUnusable, match="others may read it"):
        keys_in(listed)


def test_more_keys_than_are_read_at_once_are_all_there(tmp_path: Path) -> None:
    listed = ShredList(tmp_path / "list")
    names = [f"key-{n}" for n in range(1201)]
    listed.add(shreds(*names))
    assert keys_in(listed) == names
