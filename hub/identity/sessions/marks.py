"""The hub's own marks on a session: its cookie, its token against cross-site requests, and how a login is found again.

All are HMAC-SHA256 under keys derived from the identity key (HKDF, RFC 5869), each with one of its own: a cookie that was altered, or is
another hub's, is known as such without a look into the database, and a copy of the database makes no cookie.
"""

import base64
import hashlib
import hmac
import re
from typing import Final

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from hub.identity.errors import TokenInvalid

_COOKIE: Final = re.compile(r"([0-9a-f]{32})\.([1-9][0-9]{0,8})\.([A-Za-z0-9_-]{43})", re.ASCII)


class Marks:
    """Makes and reads them.

    Args:
        key: 32 bytes, of the hub's key folder.
    """

    def __init__(self, key: bytes) -> None:
        if len(key) != 32:
            raise ValueError("the key of sessions has 32 bytes")
        self._cookies, self._csrf, self._logins = (
            _derived(key, purpose) for purpose in ("cookies", "cross-site", "logins")
        )

    def cookie(self, session: str, generation: int) -> str:
        """The value of a session's cookie of this generation."""
        said = f"{session}.{generation}"
        return f"{said}.{_mac(self._cookies, said)}"

    def read(self, cookie: str) -> tuple[str, int]:
        """The session and the generation that a cookie is of.

        Raises:
            TokenInvalid: this hub did not make it.
        """
        parts = _COOKIE.fullmatch(cookie)
        if parts is None:
            raise TokenInvalid
        session, generation, mac = parts.groups()
        if not hmac.compare_digest(mac, _mac(self._cookies, f"{session}.{generation}")):
            raise TokenInvalid
        return session, int(generation)

    def csrf(self, session: str) -> str:
        """The token that a page of this session sends with every change; another session's is another."""
        return _mac(self._csrf, session)

    def is_csrf(self, session: str, token: str) -> bool:
        """Whether a token is this session's, in a time that says nothing of where it differs."""
        return hmac.compare_digest(token.encode(), self.csrf(session).encode())

    def login(self, provider: str, kind: str, name: str) -> str:
        """By which a provider's `sub` or `sid` is found in the database: it may be a number that must not stand there."""
        said = b"".join(
            len(one).to_bytes(4, "big") + one for one in (provider.encode(), kind.encode(), name.encode())
        )
        return hmac.new(self._logins, said, hashlib.sha256).hexdigest()


def _derived(key: bytes, purpose: str) -> bytes:
    info = f"onlyonce sessions {purpose} v1".encode()
    return HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=info).derive(key)


def _mac(key: bytes, said: str) -> str:
    made = hmac.new(key, said.encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(made).rstrip(b"=").decode()
