"""The strict reading of signed tokens (JWS compact, RFC 7515; RFC 8725 best practices), shared by this room's doors.

The algorithm follows from the key, never from the token: a token is tried only against keys whose own algorithms include the one that it
names, so `none` and a public key used as an HMAC secret have nowhere to go. Keys come from configuration alone: `jku`, `jwk`, `x5u` and
`x5c` in a header are never looked at.
"""

import base64
import binascii
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, Key, OKPKey, RSAKey, import_key

from hub.identity.errors import TokenExpired, TokenInvalid

MAX_TOKEN = 16_384
"""The longest token that is looked at, in characters."""
LEEWAY = timedelta(seconds=30)
"""How far ahead another machine's clock may be."""
MAX_KEYS = 32
"""How many keys of one set are looked at."""

_SHAPE = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+", re.ASCII)
_RSA_BITS = range(2048, 8193)
_MALFORMED = (JoseError, ValueError, TypeError, AttributeError, KeyError, RecursionError)


class _Registry(jws.JWSRegistry):
    """Unknown header parameters are ignored (RFC 7515, 4.1), critical ones that are not understood refuse the token."""

    max_header_length = 4_096
    max_payload_length = MAX_TOKEN

    def get_alg(self, name: str) -> Any:
        """The algorithm, if allowed; `EdDSA`, today's usual name of Ed25519, without joserfc's warning of its future renaming."""
        if name == "EdDSA" and name in (self.allowed or ()):
            return self.algorithms[name]
        return super().get_alg(name)


def algorithms_of(key: Key) -> frozenset[str]:
    """The algorithms that a key is admitted for: none for a kind or strength that is not admitted."""
    if isinstance(key, RSAKey):
        own = frozenset({"RS256", "PS256"}) if key.public_key.key_size in _RSA_BITS else frozenset[str]()
    elif isinstance(key, ECKey):
        own = frozenset({"ES256"}) if key.curve_name == "P-256" else frozenset()
    elif isinstance(key, OKPKey):
        own = frozenset({"EdDSA", "Ed25519"}) if key.curve_name == "Ed25519" else frozenset()
    else:
        own = frozenset()
    return own & {key.alg} if key.alg else own


def public_keys(jwks: object) -> tuple[Key, ...]:
    """Read the admitted public keys of a JWK set; what is malformed, symmetric, weak or for encryption is passed over."""
    listed = jwks.get("keys") if isinstance(jwks, Mapping) else None
    if not isinstance(listed, Sequence):
        return ()
    return tuple(key for key in map(_public_key, listed[:MAX_KEYS]) if key is not None and algorithms_of(key))


def _public_key(jwk: object) -> Key | None:
    if not isinstance(jwk, Mapping) or jwk.get("use", "sig") != "sig" or not _strong(jwk):
        return None
    public = {name: jwk[name] for name in ("kty", "kid", "alg", "crv", "x", "y", "n", "e") if name in jwk}
    try:
        return import_key(public)
    except _MALFORMED:
        return None


def _strong(jwk: Mapping[str, Any]) -> bool:
    if jwk.get("kty") != "RSA":
        return jwk.get("kty") in ("EC", "OKP")
    modulus = jwk.get("n")
    return isinstance(modulus, str) and len(modulus) * 6 // 8 * 8 >= _RSA_BITS.start


def unverified(token: object) -> tuple[dict[str, Any], dict[str, Any]]:
    """Read a token's header and claims without believing them: to choose the key, nothing else.

    Raises:
        TokenInvalid: it is too long, or not three parts of base64url with a JSON object in the first two.
    """
    if not isinstance(token, str) or len(token) > MAX_TOKEN or not _SHAPE.fullmatch(token):
        raise TokenInvalid
    header, claims, _signature = token.split(".")
    return _object(header), _object(claims)


def _object(part: str) -> dict[str, Any]:
    try:
        found = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except (binascii.Error, ValueError, RecursionError):
        raise TokenInvalid from None
    if not isinstance(found, dict):
        raise TokenInvalid
    return found


def verified(token: str, keys: Iterable[Key], types: frozenset[str | None]) -> dict[str, Any]:
    """Check a token's type and signature, and return its claims.

    Args:
        token: JWS compact.
        keys: the keys that may have signed it. A token that names a `kid` is tried against keys of that name, and those without one.
        types: the admitted `typ`, lower case; None admits its absence.

    Raises:
        TokenInvalid: no key of these signed it, or it is not of that type.
    """
    header, claims = unverified(token)
    if "crit" in header or "b64" in header or not _of_type(header.get("typ"), types):
        raise TokenInvalid
    if any(_signed(token, key, header.get("alg")) for key in named(keys, header)):
        return claims
    raise TokenInvalid


def _of_type(kind: object, types: frozenset[str | None]) -> bool:
    if isinstance(kind, str):
        return kind.lower() in types
    return kind is None and None in types


def named(keys: Iterable[Key], header: Mapping[str, Any]) -> tuple[Key, ...]:
    """The keys that a header's `kid` and `alg` leave to try."""
    kid, alg = header.get("kid"), header.get("alg")
    return tuple(
        key
        for key in keys
        if (kid is None or key.kid in (None, kid)) and isinstance(alg, str) and alg in algorithms_of(key)
    )


def _signed(token: str, key: Key, alg: object) -> bool:
    registry = _Registry(algorithms=[str(alg)], strict_check_header=False)
    try:
        jws.deserialize_compact(token, key, registry=registry)
    except _MALFORMED:
        return False
    return True


def moment(claims: Mapping[str, Any], name: str) -> float | None:
    """A NumericDate claim in seconds since 1970, or None when it is absent.

    Raises:
        TokenInvalid: it is no number, or not a date of our era.
    """
    value = claims.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 253_402_300_800:
        raise TokenInvalid
    return float(value)


def check_times(claims: Mapping[str, Any], now: datetime, *, late: timedelta = timedelta(0)) -> float:
    """Check `exp` (required), `nbf` and `iat`, and return `exp` in seconds since 1970.

    Args:
        claims: of a token whose signature holds.
        now: the hub's time.
        late: how long after `exp` the token is still admitted.

    Raises:
        TokenInvalid: no expiry, or a token from the future (beyond `LEEWAY`).
        TokenExpired: its time is over.
    """
    seconds = now.timestamp()
    ahead = seconds + LEEWAY.total_seconds()
    expires = moment(claims, "exp")
    begins = max(moment(claims, "nbf") or 0, moment(claims, "iat") or 0)
    if expires is None or begins > ahead:
        raise TokenInvalid
    if seconds >= expires + late.total_seconds():
        raise TokenExpired
    return expires


def audiences(claims: Mapping[str, Any]) -> frozenset[str]:
    """The audiences of a token; empty when they are missing or malformed."""
    found = claims.get("aud")
    if isinstance(found, str):
        return frozenset({found})
    if isinstance(found, list) and all(isinstance(one, str) for one in found):
        return frozenset(found)
    return frozenset()
