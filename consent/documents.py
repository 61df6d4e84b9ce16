"""Records and receipts of consents as documents: ISO/IEC TS 27560 in the terms of W3C DPV (JSON-LD).

Source of the fields: the DPV Community Group's guide for ISO/IEC TS 27560, profiles `dpv-27560:record-eu-gdpr` and `dpv-27560:receipt-eu-gdpr`.
`schema.json` beside this file says in JSON Schema what stands in them.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from consent.model import ConsentEvent, ConsentRecord, Notice, milliseconds
from consent.states import Status
from consent.terms import Datum, Party, Terms
from consent.vocabulary import (
    CONTEXT,
    CONTROLLER,
    RECEIPT_PROFILE,
    RECORD_PROFILE,
    REQUEST,
    RIGHTS,
    STATUSES,
    TIME,
    name,
    present,
    time,
    words,
)


@dataclass(frozen=True, slots=True)
class Matter:
    """All that a document tells of.

    Attributes:
        record: the consent as it is.
        terms: what it is to.
        notice: what its person was shown last.
        issuer: the hub's public address.
        jurisdiction: ISO 3166 code of the country whose authorities are competent.
    """

    record: ConsentRecord
    terms: Terms
    notice: Notice | None
    issuer: str
    jurisdiction: str


def receipt_of(matter: Matter, made_at: datetime) -> dict[str, Any]:
    """The receipt of a consent in its present state, for its person to keep."""
    record = matter.record
    return {
        "@context": CONTEXT,
        "@id": f"{_urn(record)}:receipt:{record.revision}:{record.status}",
        "@type": "dpv:ConsentReceipt",
        "dct:conformsTo": {"@id": RECEIPT_PROFILE},
        "dct:created": time(milliseconds(made_at)),
        "dpv:hasRecordOfActivity": {"@id": _urn(record)},
        **_told(matter),
        "dpv:hasConsentStatus": _present_status(matter),
    }


def record_of(matter: Matter, events: Sequence[ConsentEvent]) -> dict[str, Any]:
    """The whole record of a consent: what it is to, and each of its changes with the event that the hub signed."""
    record = matter.record
    return {
        "@context": CONTEXT,
        "@id": _urn(record),
        "@type": "dpv:ConsentRecord",
        "dct:conformsTo": {"@id": RECORD_PROFILE},
        "dct:created": time(milliseconds(record.created_at)),
        "dct:modified": time(milliseconds(record.changed_at)),
        **_told(matter),
        "dpv:hasConsentStatus": [_status_of(matter, event) for event in events],
    }


def _told(matter: Matter) -> dict[str, Any]:
    """What the two documents have in common."""
    record, terms = matter.record, matter.terms
    place = {"@id": f"loc:{matter.jurisdiction}"}
    recipients = terms.recipients or (terms.controller,)
    others = [one for one in recipients if one.id != terms.controller.id]
    told: dict[str, Any] = {
        "dct:identifier": record.id,
        "dct:hasVersion": str(record.revision),
        "dct:date": time(milliseconds(record.given_at or record.created_at)),
        "dct:language": record.language,
        "dpv:hasDataSubject": {"@id": name("subject", record.subject), "@type": "dpv:DataSubject"},
        "dpv:hasNotice": _notice(matter),
        "dpv:hasPurpose": present(
            dct_title=words(terms.name) if terms.name else None,
            dct_description=words(terms.purpose) if terms.purpose else None,
        )
        | {"@id": name("activity", record.activity), "@type": "dpv:Purpose"},
        "dpv:hasPersonalData": [_datum(one) for one in terms.data],
        "dpv:hasDataController": _party(terms.controller, "dpv:DataController"),
        "dpv:hasRecipient": [_party(one, "dpv:Recipient") for one in recipients],
        "dpv:hasThirdParty": [_party(one, "dpv:ThirdParty") for one in others],
        "dpv:hasDataSource": [_party(one, "dpv:DataSource") for one in terms.sources],
        "dpv:hasProcessing": [{"@id": "dpv:Retrieve"}, {"@id": "dpv:Disclose"}],
        "dpv:hasStorageCondition": _storage(terms, place),
        "dpv:hasJurisdiction": place,
        "dpv:hasLocation": place,
        "dpv:hasLegalBasis": [
            {"@id": f"eu-gdpr:{one}"} for one in ("A6-1-a", *(["A9-2-a"] if terms.explicit else []))
        ],
        "dpv:hasConsentControl": {
            "@type": "dpv:WithdrawConsent",
            "dpv:isExercisedAt": {"@id": terms.control or matter.issuer},
        },
        "dpv:hasRight": [
            {"@type": ["dpv:DataSubjectRight", f"eu-gdpr:{one}"], "dpv:isExercisedAt": {"@id": matter.issuer}}
            for one in RIGHTS
        ],
        "dpv:isImplementedByEntity": {"@id": matter.issuer},
    }
    if record.valid_until is not None:
        told["dct:valid"] = time(milliseconds(record.valid_until))
    return told


def _notice(matter: Matter) -> dict[str, Any]:
    record, notice = matter.record, matter.notice
    shown = {"@language": notice.language, "@value": notice.text} if notice is not None else None
    return present(dct_description=shown) | {
        "@id": name("notice", record.notice_hash),
        "@type": "dpv:ConsentNotice",
        "dct:identifier": record.notice_id,
        "dct:language": record.language,
    }


def _datum(datum: Datum) -> dict[str, Any]:
    types = ["dpv:PersonalData", *(["dpv:SpecialCategoryPersonalData"] if datum.special else [])]
    return present(
        dct_title=words(datum.name) if datum.name else None, dct_subject=datum.category
    ) | {"@id": name("attribute", datum.id), "@type": types}  # fmt: skip


def _party(party: Party, role: str) -> dict[str, Any]:
    return present(
        dpv_hasName=words(party.name) if party.name else None,
        dpv_hasIdentifier=party.number,
        dpv_hasContact=party.contact,
    ) | {"@id": name("controller", party.id), "@type": role}


def _storage(terms: Terms, place: Mapping[str, str]) -> list[dict[str, Any]]:
    located = {"@type": "dpv:StorageLocation", "dpv:hasLocation": place}
    if terms.retention is None:
        return [located]
    lasts = {"@type": "xsd:duration", "@value": terms.retention}
    return [located, {"@type": "dpv:StorageDuration", "dpv:hasDuration": lasts}]


def _status_of(matter: Matter, event: ConsentEvent) -> dict[str, Any]:
    """One change: which, who brought it about, how, when, and the signed event that proves it."""
    how = {"time": TIME, "controller": REQUEST if event.status == "requested" else CONTROLLER}
    status = _status(
        matter, event.status, event.revision, event.at,
        by=_who(matter, event.by, event.said.get("guardian")), how=how.get(event.by, event.said["method"]),
    )  # fmt: skip
    return status | {"onlyonce:event": event.signed}


def _present_status(matter: Matter) -> dict[str, Any]:
    """The state that the consent is in. An end that came by time came at its own moment, whenever it was written down."""
    record = matter.record
    by, at = by_whom(record), record.changed_at
    if record.status == "expired" and record.valid_until is not None:
        at = record.valid_until
    return _status(
        matter, record.status, record.revision + (not record.noted), at,
        by=_who(matter, by, record.guardian), how=TIME if by == "time" else record.method,
    )  # fmt: skip


def _status(
    matter: Matter, status: Status, revision: int, at: datetime, *, by: Mapping[str, str], how: str
) -> dict[str, Any]:
    return {
        "@id": f"{_urn(matter.record)}:{revision}",
        "@type": STATUSES[status],
        "dpv:isIndicatedBy": by,
        "dpv:hasIndicationMethod": {"@id": how} if how.startswith("urn:") else how,
        "dpv:isIndicatedAtTime": time(milliseconds(at)),
    }


def by_whom(record: ConsentRecord) -> str:
    """Who brought about the state that a consent is in, as events say it: `subject`, `guardian`, `controller` or `time`."""
    if record.status == "expired" or record.method == TIME:
        return "time"
    if record.status in {"requested", "invalidated"}:
        return "controller"
    return "guardian" if record.guardian is not None else "subject"


def _who(matter: Matter, by: str, guardian: str | None) -> dict[str, str]:
    if by == "time":  # nobody: the hub notes it
        return {"@id": matter.issuer}
    if by == "controller":
        return {"@id": name("controller", matter.record.controller)}
    if by == "guardian" and guardian is not None:
        return {"@id": name("person", guardian), "@type": "dpv:ParentOfDataSubject"}
    return {"@id": name("subject", matter.record.subject)}


def _urn(record: ConsentRecord) -> str:
    return name("consent", record.id)


def bare_terms(record: ConsentRecord) -> Terms:
    """What is known of a consent whose terms were not kept: names alone."""
    return Terms(Party(record.controller), data_of(record.attributes))


def data_of(attributes: Iterable[str]) -> tuple[Datum, ...]:
    """Attributes of which nothing but the name is known."""
    return tuple(Datum(one) for one in sorted(attributes))
