"""Authlib's client of an authorization server, over the hub's own wire: it writes the requests, the wire bounds what comes back."""

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote_plus

import aiohttp
from authlib.oauth2.client import OAuth2Client
from authlib.oauth2.rfc7523 import PrivateKeyJWT
from joserfc.jwk import ECKey

from hub.identity.errors import LoginFailed, LoginUnavailable
from hub.identity.oidc.provider import Provider
from hub.identity.oidc.wire import Wire

_ASSERTION_S = 60


class Client(OAuth2Client):  # type: ignore[misc] # Authlib has no types
    """The hub as one provider's client.

    Args:
        provider: which.
        key: with which the hub proves itself, where it has no secret there.
        wire: by which the provider is asked.
        redirect_uri: where it sends people back to.
        now: seconds since 1970.

    Raises:
        LoginUnavailable: the secret cannot be read.
    """

    def __init__(self, provider: Provider, *, key: ECKey, wire: Wire, redirect_uri: str, now: float) -> None:
        try:
            secret = provider.secret() if provider.secret is not None else key
        except LookupError:
            raise LoginUnavailable from None
        super().__init__(
            wire, client_id=provider.client_id, client_secret=secret, token_endpoint_auth_method=provider.method,
            scope=" ".join(provider.scopes), redirect_uri=redirect_uri, code_challenge_method="S256",
        )  # fmt: skip
        by_key = PrivateKeyJWT(
            claims={"iat": int(now), "exp": int(now) + _ASSERTION_S}, headers={"kid": key.kid or key.thumbprint()}, alg="ES256"
        )  # fmt: skip
        self.register_client_auth_method(by_key)
        self.register_client_auth_method(("client_secret_basic", _basic))

    async def _fetch_token(
        self, url: str, *, body: str, auth: Any, method: str, headers: Mapping[str, str]
    ) -> dict[str, Any]:
        address, sent, form = auth.prepare(method, url, dict(headers), body)
        reply = await self.session.ask(method, address, headers=sent, body=form)
        if reply.status >= 500:
            raise LoginUnavailable
        try:
            said = json.loads(reply.body) if reply.status == 200 else None
        except (ValueError, RecursionError):
            said = None
        if not isinstance(said, dict):
            raise LoginFailed("refused")
        return said


def _basic(
    client: Any, _method: str, uri: str, headers: dict[str, str], body: str
) -> tuple[str, dict[str, str], str]:
    """RFC 6749, 2.3.1: both are form-urlencoded before they are joined, which Authlib leaves out."""
    credentials = aiohttp.encode_basic_auth(quote_plus(client.client_id), quote_plus(client.client_secret))
    return uri, {**headers, "Authorization": credentials}, body
