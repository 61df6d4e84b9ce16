"""The hub's settings: the only reader of the environment.

Every setting is an environment variable `ONLYONCE_…`, documented in `docs/settings.md`. A bad one stops the boot, and
the message names every offender at once, never its value: a database URL holds a password.
"""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    HttpUrl,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)

from policies.opa import DEADLINE

PREFIX = "ONLYONCE_"
_SOURCE_PREFIX, _SOURCE_SUFFIX = f"{PREFIX}SOURCE_", "_URL"


class SettingsInvalid(Exception):
    """One or more settings are wrong. `str()` names each variable and what is wrong with it."""

    def __init__(self, offenders: Mapping[str, str]) -> None:
        self.offenders = dict(offenders)
        super().__init__("\n".join(f"{name}: {why}" for name, why in self.offenders.items()))


class Settings(BaseModel):
    """What an operator can set. Field `x_y` is read from `ONLYONCE_X_Y`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    database_url: str = Field(
        "sqlite:///onlyonce.sqlite3",
        repr=False,
        description="SQLAlchemy URL of the database: `sqlite:///FILE` or `postgresql+psycopg://…`.",
    )
    catalogue: Annotated[
        Path, Field(description="Folder of the catalogue (sources, attributes, activities, forms, clients).")
    ] = Path("catalogue")
    policies: Path | None = Field(
        None,
        description="Folder of Rego policies, or a signed bundle of them; unset: those that come with the hub.",
    )
    policies_key: Path | None = Field(
        None,
        validate_default=True,
        description="Public key (PEM) that the bundle must be signed by; nothing unsigned is read where it is set.",
    )
    policies_watch_s: float = Field(
        5.0,
        ge=0,
        le=3600,
        description="How often it is looked whether other policies stand there, in seconds; 0: only on SIGHUP.",
    )
    policies_changeover_s: float = Field(
        60.0,
        gt=0,
        description="In how many seconds new policies must rule, which the OPA server has to be given too; beyond that the hub is degraded.",
    )
    policies_max_age_days: int | None = Field(
        None,
        ge=1,
        description="How old the bundle that rules may be, in days since it was built; beyond that the hub is degraded. Unset: any age.",
    )
    opa_url: HttpUrl | None = Field(
        None, description="Address of the OPA server; unset: the embedded engine decides."
    )
    opa_deadline_s: float = Field(
        DEADLINE,
        gt=0,
        le=30,
        description="In how many seconds the OPA server must decide; beyond that nothing is disclosed, and the caller is told to come back.",
    )
    keys: Path = Field(
        Path("keys"), description="Folder of the hub's keys, made at first start with mode 0700."
    )
    secrets: Path | None = Field(
        None, description="Folder of the secrets that source declarations name, one file each."
    )
    public_url: str = Field(
        "http://127.0.0.1:8000",
        description="The address under which clients reach the hub: the issuer and the audience of its tokens.",
    )
    host: str = Field("127.0.0.1", description="The address that `onlyonce serve` listens on.")
    port: int = Field(8000, ge=0, le=65535, description="The port that `onlyonce serve` listens on.")
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="How much the hub logs, to standard error."
    )
    access_log: bool = Field(
        False, description="Whether each HTTP request is logged (method, path and status only)."
    )
    oidc_issuer: str | None = Field(
        None, description="Issuer of the people's login tokens; unset: nobody can log in."
    )
    oidc_jwks_uri: str | None = Field(
        None, description="Where that issuer's keys are; unset: OIDC discovery."
    )
    oidc_actor_audience: str | None = Field(
        None, description="Audience of an actor's token in a prefill; unset: the public URL + `/api/prefill`."
    )
    oidc_citizen_audience: str | None = Field(
        None, description="Audience of a citizen's access token; unset: the public URL + `/api/citizen`."
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
    admit_test_numbers: bool = Field(
        False, description="Whether national numbers of test persons (month 60 to 72) are admitted."
    )
    asserted_subjects_per_day: int = Field(
        500,
        ge=0,
        description="How many different subjects a client may ask for in a day without an actor's token, where the activity allows it.",
    )
    emergency_minutes: int = Field(
        60, ge=5, le=480, description="How long an emergency lasts that an agent declared, in minutes."
    )
    token_lifetime_s: int = Field(
        300, ge=30, le=3600, description="Life of a client's access token, in seconds."
    )
    receipt_lifetime_days: int = Field(90, ge=1, le=3650, description="Life of a prefill's receipt, in days.")
    max_body_bytes: int = Field(
        65_536, ge=1024, description="The largest request body that is read, in bytes."
    )
    checkpoint_interval_s: float = Field(
        1.0, gt=0, le=60, description="How often the log's checkpoint is signed, in seconds."
    )
    orphan_after_s: float = Field(
        30.0,
        gt=0,
        le=45,
        description="After how many seconds a consultation that nothing closed becomes an entry of its own.",
    )
    log_queue: int = Field(
        4096, ge=1, description="How many entries may wait to be written; beyond that a prefill is refused."
    )
    log_deadline_s: float = Field(
        5.0,
        gt=0,
        le=60,
        description="In how many seconds an entry must be written; beyond that the caller is told that it was not, and nothing is disclosed.",
    )
    source_urls: dict[str, str] = Field(
        default_factory=dict, description="Addresses of sources, from `ONLYONCE_SOURCE_<ID>_URL`."
    )

    @field_validator("catalogue", "secrets")
    @classmethod
    def _folder_exists(cls, folder: Path | None) -> Path | None:
        if folder is not None and not folder.is_dir():
            raise ValueError("there is no such folder")
        return folder

    @field_validator("policies")
    @classmethod
    def _policies_exist(cls, path: Path | None) -> Path | None:
        if path is not None and not path.exists():
            raise ValueError("there is no such folder or bundle")
        return path

    @field_validator("policies_key")
    @classmethod
    def _bundle_and_key(cls, key: Path | None, info: ValidationInfo) -> Path | None:
        policies = info.data.get("policies")
        if key is not None and (policies is None or policies.is_dir()):
            raise ValueError("is set, so ONLYONCE_POLICIES must be a bundle that it signed")
        if key is None and policies is not None and policies.is_file():
            raise ValueError("must name the key that signed the bundle")
        return key

    @field_validator("database_url")
    @classmethod
    def _known_engine(cls, url: str) -> str:
        if not url.startswith(("sqlite:///", "postgresql+psycopg://")):
            raise ValueError("must start with sqlite:/// or postgresql+psycopg://")
        return url

    @field_validator("public_url", "oidc_issuer", "oidc_jwks_uri")
    @classmethod
    def _http_address(cls, url: str | None) -> str | None:
        if url is not None and not url.startswith(("http://", "https://")):
            raise ValueError("must start with http:// or https://")
        return url.rstrip("/") if url else url

    @field_validator("policies_max_age_days")
    @classmethod
    def _age_of_a_bundle(cls, days: int | None, info: ValidationInfo) -> int | None:
        if days is not None and info.data.get("policies_key") is None:
            raise ValueError(
                "needs a bundle: only one of those says when it was built (ONLYONCE_POLICIES_KEY)"
            )
        return days

    @model_validator(mode="after")
    def _login_is_whole(self) -> "Settings":
        if self.oidc_jwks_uri and not self.oidc_issuer:
            raise ValueError("OIDC_JWKS_URI needs OIDC_ISSUER")
        if self.actor_audience == self.citizen_audience:
            raise ValueError(
                "OIDC_ACTOR_AUDIENCE and OIDC_CITIZEN_AUDIENCE must differ: a form's token is no key to a citizen's log"
            )
        return self

    @property
    def kept_checkpoint(self) -> Path:
        """Where the log's last checkpoint is kept: beside the keys, out of reach of whoever can write to the database."""
        return self.keys / "log.checkpoint"

    @property
    def status(self) -> Path:
        """The folder where each running hub tells how its sources do."""
        return self.keys / "status"

    @property
    def prefill_audience(self) -> str:
        """The audience of the access tokens that the hub gives to clients."""
        return f"{self.public_url}/api/prefill"

    @property
    def actor_audience(self) -> str:
        """The audience that an actor's token must name."""
        return self.oidc_actor_audience or f"{self.public_url}/api/prefill"

    @property
    def citizen_audience(self) -> str:
        """The audience that a citizen's access token must name."""
        return self.oidc_citizen_audience or f"{self.public_url}/api/citizen"

    def address_of(self, source: str) -> str | None:
        """The operator's own address for a source, or for `ID-token`, its token endpoint, if one is set."""
        return self.source_urls.get(variable_part(source))


