"""Tokens of the people's login: which person stands behind a call, as a configured OIDC issuer says."""

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

from hub.identity import jose
from hub.identity.cache import VerifiedTokens
from hub.identity.errors import TokenInvalid
from hub.identity.issuer_keys import IssuerKeys

_ACCESS_TOKEN: frozenset[str | None] = frozenset({"at+jwt", "application/at+jwt"})
_ANY_LOGIN = _ACCESS_TOKEN | {"jwt"}
_SSIN = re.compile(r"\d{11}", re.ASCII)
_ENTERPRISE = re.compile(r"[01]\d{9}", re.ASCII)
_LEVEL = re.compile(r"(?:.*:Level)?(\d{3})", re.ASCII)
_MAX_ENTERPRISES = 1_000
_REMEMBERED = 10_000
_REMEMBERED_FOR = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class ClaimNames:
    """Under which claims the issuer says what the hub needs to know. The defaults are CSAM/FAS's."""

    subject: str = "egovNRN"
    """The national number: 11 digits."""
    assurance: str = "acr"
    """How strong the login was: `urn:be:fedict:iam:fas:Level450`, or the level itself."""
    enterprises: str = "enterpriseNumbers"
    """The enterprises that the person may act for: a list of enterprise numbers."""
    agent_of: str = "agentOf"
    """The administrations whose agent the person is: a list of enterprise numbers."""
    dpo_of: str = "dpoOf"
    """The organisations whose data protection officer the person is: a list of enterprise numbers."""


@dataclass(frozen=True, slots=True)
class Person:
    """The human behind a verified login token.

    Attributes:
        ssin: their national number; never shown.
        assurance_level: 100 to 500 on FAS's scale; None when the issuer does not say.
        enterprises: the enterprise numbers that they may act for.
        expires_at: when the token's word ends.
        agent_of: the enterprise numbers of the administrations whose agent they are.
        dpo_of: those of the organisations whose data protection officer they are (GDPR Art. 37).
    """

    ssin: str = field(repr=False)
    assurance_level: int | None
    enterprises: frozenset[str] = field(repr=False)
    expires_at: datetime
    agent_of: frozenset[str] = frozenset()
    dpo_of: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class _Verified:
    person: Person
    audiences: frozenset[str]
    is_access_token: bool


class Logins(Protocol):
    """Verifies tokens of the people's login."""

    async def start(self) -> None:
        """Open what is needed."""

    async def close(self) -> None:
        """Close it."""

    async def verify(self, token: str, *, audience: str) -> Person:
        """The person, or an `IdentityError`."""


class LoginTokens:
    """Verifies login tokens of one issuer: access tokens (`at+jwt`) and ID tokens (`JWT`), signed ES256, RS256, PS256 or EdDSA.

    Args:
        issuer: exactly as it stands in the tokens' `iss`.
        jwks_uri: where its keys are; None: OIDC discovery under `issuer`.
        audiences: every audience that this hub asks for; `verify` is called with one of them.
        access_only: those of them for which an access token alone will do (RFC 9068, section 4), no ID token.
        claims: under which names the issuer says what.
        clock: the time, aware.
    """

    def __init__(
        self,
        *,
        issuer: str,
        jwks_uri: str | None,
        audiences: Collection[str],
        access_only: Collection[str] = (),
        claims: ClaimNames | None = None,
        clock: Callable[[], datetime],
    ) -> None:
        self._issuer, self._audiences, self._clock = issuer, frozenset(audiences), clock
        self._access_only = frozenset(access_only)
        self._claims = claims or ClaimNames()
        self._remembered: VerifiedTokens[_Verified] = VerifiedTokens(_REMEMBERED)
        self._keys = IssuerKeys(issuer, jwks_uri, clock, self._remembered.clear)

    async def start(self) -> None:
        """Open what is needed; the issuer need not be up. Idempotent."""
        await self._keys.start()

    async def close(self) -> None:
        """Close it, and forget every person."""
        await self._keys.close()
        self._remembered.clear()

    async def verify(self, token: str, *, audience: str) -> Person:
        """Verify a login token and say whose it is.

        Args:
            token: as the person's application got it from the issuer.
            audience: what the token must be addressed to, one of those configured.

        Raises:
            TokenInvalid: it is not this issuer's, not for this audience, or does not name a person.
            TokenExpired: its time is over.
            LoginUnavailable: the issuer's keys cannot be had.
            ValueError: `audience` is not one of those configured.
        """
        if audience not in self._audiences:
            raise ValueError("this audience is not configured")
        known = self._remembered.get(token, self._clock().timestamp())
        if known is None:
            known = await self._read(token)
        if audience not in known.audiences or (audience in self._access_only and not known.is_access_token):
            raise TokenInvalid
        return known.person

    async def _read(self, token: str) -> _Verified:
        header, unverified = jose.unverified(token)
        if unverified.get("iss") != self._issuer:
            raise TokenInvalid
        claims = jose.verified(token, await self._keys.fitting(header), _ANY_LOGIN)
        expires = jose.check_times(claims, self._clock())
        # A logout token (OIDC Back-Channel Logout) is signed alike and is no login.
        if "events" in claims:
            raise TokenInvalid
        is_access_token = str(header["typ"]).lower() in _ACCESS_TOKEN
        known = _Verified(self._person(claims, expires), jose.audiences(claims), is_access_token)
        until = min(expires, (self._clock() + _REMEMBERED_FOR).timestamp())
        self._remembered.put(token, until, known)
        return known

    def _person(self, claims: Mapping[str, Any], expires: float) -> Person:
        number = number_in(claims.get(self._claims.subject))
        if number is None:
            raise TokenInvalid
        return Person(
            ssin=number,
            assurance_level=_level(claims.get(self._claims.assurance)),
            enterprises=enterprises_in(claims.get(self._claims.enterprises)),
            expires_at=datetime.fromtimestamp(expires, UTC),
            agent_of=enterprises_in(claims.get(self._claims.agent_of)),
            dpo_of=enterprises_in(claims.get(self._claims.dpo_of)),
        )


def _level(value: object) -> int | None:
    """FAS's level in an `acr` or as a number; what is not understood is no level at all."""
    found = (
        _LEVEL.fullmatch(str(value)) if isinstance(value, str | int) and not isinstance(value, bool) else None
    )
    return int(found[1]) if found else None


def number_in(value: object) -> str | None:
    """The national number that a claim holds, if it does."""
    return value if isinstance(value, str) and _SSIN.fullmatch(value) else None


def enterprises_in(value: object) -> frozenset[str]:
    """The enterprise numbers that a claim holds; none where it holds something else."""
    listed = [value] if isinstance(value, str) else value
    if not isinstance(listed, list):
        return frozenset()
    return frozenset(
        one for one in listed[:_MAX_ENTERPRISES] if isinstance(one, str) and _ENTERPRISE.fullmatch(one)
    )
