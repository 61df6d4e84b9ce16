"""What a client shows at the token endpoint, read from the form and the Authorization header, not yet believed."""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import unquote_plus

from hub.identity import jose
from hub.identity.errors import ClientRefused, TokenInvalid

_ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_MAX_CLIENT_ID = 200
_MAX_BASIC = 4_096


@dataclass(frozen=True, slots=True)
class BySecret:
    """A client id and a secret, by one of the two ways of RFC 6749."""

    method: Literal["client_secret_basic", "client_secret_post"]
    client_id: str
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class ByAssertion:
    """An assertion, and the client that it says to be of."""

    client_id: str
    assertion: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class ByCertificate:
    """A client id, of which the certificate of the connection is the proof (RFC 8705, section 2)."""

    client_id: str


def presented(form: Mapping[str, str], authorization: str | None) -> BySecret | ByAssertion | ByCertificate:
    """Find the one proof in a token request; where there is none in it, it is that of the connection.

    Raises:
        ClientRefused: there is more than one, or it is malformed.
    """
    by_assertion = "client_assertion" in form or "client_assertion_type" in form
    by_post = "client_secret" in form
    if by_assertion + by_post + (authorization is not None) > 1:
        raise ClientRefused
    shown: BySecret | ByAssertion | ByCertificate
    if authorization is not None:
        shown = _by_basic(authorization)
    elif by_assertion:
        shown = _by_assertion(form)
    else:
        shown = _by_post(form) if by_post else ByCertificate(form.get("client_id", ""))
    if (
        not 0 < len(shown.client_id) <= _MAX_CLIENT_ID
        or form.get("client_id", shown.client_id) != shown.client_id
    ):
        raise ClientRefused
    return shown


def _by_post(form: Mapping[str, str]) -> BySecret:
    return BySecret("client_secret_post", form.get("client_id", ""), form["client_secret"])


def _by_assertion(form: Mapping[str, str]) -> ByAssertion:
    assertion = form.get("client_assertion", "")
    try:
        _header, claims = jose.unverified(assertion)
    except TokenInvalid:
        raise ClientRefused from None
    subject = claims.get("sub")
    if form.get("client_assertion_type") != _ASSERTION_TYPE or not isinstance(subject, str):
        raise ClientRefused
    return ByAssertion(subject, assertion)


def _by_basic(authorization: str) -> BySecret:
    scheme, _, credentials = authorization.partition(" ")
    if scheme.lower() != "basic" or len(credentials) > _MAX_BASIC:
        raise ClientRefused
    try:
        text = base64.b64decode(credentials.strip(), validate=True).decode()
    except (binascii.Error, ValueError):
        raise ClientRefused from None
    client_id, colon, secret = text.partition(":")
    if not colon:
        raise ClientRefused
    # RFC 6749, 2.3.1: both are form-urlencoded before they are joined.
    return BySecret("client_secret_basic", unquote_plus(client_id), unquote_plus(secret))
