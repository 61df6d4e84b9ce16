"""Consent receipts: ISO/IEC TS 27560 in the terms of W3C DPV (JSON-LD), signed, checkable without the hub.

Source of the fields: the DPV Community Group's guide for ISO/IEC TS 27560, profile `dpv-27560:receipt-eu-gdpr`. The context stands in the
receipt itself, so that reading one fetches nothing.
"""

from collections.abc import Mapping
from typing import Any, Final

from consent.errors import ReceiptInvalid
from consent.model import ConsentRecord, iso, milliseconds
from consent.signing import check
from consent.states import Status

TYPE: Final = "consent-receipt+jws"
PROFILE: Final = "dpv-27560:receipt-eu-gdpr"

_CONTEXT: Final = {
    "dct": "http://purl.org/dc/terms/",
    "dpv": "https://w3id.org/dpv#",
    "dpv-27560": "https://w3id.org/dpv/schema/dpv-27560#",
    "eu-gdpr": "https://w3id.org/dpv/legal/eu/gdpr#",
    "loc": "https://w3id.org/dpv/loc#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}
_STATUS: Final[Mapping[Status, str]] = {
    "requested": "dpv:ConsentRequested",
    "given": "dpv:ConsentGiven",
    "refused": "dpv:ConsentRefused",
    "renewed": "dpv:RenewedConsentGiven",
    "expired": "dpv:ConsentExpired",
    "withdrawn": "dpv:ConsentWithdrawn",
    "invalidated": "dpv:ConsentInvalidated",
}
# Withdrawal, information, access, rectification, erasure, restriction, portability, complaint.
_RIGHTS: Final = ("A7-3", "A13", "A15", "A16", "A17", "A18", "A20", "A77")


def receipt_of(record: ConsentRecord, *, issuer: str, jurisdiction: str) -> dict[str, Any]:
    """The receipt of a consent in its present state.

    Args:
        record: the consent.
        issuer: the hub's public address.
        jurisdiction: ISO 3166 code of the country whose authorities are competent.
    """
    since = record.given_at or record.changed_at
    place = {"@id": f"loc:{jurisdiction}"}
    controller = {"@id": _name("controller", record.controller), "@type": "dpv:DataController"}
    receipt: dict[str, Any] = {
        "@context": _CONTEXT,
        "@id": f"urn:onlyonce:consent:{record.id}:{record.revision}",
        "@type": "dpv:ConsentReceipt",
        "dct:conformsTo": {"@id": PROFILE},
        "dct:identifier": record.id,
        "dct:hasVersion": str(record.revision),
        "dct:date": _time(milliseconds(since)),
        "dct:language": record.language,
        "dpv:hasDataSubject": {"@id": _name("subject", record.subject), "@type": "dpv:DataSubject"},
        "dpv:hasNotice": _notice(record),
        "dpv:hasPurpose": {"@id": _name("activity", record.activity), "@type": "dpv:Purpose"},
        "dpv:hasPersonalData": [
            {"@id": _name("attribute", one), "@type": "dpv:PersonalData"} for one in sorted(record.attributes)
        ],
        "dpv:hasDataController": controller,
        "dpv:hasRecipient": [controller],
        "dpv:hasThirdParty": [],
        "dpv:hasProcessing": [{"@id": "dpv:Retrieve"}, {"@id": "dpv:Disclose"}],
        "dpv:hasStorageCondition": {
            "@type": "dpv:StorageCondition",
            "dct:description": "The hub hands the data on and keeps no copy of their values.",
        },
        "dpv:hasJurisdiction": place,
        "dpv:hasLocation": place,
        "dpv:hasLegalBasis": {"@id": "eu-gdpr:A6-1-a"},
        "dpv:hasConsentStatus": _status(record),
        "dpv:hasConsentControl": {"@id": "dpv:WithdrawConsent", "dct:source": {"@id": issuer}},
        "dpv:hasRight": [{"@id": f"eu-gdpr:{right}"} for right in _RIGHTS],
        "dpv:isImplementedByEntity": {"@id": issuer},
    }
    if record.valid_until is not None:
        receipt["dct:valid"] = _time(milliseconds(record.valid_until))
    return receipt


def verify_receipt(token: str, public_jwk: Mapping[str, Any]) -> dict[str, Any]:
    """Check a receipt with the hub's public key alone, offline, and return what it says.

    Raises:
        ReceiptInvalid: it was altered, was signed with another key, or is no receipt of this profile.
    """
    receipt = check(token, public_jwk, TYPE)
    if receipt.get("dct:conformsTo") != {"@id": PROFILE}:
        raise ReceiptInvalid
    return receipt


def _notice(record: ConsentRecord) -> dict[str, object]:
    return {
        "@id": _name("notice", record.notice_hash),
        "@type": "dpv:ConsentNotice",
        "dct:identifier": record.notice_id,
        "dct:language": record.language,
    }


def _status(record: ConsentRecord) -> dict[str, object]:
    # An end that came by time is indicated by nobody and at no other time than its own.
    at = record.valid_until if record.status == "expired" and record.valid_until else record.changed_at
    status: dict[str, object] = {
        "@id": _STATUS[record.status],
        "dpv:isIndicatedAtTime": _time(milliseconds(at)),
    }
    if record.status in {"given", "renewed", "refused", "withdrawn"}:
        status["dpv:isIndicatedBy"] = {"@id": _name("subject", record.subject)}
    if record.active:
        status["dpv:hasIndicationMethod"] = record.method
    return status


def _name(kind: str, name: str) -> str:
    return f"urn:onlyonce:{kind}:{name}"


def _time(value: int) -> dict[str, object]:
    return {"@type": "xsd:dateTime", "@value": iso(value)}
