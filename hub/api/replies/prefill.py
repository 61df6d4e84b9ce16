"""Answers to a prefill, and to an emergency that was declared."""

from datetime import datetime
from typing import Any, Literal

from pydantic import ConfigDict, Field

from hub.api.replies.base import Reply
from policies import Action


class Remedy(Reply):
    """What would make possible what was denied."""

    action: Action
    level: int | None = Field(None, description="With `raiseAssurance`: the level that a login needs")
    activity_id: str | None = Field(
        None,
        description="With `giveConsent`: the processing activity to whose notice one agrees; with `declareEmergency`: the one for which it is",
    )


class Reason(Reply):
    """Why there is no value: a code for machines, a sentence for people, and what would mend it if anything does."""

    code: str
    text: str
    remedy: Remedy | None = None
    retry_after_sec: int | None = Field(None, description="Where time may mend it: ask again after so long")


class FilledField(Reply):
    """One field of the form."""

    model_config = ConfigDict(title="Field")

    status: Literal["filled", "empty", "denied", "consentRequired", "unavailable"]
    value: Any = None
    attribute: str
    source: str | None = None
    retrieved_at: datetime | None = Field(None, description="When the hub asked the source")
    source_date: str | None = Field(
        None,
        pattern=r"^\d{4}(-\d\d(-\d\d)?)?$",
        description="From when the value is, or when it last changed, as the source says: a date (ISO 8601), perhaps without day or month",
    )
    reason: Reason | None = None


class Prefill(Reply):
    """The answer to a prefill."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "prefillId": "0f8fad5bd9cb469fa16570867728950e", "formId": "study-grant", "formVersion": "9d2c7f0e1b34",
                "fields": {
                    "lastName": {
                        "status": "filled", "value": "Bruni", "attribute": "person.familyName",
                        "source": "national-register", "retrievedAt": "2026-11-23T10:00:00.000+00:00",
                        "sourceDate": "2026-11-02",
                    },
                    "income": {
                        "status": "denied", "attribute": "person.taxableIncome",
                        "reason": {"code": "purposeNotAuthorised", "text": "This purpose does not allow it."},
                    },
                    "disability": {
                        "status": "denied", "attribute": "person.disabilityRecognised",
                        "reason": {
                            "code": "assuranceTooLow", "text": "You need to log in more strongly for this.",
                            "remedy": {"action": "raiseAssurance", "level": 400},
                        },
                    },
                    "address": {
                        "status": "consentRequired", "attribute": "person.address",
                        "reason": {
                            "code": "consentRequired", "text": "This information is passed on only if you agree.",
                            "remedy": {"action": "giveConsent", "activityId": "sports-discount"},
                        },
                    },
                },
                "receipt": "eyJhbGciOi…~WyJ…~", "logIndex": 1234,
            }
        }
    )  # fmt: skip

    prefill_id: str
    form_id: str
    form_version: str
    fields: dict[str, FilledField]
    receipt: str | None = Field(None, description="SD-JWT (RFC 9901); its audience is the client")
    log_index: int


class EmergencyOpened(Reply):
    """An emergency that was declared. The data protection officer knows of it, and will of each use."""

    model_config = ConfigDict(
        title="Emergency",
        json_schema_extra={
            "example": {
                "emergencyId": "0f8fad5bd9cb469fa16570867728950e",
                "validUntil": "2026-11-23T11:00:00+00:00",
            }
        },
    )

    emergency_id: str = Field(description="For `emergencyId` of a prefill; it says nothing to anybody else.")
    valid_until: datetime
