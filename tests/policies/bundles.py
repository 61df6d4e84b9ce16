"""Policy bundles for the tests: made, taken apart, altered, and put together again."""

import gzip
import io
import json
import tarfile
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519

from policies import PolicySet, build_bundle, policy_set
from policies.signing import KEY_ID, SigningKey

KEY = SigningKey(ec.derive_private_key(0x5EC12E7, ec.SECP256R1()))
OTHER_KEY = SigningKey(ec.derive_private_key(0xBAD5EED, ec.SECP256R1()))
ED_KEY = SigningKey(ed25519.Ed25519PrivateKey.from_private_bytes(bytes(range(32))))
BUILT = datetime(2026, 3, 1, 12, tzinfo=UTC)

Files = dict[str, bytes]


def public_pem(key: SigningKey) -> bytes:
    """The public key, as OPA and the hub are given it."""
    return key.verification_key.public.public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )


def a_set(text: str = "") -> PolicySet:
    """A small policy set that refuses everything."""
    return policy_set(
        {
            "decision.rego": "package onlyonce\n\n"
            'decision := {"revision": data.onlyonce.revision, "attributes": {name: {"decision": "deny", '
            '"reason": "purposeNotAuthorised", "rule": "onlyonce.never"} | some name, _ in input.attributes}}\n'
            + text,
            "more/part.rego": "package onlyonce.part\n\nx := 1\n",
        }
    )


def built(policies: PolicySet | None = None, key: SigningKey = KEY) -> bytes:
    """A bundle."""
    return build_bundle(policies or a_set(), key, BUILT)


def unpacked(bundle: bytes) -> Files:
    """The files of a bundle."""
    with tarfile.open(fileobj=io.BytesIO(bundle), mode="r:gz") as tar:
        return {one.name: tar.extractfile(one).read() for one in tar}  # type: ignore[union-attr]


def packed(files: Mapping[str, bytes] | Iterable[tuple[str, bytes]]) -> bytes:
    """A bundle of files, in the given order, with the names as they are."""
    pairs = list(files.items()) if isinstance(files, Mapping) else list(files)
    return packed_members((tarfile.TarInfo(name), data) for name, data in pairs)


def packed_members(members: Iterable[tuple[tarfile.TarInfo, bytes]]) -> bytes:
    """A bundle of any members."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for member, data in members:
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))
    return gzip.compress(buffer.getvalue())


def signed(files: Files, claims: Mapping[str, object] | None = None, key: SigningKey = KEY) -> Files:
    """The files with a signature over what they are now, or over other claims."""
    from policies.bundle import _hash  # noqa: PLC0415

    listed = [
        {"name": name, "hash": _hash(name, data), "algorithm": "SHA-256"}
        for name, data in files.items()
        if name != ".signatures.json"
    ]
    token = key.sign(dict(claims) if claims is not None else {"files": listed, "keyid": KEY_ID})
    return {**files, ".signatures.json": json.dumps({"signatures": [token]}).encode()}


def changed(alter: Callable[[Files], object]) -> bytes:
    """A bundle whose files were altered after it was signed, in place or by others instead."""
    files = unpacked(built())
    instead = alter(files)
    return packed(instead if isinstance(instead, dict) else files)


def older_format(files: Files) -> Files:
    """As bundles were before: of Rego v0, with a signature that gives its hashes in a map."""
    said = json.loads(files[".manifest"])
    files[".manifest"] = json.dumps({**said, "rego_version": 0}).encode()
    hashes = dict.fromkeys(files, "0" * 64)
    return signed(files, {"files": hashes, "keyid": KEY_ID})


TAMPERED: dict[str, bytes] = {
    "altered module": changed(
        lambda files: files.update({"more/part.rego": b"package onlyonce.part\n\nx := 2\n"})
    ),
    "altered data": changed(
        lambda files: files.update({"data.json": b'{"onlyonce": {"revision": "other"}}'})
    ),
    "altered manifest": changed(
        lambda files: files.update({".manifest": b'{"revision": "other", "roots": ["onlyonce"]}'})
    ),
    "added file": changed(lambda files: files.update({"extra.rego": b"package onlyonce.extra\n\nx := 1\n"})),
    "removed file": changed(lambda files: files.pop("more/part.rego")),
    "renamed file": changed(lambda files: files.update({"more/other.rego": files.pop("more/part.rego")})),
    "another's signature": built(key=OTHER_KEY),
    "unsigned": changed(lambda files: files.pop(".signatures.json")),
    "no signature among them": changed(
        lambda files: files.update({".signatures.json": b'{"signatures": []}'})
    ),
    "signature of another set": changed(
        lambda files: files.update(
            {".signatures.json": unpacked(built(a_set("\ny := 1\n")))[".signatures.json"]}
        )
    ),
    "older format": changed(older_format),
}
"""Bundles that are not what the key signed, by what was done to them."""
