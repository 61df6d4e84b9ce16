"""Who is calling: clients by their tokens, people by their login, subjects by their handles. Knows no HTTP server."""

from hub.identity.approval import Approval, approval
from hub.identity.certificates import thumbprint
from hub.identity.children import Child, children_of, find_child, forget_child, forget_children, keep_child
from hub.identity.clients import Authenticated, ClientAuthenticator, RegisteredClient
from hub.identity.elsewhere import ClientTokens, TokensElsewhere
from hub.identity.errors import (
    ClientRefused,
    ClientRevoked,
    ClientsUnavailable,
    CrossSite,
    HandleProofInvalid,
    IdentityError,
    KeysForeign,
    LevelTooLow,
    LoginFailed,
    LoginUnavailable,
    MandateChanged,
    MandateNotOpen,
    MandateUnknown,
    NotRevoked,
    QuotaExceeded,
    RevokedAlready,
    ScopeMissing,
    SessionOver,
    TokenExpired,
    TokenInvalid,
    TokenMissing,
    TooManyTries,
    Unsealable,
)
from hub.identity.handles import Handles, check_handle
from hub.identity.keyprints import check_keyprints
from hub.identity.login import ClaimNames, Logins, LoginTokens, Person
from hub.identity.mandate_store import MandateStore
from hub.identity.mandates import Deed, Mandate, Parties, Scope, Side, Signature
from hub.identity.oidc import Provider, ProviderLogin, Ticket, Tickets, Wire
from hub.identity.portals import Portals, PortalsInvalid
from hub.identity.quota import forget_asserted_subjects, remember_asserted_subject
from hub.identity.rates import Rate, Turns
from hub.identity.replay import UsedAssertions
from hub.identity.representation import Standing, standing
from hub.identity.revocation import (
    Revocation,
    in_force,
    list_revocations,
    restore_client,
    revoke_client,
    revoked_clients,
)
from hub.identity.secret_hash import check_secret, hash_secret
from hub.identity.sessions import FoundSession, LoggedIn, Session, Sessions
from hub.identity.tables import metadata
from hub.identity.tokens import AccessTokens, ClientToken, IssuedToken, key_id
from hub.identity.vault import Vault

__all__ = [
    "AccessTokens",
    "Approval",
    "Authenticated",
    "Child",
    "ClaimNames",
    "ClientAuthenticator",
    "ClientRefused",
    "ClientRevoked",
    "ClientToken",
    "ClientTokens",
    "ClientsUnavailable",
    "CrossSite",
    "Deed",
    "FoundSession",
    "HandleProofInvalid",
    "Handles",
    "IdentityError",
    "IssuedToken",
    "KeysForeign",
    "LevelTooLow",
    "LoggedIn",
    "LoginFailed",
    "LoginTokens",
    "LoginUnavailable",
    "Logins",
    "Mandate",
    "MandateChanged",
    "MandateNotOpen",
    "MandateStore",
    "MandateUnknown",
    "NotRevoked",
    "Parties",
    "Person",
    "Portals",
    "PortalsInvalid",
    "Provider",
    "ProviderLogin",
    "QuotaExceeded",
    "Rate",
    "RegisteredClient",
    "Revocation",
    "RevokedAlready",
    "Scope",
    "ScopeMissing",
    "Session",
    "SessionOver",
    "Sessions",
    "Side",
    "Signature",
    "Standing",
    "Ticket",
    "Tickets",
    "TokenExpired",
    "TokenInvalid",
    "TokenMissing",
    "TokensElsewhere",
    "TooManyTries",
    "Turns",
    "Unsealable",
    "UsedAssertions",
    "Vault",
    "Wire",
    "approval",
    "check_handle",
    "check_keyprints",
    "check_secret",
    "children_of",
    "find_child",
    "forget_asserted_subjects",
    "forget_child",
    "forget_children",
    "hash_secret",
    "in_force",
    "keep_child",
    "key_id",
    "list_revocations",
    "metadata",
    "remember_asserted_subject",
    "restore_client",
    "revoke_client",
    "revoked_clients",
    "standing",
    "thumbprint",
]
