"""A consent and its changes as members on the wire."""

from typing import Any

from consent import ConsentEvent
from hub.api.json import present
from hub.services.consent_views import ConsentView


def event_on_wire(event: ConsentEvent) -> dict[str, Any]:
    """A change of a consent."""
    return present(
        revision=event.revision,
        status=event.status,
        at=event.at.isoformat(timespec="milliseconds"),
        by=event.by,
        basis=event.said.get("basis"),
        digest=event.digest,
        previous=event.previous,
        signed=event.signed,
    )


def consent_on_wire(view: ConsentView) -> dict[str, Any]:
    """A consent as its person sees it."""
    record = view.record

    def day(moment: Any) -> str | None:
        return None if moment is None else str(moment.isoformat(timespec="seconds"))

    return present(
        consentId=record.id,
        activity=present(
            id=record.activity, name=dict(view.activity.name) if view.activity else None,
            purpose=dict(view.activity.purpose) if view.activity else None,
        ),
        controller=record.controller,
        attributes=sorted(record.attributes),
        status=record.status,
        askedAt=day(record.created_at) if record.status == "requested" else None,
        givenAt=day(record.given_at),
        validUntil=day(record.valid_until),
        withdrawnAt=day(record.withdrawn_at),
        renewalDue=True if view.renewal_due else None,
        basis=record.basis,
        language=record.language,
        noticeHash=record.notice_hash,
        receipt=view.receipt,
    )  # fmt: skip
