"""The terms in which this room writes documents: W3C DPV 2, after its guide for ISO/IEC TS 27560.

The context stands in each document itself, so that reading one fetches nothing. What DPV has no term for bears a name of this hub's own (`urn:onlyonce:…`).
"""

from collections.abc import Mapping
from typing import Any, Final

from consent.model import iso
from consent.states import Status
from consent.terms import Texts

RECORD_PROFILE: Final = "dpv-27560:record-eu-gdpr"
RECEIPT_PROFILE: Final = "dpv-27560:receipt-eu-gdpr"

CONTEXT: Final = {
    "dct": "http://purl.org/dc/terms/",
    "dpv": "https://w3id.org/dpv#",
    "dpv-27560": "https://w3id.org/dpv/schema/dpv-27560#",
    "eu-gdpr": "https://w3id.org/dpv/legal/eu/gdpr#",
    "loc": "https://w3id.org/dpv/loc#",
    "onlyonce": "urn:onlyonce:",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}
STATUSES: Final[Mapping[Status, str]] = {
    "requested": "dpv:ConsentRequested",
    "given": "dpv:ConsentGiven",
    "refused": "dpv:ConsentRefused",
    "renewed": "dpv:RenewedConsentGiven",
    "expired": "dpv:ConsentExpired",
    "withdrawn": "dpv:ConsentWithdrawn",
    "invalidated": "dpv:ConsentInvalidated",
}
RIGHTS: Final = ("A7-3", "A13", "A15", "A16", "A17", "A18", "A20", "A77")
"""Withdrawal, information, access, rectification, erasure, restriction, portability, complaint."""

BUTTON: Final = "urn:onlyonce:method:button"
"""How somebody said so: by a button under the notice, logged in at the hub. (DPV has no terms for methods.)"""
REQUEST: Final = "urn:onlyonce:method:request"
"""How a controller asks: by a call to the hub."""
CONTROLLER: Final = "urn:onlyonce:method:controller"
"""How a controller declares a consent not valid: by a call to the hub."""
TIME: Final = "urn:onlyonce:method:time"
"""How an end comes that nobody brought about: the hub notes that the time is over."""


def name(kind: str, one: str) -> str:
    """A name of this hub's own."""
    return f"urn:onlyonce:{kind}:{one}"


def time(milliseconds: int | None) -> dict[str, Any]:
    """A moment, as JSON-LD holds it."""
    return {"@type": "xsd:dateTime", "@value": iso(milliseconds)}


def words(texts: Texts) -> list[dict[str, str]]:
    """A text in each of its languages, as JSON-LD holds it."""
    return [{"@language": language, "@value": text} for language, text in sorted(texts.items())]


def present(**members: Any) -> dict[str, Any]:
    """Those of these members (`dct_title` is `dct:title`) that have a value."""
    return {key.replace("_", ":", 1): value for key, value in members.items() if value is not None}
