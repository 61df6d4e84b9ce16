"""Client secrets as the catalogue keeps them: scrypt (RFC 7914), never the secret."""

import base64
import binascii
import hashlib
import hmac
import secrets
from threading import BoundedSemaphore

_N, _R, _P, _LENGTH, _SALT = 2**14, 8, 1, 32, 16
_MAX_MEMORY = 64 * 1024 * 1024
_MAX_SECRET = 1_024
# An attacker's guesses may not take every core and 16 MiB per thread: so many hashes at once, the others wait.
_at_once = BoundedSemaphore(2)


def hash_secret(secret: str) -> str:
    """Hash a client secret for the catalogue: `scrypt$n$r$p$salt$hash`, salt and hash in base64url.

    Give clients long random secrets: scrypt only slows down who guesses a short one.
    """
    salt = secrets.token_bytes(_SALT)
    return "$".join(
        ("scrypt", str(_N), str(_R), str(_P), _text(salt), _text(_scrypt(secret, salt, _N, _R, _P)))
    )


def check_secret(secret: str, secret_hash: str) -> bool:
    """Whether a secret is the one that was hashed, compared in constant time. A malformed hash matches nothing."""
    try:
        kind, n, r, p, salt, expected = secret_hash.split("$")
        found = _scrypt(secret, _bytes(salt), int(n), int(r), int(p))
        return kind == "scrypt" and hmac.compare_digest(found, _bytes(expected))
    except (ValueError, binascii.Error, MemoryError):
        return False


def _scrypt(secret: str, salt: bytes, n: int, r: int, p: int) -> bytes:
    if len(secret) > _MAX_SECRET:
        raise ValueError("the secret is too long")
    with _at_once:
        return hashlib.scrypt(
            secret.encode("utf-8", "surrogatepass"),
            salt=salt,
            n=n,
            r=r,
            p=p,
            maxmem=_MAX_MEMORY,
            dklen=_LENGTH,
        )


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _bytes(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
