"""How a client proves who it is at the token endpoint: a signed assertion (RFC 7523), a secret (RFC 6749, 2.3.1) or a pinned certificate (RFC 8705).

Each client has one registered method, and no other is admitted for it. What is wrong is never said: every refusal is `ClientRefused`.
"""

import hashlib
import hmac
import math
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

from cryptography.hazmat.primitives.asymmetric import ec
from sqlalchemy import Engine

from hub.identity import jose
from hub.identity.cache import VerifiedTokens
from hub.identity.certificates import is_valid, thumbprint
from hub.identity.errors import ClientRefused, IdentityError, TooManyTries
from hub.identity.presented import ByAssertion, ByCertificate, BySecret, presented
from hub.identity.rates import Rate, Turns, network_of
from hub.identity.replay import UsedAssertions
from hub.identity.secret_hash import check_secret, hash_secret
from hub.identity.tokens import signing_key

Method = Literal["private_key_jwt", "client_secret_basic", "client_secret_post", "tls_client_auth"]

_ASSERTION_TYPES: frozenset[str | None] = frozenset({None, "jwt", "client-authentication+jwt"})
_LONGEST_LIFE = timedelta(minutes=5)
_MAX_JTI = 256
_SECRET_REMEMBERED = 60.0
_GUESSES, _GUESSES_IN_ALL, _GUESSERS = Rate(1, 100), Rate(10, 1_000), 20_000


@dataclass(frozen=True, slots=True)
class RegisteredClient:
    """What the catalogue knows of a client's credentials.

    Attributes:
        id: the client's id.
        method: the one way in which it authenticates.
        jwks: its public keys, for `private_key_jwt`.
        secret_hash: what `hash_secret` gave, for the secret methods.
        certificates: the thumbprints of its certificates. With `tls_client_auth` they are the proof; where another client has some, it shows one
            besides its proof.
    """

    id: str
    method: Method
    jwks: Mapping[str, Any] | None = None
    secret_hash: str | None = field(default=None, repr=False)
    certificates: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Authenticated:
    """A client that proved who it is; and the thumbprint of its certificate, to which its tokens are bound, if it has any."""

    client_id: str
    bound_to: str | None


class ClientAuthenticator:
    """Authenticates clients. Synchronous (scrypt, database): the hub runs it in a thread.

    Args:
        clients: looks a client up by its id; asked at every authentication, so that a removed client is refused at once.
        audiences: what an assertion may be addressed to: the issuer and the token endpoint's address.
        clock: the time, aware.
        engine: of the database that remembers used assertions for all replicas.
    """

    def __init__(
        self,
        clients: Callable[[str], RegisteredClient | None],
        *,
        audiences: frozenset[str],
        clock: Callable[[], datetime],
        engine: Engine,
    ) -> None:
        self._clients, self._audiences, self._clock = clients, audiences, clock
        self._used = UsedAssertions(engine, clock)
        self._wrong = Turns(_GUESSERS)
        self._good_secrets: VerifiedTokens[bool] = VerifiedTokens(1_000)
        self._blind = secrets.token_bytes(32)
        # An unknown client costs what a wrong secret or a wrong signature costs.
        self._decoy_hash = hash_secret(secrets.token_urlsafe())
        self._decoy_keys = (signing_key(ec.generate_private_key(ec.SECP256R1()).public_key()),)

    def authenticate(
        self, form: Mapping[str, str], authorization: str | None, *, address: str = "", certificate: bytes | None = None
    ) -> Authenticated:  # fmt: skip
        """Authenticate the client of one token request.

        Args:
            form: the request's form fields.
            authorization: its Authorization header.
            address: where it came from. After a hundred wrong proofs for a client, or a thousand in all, no other from there is looked at but once in a while.
            certificate: of the connection (DER), as a proxy of ours says.

        Raises:
            ClientRefused: whatever is wrong.
            TooManyTries: it was not even looked at.
            ClientsUnavailable: the database of used assertions cannot be reached; nobody is let in.
        """
        shown = presented(form, authorization)
        caller = network_of(address)
        guessing = {(caller, shown.client_id): _GUESSES, (caller,): _GUESSES_IN_ALL}
        if wait := max(self._wrong.wait(who, rate) for who, rate in guessing.items()):
            raise TooManyTries(math.ceil(wait))
        client = self._clients(shown.client_id)
        try:
            bound_to = self._prove(client, shown, certificate)
        except ClientRefused:
            for who, rate in guessing.items():
                self._wrong.take(who, rate)
            raise
        return Authenticated(shown.client_id, bound_to)

    def _prove(
        self, client: RegisteredClient | None, shown: BySecret | ByAssertion | ByCertificate, certificate: bytes | None
    ) -> str | None:  # fmt: skip
        """Check the proof, and then the certificate: so that a wrong proof costs the same whether the client has one."""
        if isinstance(shown, BySecret):
            self._check_secret(client, shown)
        elif isinstance(shown, ByAssertion):
            self._check_assertion(client, shown)
        elif client is None or client.method != "tls_client_auth":
            raise ClientRefused
        return self._certificate(client, certificate)

    def _certificate(self, client: RegisteredClient | None, certificate: bytes | None) -> str | None:
        """The thumbprint of the certificate that a client must show; None where it has none to show."""
        if client is None or not client.certificates:
            return None
        if certificate is None or thumbprint(certificate) not in client.certificates:
            raise ClientRefused
        if not is_valid(certificate, self._clock):
            raise ClientRefused
        return thumbprint(certificate)

    def _check_secret(self, client: RegisteredClient | None, shown: BySecret) -> None:
        admitted = client is not None and client.method == shown.method and client.secret_hash is not None
        expected = client.secret_hash if admitted and client and client.secret_hash else self._decoy_hash
        now = self._clock().timestamp()
        proof = self._proof(shown, expected)
        if self._good_secrets.get(proof, now):
            return
        if not check_secret(shown.secret, expected) or not admitted:
            raise ClientRefused
        self._good_secrets.put(proof, now + _SECRET_REMEMBERED, True)

    def _proof(self, shown: BySecret, expected: str) -> str:
        parts = (shown.client_id.encode(), shown.secret.encode("utf-8", "surrogatepass"), expected.encode())
        framed = b"".join(len(part).to_bytes(4, "big") + part for part in parts)
        return hmac.new(self._blind, framed, hashlib.sha256).hexdigest()

    def _check_assertion(self, client: RegisteredClient | None, shown: ByAssertion) -> None:
        admitted = client is not None and client.method == "private_key_jwt"
        keys = jose.public_keys(client.jwks) if admitted and client else self._decoy_keys
        try:
            claims = jose.verified(shown.assertion, keys, _ASSERTION_TYPES)
            expires = jose.check_times(claims, self._clock(), late=jose.LEEWAY)
        except IdentityError:
            raise ClientRefused from None
        if not admitted or not self._addressed(claims, shown.client_id, expires):
            raise ClientRefused
        self._used.remember(shown.client_id, claims["jti"], expires)

    def _addressed(self, claims: Mapping[str, Any], client_id: str, expires: float) -> bool:
        latest = (self._clock() + _LONGEST_LIFE + jose.LEEWAY).timestamp()
        jti = claims.get("jti")
        return (
            claims.get("iss") == claims.get("sub") == client_id
            and bool(jose.audiences(claims) & self._audiences)
            and expires <= latest
            and isinstance(jti, str)
            and 0 < len(jti) <= _MAX_JTI
        )
