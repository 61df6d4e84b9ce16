"""Who may call: people who log in, clients, and portals of other states."""

from ipaddress import ip_address

from pydantic import Field, field_validator, model_validator

from hub.settings.basics import Basics
from hub.settings.kinds import Folder, HttpAddress


class CallerSettings(Basics):
    """Who may call, and what they are given."""

    oidc_issuer: HttpAddress | None = Field(
        None, description="Issuer of the people's login tokens; unset: nobody can log in."
    )
    oidc_jwks_uri: HttpAddress | None = Field(
        None, description="Where that issuer's keys are; unset: OIDC discovery."
    )
    oidc_actor_audience: str | None = Field(
        None, description="Audience of an actor's token in a prefill; unset: the public URL + `/api/prefill`."
    )
    oidc_citizen_audience: str | None = Field(
        None, description="Audience of a citizen's access token; unset: the public URL + `/api/citizen`."
    )
    oidc_dpo_audience: str | None = Field(
        None,
        description="Audience of a data protection officer's access token; unset: the public URL + `/api/dpo`.",
    )
    oidc_subject_claim: str = Field(
        "egovNRN", description="The claim that holds the person's national number."
    )
    oidc_assurance_claim: str = Field(
        "acr", description="The claim that holds the level of assurance of the login."
    )
    oidc_enterprises_claim: str = Field(
        "enterpriseNumbers", description="The claim that lists the enterprises the person may act for."
    )
    oidc_agent_claim: str = Field(
        "agentOf",
        description="The claim that lists the administrations whose agent the person is, by enterprise number.",
    )
    oidc_dpo_claim: str = Field(
        "dpoOf",
        description="The claim that lists the organisations whose data protection officer the person is, by enterprise number.",
    )
    session_idle_minutes: int = Field(
        30,
        ge=1,
        le=1440,
        description="After how many minutes in which nothing was heard of somebody they are logged out.",
    )
    session_life_minutes: int = Field(
        480, ge=1, le=1440, description="How long somebody stays logged in at most, in minutes."
    )
    session_rotation_s: int = Field(
        300,
        ge=5,
        le=3600,
        description="How old the cookie of a session gets before another takes its place, in seconds.",
    )
    asserted_subjects_per_day: int = Field(
        500,
        ge=0,
        description="How many different subjects a client may ask for in a day without an actor's token, where the activity allows it.",
    )
    consent_reminder_days: int = Field(
        30,
        ge=0,
        le=366,
        description="How many days before its end a person is reminded of a consent, in the second half of its term at the earliest; 0: never.",
    )
    consent_request_days: int = Field(
        60,
        ge=1,
        le=366,
        description="After how many days a request for consent that nobody answered lapses: silence is never consent.",
    )
    consent_ask_again_days: int = Field(
        180,
        ge=0,
        le=3_650,
        description="For how many days nobody is asked again for a consent that they refused or withdrew; 0: at once.",
    )
    emergency_minutes: int = Field(
        60, ge=5, le=480, description="How long an emergency lasts that an agent declared, in minutes."
    )
    find_usage_portals: Folder | None = Field(
        None,
        description="Folder of the client certificates (PEM) of portals that may read people's lines by Estonia's `findUsage`; unset: none may.",
    )
    tls_proxies: str = Field(
        "",
        description="Addresses of the proxies that end the mutual TLS of clients and of those portals, with commas between: from nowhere else is `Client-Cert` (RFC 9440) believed.",
    )
    client_issuer: HttpAddress | None = Field(
        None,
        description="Another issuer of clients' access tokens (`at+jwt`); unset: none but the hub's own are good.",
    )
    client_jwks_uri: HttpAddress | None = Field(
        None, description="Where that issuer's keys are; unset: OIDC discovery."
    )
    client_audience: str | None = Field(
        None, description="Audience that such a token must name; unset: the public URL."
    )
    client_claim: str = Field(
        "client_id", description="The claim of such a token that holds the client's id in the catalogue."
    )
    client_rate: int = Field(
        1000,
        ge=1,
        le=1_000_000,
        description="How many requests a client may make in a second to one hub, where the catalogue says nothing else (`rateLimit`).",
    )
    token_lifetime_s: int = Field(
        300, ge=30, le=3600, description="Life of a client's access token, in seconds."
    )
    receipt_lifetime_days: int = Field(90, ge=1, le=3650, description="Life of a prefill's receipt, in days.")

    @field_validator("tls_proxies")
    @classmethod
    def _addresses(cls, listed: str) -> str:
        try:
            return ",".join(str(ip_address(one.strip())) for one in listed.split(",") if one.strip())
        except ValueError:
            raise ValueError("must be IP addresses with commas between") from None

    @model_validator(mode="after")
    def _login_is_whole(self) -> "CallerSettings":
        if self.oidc_jwks_uri and not self.oidc_issuer:
            raise ValueError("OIDC_JWKS_URI needs OIDC_ISSUER")
        if self.actor_audience == self.citizen_audience:
            raise ValueError(
                "OIDC_ACTOR_AUDIENCE and OIDC_CITIZEN_AUDIENCE must differ: a form's token is no key to a citizen's log"
            )
        if self.client_jwks_uri and not self.client_issuer:
            raise ValueError("CLIENT_JWKS_URI needs CLIENT_ISSUER")
        if self.external_audience in {self.actor_audience, self.citizen_audience, self.dpo_audience}:
            raise ValueError("CLIENT_AUDIENCE must differ from the people's: a person's token is no client's")
        if self.dpo_audience in {self.actor_audience, self.citizen_audience}:
            raise ValueError(
                "OIDC_DPO_AUDIENCE must differ from the others: no other token opens the log of all"
            )
        return self

    @model_validator(mode="after")
    def _portals_are_whole(self) -> "CallerSettings":
        if self.find_usage_portals is not None and not self.tls_proxies:
            raise ValueError("FIND_USAGE_PORTALS needs TLS_PROXIES: who ends their TLS")
        return self

    @property
    def proxies(self) -> frozenset[str]:
        """The addresses from which the certificate of a client or a portal is believed."""
        return frozenset(one for one in self.tls_proxies.split(",") if one)

    @property
    def external_audience(self) -> str:
        """The audience that a client's token of another issuer must name."""
        return self.client_audience or self.public_url

    @property
    def actor_audience(self) -> str:
        """The audience that an actor's token must name."""
        return self.oidc_actor_audience or f"{self.public_url}/api/prefill"

    @property
    def citizen_audience(self) -> str:
        """The audience that a citizen's access token must name."""
        return self.oidc_citizen_audience or f"{self.public_url}/api/citizen"

    @property
    def dpo_audience(self) -> str:
        """The audience that a data protection officer's access token must name."""
        return self.oidc_dpo_audience or f"{self.public_url}/api/dpo"
