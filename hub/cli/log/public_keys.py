"""Public keys of a log, as somebody gives them in a file: one in PEM, or C2SP verifier keys, one a line."""

from pathlib import Path
from typing import TYPE_CHECKING

from hub.cli.common import CannotAsk

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey


def key_texts(file: Path) -> list[str]:
    """The keys in a file, each as it is written there.

    Raises:
        CannotAsk: it cannot be read, or holds something else.
    """
    text = read_text(file)
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    texts = [text] if text.startswith("-----BEGIN") else lines
    try:
        for one in texts or [""]:
            public_key_of(one)
    except ValueError:
        raise CannotAsk(f"{file}: is not an Ed25519 public key, in PEM or as a C2SP verifier key") from None
    return texts


def public_key_of(text: str) -> "Ed25519PublicKey":
    """The key in a text.

    Raises:
        ValueError: it is none.
    """
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey  # noqa: PLC0415
    from cryptography.hazmat.primitives.serialization import load_pem_public_key  # noqa: PLC0415

    from audit import CheckpointInvalid, checkpoint  # noqa: PLC0415

    if not text.startswith("-----BEGIN"):
        try:
            return checkpoint.read_verifier_key(text)[1]
        except CheckpointInvalid as error:
            raise ValueError(str(error)) from None
    key = load_pem_public_key(text.encode())
    if not isinstance(key, Ed25519PublicKey):
        raise ValueError("another kind of key")  # noqa: TRY004 - the text is wrong, not its type
    return key


def pem_of(key: "Ed25519PublicKey") -> str:
    """A key in PEM."""
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat  # noqa: PLC0415

    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def read_text(file: Path) -> str:
    """A file's text.

    Raises:
        CannotAsk: it cannot be read.
    """
    try:
        return file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise CannotAsk(f"{file}: cannot be read ({type(error).__name__})") from None
