"""Consents, and what a person is asked to agree to."""

from datetime import datetime
from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from hub.api.replies.base import Reply, Texts
from hub.api.wire import Language


class ConsentActivity(Reply):
    """What a consent is for."""

    id: str
    name: Texts | None = None
    purpose: Texts | None = None


Status = Literal["requested", "given", "refused", "renewed", "expired", "withdrawn", "invalidated"]
_EXAMPLE: Final[dict[str, Any]] = {
    "consentId": "5c1f0a37b2d84e0c9b1d3f6a7e2c4d10",
    "activity": {
        "id": "sports-discount", "name": {"en": "Sports and culture discount"},
        "purpose": {"en": "To give you a discount on the sports and culture activities of the municipality."},
    },
    "controller": "municipality", "attributes": ["person.address", "person.jobSeeker"], "status": "given",
    "givenAt": "2026-03-03T10:00:00+00:00", "validUntil": "2027-03-03T10:00:00+00:00", "language": "en", "noticeHash": "0f" * 32,
    "receipt": "eyJhbGciOi…",
}  # fmt: skip


class Consent(Reply):
    """A consent and its signed receipt."""

    model_config = ConfigDict(json_schema_extra={"example": _EXAMPLE})

    consent_id: str
    activity: ConsentActivity
    controller: str
    attributes: list[str]
    status: Status
    asked_at: datetime | None = Field(None, description="Of a request that waits for an answer: since when")
    given_at: datetime | None = None
    valid_until: datetime | None = None
    withdrawn_at: datetime | None = None
    renewal_due: bool | None = Field(None, description="True: it ends soon, and can be renewed")
    basis: str | None = Field(
        None, description="On what ground somebody else answered last for the person, such as `parent`"
    )
    language: Language
    notice_hash: str
    receipt: str


class NoticeShown(Reply):
    """The exact words that a person was shown."""

    id: str
    language: Language
    text: str
    notice_hash: str


class ConsentRead(Consent):
    """A consent with the notice as it was shown last."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                **_EXAMPLE,
                "notice": {"id": "sports-discount", "language": "en", "text": "The municipality asks…", "noticeHash": "0f" * 32},
            }
        }
    )  # fmt: skip

    notice: NoticeShown | None = None


class ConsentChange(Reply):
    """One change of a consent, signed and chained."""

    revision: int
    status: Status
    at: datetime
    by: Literal["subject", "guardian", "controller", "time"] = Field(description="Who brought it about")
    basis: str | None = Field(None, description="On what ground a guardian did")
    digest: str = Field(description="SHA-256 of `signed`")
    previous: str | None = Field(None, description="The digest of the change before")
    signed: str = Field(description="JWS compact, with the whole state after the change")


class ConsentHistory(Reply):
    """Every change of a consent, oldest first."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "items": [
                    {"revision": 1, "status": "given", "at": "2026-03-03T10:00:00.000+00:00", "by": "subject", "digest": "0f" * 32, "signed": "eyJhbGciOi…"}
                ],
                "total": 1,
            }
        }
    )  # fmt: skip

    items: list[ConsentChange]
    total: int


class Document(BaseModel):
    """A record of a consent in the terms of W3C DPV (JSON-LD): docs/consent.md tells its members."""

    model_config = ConfigDict(
        extra="allow",
        json_schema_extra={
            "example": {
                "@type": "dpv:ConsentRecord", "dct:conformsTo": {"@id": "dpv-27560:record-eu-gdpr"},
                "dct:identifier": "5c1f0a37b2d84e0c9b1d3f6a7e2c4d10", "onlyonce:signature": "eyJhbGciOi…..x2Zw…",
            }
        },
    )  # fmt: skip


class ConsentCollection(Reply):
    """The consents of a person."""

    items: list[Consent]
    total: int


class NoticeRead(Reply):
    """What a person is asked to agree to."""

    activity_id: str
    language: Language
    text: str
    notice_hash: str
