"""The door of data protection officers: `/api/dpo/v1`. What is read here is an entry of the log first, which those concerned can read."""

from collections.abc import AsyncIterator
from datetime import date, timedelta
from typing import Any, Final

from fastapi import APIRouter, Request, Response
from fastapi.responses import StreamingResponse

from hub.api.dpo_wire import CountCollection, CountsBody, ExportBody, InspectedCollection, SearchBody
from hub.api.guards import NoQuery, OfficerHere, parts_of
from hub.api.json import answer, present
from hub.api.openapi import PROBLEM
from hub.catalogue import Catalogue
from hub.services.cells import cell, row
from hub.services.inspection import Export, Inspected
from hub.services.masking import masked
from hub.services.reasons import LANGUAGES

router = APIRouter(prefix="/api/dpo/v1")
_BEGAN: Final = date(1970, 1, 1)
_CSV: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "description": "The lines, oldest first: RFC 4180, UTF-8, with a header. `Onlyonce-Lines` says how many they are: fewer came where the connection broke",
        "content": {"text/csv": {"schema": {"type": "string"}}},
        "headers": {
            "Onlyonce-Lines": {"description": "How many lines follow the header", "schema": {"type": "integer"}},
            "Onlyonce-Log-Index": {"description": "The entry that says that they were read", "schema": {"type": "integer"}},
        },
    }
}  # fmt: skip


@router.post(
    "/usage/search",
    operation_id="searchUsage",
    responses={200: {"model": InspectedCollection}, **PROBLEM},
    summary="Who used which data of whom, by what is known of it",
    dependencies=[NoQuery],
)
async def search_usage(body: SearchBody, officer: OfficerHere, request: Request) -> Response:
    """Lines that meet all conditions, newest first. Each person of whom a line is shown finds the reading among their own lines, with its reason."""
    parts = parts_of(request)
    found, following = await parts.inspections.search(
        officer, body.asked(), before=body.before, size=body.page_size
    )
    return answer(present(items=[_line(one, parts.catalogue) for one in found], nextBefore=following))


@router.post(
    "/usage/counts",
    operation_id="countUsage",
    responses={200: {"model": CountCollection}, **PROBLEM},
    summary="How many lines there are a day",
    dependencies=[NoQuery],
)
async def count_usage(body: CountsBody, officer: OfficerHere, request: Request) -> Response:
    """Whole days in UTC are counted: those of since and until too. Nobody's line is shown."""
    found = await parts_of(request).inspections.counts(officer, body.asked(), body.by)
    items = [
        present(
            day=(_BEGAN + timedelta(days=day)).isoformat(), value=value if body.by else None, count=found[day, value]
        )
        for day, value in sorted(found)
    ]  # fmt: skip
    return answer({"items": items, "total": sum(found.values())})


@router.post(
    "/usage/export",
    operation_id="exportUsage",
    response_class=Response,
    responses={**_CSV, **PROBLEM},
    summary="Lines as CSV",
    dependencies=[NoQuery],
)
async def export_usage(body: ExportBody, officer: OfficerHere, request: Request) -> Response:
    """A million lines at most. The export is one entry that commits to the set; each person in it finds it among their own lines."""
    parts = parts_of(request)
    export = await parts.inspections.export(officer, body.asked())
    headers = {
        "Cache-Control": "no-store", "Content-Disposition": 'attachment; filename="usage.csv"', "Onlyonce-Lines": str(export.count),
        "Onlyonce-Log-Index": str(export.index),
    }  # fmt: skip
    return StreamingResponse(
        _rows(export, parts.catalogue), headers=headers, media_type="text/csv; charset=utf-8; header=present"
    )


async def _rows(export: Export, catalogue: Catalogue) -> AsyncIterator[bytes]:
    yield row(COLUMNS)
    async for one in export.lines:
        members = _line(one, catalogue)
        cells = members | {
            "controller": one.line.controller, "activity": one.line.activity, "legalBasis": members["activity"].get("legalBasis"),
        }  # fmt: skip
        yield row([cell(cells.get(name)) for name in COLUMNS])


COLUMNS: Final = (
    "index", "recordedAt", "kind", "controller", "client", "activity", "legalBasis", "outcome", "subject", "agent", "approver", "role",
    "representedBy", "trigger", "channel", "proof", "formId", "caseId", "reason", "asked", "disclosed", "withheld", "sources", "consentIds",
    "attributes", "emergencyId", "prefillId", "policyRevision", "catalogueRevision", "state",
)  # fmt: skip


def _line(one: Inspected, catalogue: Catalogue) -> dict[str, Any]:
    line, details = one.line, dict(one.details)
    controller, activity = catalogue.controllers.get(line.controller), catalogue.activities.get(line.activity)
    client = catalogue.clients.get(line.client)
    return present(
        index=line.index,
        recordedAt=line.recorded_at.isoformat(timespec="milliseconds"),
        kind=line.kind,
        controller=present(
            enterpriseNumber=controller.enterprise_number if controller else None,
            name=dict(controller.name) if controller else dict.fromkeys(LANGUAGES, line.controller),
        ),
        client=line.client,
        clientName=dict(client.name) if client else None,
        activity=present(
            id=line.activity,
            name=dict(activity.name) if activity else None,
            purpose=dict(activity.purpose) if activity else None,
            legalBasis=f"GDPR {activity.legal_basis.article}, {activity.legal_basis.citation['en']}" if activity else None,
            legalBasisText=dict(activity.legal_basis.citation) if activity else None,
        ),
        outcome=line.outcome,
        subject=one.subject,
        agent=one.agent,
        approver=one.approver,
        **details | {"reason": masked(details.get("reason"))},
        state=line.state,
    )  # fmt: skip
