"""Mandates, and whom one represents."""

from datetime import datetime
from typing import Literal

from pydantic import ConfigDict, Field

from hub.api.replies.base import Reply


class Giver(Reply):
    """Who gives a mandate: never by a national number."""

    kind: Literal["person", "organisation"]
    enterprise_number: str | None = None
    name: str = Field(description="As what they make themselves known: their own words, unchecked")


class Holder(Reply):
    """Who holds a mandate."""

    name: str = Field(description="What the giver calls them")


class Mandate(Reply):
    """A mandate, as one of its sides reads it."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "mandateId": "0f8fad5bd9cb469fa16570867728950e", "side": "giver", "status": "offered",
                "giver": {"kind": "person", "name": "Your sister"}, "holder": {"name": "My brother"},
                "activities": ["study-grant-decision"], "controllers": [], "usage": False,
                "validFrom": "2026-11-30T23:00:00+00:00", "validUntil": "2027-11-30T23:00:00+00:00",
                "signedByGiverAt": "2026-11-23T10:00:00+00:00",
            }
        }
    )  # fmt: skip

    mandate_id: str
    side: Literal["giver", "holder"] = Field(description="On which side one stands")
    status: Literal["offered", "upcoming", "inForce", "expired", "declined", "revoked"]
    giver: Giver
    holder: Holder | None = Field(None, description="For the giver's side alone")
    activities: list[str]
    controllers: list[str]
    usage: bool
    valid_from: datetime
    valid_until: datetime | None = Field(
        None, description="Before it the mandate holds; left out: it is endless"
    )
    signed_by_giver_at: datetime
    signed_by_holder_at: datetime | None = None
    over_at: datetime | None = Field(None, description="When it was declined or revoked")
    over_by: Literal["giver", "holder"] | None = None


class MandateCollection(Reply):
    """Mandates, newest first."""

    items: list[Mandate]
    total: int


class Representation(Reply):
    """One whom one may represent."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "representationId": "0f8fad5bd9cb469fa16570867728950e", "basis": "mandate", "name": "Your sister",
                "activities": ["study-grant-decision"], "controllers": [], "usage": False,
            }
        }
    )  # fmt: skip

    representation_id: str = Field(description="By which they are named: `representing` elsewhere")
    basis: Literal["enterpriseRole", "mandate", "parent"]
    name: str | None = None
    activities: list[str] | None = None
    controllers: list[str] | None = None
    usage: bool | None = None
    valid_until: datetime | None = None
    confirmed_at: datetime | None = Field(
        None, description="When the register last said that this is one's child"
    )


class RepresentationCollection(Reply):
    """Whom one may represent now."""

    items: list[Representation]
    total: int
