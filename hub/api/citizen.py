"""The door of citizens: `/api/citizen/v1`. Everything here is about the person who logged in, or whom they represent."""

from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import Field

from connectors import Identifier
from hub.api.guards import Citizen, NoBody, NoQuery, parts_of
from hub.api.json import answer, present
from hub.api.openapi import PROBLEM
from hub.api.replies.consents import Consent, ConsentCollection, NoticeRead
from hub.api.replies.explained import Explanation, explanation
from hub.api.replies.proven import CompletenessProof, LineProof
from hub.api.replies.usage import UsageCollection
from hub.api.usage_lines import usage_line
from hub.api.wire import (
    CompletenessQuery,
    ConsentBody,
    ExplanationQuery,
    LanguageQuery,
    Name,
    PlainDigits,
    ProofQuery,
    UsageQuery,
)
from hub.identity import Person
from hub.services.consents import ConsentView
from hub.services.readings import BULK_READING
from hub.services.stepping_up import consent_level, demand
from hub.services.usage import UsageLine, UsagePage

router = APIRouter(prefix="/api/citizen/v1")
Index = Annotated[
    Annotated[int, Field(ge=0, lt=10**10), PlainDigits],
    Path(description="The index of the line, as the list of lines gives it."),
]
Identity = Annotated[str, Path(pattern=r"^[0-9a-f-]{32,36}$")]


@router.get(
    "/usage",
    operation_id="listUsage",
    responses={200: {"model": UsageCollection}, **PROBLEM},
    summary="Who used my data, when, why and on what legal basis",
)
async def list_usage(query: Annotated[UsageQuery, Query()], person: Citizen, request: Request) -> Response:
    """The lines of the usage log about the person who logged in, newest first. Reading them is a line too."""
    parts = parts_of(request)
    page = await parts.usage.read(
        person,
        representing=query.representing,
        before=query.before,
        size=query.page_size,
        choice=query.choice(),
    )
    base = f"{parts.settings.public_url}/api/citizen/v1/usage"
    return answer(_page(page, base, query))


def _page(page: UsagePage, base: str, query: UsageQuery) -> dict[str, Any]:
    following = None
    if page.before is not None:
        kept = query.model_dump(mode="json", by_alias=True, exclude_none=True)
        parameters = {**kept, "pageSize": query.page_size, "before": page.before}
        following = f"{base}?{urlencode(parameters)}"
    return present(
        items=[usage_line(line, _proof(line, base, query)) for line in page.lines],
        total=page.total,
        missingAfter=page.cut or None,
        next=following,
    )


def _proof(item: UsageLine, base: str, query: UsageQuery) -> str | None:
    """Where the line's proof is. A reading of many is a line of nobody's own, and its proof for nobody alone."""
    if item.line.kind == BULK_READING:
        return None
    representing = f"?representing={query.representing}" if query.representing else ""
    return f"{base}/{item.line.index}/proof{representing}"


@router.get(
    "/usage/{index}/explanation",
    operation_id="explainUsage",
    responses={200: {"model": Explanation}, **PROBLEM},
    summary="Why a line of my usage log is as it is",
)
async def explain_usage(
    index: Index, query: Annotated[ExplanationQuery, Query()], person: Citizen, request: Request
) -> Response:
    """For each piece of information: passed on or not, on what legal basis, and what one can do. Reading it is a line of the log too."""
    explained = await parts_of(request).usage.explain(
        person, index, representing=query.representing, language=query.lang
    )
    return answer(explanation(explained, query.lang))


@router.get(
    "/usage/{index}/proof",
    operation_id="proveUsage",
    responses={200: {"model": LineProof}, **PROBLEM},
    summary="A proof of a line of my usage log, to show to others",
)
async def prove_usage(
    index: Index, query: Annotated[ProofQuery, Query()], person: Citizen, request: Request
) -> Response:
    """A file that anyone can check with the page `/verify.html` or `onlyonce log verify --proof`, without asking the hub. Taking it is a line too."""
    fields = None if query.fields is None else query.fields.split(",")
    proof = await parts_of(request).usage.prove(person, index, representing=query.representing, fields=fields)
    reply = answer(proof)
    reply.headers["Content-Disposition"] = f'attachment; filename="line-{index}.proof.json"'
    return reply


