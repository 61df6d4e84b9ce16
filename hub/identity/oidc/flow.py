"""A login at one provider, and the word of that provider that somebody logged out.

1. The browser is sent to the provider: with a state and a nonce that only this browser's ticket knows, and a challenge for the code.
2. It comes back with a code. The answer must say that it is this provider's, where the provider promised to say so.
3. The code becomes an ID token, for whoever has the verifier and the hub's own key or secret.
4. The ID token must be signed by the provider's published keys, for this client, for this login, and in time.
5. What it says of the person is read; where the provider is declared so, its userinfo completes it, about the same `sub` alone.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from authlib.common.urls import add_params_to_uri
from authlib.oidc.core import CodeIDToken
from joserfc.errors import JoseError
from joserfc.jwk import ECKey

from hub.identity import jose
from hub.identity.errors import LoginFailed, LoginUnavailable, TokenExpired, TokenInvalid
from hub.identity.issuer_keys import IssuerKeys
from hub.identity.login import Person, enterprises_in, number_in
from hub.identity.oidc.client import Client
from hub.identity.oidc.metadata import Discovery, Endpoints
from hub.identity.oidc.provider import Provider
from hub.identity.oidc.tickets import Ticket
from hub.identity.oidc.wire import Wire
from hub.identity.sessions.store import LoggedIn

_SIGNED: Final[frozenset[str | None]] = frozenset({"jwt", None})
_LOGOUT: Final[frozenset[str | None]] = frozenset({"logout+jwt", "application/logout+jwt", "jwt", None})
_LOGGED_OUT: Final = "http://schemas.openid.net/event/backchannel-logout"
_LOGOUT_LASTS: Final = timedelta(minutes=10)
_LONGEST: Final = 255
_LONGEST_NAME: Final = 200


@dataclass(frozen=True, slots=True)
class LogoutToken:
    """A provider's word that somebody logged out: whom, by `sub`, `sid` or both; its own name; and until when it could come again."""

    sub: str | None = field(repr=False)
    sid: str | None = field(repr=False)
    jti: str
    until: float


