"""Subject handles: the opaque names under which consents and the usage log know a person or an organisation.

A handle is the SHA-256 of the one RSA signature that the hub's key has over (room, scheme, number): nobody can compute or
guess it from the number without the key, and the subject, shown the signature, can check that it is theirs and that there
is no second one. Why this signature, and what it keeps of RFC 9381: `docs/decisions/0003-subject-handles.md`.
"""

import hashlib
import secrets
from collections import OrderedDict
from threading import Lock

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey

from hub.identity.errors import HandleProofInvalid

_INPUT = b"onlyonce subject handle v1 input\x00"
_OUTPUT = b"onlyonce subject handle v1 output\x00"
_HASH = hashes.SHA256()
_SALTLESS = padding.PSS(mgf=padding.MGF1(_HASH), salt_length=0)
_MIN_BITS = 2048
_EXPONENT = 65537


class Handles:
    """Makes handles. One signature costs about a quarter of a millisecond, a remembered one about a microsecond.

    The memory of recent handles is bounded and holds no number: its keys are keyed hashes under a secret of this process.

    Args:
        key: the hub's handle key, 2,048 bits or more, public exponent 65537. It must outlive the log: another key gives other handles.
        cache_size: how many handles are remembered.
    """

    def __init__(self, key: RSAPrivateKey, cache_size: int = 10_000) -> None:
        if not _fit(key.public_key()):
            raise ValueError("the handle key must be RSA of at least 2048 bits with exponent 65537")
        self._key, self._cache_size = key, cache_size
        self._blind = secrets.token_bytes(32)
        self._recent: OrderedDict[bytes, str] = OrderedDict()
        self._lock = Lock()

    def of(self, room: str, scheme: str, value: str) -> str:
        """Return the handle of a subject in one room (`consent`, `audit`): 64 hexadecimal digits, always the same."""
        message = _message(room, scheme, value)
        slot = hashlib.blake2b(message, key=self._blind, digest_size=16).digest()
        with self._lock:
            known = self._recent.get(slot)
            if known is not None:
                self._recent.move_to_end(slot)
                return known
        handle = _handle(self._sign(message))
        with self._lock:
            self._recent[slot] = handle
            while len(self._recent) > self._cache_size:
                self._recent.popitem(last=False)
        return handle

    def proof(self, room: str, scheme: str, value: str) -> bytes:
        """Return the signature behind a handle: for its subject alone, who checks it with `check_handle`."""
        return self._sign(_message(room, scheme, value))

    def public_key(self) -> RSAPublicKey:
        """The key against which proofs are checked."""
        return self._key.public_key()

    def _sign(self, message: bytes) -> bytes:
        return self._key.sign(message, _SALTLESS, _HASH)


def check_handle(public_key: RSAPublicKey, room: str, scheme: str, value: str, proof: bytes) -> str:
    """Check a proof and return the handle that it proves.

    Raises:
        HandleProofInvalid: this is not the signature over this room and number, or the key is not fit for handles.
    """
    if not _fit(public_key):
        raise HandleProofInvalid
    try:
        public_key.verify(proof, _message(room, scheme, value), _SALTLESS, _HASH)
    except InvalidSignature:
        raise HandleProofInvalid from None
    return _handle(proof)


def _fit(key: RSAPublicKey) -> bool:
    return key.key_size >= _MIN_BITS and key.public_numbers().e == _EXPONENT


def _message(*parts: str) -> bytes:
    encoded = (part.encode() for part in parts)
    return _INPUT + b"".join(len(part).to_bytes(4, "big") + part for part in encoded)


def _handle(proof: bytes) -> str:
    return hashlib.sha256(_OUTPUT + proof).hexdigest()
