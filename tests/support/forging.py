"""Tokens that nobody's library would make: any header, any claims, any signature."""

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

Header = Mapping[str, Any]
Claims = Mapping[str, Any]


def part(value: object) -> str:
    """A part of a token: what is no bytes, as JSON."""
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def compact(header: object, claims: object, signature: bytes = b"") -> str:
    """A token with any signature, or none."""
    return f"{part(header)}.{part(claims)}.{part(signature) if signature else ''}"


def signature_of(text: str, key: ec.EllipticCurvePrivateKey) -> bytes:
    """The signature ES256 over a text (RFC 7518, section 3.4)."""
    r, s = decode_dss_signature(key.sign(text.encode(), ec.ECDSA(hashes.SHA256())))
    return r.to_bytes(32, "big") + s.to_bytes(32, "big")


def signed(header: Header, claims: Claims, key: ec.EllipticCurvePrivateKey) -> str:
    """A token signed ES256, whatever its header says."""
    text = f"{part({'alg': 'ES256', **header})}.{part(claims)}"
    return f"{text}.{part(signature_of(text, key))}"


def by_secret(header: Header, claims: Claims, secret: bytes) -> str:
    """A token signed HS256."""
    text = f"{part({**header, 'alg': 'HS256'})}.{part(claims)}"
    return f"{text}.{part(hmac.new(secret, text.encode(), hashlib.sha256).digest())}"