class ProviderLogin:
    """Logs people in at one provider.

    Args:
        provider: which.
        key: with which the hub proves itself there.
        wire: by which it is asked.
        redirect_uri: where it sends people back to.
        clock: the time, aware.
    """

    def __init__(
        self, provider: Provider, *, key: ECKey, wire: Wire, redirect_uri: str, clock: Callable[[], datetime]
    ) -> None:
        self.provider, self._key, self._wire = provider, key, wire
        self._redirect_uri, self._clock = redirect_uri, clock
        self._discovery = Discovery(provider.issuer, wire, clock)
        self._keys = IssuerKeys(provider.issuer, None, clock, lambda: None)

    async def start(self) -> None:
        """Open what is needed; the provider need not be up."""
        await self._keys.start()

    async def close(self) -> None:
        """Close it."""
        await self._keys.close()

    async def address(self, ticket: Ticket, language: str) -> str:
        """Where the browser is sent, to log in.

        Raises:
            LoginUnavailable: the provider's endpoints cannot be had.
        """
        endpoints = await self._discovery()
        # A provider need not heed `acr_values` where somebody is logged in there already, and would send them back as weakly as before.
        prompt = self.provider.prompt if ticket.level is None else "login"
        address, _ = self._client().create_authorization_url(
            endpoints.authorization, state=ticket.state, code_verifier=ticket.verifier, nonce=ticket.nonce, prompt=prompt,
            acr_values=self.provider.acr_values(ticket.level), ui_locales=language, **self.provider.parameters,
        )  # fmt: skip
        return str(address)

    async def redeem(self, ticket: Ticket, answer: Mapping[str, str]) -> LoggedIn:
        """Who came back with this answer to this ticket.

        Raises:
            LoginFailed: nobody that can be let in; `reason` says why.
            LoginUnavailable: the provider does not answer.
        """
        endpoints = await self._discovery()
        self._check_whose(endpoints, answer)
        if "error" in answer:
            raise LoginFailed("cancelled" if answer["error"] == "access_denied" else "refused")
        if not answer.get("code"):
            raise LoginFailed("refused")
        given = await self._client().fetch_token(
            endpoints.token, grant_type="authorization_code", code=answer["code"], redirect_uri=self._redirect_uri,
            code_verifier=ticket.verifier,
        )  # fmt: skip
        token, access = given.get("id_token"), given.get("access_token")
        claims = await self._id_token(token, nonce=ticket.nonce, access_token=access)
        said = claims
        if self.provider.userinfo:
            said = {**await self._userinfo(endpoints, access, claims["sub"]), **claims}
        return self._logged_in(said, str(token))

    async def farewell(self, hint: str | None, back: str) -> str | None:
        """Where the browser is sent to log out there too (OpenID Connect RP-Initiated Logout 1.0); None: nowhere."""
        try:
            endpoints = await self._discovery() if self.provider.logout else None
        except LoginUnavailable:
            return None
        if endpoints is None or endpoints.end_session is None:
            return None
        said = {"client_id": self.provider.client_id, "post_logout_redirect_uri": back}
        if hint is not None:
            said["id_token_hint"] = hint
        return str(add_params_to_uri(endpoints.end_session, list(said.items())))

    def seems_of(self, token: str) -> bool:
        """Whether a token says that it is of this provider and for this hub; not whether it is.

        Raises:
            TokenInvalid: it is no token.
        """
        _, claims = jose.unverified(token)
        return claims.get("iss") == self.provider.issuer and self.provider.client_id in jose.audiences(claims)

    async def logout_token(self, token: str) -> LogoutToken:
        """Read a logout token (OpenID Connect Back-Channel Logout 1.0, section 2.6).

        Raises:
            TokenInvalid, TokenExpired: it is none of this provider for this hub, or it comes late.
            LoginUnavailable: the provider's keys cannot be had.
        """
        claims = await self._signed(token, _LOGOUT)
        now = self._clock()
        issued, expires = jose.moment(claims, "iat"), jose.moment(claims, "exp")
        until = expires if expires is not None else (issued or 0) + _LOGOUT_LASTS.total_seconds()
        jose.check_times({**claims, "exp": until}, now)
        events, sub, sid, jti = (claims.get(name) for name in ("events", "sub", "sid", "jti"))
        told = isinstance(events, Mapping) and isinstance(events.get(_LOGGED_OUT), Mapping)
        named = all(one is None or _is_name(one) for one in (sub, sid)) and (
            sub is not None or sid is not None
        )
        if issued is None or "nonce" in claims or not told or not named or not _is_name(jti):
            raise TokenInvalid
        return LogoutToken(sub, sid, str(jti), until)

    def _client(self) -> Client:
        return Client(
            self.provider, key=self._key, wire=self._wire, redirect_uri=self._redirect_uri, now=self._clock().timestamp()
        )  # fmt: skip

    def _check_whose(self, endpoints: Endpoints, answer: Mapping[str, str]) -> None:
        """RFC 9207: an answer that says whose it is must be this provider's, and one that promised to say so must say it."""
        if answer.get("iss", "" if endpoints.names_itself else self.provider.issuer) != self.provider.issuer:
            raise LoginFailed("ticket")

    async def _id_token(self, token: object, *, nonce: str, access_token: object) -> dict[str, Any]:
        try:
            header, _ = jose.unverified(token)
            claims = await self._signed(str(token), _SIGNED)
            jose.check_times(claims, self._clock())
            # OpenID Connect Core 3.1.3.7: nonce, azp and at_hash.
            params = {"nonce": nonce, "client_id": self.provider.client_id, "access_token": access_token}
            read = CodeIDToken(claims, header, params=params)
            for check in (read.validate_nonce, read.validate_azp, read.validate_at_hash):
                check()
        except (TokenInvalid, TokenExpired, JoseError, TypeError, ValueError):
            raise LoginFailed("unreadable") from None
        if "events" in claims or not _is_name(claims.get("sub")):
            raise LoginFailed("unreadable")
        return claims

    async def _signed(self, token: str, types: frozenset[str | None]) -> dict[str, Any]:
        """The claims of what this provider signed for this hub."""
        header, unverified = jose.unverified(token)
        if unverified.get("iss") != self.provider.issuer:
            raise TokenInvalid
        claims = jose.verified(token, await self._keys.fitting(header), types)
        if self.provider.client_id not in jose.audiences(claims):
            raise TokenInvalid
        return claims

    async def _userinfo(self, endpoints: Endpoints, access_token: object, sub: str) -> dict[str, Any]:
        """What is said there of the same person; signed or not (OpenID Connect Core 5.3)."""
        if endpoints.userinfo is None or not isinstance(access_token, str):
            raise LoginFailed("unreadable")
        try:
            reply = await self._wire.ask(
                "GET", endpoints.userinfo, headers={"Authorization": f"Bearer {access_token}"}
            )
            if reply.status >= 500:
                raise LoginUnavailable
            if reply.kind == "application/jwt":
                said: Any = await self._signed(reply.body.decode("ascii"), _SIGNED)
            else:
                said = json.loads(reply.body) if reply.status == 200 else None
        except (TokenInvalid, ValueError, RecursionError):
            raise LoginFailed("unreadable") from None
        if not isinstance(said, dict) or said.get("sub") != sub:
            raise LoginFailed("unreadable")
        return said

    def _logged_in(self, said: Mapping[str, Any], token: str) -> LoggedIn:
        # What is not declared is read nowhere, whatever a provider calls by the name of nothing.
        said = {name: value for name, value in said.items() if name}
        names, number = self.provider.claims, number_in(said.get(self.provider.claims.subject))
        if number is None:
            raise LoginFailed("number")
        acr = said.get(names.assurance)
        person = Person(
            ssin=number,
            assurance_level=self.provider.levels.get(str(acr)) if isinstance(acr, str | int) else None,
            enterprises=enterprises_in(said.get(names.enterprises)),
            expires_at=datetime.max.replace(tzinfo=UTC),
            agent_of=enterprises_in(said.get(names.agent_of)),
            dpo_of=enterprises_in(said.get(names.dpo_of)),
        )
        sid = said.get("sid")
        called = " ".join(
            part for part in (said.get(claim) for claim in self.provider.name) if isinstance(part, str)
        )
        # The token goes into an address when they log out: not where a national number stands in it.
        hint = None if number in json.dumps(jose.unverified(token)[1]) else token
        return LoggedIn(
            person, self.provider.id, str(said["sub"]), sid if _is_name(sid) else None, called[:_LONGEST_NAME] or None, hint
        )  # fmt: skip


def _is_name(value: object) -> bool:
    return isinstance(value, str) and 0 < len(value) <= _LONGEST
