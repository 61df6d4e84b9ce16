"""Which policies rule, and what decides by them."""

from pathlib import Path

from pydantic import Field, HttpUrl, ValidationInfo, field_validator

from hub.settings.basics import Basics
from hub.settings.kinds import FolderOrBundle
from policies.opa import DEADLINE


class PolicySettings(Basics):
    """Which policies rule, and what decides by them."""

    policies: FolderOrBundle | None = Field(
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

    @field_validator("policies_key")
    @classmethod
    def _bundle_and_key(cls, key: Path | None, info: ValidationInfo) -> Path | None:
        policies = info.data.get("policies")
        if key is not None and (policies is None or policies.is_dir()):
            raise ValueError("is set, so ONLYONCE_POLICIES must be a bundle that it signed")
        if key is None and policies is not None and policies.is_file():
            raise ValueError("must name the key that signed the bundle")
        return key

    @field_validator("policies_max_age_days")
    @classmethod
    def _age_of_a_bundle(cls, days: int | None, info: ValidationInfo) -> int | None:
        if days is not None and info.data.get("policies_key") is None:
            raise ValueError(
                "needs a bundle: only one of those says when it was built (ONLYONCE_POLICIES_KEY)"
            )
        return days
