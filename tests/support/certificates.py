"""Keys and certificates, made when the tests run: none is kept in the project."""

import ipaddress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

START, END = datetime(2020, 1, 1, tzinfo=UTC), datetime(2040, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Pair:
    """A private key and its certificate."""

    private: rsa.RSAPrivateKey
    certificate: x509.Certificate

    @property
    def key(self) -> str:
        raw = self.private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        return raw.decode()

    @property
    def cert(self) -> str:
        return self.certificate.public_bytes(Encoding.PEM).decode()


@cache
def private_key(name: str, bits: int) -> rsa.RSAPrivateKey:
    """A key of its own for each name."""
    del name
    return rsa.generate_private_key(public_exponent=65537, key_size=bits)


@cache
def pair(
    name: str,
    *,
    issuer: str | None = None,
    start: datetime = START,
    end: datetime = END,
    bits: int = 2048,
    identified: bool = True,
) -> Pair:
    """A key and a certificate by `issuer`, or by itself. It is good for 127.0.0.1, as a client, a server and an authority."""
    own = private_key(name, bits)
    signer = own if issuer is None else private_key(issuer, 2048)
    builder = (
        x509.CertificateBuilder()
        .subject_name(_named(name))
        .issuer_name(_named(issuer or name))
        .public_key(own.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(end)
        .add_extension(x509.BasicConstraints(ca=issuer is None, path_length=None), critical=True)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False
        )
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]),
            critical=False,
        )
    )
    if identified:
        identifier = x509.SubjectKeyIdentifier.from_public_key(own.public_key())
        builder = builder.add_extension(identifier, critical=False)
    return Pair(own, builder.sign(signer, hashes.SHA256()))


def expired(name: str, now: datetime) -> Pair:
    """A certificate whose last day was yesterday."""
    return pair(name, end=now - timedelta(days=1))


def _named(name: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "BE"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Onlyonce, tests"),
            x509.NameAttribute(NameOID.COMMON_NAME, name),
        ]
    )
