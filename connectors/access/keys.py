"""Private keys that sign: read from a secret, PEM or JWK, and used for one algorithm only."""

import json
from base64 import b64encode
from collections.abc import Mapping
from typing import Any, Final

from cryptography.hazmat.primitives.serialization import Encoding
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, Key, OKPKey, RSAKey

from connectors.access.rule import KeyRule
from connectors.security.keys import load_certificates
from connectors.security.rotating import Place, Rotating, Secrets, Unusable

__all__ = ["SigningKey"]

_KINDS: Final[Mapping[str, type[ECKey] | type[RSAKey] | type[OKPKey]]] = {
    "ES256": ECKey, "RS256": RSAKey, "PS256": RSAKey, "EdDSA": OKPKey,
}  # fmt: skip
_LEAST_BITS = 2048
_LARGEST = 256 << 20


class _Registry(jws.JWSRegistry):
    max_payload_length = _LARGEST

    def get_alg(self, name: str) -> Any:
        """The algorithm; `EdDSA`, today's usual name of Ed25519, without joserfc's warning of its future renaming."""
        return self.algorithms[name]


class SigningKey:
    """A key as declared. One that is replaced is used from then on; one that cannot be used leaves the old one in use."""

    def __init__(self, source_id: str, place: Place, rule: KeyRule, secrets: Secrets) -> None:
        """Read it. Raises `DeclarationInvalid`, at `place`."""
        self._rule = rule
        self._registry = _Registry(algorithms=[rule.algorithm])
        names = (rule.secret, *filter(None, [rule.certificates]))
        self._made = Rotating(source_id, (*place, "key"), names, secrets, self._make)

    @property
    def trouble(self) -> str | None:
        """Why the key that is there now is not in use, if so."""
        return self._made.trouble

    def sign(self, payload: bytes, **members: object) -> str:
        """JWS compact over some bytes (RFC 7515), `members` in its header."""
        key, named = self._made.current()
        return self._signed(key, {**named, **members}, payload)

    def token(self, claims: Mapping[str, object]) -> str:
        """A signed JWT (RFC 7519)."""
        return self.sign(json.dumps(claims).encode(), typ="JWT")

    def _make(self, text: str, certificates: str | None = None) -> tuple[Key, dict[str, object]]:
        """The key, and the header members by which a verifier finds it. Raises `Unusable`."""
        key, named = _key(text, self._rule), dict[str, object]()
        key_id = self._rule.key_id or key.kid
        if key_id:
            named["kid"] = key_id
        if certificates is not None:
            named["x5c"] = _chain(certificates, key)
        try:
            self._signed(key, named, b"")
        except (JoseError, ValueError, TypeError) as error:
            raise Unusable(f"the key cannot sign ({type(error).__name__})") from None
        return key, named

    def _signed(self, key: Key, members: Mapping[str, object], payload: bytes) -> str:
        header = {"alg": self._rule.algorithm, **members}
        return jws.serialize_compact(header, payload, key, registry=self._registry)


def _key(text: str, rule: KeyRule) -> Key:
    unfit = Unusable(f"expected a private key for {rule.algorithm}")
    try:
        value = json.loads(text) if text.startswith("{") else text
        key = _KINDS[rule.algorithm].import_key(value)
        fit = key.is_private and _is_fit(key)
    except (JoseError, ValueError, TypeError, AttributeError, KeyError):
        raise unfit from None
    if not fit:
        raise unfit
    return key


def _is_fit(key: Key) -> bool:
    if isinstance(key, RSAKey):
        return key.public_key.key_size >= _LEAST_BITS
    return isinstance(key, ECKey | OKPKey) and key.curve_name in {"P-256", "Ed25519"}


def _chain(text: str, key: Key) -> list[str]:
    """The certificates of a PEM text as `x5c` has them; the first must be the key's own. Raises `Unusable`."""
    found = load_certificates(text)
    if not isinstance(key, RSAKey | ECKey | OKPKey) or found[0].public_key() != key.public_key:
        raise Unusable("the certificate (the first, if there are several) is not that of the key")
    return [b64encode(one.public_bytes(Encoding.DER)).decode() for one in found]
