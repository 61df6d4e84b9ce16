"""A line of the usage log as its subject reads it on the wire."""

from collections.abc import Mapping
from typing import Any, Final

from hub.api.json import present
from hub.services.acts import ACTED_FOR
from hub.services.masking import masked
from hub.services.readings import BULK_READING
from hub.services.reasons import LANGUAGES
from hub.services.registers import CHECKED
from hub.services.usage import UsageLine


def usage_line(item: UsageLine, proof: str | None = None) -> dict[str, Any]:
    """The members of a line. `proof`: the address of its proof, if there is one."""
    line, details = item.line, item.details
    members = present(
        index=line.index,
        number=None if line.kind == BULK_READING else line.number,  # it stands in nobody's own chain
        missingBefore=line.gap or None,
        recordedAt=line.recorded_at.isoformat(timespec="milliseconds"),
        kind=line.kind,
        controller=present(
            enterpriseNumber=item.controller.enterprise_number if item.controller else None,
            name=dict(item.controller.name) if item.controller else dict.fromkeys(LANGUAGES, line.controller),
        ),
        client=line.client,
        clientName=dict(item.client) or None,
        activity=_activity(item),
        formId=details.get("formId"),
        caseId=details.get("caseId"),
        reason=masked(details.get("reason")),
        role=details.get("role"),
        representedBy=details.get("representedBy"),
        basis=details.get("basis") if line.kind in _OF_REPRESENTATION else None,
        mandateId=details.get("mandateId"),
        changedBy=details.get("changedBy"),
        register=details.get("register"),
        trigger=details.get("trigger"),
        proof=details.get("proof"),
        outcome=line.outcome,
        asked=details.get("asked"),
        disclosed=details.get("disclosed"),
        withheld=details.get("withheld"),
        sources=details.get("sources"),
        consentId=next(iter(details.get("consentIds", ())), None),
        attributes=details.get("attributes"),
        entries=_entries_read(details),
        orderedBy=details.get("orderedBy"),
        legalGround=details.get("legalGround"),
        validUntil=details.get("validUntil"),
        approved=True if "approved" in details or "approver" in details else None,
        emergencyId=details.get("emergencyId"),
        portal=details.get("portal"),
        revealed=_revealed(details),
        erasure=present(**{name: details.get(name) for name in ("ground", "advice", "advisedBy", "keptBy")})
        or None,
        proofHref=proof,
        retentionUntil=item.retention_until.date().isoformat(),
        contact=item.controller.contact if item.controller else None,
    )
    if item.readable:
        return members
    return members | ({"broken": True} if line.state == "broken" else {"erased": True})


_OF_REPRESENTATION: Final = (ACTED_FOR, CHECKED)


def _revealed(details: Mapping[str, Any]) -> dict[str, Any] | None:
    """Which line is shown only now, and by which law it was not at once."""
    if "revealedIndex" not in details:
        return None
    return {
        "index": details["revealedIndex"], "recordedAt": details["revealedAt"], "kind": details["revealedKind"],
        "deferralBasis": details["deferralBasis"],
    }  # fmt: skip


def _entries_read(details: Mapping[str, Any]) -> list[int] | None:
    """Which lines were read, where the line is that of a reading."""
    one = details.get("entryIndex")
    return [one] if one is not None else details.get("entries")


def _activity(item: UsageLine) -> dict[str, Any]:
    activity = item.activity
    if activity is None:
        return {"id": item.line.activity}
    basis = activity.legal_basis
    return {
        "id": activity.id,
        "name": dict(activity.name),
        "purpose": dict(activity.purpose),
        "legalBasis": f"GDPR {basis.article}, {basis.citation['en']}",
        "legalBasisText": dict(basis.citation),
    }