def variable_part(source: str) -> str:
    """How a source's id is written inside a variable's name: `tax-office` is `TAX_OFFICE`."""
    return source.upper().replace("-", "_")


def read_settings(environment: Mapping[str, str] | None = None) -> Settings:
    """Read and check all settings.

    Raises:
        SettingsInvalid: naming every variable that is wrong or that no setting has.
    """
    environment = os.environ if environment is None else environment
    given = {name: value for name, value in environment.items() if name.startswith(PREFIX) and value}
    addresses, offenders = _source_addresses(given)
    values: dict[str, object] = {}
    for name, value in given.items():
        field = name.removeprefix(PREFIX).lower()
        if _is_source(name):
            continue
        if field in Settings.model_fields and field != "source_urls":
            values[field] = value
        else:
            offenders[name] = "is not a setting of the hub"
    try:
        settings = Settings.model_validate({**values, "source_urls": addresses})
    except ValidationError as error:
        for problem in error.errors(include_input=False, include_url=False, include_context=False):
            field = str(problem["loc"][0]) if problem["loc"] else "login"
            offenders[f"{PREFIX}{field.upper()}"] = problem["msg"].removeprefix("Value error, ")
        raise SettingsInvalid(offenders) from None
    if offenders:
        raise SettingsInvalid(offenders)
    return settings


def _is_source(name: str) -> bool:
    return name.startswith(_SOURCE_PREFIX) and name.endswith(_SOURCE_SUFFIX)


def _source_addresses(given: Mapping[str, str]) -> tuple[dict[str, str], dict[str, str]]:
    addresses, offenders = {}, {}
    for name, value in given.items():
        if _is_source(name):
            if value.startswith(("http://", "https://")):
                addresses[name.removeprefix(_SOURCE_PREFIX).removesuffix(_SOURCE_SUFFIX)] = value
            else:
                offenders[name] = "must start with http:// or https://"
    return addresses, offenders
