"""What the routers work with. `assembly` puts it together; nothing here knows how."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from hub.api.cookies import Cookies
from hub.catalogue import Catalogue
from hub.identity import AccessTokens, ClientAuthenticator, ClientTokens, Logins, Portals
from hub.services.clients import RevokedClients
from hub.services.consent_requests import ConsentRequests
from hub.services.consents import Consents
from hub.services.emergencies import Emergencies
from hub.services.evaluation import Evaluations
from hub.services.health import Health
from hub.services.inspection import Inspections
from hub.services.log_tree import LogTree
from hub.services.logging_in import LoggingIn
from hub.services.mandates import Mandates
from hub.services.portal_usage import PortalUsage
from hub.services.prefill import Prefill
from hub.services.rates import ClientRates
from hub.services.representing import Representing
from hub.services.sessions import LoginSessions
from hub.services.usage import Usage
from hub.settings import Settings


@dataclass(frozen=True, slots=True)
class Parts:
    """The services behind the API."""

    settings: Settings
    catalogue: Catalogue
    tokens: AccessTokens
    callers: ClientTokens
    clients: ClientAuthenticator
    revoked: RevokedClients
    rates: ClientRates
    logins: Logins
    sessions: LoginSessions
    logging_in: LoggingIn
    login_keys: Mapping[str, Any]
    cookies: Cookies
    prefill: Prefill
    emergencies: Emergencies
    evaluations: Evaluations
    usage: Usage
    inspections: Inspections
    consents: Consents
    consent_requests: ConsentRequests
    mandates: Mandates
    representing: Representing
    portals: tuple[PortalUsage, Portals] | None
    health: Health
    log_tree: LogTree
    public_keys: Callable[[], Mapping[str, Any]]
    verify_page: Callable[[], bytes]
