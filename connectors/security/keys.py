"""Private keys and certificates out of PEM: what is accepted, and what a request tells of them."""

import base64
from dataclasses import dataclass, field
from datetime import datetime

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes, PublicKeyTypes
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from connectors.security.rotating import Unusable

__all__ = ["KeyPair", "PinnedCertificate", "load_certificates", "load_key_pair", "load_pinned", "require_rsa"]

_LEAST_BITS = 2048


@dataclass(frozen=True, slots=True)
class KeyPair:
    """A private key and its certificate; further certificates, if any, are those that lead to its authority."""

    key: PrivateKeyTypes = field(repr=False)
    chain: tuple[x509.Certificate, ...]

    @property
    def certificate(self) -> x509.Certificate:
        """Its own certificate."""
        return self.chain[0]

    @property
    def key_pem(self) -> bytes:
        """The private key as PKCS#8 in PEM, not encrypted."""
        return self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())

    @property
    def chain_pem(self) -> bytes:
        """The certificates in PEM."""
        return b"".join(one.public_bytes(Encoding.PEM) for one in self.chain)

    def told(self) -> dict[str, str]:
        """What `ds:KeyInfo` may tell of the certificate, each as the X.509 Token Profile wants it written."""
        certificate = self.certificate
        found = {
            "token": _base64(certificate.public_bytes(Encoding.DER)),
            "issuer": certificate.issuer.rfc4514_string(),
            "number": str(certificate.serial_number),
            "thumbprint": _base64(certificate.fingerprint(hashes.SHA1())),  # noqa: S303 - a name, as the profile defines it
        }
        try:
            extension = certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier)
            found["subjectKeyIdentifier"] = _base64(extension.value.digest)
        except (x509.ExtensionNotFound, x509.DuplicateExtension, ValueError):
            pass
        return found


@dataclass(frozen=True, slots=True)
class PinnedCertificate:
    """A certificate whose key alone is believed, while it is valid."""

    key_pem: bytes
    """The public key (SubjectPublicKeyInfo)."""
    not_before: datetime
    not_after: datetime

    def valid(self, now: datetime) -> bool:
        """Whether it is valid now."""
        return self.not_before <= now <= self.not_after


def load_key_pair(key_text: str, certificate_text: str, now: datetime) -> KeyPair:
    """A private key and its certificate, which must be valid now. Raises `Unusable`."""
    try:
        key = load_pem_private_key(key_text.encode(), password=None)
    except TypeError:
        raise Unusable("the key is encrypted with a passphrase: keep it without") from None
    except (ValueError, UnsupportedAlgorithm):
        raise Unusable("the key is not a private key in PEM") from None
    chain = load_certificates(certificate_text)
    if _spki(chain[0].public_key()) != _spki(key.public_key()):
        raise Unusable("the certificate (the first, if there are several) is not that of the key")
    if now > chain[0].not_valid_after_utc:
        raise Unusable("the certificate has expired")
    if now < chain[0].not_valid_before_utc:
        raise Unusable("the certificate is not valid yet")
    return KeyPair(key, chain)


def load_certificates(text: str) -> tuple[x509.Certificate, ...]:
    """One or more certificates. Raises `Unusable`."""
    try:
        found = tuple(x509.load_pem_x509_certificates(text.encode()))
        for certificate in found:
            certificate.public_key()  # parsed when it is asked for
    except (ValueError, UnsupportedAlgorithm):
        raise Unusable("holds no certificate in PEM") from None
    return found


def load_pinned(now: datetime, *texts: str) -> tuple[PinnedCertificate, ...]:
    """All certificates that some secrets hold; at least one must be valid now. Raises `Unusable`."""
    found = [certificate for text in texts for certificate in load_certificates(text)]
    for certificate in found:
        require_rsa(certificate.public_key())
    pinned = tuple(
        PinnedCertificate(_spki(one.public_key()), one.not_valid_before_utc, one.not_valid_after_utc)
        for one in found
    )
    if not any(one.valid(now) for one in pinned):
        raise Unusable("no pinned certificate is valid now")
    return pinned


def require_rsa(key: PublicKeyTypes) -> None:
    """Signatures here are RSA with SHA-256. Raises `Unusable`."""
    if not isinstance(key, rsa.RSAPublicKey) or key.key_size < _LEAST_BITS:
        raise Unusable(f"expected an RSA key of {_LEAST_BITS} bits or more")


def _spki(key: PublicKeyTypes) -> bytes:
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def _base64(raw: bytes) -> str:
    return base64.b64encode(raw).decode()
