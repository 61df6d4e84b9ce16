"""What is kept of people in the database is sealed, each row for its own place."""

import pytest

from hub.identity import Unsealable, Vault

KEY = bytes(range(32))
SAID = {"number": "a number", "level": 400}


def test_what_was_sealed_opens_in_its_place() -> None:
    vault = Vault(KEY, "sessions")
    assert vault.open(vault.seal(SAID, "row 1"), "row 1") == SAID


def test_nothing_of_it_can_be_read() -> None:
    assert b"number" not in Vault(KEY, "sessions").seal(SAID, "row 1")


def test_the_same_is_never_sealed_alike() -> None:
    vault = Vault(KEY, "sessions")
    assert vault.seal(SAID, "row 1") != vault.seal(SAID, "row 1")


def test_a_row_in_anothers_place_does_not_open() -> None:
    vault = Vault(KEY, "sessions")
    with pytest.raises(Unsealable):
        vault.open(vault.seal(SAID, "row 1"), "row 2")


def test_what_was_sealed_for_one_purpose_does_not_open_for_another() -> None:
    with pytest.raises(Unsealable):
        Vault(KEY, "mandates").open(Vault(KEY, "sessions").seal(SAID, "row 1"), "row 1")


@pytest.mark.parametrize("place", range(40))
def test_an_altered_byte_is_found(place: int) -> None:
    vault = Vault(KEY, "sessions")
    sealed = bytearray(vault.seal(SAID, "row 1"))
    sealed[place] ^= 1
    with pytest.raises(Unsealable):
        vault.open(bytes(sealed), "row 1")


@pytest.mark.parametrize("sealed", [b"", b"x" * 11, b"x" * 12, b"x" * 27])
def test_what_is_too_short_is_no_sealed_row(sealed: bytes) -> None:
    with pytest.raises(Unsealable):
        Vault(KEY, "sessions").open(sealed, "row 1")


def test_a_key_of_another_length_is_refused() -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        Vault(KEY[:16], "sessions")
