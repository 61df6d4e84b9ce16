"""Consents, and what a person is asked to agree to."""

from datetime import datetime
from typing import Literal

from hub.api.replies.base import Reply, Texts
from hub.api.wire import Language


class ConsentActivity(Reply):
    """What a consent is for."""

    id: str
    name: Texts | None = None
    purpose: Texts | None = None


class Consent(Reply):
    """A consent and its signed receipt."""

    consent_id: str
    activity: ConsentActivity
    controller: str
    attributes: list[str]
    status: Literal["requested", "given", "refused", "renewed", "expired", "withdrawn", "invalidated"]
    given_at: datetime | None = None
    valid_until: datetime | None = None
    withdrawn_at: datetime | None = None
    language: Language
    notice_hash: str
    receipt: str


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
