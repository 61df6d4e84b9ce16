"""Signatures of policy bundles, as OPA makes and verifies them: a JWT over the hashes of all files (`.signatures.json`).

The algorithm follows from the key, never from the token: ES256 for P-256, EdDSA for Ed25519. OPA verifies both where the key is given on its command
line; the `keys` of its configuration file know ES256 alone.
"""

import json
import re
from pathlib import Path
from typing import Any, Final, TypeAlias

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, OKPKey

from policies.errors import PolicyInvalid, Problem

KEY_ID: Final = "onlyonce"
"""The name of the key in the token's header; OPA looks its key up by this where its configuration names none."""

_MAX_KEY: Final = 8192
_MAX_TOKEN: Final = 524_288
_SHAPE = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+", re.ASCII)
_MALFORMED = (JoseError, ValueError, TypeError, AttributeError, KeyError, RecursionError)

_Private: TypeAlias = ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey
_Public: TypeAlias = ec.EllipticCurvePublicKey | ed25519.Ed25519PublicKey


class _Repeatable:
    """Signs on P-256 with a nonce that follows from key and message (RFC 6979), so that the same bundle has the same bytes."""

    def __init__(self, key: ec.EllipticCurvePrivateKey) -> None:
        self._key = key

    def sign(self, message: bytes, algorithm: ec.ECDSA) -> bytes:
        return self._key.sign(message, ec.ECDSA(algorithm.algorithm, deterministic_signing=True))


class _RepeatableKey(ECKey):
    def get_op_key(self, operation: Any) -> Any:
        key = super().get_op_key(operation)
        return _Repeatable(key) if isinstance(key, ec.EllipticCurvePrivateKey) else key


class _Registry(jws.JWSRegistry):
    max_payload_length = _MAX_TOKEN

    def get_alg(self, name: str) -> Any:
        """The algorithm, if allowed; `EdDSA` without joserfc's warning that it will be called `Ed25519`, which OPA does not know yet."""
        if name == "EdDSA" and name in (self.allowed or ()):
            return self.algorithms[name]
        return super().get_alg(name)


class SigningKey:
    """The private key that signs bundles.

    Raises:
        ValueError: The key is neither on P-256 nor Ed25519.
    """

    def __init__(self, key: _Private) -> None:
        """Take a key of `cryptography`."""
        self.algorithm = _algorithm(key)
        self._key: ECKey | OKPKey = (
            OKPKey(key, key) if isinstance(key, ed25519.Ed25519PrivateKey) else _RepeatableKey(key, key)
        )
        self.verification_key = VerificationKey(key.public_key())

    def sign(self, claims: dict[str, object]) -> str:
        """A token over claims; the same for the same claims."""
        header = {"alg": self.algorithm, "kid": KEY_ID, "typ": "JWT"}
        payload = json.dumps(claims, separators=(",", ":")).encode()
        return jws.serialize_compact(
            header, payload, self._key, registry=_Registry(algorithms=[self.algorithm])
        )


class VerificationKey:
    """The public key that a bundle's signature must be of.

    Raises:
        ValueError: The key is neither on P-256 nor Ed25519.
    """

    def __init__(self, key: _Public) -> None:
        """Take a key of `cryptography`."""
        self.algorithm = _algorithm(key)
        self.public = key
        self._key: ECKey | OKPKey = (
            OKPKey(key, key) if isinstance(key, ed25519.Ed25519PublicKey) else ECKey(key, key)
        )

    def claims(self, token: object) -> dict[str, object] | None:
        """What a token claims; None if it is not one that this key signed."""
        if not isinstance(token, str) or len(token) > _MAX_TOKEN or not _SHAPE.fullmatch(token):
            return None
        try:
            found = jws.deserialize_compact(token, self._key, registry=_Registry(algorithms=[self.algorithm]))
            claims = json.loads(found.payload or b"")
        except _MALFORMED:
            return None
        return claims if isinstance(claims, dict) and "crit" not in found.headers() else None


def read_signing_key(path: Path) -> SigningKey:
    """The private key of a PEM file that its owner alone can read.

    Raises:
        PolicyInvalid: Others may read the file, or it holds no such key. Names the file.
    """
    data = _read(path)
    if path.stat().st_mode & 0o077:
        raise _refused(path, f"others may read it; take their rights away (chmod go= {path})")
    try:
        return SigningKey(serialization.load_pem_private_key(data, password=None))  # type: ignore[arg-type]
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise _refused(path, "is not a private key on P-256 or Ed25519 in PEM, without a password") from None


def read_verification_key(path: Path) -> VerificationKey:
    """The public key of a PEM file.

    Raises:
        PolicyInvalid: The file holds no such key. Names the file.
    """
    try:
        return VerificationKey(serialization.load_pem_public_key(_read(path)))  # type: ignore[arg-type]
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise _refused(path, "is not a public key on P-256 or Ed25519 in PEM") from None


def new_key(*, ed: bool) -> tuple[bytes, bytes]:
    """A new private key and its public key, both in PEM: on P-256 (ES256), or Ed25519 (EdDSA)."""
    key: _Private = ed25519.Ed25519PrivateKey.generate() if ed else ec.generate_private_key(ec.SECP256R1())
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    public = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return private, public


def _algorithm(key: object) -> str:
    if isinstance(key, ed25519.Ed25519PrivateKey | ed25519.Ed25519PublicKey):
        return "EdDSA"
    curve = key.curve if isinstance(key, ec.EllipticCurvePrivateKey | ec.EllipticCurvePublicKey) else None
    if not isinstance(curve, ec.SECP256R1):
        raise ValueError("bundles are signed with a key on P-256 or Ed25519")  # noqa: TRY004 - a wrong value, not a wrong type
    return "ES256"


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(_MAX_KEY)
    except OSError as error:
        raise _refused(path, f"cannot be read ({type(error).__name__})") from None


def _refused(path: Path, why: str) -> PolicyInvalid:
    return PolicyInvalid((Problem(str(path), 0, why),))
