"""Checkpoints: C2SP `tlog-checkpoint` in a C2SP `signed-note`, signed with Ed25519.

A checkpoint says "this log had this many leaves, and this root". Whoever holds one can have every later state of the log checked
against it.
"""

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Protocol

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from sqlalchemy import Connection

from audit.errors import CheckpointInvalid
from audit.tree.merkle import HASH_SIZE

ED25519 = b"\x01"
"""The signature type of a signed note's own Ed25519 signatures."""
COSIGNATURE = b"\x04"
"""The signature type of a witness's timestamped cosignatures (C2SP tlog-cosignature)."""
KEY_ID = 4
"""Bytes of a key id."""
_KEY_SIZE = 33
_SIGNERS = {ED25519: "signer", COSIGNATURE: "witness"}
_MOST_SIGNATURES = 100
_SIGNATURE = re.compile(r"— (?P<name>[^\s+]+) (?P<signature>[A-Za-z0-9+/]+={0,2})")
_SIZE = re.compile(r"0|[1-9][0-9]{0,18}")


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What a checkpoint says."""

    origin: str
    size: int
    root: bytes

    def text(self) -> str:
        """The signed text, with its last newline."""
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"


class CheckpointSigner:
    """Signs this log's checkpoints, with each of the keys. Their name in the note is the log's origin."""

    def __init__(self, origin: str, *keys: Ed25519PrivateKey) -> None:
        if not is_key_name(origin):
            raise CheckpointInvalid("an origin is a name without spaces and plus signs")
        self.origin, self._keys = origin, keys

    def sign(self, size: int, root: bytes) -> str:
        """The note for a tree of that size and root."""
        return sign_note(Checkpoint(self.origin, size, root).text(), self.origin, *self._keys)

    def at(self, connection: Connection, size: int, last: str | None) -> "CheckpointSigner":  # noqa: ARG002 - see `Signer`
        """See `Signer`: always these keys."""
        return self


class Signer(Protocol):
    """Knows what signs which checkpoint: a `CheckpointSigner`, or one whose keys are replaced."""

    def at(self, connection: Connection, size: int, last: str | None) -> CheckpointSigner | None:
        """What signs the tree of `size` committed entries after the checkpoint `last`; None: nothing can."""


def is_key_name(name: str) -> bool:
    """Whether a signed note can name a key so: not empty, no spaces, no plus signs."""
    return bool(name) and "+" not in name and not any(c.isspace() for c in name) and name.isprintable()


def key_id(name: str, key: Ed25519PublicKey, kind: bytes = ED25519) -> bytes:
    """The four bytes that, with the name, tell a verifier which key signed: SHA-256(name || 0x0A || kind || key)[:4]."""
    return sha256(name.encode() + b"\n" + kind + key.public_bytes_raw()).digest()[:KEY_ID]


def verifier_key(name: str, key: Ed25519PublicKey, kind: bytes = ED25519) -> str:
    """The public key as C2SP signed-note writes it: `name+key id+base64 of the signature type and the key`."""
    encoded = base64.b64encode(kind + key.public_bytes_raw()).decode()
    return f"{name}+{key_id(name, key, kind).hex()}+{encoded}"


def read_verifier_key(text: str, kind: bytes = ED25519) -> tuple[str, Ed25519PublicKey]:
    """The name and the key in a C2SP verifier key of that signature type.

    Raises:
        CheckpointInvalid: it is not one, or of another type.
    """
    name, found, rest = text.strip().partition("+")
    given, _, encoded = rest.partition("+")
    data = read_base64(encoded)
    if not is_key_name(name) or not found or data[:1] != kind or len(data) != _KEY_SIZE:
        raise CheckpointInvalid(f"this is not the verifier key of an Ed25519 {_SIGNERS[kind]}")
    key = Ed25519PublicKey.from_public_bytes(data[1:])
    if key_id(name, key, kind).hex() != given:
        raise CheckpointInvalid("the key id of this verifier key is not that of its key")
    return name, key


def sign_note(text: str, name: str, *keys: Ed25519PrivateKey) -> str:
    """A signed note of a text that ends in a newline, with a signature of each key."""
    signatures = [key_id(name, key.public_key()) + key.sign(text.encode()) for key in keys]
    lines = (f"— {name} {base64.b64encode(signature).decode()}\n" for signature in signatures)
    return f"{text}\n{''.join(lines)}"


def open_note(note: str, keys: Mapping[str, Ed25519PublicKey]) -> str:
    """The text of a note, if one of the known keys signed it and none of them did so wrongly.

    Args:
        note: the whole note.
        keys: the keys that are trusted, by name.

    Raises:
        CheckpointInvalid: the note is malformed, a known key's signature is wrong, or no known key signed.
    """
    text, signatures = split_note(note)
    verified = False
    for name, signature in signatures:
        key = keys.get(name)
        if key is None or signature[:KEY_ID] != key_id(name, key):
            continue
        try:
            key.verify(signature[KEY_ID:], text.encode())
        except InvalidSignature:
            raise CheckpointInvalid("a signature of the note is wrong") from None
        verified = True
    if not verified:
        raise CheckpointInvalid("no known key signed the note")
    return text


def open_checkpoint(note: str, origin: str, key: Ed25519PublicKey) -> Checkpoint:
    """The checkpoint in a note, if it is of that log and its key signed it.

    Raises:
        CheckpointInvalid: it is not.
    """
    checkpoint = parse_checkpoint(open_note(note, {origin: key}))
    if checkpoint.origin != origin:
        raise CheckpointInvalid("the checkpoint is another log's")
    return checkpoint


def read_checkpoint(note: str) -> Checkpoint:
    """The checkpoint in a note, its signatures not looked at.

    Raises:
        CheckpointInvalid: the note is malformed.
    """
    return parse_checkpoint(split_note(note)[0])


def parse_checkpoint(text: str) -> Checkpoint:
    """Read the text of a checkpoint.

    Raises:
        CheckpointInvalid: it is not one.
    """
    lines = text.split("\n")
    if len(lines) < 4 or lines.pop() != "" or not all(lines) or not _SIZE.fullmatch(lines[1]):
        raise CheckpointInvalid("this is not the text of a checkpoint")
    root = read_base64(lines[2])
    if len(root) != HASH_SIZE:
        raise CheckpointInvalid("the root of a checkpoint is 32 bytes long")
    return Checkpoint(lines[0], int(lines[1]), root)


def split_note(note: str) -> tuple[str, list[tuple[str, bytes]]]:
    """The text of a note, and the names and signatures (key id and all) under it.

    Raises:
        CheckpointInvalid: it is not a signed note.
    """
    text, separator, rest = note.rpartition("\n\n")
    lines = rest.split("\n")
    if not text or not separator or lines.pop() != "" or not 0 < len(lines) <= _MOST_SIGNATURES:
        raise CheckpointInvalid("this is not a signed note")
    if any(ord(c) < 0x20 and c != "\n" for c in note):
        raise CheckpointInvalid("a note holds no control characters")
    signatures = []
    for line in lines:
        match = _SIGNATURE.fullmatch(line)
        if match is None:
            raise CheckpointInvalid("a signature line of the note is malformed")
        signature = read_base64(match["signature"])
        if len(signature) <= KEY_ID:
            raise CheckpointInvalid("a signature of the note is too short")
        signatures.append((match["name"], signature))
    return text + "\n", signatures


def read_base64(text: str) -> bytes:
    """Standard base 64 in its one canonical spelling, so that a note has no second one.

    Raises:
        CheckpointInvalid: it is not.
    """
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise CheckpointInvalid("not base 64") from None
    if base64.b64encode(data).decode() != text:
        raise CheckpointInvalid("not base 64 in its canonical form")
    return data
