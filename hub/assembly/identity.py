"""Who may call: people's logins, clients, and portals of other states."""

from datetime import timedelta

from hub.api.cookies import Cookies
from hub.assembly.base import Base, now
from hub.identity import (
    AccessTokens,
    ClaimNames,
    ClientAuthenticator,
    ClientTokens,
    Logins,
    LoginTokens,
    LoginUnavailable,
    Person,
    Portals,
    PortalsInvalid,
    RegisteredClient,
    Sessions,
    TokensElsewhere,
)
from hub.randomness import new_id
from hub.services.sessions import LoginSessions
from hub.settings import Settings, SettingsInvalid


class NoLogin:
    """Stands where no login is configured: no token can be verified."""

    async def start(self) -> None:
        """Nothing to open."""

    async def close(self) -> None:
        """Nothing to close."""

    async def verify(self, token: str, *, audience: str) -> Person:  # noqa: ARG002
        """Nobody can be verified."""
        raise LoginUnavailable


def people(settings: Settings) -> Logins:
    """What verifies the login tokens of people."""
    if settings.oidc_issuer is None:
        return NoLogin()
    return LoginTokens(
        issuer=settings.oidc_issuer,
        jwks_uri=settings.oidc_jwks_uri,
        audiences=frozenset({settings.actor_audience, settings.citizen_audience, settings.dpo_audience}),
        access_only=frozenset({settings.citizen_audience, settings.dpo_audience}),
        claims=ClaimNames(
            subject=settings.oidc_subject_claim,
            assurance=settings.oidc_assurance_claim,
            enterprises=settings.oidc_enterprises_claim,
            agent_of=settings.oidc_agent_claim,
            dpo_of=settings.oidc_dpo_claim,
        ),
        clock=now,
    )


def sessions(base: Base) -> LoginSessions:
    """The sessions of people who log in at the hub.

    Raises:
        SettingsInvalid: people log in here, and their browsers do not reach the hub over TLS.
    """
    settings = base.settings
    if base.catalogue.logins and not Cookies(settings.public_url).allowed:
        raise SettingsInvalid(
            {"ONLYONCE_PUBLIC_URL": "must be https:// where people log in (http:// on 127.0.0.1 alone)"}
        )
    return LoginSessions(
        Sessions(
            base.engine, base.keys.identity, providers=base.catalogue.logins, clock=now, new_id=new_id,
            idle=timedelta(minutes=settings.session_idle_minutes), life=timedelta(minutes=settings.session_life_minutes),
            rotation=timedelta(seconds=settings.session_rotation_s),
        )
    )  # fmt: skip


def clients(base: Base) -> ClientAuthenticator:
    """What authenticates the clients of the catalogue.

    Raises:
        SettingsInvalid: one of them has certificates, and nobody brings them.
    """
    certified = sorted(one.id for one in base.catalogue.clients.values() if one.certificates)
    if certified and not base.settings.proxies:
        raise SettingsInvalid(
            {"ONLYONCE_TLS_PROXIES": f"is needed: {', '.join(certified)} proves itself by certificate"}
        )

    def registered(client_id: str) -> RegisteredClient | None:
        client = base.catalogue.clients.get(client_id)
        if client is None or client.method == "external_issuer":
            return None
        jwks = dict(client.jwks) if client.jwks is not None else None
        return RegisteredClient(client.id, client.method, jwks, client.secret_hash, client.certificates)

    address = base.settings.public_url
    audiences = frozenset({address, f"{address}/oauth2/token"})
    return ClientAuthenticator(registered, audiences=audiences, clock=now, engine=base.engine)


def client_tokens(base: Base, own: AccessTokens) -> ClientTokens:
    """What verifies the tokens that clients show.

    Raises:
        SettingsInvalid: a client comes by tokens of another issuer, and there is none.
    """
    settings, catalogue = base.settings, base.catalogue
    scopes = {one.id: one.scopes for one in catalogue.clients.values() if one.method == "external_issuer"}
    if settings.client_issuer is None:
        if scopes:
            who = ", ".join(sorted(scopes))
            raise SettingsInvalid({"ONLYONCE_CLIENT_ISSUER": f"is needed: {who} comes with its tokens"})
        return ClientTokens(own, None)
    elsewhere = TokensElsewhere(
        issuer=settings.client_issuer, jwks_uri=settings.client_jwks_uri, audience=settings.external_audience,
        claim=settings.client_claim, person=settings.oidc_subject_claim, clients=scopes.get, clock=now,
    )  # fmt: skip
    return ClientTokens(own, elsewhere)


def access_tokens(base: Base) -> AccessTokens:
    """What gives clients their access tokens, and reads them."""
    return AccessTokens(
        base.keys.tokens,
        issuer=base.settings.public_url,
        clock=now,
        lifetime=timedelta(seconds=base.settings.token_lifetime_s),
    )


def portals(settings: Settings) -> Portals | None:
    """The portals of other states that may read people's lines; None where there is none.

    Raises:
        SettingsInvalid: their certificates cannot be read.
    """
    if settings.find_usage_portals is None:
        return None
    try:
        return Portals.read(settings.find_usage_portals, now)
    except PortalsInvalid as error:
        raise SettingsInvalid({"ONLYONCE_FIND_USAGE_PORTALS": str(error)}) from None
