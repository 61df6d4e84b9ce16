"""Client certificates that are pinned: known by their SHA-256, and good while they are valid. No authority vouches for any."""

import base64
import hashlib
from collections.abc import Callable
from datetime import datetime

from cryptography import x509


def thumbprint(certificate: bytes) -> str:
    """The SHA-256 of a certificate (DER) as `x5t#S256` has it (RFC 8705, section 3.1)."""
    return base64.urlsafe_b64encode(hashlib.sha256(certificate).digest()).rstrip(b"=").decode()


def is_valid(certificate: bytes, clock: Callable[[], datetime]) -> bool:
    """Whether the time is between those that a certificate (DER) names. One that cannot be read is not valid."""
    try:
        read = x509.load_der_x509_certificate(certificate)
        return read.not_valid_before_utc <= clock() <= read.not_valid_after_utc
    except ValueError:
        return False
