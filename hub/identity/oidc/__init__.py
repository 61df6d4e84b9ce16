"""Login at OpenID providers: the authorization code flow (OpenID Connect Core 1.0, RFC 6749, 7636, 9207, 9700) and both ways to log out."""

from hub.identity.oidc.flow import LogoutToken, ProviderLogin
from hub.identity.oidc.provider import Provider
from hub.identity.oidc.tickets import Ticket, Tickets
from hub.identity.oidc.wire import Wire

__all__ = ["LogoutToken", "Provider", "ProviderLogin", "Ticket", "Tickets", "Wire"]
