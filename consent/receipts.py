"""Checking what this room hands out, with the hub's public keys alone: receipts and whole records.

A receipt is a JWS (ES256) whose payload is a document of `consent.documents`. The same document can stand in the open, as JSON-LD, with the JWS
beside it less its payload (RFC 7515, appendix F) as `onlyonce:signature`; so does a record, in which each change has its own signed event besides.
"""

from collections.abc import Mapping
from typing import Any, Final

from consent.errors import HistoryBroken, ReceiptInvalid
from consent.ledger import chain
from consent.model import Notice
from consent.signing import check, check_detached
from consent.vocabulary import CONTEXT, RECEIPT_PROFILE, RECORD_PROFILE, STATUSES, name

RECEIPT_TYPE: Final = "consent-receipt+jws"
RECORD_TYPE: Final = "consent-record+jws"
SIGNATURE: Final = "onlyonce:signature"
_TYPES: Final = {RECEIPT_PROFILE: RECEIPT_TYPE, RECORD_PROFILE: RECORD_TYPE}


def verify_receipt(token: str, public_jwk: Mapping[str, Any]) -> dict[str, Any]:
    """Check a receipt with the hub's public key alone, offline, and return what it says.

    Args:
        token: the receipt, JWS compact.
        public_jwk: the key, or a set of keys (`{"keys": […]}`) among which the receipt names its own.

    Raises:
        ReceiptInvalid: it was altered, was signed with another key, or is no receipt of this profile.
    """
    return _checked(check(token, public_jwk, RECEIPT_TYPE), RECEIPT_PROFILE)


def verify_document(document: Mapping[str, Any], public_jwk: Mapping[str, Any]) -> dict[str, Any]:
    """Check a receipt or a whole record that stands in the open (JSON-LD), and return what it says, without its signature.

    Raises:
        ReceiptInvalid: it was altered, was signed with another key, or is neither.
        HistoryBroken: the events of the record are not one unbroken history that ends in the state it tells.
    """
    said = {key: one for key, one in document.items() if key != SIGNATURE}
    conforms = said.get("dct:conformsTo")
    profile = conforms.get("@id") if isinstance(conforms, dict) else None
    if not isinstance(profile, str) or profile not in _TYPES:
        raise ReceiptInvalid
    check_detached(said, document.get(SIGNATURE), public_jwk, _TYPES[profile])
    checked = _checked(said, profile)
    if profile == RECORD_PROFILE:
        _check_history(checked, public_jwk)
    return checked


def _checked(document: dict[str, Any], profile: str) -> dict[str, Any]:
    """Refuse what is of another profile, whose words mean something else than they say, or whose notice is not the one of its hash."""
    conforms = document.get("dct:conformsTo") == {"@id": profile} and document.get("@context") == CONTEXT
    if not conforms or not _notice_holds(document):
        raise ReceiptInvalid
    return document


def _notice_holds(document: Mapping[str, Any]) -> bool:
    try:
        told, activity = document["dpv:hasNotice"], document["dpv:hasPurpose"]["@id"]
        if "dct:description" not in told:
            return True
        shown = told["dct:description"]
        found = Notice.of(
            id=told["dct:identifier"], language=shown["@language"], text=shown["@value"],
            activity=activity.removeprefix(name("activity", "")),
        )  # fmt: skip
    except (KeyError, TypeError, AttributeError):
        return False
    return bool(told["@id"] == name("notice", found.version_hash))


def _check_history(record: Mapping[str, Any], public_jwk: Mapping[str, Any]) -> None:
    """Hold a record against its signed events."""
    try:
        told = record["dpv:hasConsentStatus"]
        events = chain([one["onlyonce:event"] for one in told], public_jwk)
        states = [STATUSES[event.status] for event in events]
        times = [event.said["at"] for event in events]
        if not events or states != [one["@type"] for one in told]:
            raise HistoryBroken(len(events) or 1)
        last = events[-1].said
        agrees = (
            times == [one["dpv:isIndicatedAtTime"]["@value"] for one in told]
            and {event.consent_id for event in events} == {record["dct:identifier"]}
            and record["dct:hasVersion"] == str(last["revision"])
            and record["dpv:hasDataSubject"]["@id"] == name("subject", last["subject"])
            and record["dpv:hasNotice"]["@id"] == name("notice", last["notice"]["hash"])
            and [one["@id"] for one in record["dpv:hasPersonalData"]]
            == [name("attribute", one) for one in last["attributes"]]
        )
    except (KeyError, TypeError):
        raise ReceiptInvalid from None
    if not agrees:
        raise HistoryBroken(events[-1].revision)
