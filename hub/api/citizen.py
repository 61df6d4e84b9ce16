"""The door of citizens: `/api/citizen/v1`. Everything here is about the person who logged in, or whom they represent."""

from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import Field

from hub.api.delivery import in_time
from hub.api.guards import Citizen, parts_of
from hub.api.json import answer, present
from hub.api.openapi import PROBLEM
from hub.api.replies.explained import Explanation, explanation
from hub.api.replies.proven import CompletenessProof, LineProof
from hub.api.replies.usage import UsageCollection
from hub.api.usage_lines import usage_line
from hub.api.wire import (
    CompletenessQuery,
    ExplanationQuery,
    PlainDigits,
    ProofQuery,
    UsageQuery,
)
from hub.services.readings import BULK_READING
from hub.services.usage import UsageLine, UsagePage

router = APIRouter(prefix="/api/citizen/v1")
Index = Annotated[
    Annotated[int, Field(ge=0, lt=10**10), PlainDigits],
    Path(description="The index of the line, as the list of lines gives it."),
]


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
    return in_time(answer(_page(page, base, query)), page.leave)


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
    return in_time(answer(explanation(explained.what, query.lang)), explained.leave)


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
    reply = answer(proof.what)
    reply.headers["Content-Disposition"] = f'attachment; filename="line-{index}.proof.json"'
    return in_time(reply, proof.leave)


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
    reply = answer(proof.what)
    reply.headers["Content-Disposition"] = 'attachment; filename="completeness.proof.json"'
    return in_time(reply, proof.leave)
