"""A client of the catalogue: what it may run and ask for, and how it proves who it is."""

import base64
import re
from types import MappingProxyType
from typing import Final

from hub.catalogue.activities import read_channels
from hub.catalogue.model import Client
from hub.catalogue.reading import read_jwks
from hub.catalogue.records import Record

SCOPES: Final = ("prefill", "evaluate", "consents")
"""What a client may be let do: prefill forms; ask what the rules would say; ask for consents."""
DEFAULT_SCOPES: Final = frozenset({"prefill", "evaluate"})
_MOST_PER_SECOND: Final = 1_000_000
_SECRET_HASH = re.compile(r"scrypt(\$[0-9]{1,9}){3}(\$[A-Za-z0-9_-]{16,128}){2}")
_BY_KEY: Final = "private_key_jwt"
_BY_SECRET: Final = ("client_secret_basic", "client_secret_post")
_BY_CERTIFICATE: Final = "tls_client_auth"
_METHODS: Final = (_BY_KEY, *_BY_SECRET, _BY_CERTIFICATE, "external_issuer")
_FINGERPRINT = re.compile(r"[0-9A-Fa-f]{2}(:?[0-9A-Fa-f]{2}){31}")


def read_client(record: Record, client_id: str) -> Client | None:
    """A client."""
    record.only(
        (
            "name",
            "controller",
            "forms",
            "channels",
            "scopes",
            "rateLimit",
            "method",
            "jwks",
            "secretHash",
            "certificates",
        )
    )
    name = record.texts("name")
    controller = record.text("controller")
    forms = frozenset(record.names("forms"))
    channels = read_channels(record, required=False)
    scopes = _read_scopes(record)
    rate_limit = record.whole("rateLimit", 1, _MOST_PER_SECOND)
    method = record.choice("method", _METHODS)
    jwks = read_jwks(record, "jwks", required=method == _BY_KEY)
    secret_hash = record.shaped(
        "secretHash",
        _SECRET_HASH,
        "scrypt$…: the hash of a secret, never the secret",
        required=method in _BY_SECRET,
    )
    certificates = _read_certificates(record, required=method == _BY_CERTIFICATE)
    if jwks is not None and method != _BY_KEY:
        record.offend(f"'jwks' is only for the method {_BY_KEY}", "jwks")
    if secret_hash and method not in _BY_SECRET:
        record.offend("'secretHash' is only for the methods of a secret", "secretHash")
    if not record.sound or name is None:
        return None
    return Client(
        client_id, MappingProxyType(dict(name)), controller, forms, channels, scopes, rate_limit, method, jwks, secret_hash or None,
        certificates,
    )  # fmt: skip


def _read_certificates(record: Record, *, required: bool) -> frozenset[str]:
    """The thumbprints (`x5t#S256`) of its certificates, of which the catalogue has the SHA-256 as `openssl x509 -fingerprint -sha256` prints it."""
    found = set()
    for position, written in enumerate(record.names("certificates", required=required)):
        if _FINGERPRINT.fullmatch(written) is None:
            record.offend(
                "a certificate is named by its SHA-256: 64 hexadecimal digits", "certificates", position
            )
            continue
        digest = bytes.fromhex(written.replace(":", ""))
        found.add(base64.urlsafe_b64encode(digest).rstrip(b"=").decode())
    return frozenset(found)


def _read_scopes(record: Record) -> frozenset[str]:
    """What it may be let do. A word that is not known is refused: it would be a right that nobody has."""
    if "scopes" not in record.node:
        return DEFAULT_SCOPES
    found = record.names("scopes")
    for position, scope in enumerate(found):
        if scope not in SCOPES:
            record.unknown("scope", scope, SCOPES, "scopes", position)
    return frozenset(found)
