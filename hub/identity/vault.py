"""What this room keeps of people in the database, sealed: a national number stands in no row that a copy of the database would show.

AES-256-GCM with a key that never stands in the database (NIST SP 800-38D: a fresh random nonce of 96 bits for each text). What is sealed is bound
to the place where it stands, so that a row cannot be put in another's stead.
"""

import json
import secrets
from collections.abc import Mapping
from typing import Any, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from hub.identity.errors import Unsealable

_NONCE: Final = 12


class Vault:
    """Seals and opens.

    Args:
        key: 32 bytes, of the hub's key folder.
        purpose: what is sealed with it, such as `sessions`: each purpose has a key of its own (HKDF, RFC 5869).
    """

    def __init__(self, key: bytes, purpose: str) -> None:
        if len(key) != 32:
            raise ValueError("a vault's key has 32 bytes")
        info = f"onlyonce vault {purpose} v1".encode()
        self._cipher = AESGCM(HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=info).derive(key))

    def seal(self, said: Mapping[str, Any], place: str) -> bytes:
        """Seal a JSON object for one place, such as the id of its row."""
        nonce = secrets.token_bytes(_NONCE)
        text = json.dumps(said, separators=(",", ":"), sort_keys=True).encode()
        return nonce + self._cipher.encrypt(nonce, text, place.encode())

    def open(self, sealed: bytes, place: str) -> dict[str, Any]:
        """Open what was sealed for this place.

        Raises:
            Unsealable: it was altered, stands in another's place, or was sealed with another key.
        """
        try:
            text = self._cipher.decrypt(sealed[:_NONCE], sealed[_NONCE:], place.encode())
        except (InvalidTag, ValueError):
            raise Unsealable from None
        found: dict[str, Any] = json.loads(text)
        return found
