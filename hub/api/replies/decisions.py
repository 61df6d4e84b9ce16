"""Answers to questions of what the rules say (AuthZEN 1.0)."""

from pydantic import BaseModel, ConfigDict, Field

from hub.api.replies.base import Reply
from hub.api.replies.prefill import Remedy


class Ruling(Reply):
    """What the rules say of one attribute: a permit with its legal basis, or a denial with its reason."""

    decision: bool
    basis: str | None = None
    obligations: list[str] | None = Field(
        None, description="What must be taken off the value: yearOnly, masked, yesNo"
    )
    duties: list[str] | None = Field(
        None, description="What the hub would owe for the disclosure: noticeToDpo"
    )
    reason: str | None = None
    rule: str | None = None
    remedy: Remedy | None = None


class EvaluationError(Reply):
    """Why an item is no question."""

    status: int
    message: str


class EvaluationContext(BaseModel):
    """More on a decision. Texts for people are in the language of `Accept-Language`."""

    model_config = ConfigDict(extra="forbid")

    revision: str | None = Field(
        None, description="The policy set that decided; left out where no rule was asked"
    )
    reason_admin: dict[str, str] | None = Field(
        None, description="Code of a reason: the rule that was not met, or what is wrong"
    )
    reason_user: dict[str, str] | None = Field(
        None, description="Code of a reason: what it means, for the person"
    )
    rulings: dict[str, Ruling] | None = Field(None, description="By attribute")
    error: EvaluationError | None = None


class Evaluated(Reply):
    """A decision (AuthZEN 1.0, section 5.5)."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "decision": False,
                "context": {
                    "revision": "9f2c…",
                    "reason_admin": {"consentRequired": "onlyonce.consent.satisfied"},
                    "reason_user": {"consentRequired": "This information is passed on only if you agree."},
                    "rulings": {
                        "person.familyName": {"decision": False, "reason": "consentRequired", "rule": "onlyonce.consent.satisfied", "remedy": {"action": "giveConsent", "activityId": "sports-discount"}}
                    },
                },
            }
        }
    )  # fmt: skip

    decision: bool
    context: EvaluationContext | None = None


class EvaluatedAll(Reply):
    """Decisions in the order asked; or one decision, where one question was asked."""

    evaluations: list[Evaluated] | None = None
    decision: bool | None = None
    context: EvaluationContext | None = None
