"""Consents as the administration that asked for them sees them."""

from datetime import datetime
from typing import Any, Final

from pydantic import ConfigDict, Field

from hub.api.replies.base import Reply
from hub.api.replies.consents import Status
from hub.api.wire import Language

_EXAMPLE: Final[dict[str, Any]] = {
    "consentId": "5c1f0a37b2d84e0c9b1d3f6a7e2c4d10", "activityId": "sports-discount",
    "attributes": ["person.address", "person.jobSeeker"], "status": "requested", "askedAt": "2026-03-03T10:00:00+00:00",
    "changedAt": "2026-03-03T10:00:00+00:00", "language": "fr", "noticeHash": "0f" * 32,
}  # fmt: skip


class ControllersConsent(Reply):
    """A consent, or a request for one. Whose it is, is not said."""

    model_config = ConfigDict(json_schema_extra={"example": _EXAMPLE})

    consent_id: str
    activity_id: str
    attributes: list[str]
    status: Status
    asked_at: datetime | None = Field(
        None, description="Of a request that was not answered with yes: since when"
    )
    given_at: datetime | None = None
    valid_until: datetime | None = None
    withdrawn_at: datetime | None = None
    changed_at: datetime = Field(description="When it came into this state")
    language: Language
    notice_hash: str


class ControllersConsents(Reply):
    """A page of them, newest first."""

    model_config = ConfigDict(
        json_schema_extra={"example": {"items": [_EXAMPLE], "nextAfter": _EXAMPLE["consentId"]}}
    )

    items: list[ControllersConsent]
    next_after: str | None = Field(None, description="The cursor of the next page, if there is one")
