"""Where a provider's endpoints are, as its discovery document says (OpenID Connect Discovery 1.0): asked for when needed, and kept for a while."""

import asyncio
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from hub.identity.errors import LoginUnavailable
from hub.identity.issuer_keys import FRESH, PAUSE, STALE
from hub.identity.oidc.wire import Wire


@dataclass(frozen=True, slots=True)
class Endpoints:
    """Where they are. `names_itself`: whether every answer to a login says whose it is (RFC 9207)."""

    authorization: str
    token: str
    userinfo: str | None
    end_session: str | None
    names_itself: bool


class Discovery:
    """The endpoints of one provider, good for `FRESH`, and for `STALE` where the provider does not answer.

    Args:
        issuer: as in the catalogue.
        wire: by which it is asked.
        clock: the time, aware.
    """

    def __init__(self, issuer: str, wire: Wire, clock: Callable[[], datetime]) -> None:
        self._issuer, self._wire, self._clock = issuer, wire, clock
        self._found: Endpoints | None = None
        self._found_at = self._tried_at = datetime.min.replace(tzinfo=clock().tzinfo)
        self._asking = asyncio.Lock()

    async def __call__(self) -> Endpoints:
        """The endpoints.

        Raises:
            LoginUnavailable: they are not known and cannot be had.
        """
        async with self._asking:
            now = self._clock()
            if self._found is None or now - self._found_at >= FRESH:
                await self._renew(now)
            if self._found is None or now - self._found_at >= STALE:
                raise LoginUnavailable
            return self._found

    async def _renew(self, now: datetime) -> None:
        if now - self._tried_at < PAUSE:
            return
        self._tried_at = now
        try:
            reply = await self._wire.ask(
                "GET", self._issuer.rstrip("/") + "/.well-known/openid-configuration"
            )
            self._found, self._found_at = self._read(reply.status, reply.body), now
        except LoginUnavailable:
            if self._found is None:
                raise

    def _read(self, status: int, body: bytes) -> Endpoints:
        try:
            said = json.loads(body) if status == 200 else None
        except (ValueError, RecursionError):
            said = None
        # OpenID Connect Discovery 4.3: the document must be of this very issuer.
        if not isinstance(said, dict) or said.get("issuer") != self._issuer:
            raise LoginUnavailable
        authorization, token = self._at(said, "authorization_endpoint"), self._at(said, "token_endpoint")
        if authorization is None or token is None:
            raise LoginUnavailable
        promised = said.get("authorization_response_iss_parameter_supported") is True
        userinfo, end = self._at(said, "userinfo_endpoint"), self._at(said, "end_session_endpoint")
        return Endpoints(authorization, token, userinfo, end, promised)

    def _at(self, said: Mapping[str, Any], name: str) -> str | None:
        address = said.get(name)
        if not isinstance(address, str):
            return None
        try:
            safe = urlsplit(address).scheme in {"https", urlsplit(self._issuer).scheme}
        except ValueError:
            safe = False
        return address if safe else None
