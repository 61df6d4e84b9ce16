"""Where people log in: the providers of the catalogue, as the hub asks them."""

from typing import Any

from joserfc.jwk import ECKey

from connectors.security import SecretFiles
from hub.assembly.base import Base, now
from hub.catalogue import Login
from hub.identity import ClaimNames, Provider, ProviderLogin, Tickets, UsedAssertions, Wire
from hub.services.logging_in import LoggingIn
from hub.services.sessions import LoginSessions
from hub.settings import SettingsInvalid


def logging_in(base: Base, sessions: LoginSessions) -> LoggingIn:
    """What logs people in and out.

    Raises:
        SettingsInvalid: a secret that a provider is declared with is not there.
    """
    wire, key, home = Wire(), _key(base), base.settings.public_url
    secrets = SecretFiles(base.settings.secrets)
    providers = {
        name: ProviderLogin(
            _provider(login, secrets), key=key, wire=wire, redirect_uri=f"{home}/login/callback", clock=now
        )
        for name, login in base.catalogue.logins.items()
    }
    return LoggingIn(
        providers, wire=wire, tickets=Tickets(base.keys.identity, now), used=UsedAssertions(base.engine, now),
        sessions=sessions, home=home,
    )  # fmt: skip


def public_keys(base: Base) -> dict[str, Any]:
    """The keys by which providers know the hub (JWK Set)."""
    key = _key(base)
    return {"keys": [{**key.as_dict(private=False), "kid": key.thumbprint(), "use": "sig", "alg": "ES256"}]}


def _key(base: Base) -> ECKey:
    return ECKey.import_key(base.keys.login)


def _provider(login: Login, secrets: SecretFiles) -> Provider:
    name = login.secret
    if name is not None:
        _check_secret(name, secrets)
    said = login.claims
    return Provider(
        id=login.id, issuer=login.issuer, client_id=login.client_id, method=login.method,
        secret=None if name is None else lambda: secrets(name), scopes=login.scopes, userinfo=login.userinfo,
        # What is not declared is read nowhere: no claim has an empty name.
        claims=ClaimNames(said.subject, said.assurance, said.enterprises or "", said.agent_of or "", said.dpo_of or ""),
        name=said.name, levels=login.levels, acr_values=login.acr_values, prompt=login.prompt, parameters=login.parameters,
        logout=login.logout,
    )  # fmt: skip


def _check_secret(name: str, secrets: SecretFiles) -> None:
    try:
        secrets(name)
    except LookupError:
        raise SettingsInvalid(
            {"ONLYONCE_SECRETS": f"there is no secret '{name}', which logins.yaml names"}
        ) from None
