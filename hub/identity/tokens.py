"""The hub's own access tokens: what a client gets at the token endpoint and shows at the prefill door (RFC 9068, `at+jwt`)."""

import uuid
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey
from joserfc import jwt
from joserfc.jwk import ECKey

from hub.identity import jose
from hub.identity.cache import VerifiedTokens
from hub.identity.errors import ScopeMissing, TokenExpired, TokenInvalid

Clock = Callable[[], datetime]
TYPES: frozenset[str | None] = frozenset({"at+jwt", "application/at+jwt"})
_REMEMBERED = 10_000


@dataclass(frozen=True, slots=True)
class IssuedToken:
    """A new access token and its life in seconds, as the token endpoint answers them."""

    token: str = field(repr=False)
    expires_in: int


@dataclass(frozen=True, slots=True)
class ClientToken:
    """What a verified access token says: which client, what it may do, until when; and the thumbprint of the certificate without which it is no good."""

    client_id: str
    scopes: frozenset[str]
    expires_at: datetime
    bound_to: str | None = None


@dataclass(frozen=True, slots=True)
class _Verified:
    said: ClientToken
    audiences: frozenset[str]


class AccessTokens:
    """Issues and verifies the hub's access tokens, signed ES256.

    A client that is struck off the catalogue must be refused by whoever looks the client up: a token stays good until it expires.

    Args:
        keys: gives, for a time (seconds since 1970) and how long a key is accepted after its last signature (seconds), the P-256 keys there are: first
            the one that signs, then others that are accepted; the same object while nothing changes.
        issuer: the hub's public address.
        clock: the time, aware.
        lifetime: of a token.
    """

    def __init__(
        self,
        keys: Callable[[float, float], Sequence[EllipticCurvePrivateKey]],
        *,
        issuer: str,
        clock: Clock,
        lifetime: timedelta = timedelta(seconds=300),
    ) -> None:
        self._keys, self._issuer, self._clock, self._lifetime = keys, issuer, clock, lifetime
        self._kept = (lifetime + jose.LEEWAY).total_seconds()
        self._remembered: VerifiedTokens[_Verified] = VerifiedTokens(_REMEMBERED)
        self._found: Sequence[EllipticCurvePrivateKey] = ()
        self._public: tuple[ECKey, ...] = ()
        self._look(clock().timestamp())

    def _look(self, now: float) -> None:
        """See which keys there are. What one that is no more vouched for is forgotten."""
        found = self._keys(now, self._kept)
        if found is self._found:
            return
        if not all(isinstance(key.curve, SECP256R1) for key in found):
            raise ValueError("access tokens are signed with a P-256 key")
        self._signing = signing_key(found[0])
        self._public = tuple(signing_key(key.public_key()) for key in found)
        self._remembered.clear()
        self._found = found

    def issue(
        self, client_id: str, scopes: Iterable[str], audience: str, *, bound_to: str | None = None
    ) -> IssuedToken:
        """Issue a token to a client that has proved who it is; one that is bound to a certificate (RFC 8705, section 3) where its thumbprint is given."""
        now = int(self._clock().timestamp())
        self._look(now)
        life = int(self._lifetime.total_seconds())
        claims: dict[str, Any] = {
            "iss": self._issuer,
            "sub": client_id,
            "client_id": client_id,
            "aud": audience,
            "iat": now,
            "exp": now + life,
            "jti": uuid.uuid4().hex,
            "scope": " ".join(sorted(scopes)),
        }
        if bound_to is not None:
            claims["cnf"] = {"x5t#S256": bound_to}
        header = {"typ": "at+jwt", "alg": "ES256", "kid": self._public[0].kid}
        return IssuedToken(jwt.encode(header, claims, self._signing, algorithms=["ES256"]), life)

    def verify(self, token: str, *, audiences: Collection[str], scope: str | None = None) -> ClientToken:
        """Verify a token that a client showed.

        Args:
            token: as it was shown.
            audiences: those that the door goes by; the token must name one of them.
            scope: that the token must have.

        Raises:
            TokenInvalid: it is not this hub's, not for this door, or not an access token.
            TokenExpired: its time is over.
            ScopeMissing: it lacks `scope`.
        """
        now = self._clock().timestamp()
        self._look(now)
        known = self._remembered.get(token, now)
        if known is None:
            known, expires = self._read(token)
            self._remembered.put(token, expires, known)
        if known.audiences.isdisjoint(audiences):
            raise TokenInvalid
        if scope is not None and scope not in known.said.scopes:
            raise ScopeMissing((scope,))
        return known.said

    def jwks(self) -> dict[str, Any]:
        """The public keys, for anyone who checks a token: also of the key that is to sign next."""
        self._look(self._clock().timestamp())
        return {"keys": [key.as_dict(private=False) for key in self._public]}

    def _read(self, token: str) -> tuple[_Verified, float]:
        claims = jose.verified(token, self._public, TYPES)
        client, scope = claims.get("client_id"), claims.get("scope", "")
        if claims.get("iss") != self._issuer or not isinstance(client, str) or not isinstance(scope, str):
            raise TokenInvalid
        if claims.get("sub") != client or "jti" not in claims or "iat" not in claims:
            raise TokenInvalid
        expires = jose.check_times(claims, self._clock())
        said = ClientToken(
            client, frozenset(scope.split()), datetime.fromtimestamp(expires, UTC), bound_to(claims)
        )
        return _Verified(said, jose.audiences(claims)), expires


def bound_to(claims: Mapping[str, Any]) -> str | None:
    """The thumbprint of the certificate that a token is bound to; None for one that is not bound.

    Raises:
        TokenInvalid: it is bound to anything else, which cannot be checked here.
    """
    if "cnf" not in claims:
        return None
    match claims["cnf"]:
        case {"x5t#S256": str(bound), **others} if not others:
            return bound
    raise TokenInvalid


def signing_key(key: Any) -> ECKey:
    """A P-256 key of `cryptography` as joserfc's, named by its RFC 7638 thumbprint."""
    made = ECKey(key, key, {"use": "sig", "alg": "ES256"})
    return ECKey(key, key, {"use": "sig", "alg": "ES256", "kid": made.thumbprint()})


def key_id(key: EllipticCurvePrivateKey) -> str:
    """The `kid` under which a key that signs tokens is published."""
    return str(signing_key(key.public_key()).kid)


__all__ = ["AccessTokens", "ClientToken", "Clock", "IssuedToken", "TokenExpired", "key_id"]
