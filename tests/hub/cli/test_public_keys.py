"""Public keys that somebody gives in a file."""

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from audit.checkpoints.checkpoint import verifier_key
from hub.cli.common import CannotAsk
from hub.cli.log.public_keys import key_texts, pem_of, public_key_of

FIRST, SECOND = (Ed25519PrivateKey.from_private_bytes(bytes([n] * 32)).public_key() for n in (1, 2))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "keys"


def test_every_verifier_key_of_a_log_is_read_oldest_first(file: Path) -> None:
    lines = [verifier_key("hub.example/log", key) for key in (FIRST, SECOND)]
    file.write_text("\n".join(["", *lines, ""]), "utf-8")
    assert key_texts(file) == lines
    assert [public_key_of(text) for text in key_texts(file)] == [FIRST, SECOND]


def test_a_key_in_pem_is_read(file: Path) -> None:
    file.write_text(pem_of(FIRST), "utf-8")
    assert [public_key_of(text) for text in key_texts(file)] == [FIRST]


@pytest.mark.parametrize("end", ["", "nonsense\n"])
def test_one_line_that_is_no_key_spoils_the_file(file: Path, end: str) -> None:
    file.write_text("" if not end else verifier_key("hub.example/log", FIRST) + "\n" + end, "utf-8")
    with pytest.raises(CannotAsk, match=r"keys: is not an Ed25519 public key"):
        key_texts(file)


def test_a_key_of_another_kind_is_refused(file: Path) -> None:
    other = generate_private_key(SECP256R1()).public_key()
    file.write_bytes(other.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    with pytest.raises(CannotAsk, match=r"keys: is not an Ed25519 public key"):
        key_texts(file)