@router.get(
    "/usage/completeness",
    operation_id="proveCompleteness",
    responses={200: {"model": CompletenessProof}, **PROBLEM},
    summary="A proof that the lines about me are all of them, or that there are none",
)
async def prove_completeness(
    query: Annotated[CompletenessQuery, Query()], person: Citizen, request: Request
) -> Response:
    """For oneself alone: how many lines there were up to the last map, and each of them. `onlyonce log verify --completeness` checks it. Taking it is a line too."""
    proof = await parts_of(request).usage.complete(
        person, representing=query.representing, before=query.before, size=query.page_size
    )
    reply = answer(proof)
    reply.headers["Content-Disposition"] = 'attachment; filename="completeness.proof.json"'
    return reply


@router.get(
    "/consents",
    operation_id="listConsents",
    responses={200: {"model": ConsentCollection}, **PROBLEM},
    summary="My consents",
    dependencies=[NoQuery],
)
async def list_consents(person: Citizen, request: Request) -> Response:
    """Every consent that the person gave, with its state, newest first."""
    consents = parts_of(request).consents
    records = await consents.shown(_self(person))
    return answer({"items": [_consent(consents.view(record)) for record in records], "total": len(records)})


@router.get(
    "/notices/{activityId}",
    operation_id="getNotice",
    responses={200: {"model": NoticeRead}, **PROBLEM},
    summary="What I am asked to agree to",
)
async def get_notice(
    activity: Annotated[Name, Path(alias="activityId")], query: Annotated[LanguageQuery, Query()], _: Citizen, request: Request
) -> Response:  # fmt: skip
    """The present notice of a processing activity that rests on consent, and the hash that proves which text was shown."""
    notice = parts_of(request).consents.notice(activity, query.lang)
    return answer(
        {
            "activityId": activity,
            "language": query.lang,
            "text": notice.text,
            "noticeHash": notice.version_hash,
        }
    )


@router.post(
    "/consents",
    operation_id="giveConsent",
    responses={201: {"model": Consent}, **PROBLEM},
    summary="Agree",
    status_code=201,
    dependencies=[NoQuery],
)
async def give_consent(body: ConsentBody, person: Citizen, request: Request) -> Response:
    """Agree to what exactly a notice says. The answer holds a signed receipt."""
    parts = parts_of(request)
    demand(person, consent_level(parts.catalogue, body.activity_id))
    view = await parts.consents.give(
        _self(person), activity_id=body.activity_id, language=body.language, notice_hash=body.notice_hash
    )
    return answer(_consent(view), 201)


@router.post(
    "/consents/{consentId}/withdraw",
    operation_id="withdrawConsent",
    responses={200: {"model": Consent}, **PROBLEM},
    summary="Withdraw my consent",
    dependencies=[NoQuery, NoBody],
)
async def withdraw_consent(
    consent: Annotated[Identity, Path(alias="consentId")], person: Citizen, request: Request
) -> Response:
    """Effective at once: when this answers, no value leaves on this consent any more."""
    return answer(_consent(await parts_of(request).consents.withdraw(_self(person), consent)))


def _self(person: Person) -> Identifier:
    return Identifier("ssin", person.ssin)


def _consent(view: ConsentView) -> dict[str, Any]:
    record = view.record
    return present(
        consentId=record.id,
        activity=present(
            id=record.activity, name=dict(view.activity.name) if view.activity else None,
            purpose=dict(view.activity.purpose) if view.activity else None,
        ),
        controller=record.controller,
        attributes=sorted(record.attributes),
        status=record.status,
        givenAt=record.given_at.isoformat(timespec="seconds") if record.given_at else None,
        validUntil=record.valid_until.isoformat(timespec="seconds") if record.valid_until else None,
        withdrawnAt=record.withdrawn_at.isoformat(timespec="seconds") if record.withdrawn_at else None,
        language=record.language,
        noticeHash=record.notice_hash,
        receipt=view.receipt,
    )  # fmt: skip
