"""Clients' access tokens of another issuer, where the hub is a plain resource server (RFC 9068, `at+jwt`)."""

from collections.abc import Callable, Collection
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from hub.identity import jose
from hub.identity.cache import VerifiedTokens
from hub.identity.errors import ClientsUnavailable, LoginUnavailable, ScopeMissing, TokenInvalid
from hub.identity.issuer_keys import IssuerKeys
from hub.identity.tokens import TYPES, AccessTokens, ClientToken, bound_to

_REMEMBERED: Final = 10_000
_REMEMBERED_FOR: Final = timedelta(minutes=5)


class TokensElsewhere:
    """Verifies access tokens of one other issuer.

    Args:
        issuer: exactly as it stands in the tokens' `iss`.
        jwks_uri: where its keys are; None: OIDC discovery under `issuer`.
        audience: that a token must name.
        claim: which claim holds the client's id.
        person: which claim names a person, in a token of a login: such a token is no client's, whatever else it says.
        clients: gives the scopes that the catalogue lets a client have; None for one that is not let come by this issuer.
        clock: the time, aware.
    """

    def __init__(
        self,
        *,
        issuer: str,
        jwks_uri: str | None,
        audience: str,
        claim: str,
        person: str,
        clients: Callable[[str], frozenset[str] | None],
        clock: Callable[[], datetime],
    ) -> None:
        self._issuer, self._audience, self._claim, self._person = issuer, audience, claim, person
        self._clients, self._clock = clients, clock
        self._remembered: VerifiedTokens[ClientToken] = VerifiedTokens(_REMEMBERED)
        self._keys = IssuerKeys(issuer, jwks_uri, clock, self._remembered.clear)

    async def start(self) -> None:
        """Open what is needed; the issuer need not be up."""
        await self._keys.start()

    async def close(self) -> None:
        """Close it, and forget every token."""
        await self._keys.close()
        self._remembered.clear()

    def known(self, token: str) -> ClientToken | None:
        """What a token said that was verified before and still is good."""
        return self._remembered.get(token, self._clock().timestamp())

    async def verify(self, token: str) -> ClientToken:
        """Verify a token that a client showed. It has those of its scopes that the catalogue lets the client have.

        Raises:
            TokenInvalid: it is not this issuer's, not for this hub, no access token, or of no client that comes so.
            TokenExpired: its time is over.
            ClientsUnavailable: the issuer's keys cannot be had.
        """
        header, unverified = jose.unverified(token)
        if unverified.get("iss") != self._issuer:
            raise TokenInvalid
        try:
            keys = await self._keys.fitting(header)
        except LoginUnavailable:
            raise ClientsUnavailable from None
        claims = jose.verified(token, keys, TYPES)
        expires = jose.check_times(claims, self._clock())
        client = claims.get(self._claim)
        allowed = self._clients(client) if isinstance(client, str) else None
        if allowed is None or self._audience not in jose.audiences(claims):
            raise TokenInvalid
        if "jti" not in claims or "iat" not in claims or self._person in claims:
            raise TokenInvalid
        said = ClientToken(
            str(client), _scopes(claims) & allowed, datetime.fromtimestamp(expires, UTC), bound_to(claims)
        )
        until = min(expires, (self._clock() + _REMEMBERED_FOR).timestamp())
        self._remembered.put(token, until, said)
        return said


class ClientTokens:
    """Verifies clients' access tokens: the hub's own, and those of another issuer where there is one."""

    def __init__(self, own: AccessTokens, elsewhere: TokensElsewhere | None) -> None:
        self._own, self._elsewhere = own, elsewhere

    async def start(self) -> None:
        """Open what is needed."""
        if self._elsewhere is not None:
            await self._elsewhere.start()

    async def close(self) -> None:
        """Close it."""
        if self._elsewhere is not None:
            await self._elsewhere.close()

    async def verify(self, token: str, *, audiences: Collection[str], scope: str) -> ClientToken:
        """Verify a token that a client showed; one of another issuer is for the whole hub, whatever the door's audiences.

        Raises:
            TokenInvalid, TokenExpired, ScopeMissing, ClientsUnavailable: nobody is let in.
        """
        if self._elsewhere is None:
            return self._own.verify(token, audiences=audiences, scope=scope)
        said = self._elsewhere.known(token)
        if said is None:
            try:
                return self._own.verify(token, audiences=audiences, scope=scope)
            except TokenInvalid:
                said = await self._elsewhere.verify(token)
        if scope not in said.scopes:
            raise ScopeMissing((scope,))
        return said


def _scopes(claims: dict[str, Any]) -> frozenset[str]:
    """The scopes that a token names: in one text (RFC 9068, section 2.2.3), or as a list."""
    named = claims.get("scope", "")
    listed = named.split() if isinstance(named, str) else named
    if not isinstance(listed, list) or not all(isinstance(one, str) for one in listed):
        raise TokenInvalid
    return frozenset(listed)
