"""Whose signatures a proof needs: the log's own, and those of as many witnesses as the verifier wants."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from audit.checkpoints.checkpoint import open_checkpoint, read_checkpoint, read_verifier_key
from audit.errors import CheckpointInvalid, ProofInvalid
from audit.proving.bundle import Bundle
from audit.witnesses.cosignature import Cosignature, WitnessKey, cosignatures_in

_Keys: TypeAlias = Sequence[tuple[str, Ed25519PublicKey]]


@dataclass(frozen=True, slots=True)
class Trust:
    """The keys that a verifier believes in; it has them from elsewhere than the proof.

    Attributes:
        log: C2SP verifier keys of the log: one that was replaced goes on vouching for what it signed.
        witnesses: those of witnesses.
        quorum: how many of them have to have cosigned a checkpoint.
    """

    log: tuple[str, ...]
    witnesses: tuple[str, ...] = ()
    quorum: int = 0


def check_signatures(bundle: Bundle, trust: Trust) -> list[Cosignature]:
    """Check who vouches for the checkpoints of a proof; the known witnesses' cosignatures of the last one.

    Raises:
        ProofInvalid: a signature is missing or wrong.
        CheckpointInvalid: a key is none.
    """
    keys = [read_verifier_key(text) for text in trust.log]
    witnesses = [WitnessKey.read(text) for text in trust.witnesses]
    found: list[Cosignature] = []
    for note in filter(None, (bundle.note, bundle.later)):
        _check_log(note, keys)
        found = _cosigned(note, witnesses)
    # Whoever cosigned the later one saw that it goes on from the first.
    if len({one.witness.key.public_bytes_raw() for one in found}) < trust.quorum:
        raise ProofInvalid(
            "witnesses", f"{len(found)} of the known witnesses cosigned the checkpoint, not {trust.quorum}"
        )
    return found


def _check_log(note: str, keys: _Keys) -> None:
    origin = read_checkpoint(note).origin
    why = f"none of the known keys is of the log {origin}"
    for name, key in keys:
        if name != origin:
            continue
        try:
            open_checkpoint(note, origin, key)
        except CheckpointInvalid as error:
            why = str(error)
        else:
            return
    raise ProofInvalid("signature", f"the checkpoint is not signed by the log: {why}")


def _cosigned(note: str, witnesses: Sequence[WitnessKey]) -> list[Cosignature]:
    try:
        return cosignatures_in(note, witnesses)
    except CheckpointInvalid as error:
        raise ProofInvalid("witnesses", str(error)) from None
