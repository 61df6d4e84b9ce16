"""Cosignatures: C2SP `tlog-cosignature` with Ed25519, `cosignature/v1`, signature type 0x04.

A witness's cosignature says: "at this time, this was the largest tree that I saw of this log, and it goes on from all that I saw before".
"""

import base64
import struct
from collections.abc import Collection
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from audit.checkpoints.checkpoint import (
    COSIGNATURE,
    KEY_ID,
    key_id,
    read_verifier_key,
    split_note,
    verifier_key,
)
from audit.errors import CheckpointInvalid

_STAMPED = struct.Struct(">Q64s")
_LATEST = 2**63 - 1


@dataclass(frozen=True, slots=True)
class WitnessKey:
    """By what a witness is known: its name and its public key."""

    name: str
    key: Ed25519PublicKey

    @property
    def id(self) -> bytes:
        """The key id of its cosignatures."""
        return key_id(self.name, self.key, COSIGNATURE)

    def text(self) -> str:
        """As a C2SP verifier key of type 0x04."""
        return verifier_key(self.name, self.key, COSIGNATURE)

    @classmethod
    def read(cls, text: str) -> "WitnessKey":
        """From a C2SP verifier key of type 0x04.

        Raises:
            CheckpointInvalid: it is not one.
        """
        return cls(*read_verifier_key(text, COSIGNATURE))


@dataclass(frozen=True, slots=True)
class Cosignature:
    """One witness's signature over a checkpoint, and when it was given, in seconds since 1970."""

    witness: WitnessKey
    timestamp: int
    signature: bytes

    def to_bytes(self) -> bytes:
        """The time in 8 bytes, then the signature: a `timestamped_signature`."""
        return _STAMPED.pack(self.timestamp, self.signature)

    def line(self) -> str:
        """The signature line of a note, with its newline."""
        return f"— {self.witness.name} {base64.b64encode(self.witness.id + self.to_bytes()).decode()}\n"


def cosign(text: str, name: str, key: Ed25519PrivateKey, timestamp: int) -> Cosignature:
    """Cosign the text of a checkpoint, as seen at that time, in seconds since 1970."""
    witness = WitnessKey(name, key.public_key())
    return Cosignature(witness, timestamp, key.sign(_message(text, timestamp)))


def check_cosignature(text: str, stamped: bytes, witness: WitnessKey) -> Cosignature:
    """The cosignature in a `timestamped_signature`, if it is this witness's over this text.

    Raises:
        CheckpointInvalid: it is not.
    """
    if len(stamped) != _STAMPED.size:
        raise CheckpointInvalid(f"the cosignature of {witness.name} has not the right length")
    timestamp, signature = _STAMPED.unpack(stamped)
    if timestamp > _LATEST:
        raise CheckpointInvalid(f"the cosignature of {witness.name} is of a time that there is not")
    try:
        witness.key.verify(signature, _message(text, timestamp))
    except InvalidSignature:
        raise CheckpointInvalid(f"the cosignature of {witness.name} is wrong") from None
    return Cosignature(witness, timestamp, signature)


def cosignatures_in(note: str, witnesses: Collection[WitnessKey]) -> list[Cosignature]:
    """The cosignatures of these witnesses under a checkpoint, one each, the latest; signatures of others are passed over.

    Raises:
        CheckpointInvalid: the note is malformed, or one of these witnesses' cosignatures is wrong.
    """
    text, signatures = split_note(note)
    found: dict[tuple[str, bytes], Cosignature] = {}
    by_id = {(witness.name, witness.id): witness for witness in witnesses}
    for name, signature in signatures:
        which = (name, signature[:KEY_ID])
        if which in by_id:
            one = check_cosignature(text, signature[KEY_ID:], by_id[which])
            if which not in found or found[which].timestamp < one.timestamp:
                found[which] = one
    return list(found.values())


def _message(text: str, timestamp: int) -> bytes:
    return f"cosignature/v1\ntime {timestamp}\n{text}".encode()
