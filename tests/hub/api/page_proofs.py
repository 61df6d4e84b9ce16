"""Proofs for the page `verify.html`: cosigned, continued, naming their keys; and altered in each way that there is."""

from collections.abc import Iterator
from copy import deepcopy

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from audit import CheckpointSigner, checkpoint, cosignature, merkle, read_bundle
from audit.proving.bundle import write_fields
from audit.proving.form import encoded
from hub.identity import Handles
from tests.audit.proofs import EXAMPLE_KEY, Json, example, text_of

ORIGIN = "example.org/log"
LOG = checkpoint.verifier_key(ORIGIN, EXAMPLE_KEY.public_key())
WITNESS = Ed25519PrivateKey.from_private_bytes(bytes([7]) * 32)
WITNESS_KEY = cosignature.WitnessKey("witness.example", WITNESS.public_key())
HANDLES = Handles(generate_private_key(public_exponent=65537, key_size=2048))
HANDLES_KEY = encoded(HANDLES.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))


def keys(*, log: bool = True, witnesses: bool = False) -> Json:
    """What the page is told to trust."""
    return {
        "log": [LOG] if log else [],
        "witnesses": [WITNESS_KEY.text()] if witnesses else [],
        "quorum": int(witnesses),
        "handles": HANDLES_KEY if log else "",
    }


def cosigned(proof: Json, key: Ed25519PrivateKey = WITNESS) -> Json:
    note = proof["inclusion"]["checkpoint"]
    text = note.partition("\n\n")[0] + "\n"
    changed = deepcopy(proof)
    changed["inclusion"]["checkpoint"] = (
        note + cosignature.cosign(text, "witness.example", key, 1795435300).line()
    )
    return changed


def with_keys(proof: Json) -> Json:
    return {**proof, "keys": {"log": [LOG], "witnesses": [], "handles": HANDLES_KEY}}


def continued(proof: Json, size: int = 5) -> Json:
    """The same in a log that went on."""
    first = proof["inclusion"]
    leaves = [merkle.hash_leaf(bytes([n]) * 32) for n in range(size - 2)]
    left, tree = read_bundle(text_of(proof)).checkpoint.root, merkle.CompactRange()
    nodes = {(1, 0): left, **{(0, n + 2): leaf for n, leaf in enumerate(leaves)}}
    for leaf in leaves:
        tree.append(leaf)
    nodes[1, 1] = merkle.hash_children(leaves[0], leaves[1])
    nodes[2, 0] = merkle.hash_children(left, nodes[1, 1])
    root = merkle.hash_children(nodes[2, 0], leaves[2])
    path = merkle.consistency_proof(2, size, lambda level, index: nodes[level, index])
    note = CheckpointSigner(ORIGIN, EXAMPLE_KEY).sign(size, root)
    return {
        **proof,
        "inclusion": first,
        "later": {"path": [encoded(one) for one in path], "checkpoint": note},
    }


def kinds_of_tampering() -> Iterator[tuple[str, Json, str]]:
    """A proof altered in each way that there is, and words that name what."""
    field = example()
    field["openFields"][7]["value"] = "refused"
    yield "a field", field, "“Outcome” is not what was recorded"
    sealed = example()
    sealed["sealedFields"][1]["value"] = '"c-2"'
    yield "a sealed field", sealed, "“Case” is not what was recorded"
    salt = example()
    salt["sealedFields"][1]["salt"] = encoded(bytes(16))
    yield "a salt", salt, "“Case” is not what was recorded"
    closed = example()
    closed["openFields"][5]["digest"] = closed["leaf"]
    yield "a closed field", closed, "information in it was changed"
    removed = example()
    removed["sealedFields"].pop(0)
    yield "a field taken out", removed, "information in it was changed"
    leaf = example()
    leaf["leaf"] = encoded(bytes(32))
    yield "the leaf", leaf, "information in it was changed"
    path = example()
    path["inclusion"]["path"] = [path["leaf"]]
    yield "the path", path, "not in the log that this file shows"
    swapped = example()
    swapped["openFields"][0] = write_fields([b"index"], [b"1"], bytes(16), {"index"})[0]
    yield "the place", swapped, "information in it was changed"
    size = example()
    size["inclusion"]["checkpoint"] = size["inclusion"]["checkpoint"].replace("\n2\n", "\n3\n")
    yield "the size", size, "not in the log that this file shows"
    signature = example()
    note = signature["inclusion"]["checkpoint"]
    signature["inclusion"]["checkpoint"] = note[:-20] + ("A" if note[-20] != "A" else "B") + note[-19:]
    yield "the signature", signature, "The log did not sign this"
    unsigned = example()
    unsigned["inclusion"]["checkpoint"] = note.replace("— example.org", "— example.com")
    yield "the signer", unsigned, "The log did not sign this"
    cut = example()
    del cut["inclusion"]
    yield "a part", cut, "The file is damaged"
