"""The door of policy enforcement points: OpenID AuthZEN Authorization API 1.0, evaluation and evaluations.

Here the standard rules over the house's manners: what a request holds besides is ignored (section 10.1), and what the standard names is in snake_case.
"""

import re
from collections.abc import Mapping
from typing import Any, Final

from fastapi import APIRouter, Request, Response

from hub.api.authzen_wire import (
    EVALUATION_BODY,
    EVALUATIONS_BODY,
    evaluation,
    evaluations,
    read_object,
)
from hub.api.guards import Evaluator, NoQuery, Open, parts_of
from hub.api.json import answer, dumps, present
from hub.api.languages import preferred
from hub.api.openapi import PROBLEM
from hub.api.prefill import remedy_on_wire
from hub.api.replies import decisions as replies
from hub.services.errors import Fault, RequestInvalid
from hub.services.evaluation import Answer, Invalid
from hub.services.reasons import reason_text
from policies import Deny, Permit

router = APIRouter(prefix="/access/v1")
discovery = APIRouter()
_JSON: Final = re.compile(r"application/json\s*(?:;|$)", re.IGNORECASE)
_METADATA_KEPT_S: Final = 3600


@router.post(
    "/evaluation",
    operation_id="evaluate",
    summary="May this be disclosed?",
    dependencies=[NoQuery],
    responses={200: {"model": replies.Evaluated}, **PROBLEM},
    openapi_extra=EVALUATION_BODY,
)
async def evaluate(client: Evaluator, request: Request) -> Response:
    """One decision: what the rules would say to this prefill. Nothing is disclosed by it and nothing is logged. A question that the rules
    do not know is answered with a denial.
    """
    said = evaluation(await _body(request))
    found = await parts_of(request).evaluations(client.client_id, said)
    return answer(_wire(found, _language(request)))


@router.post(
    "/evaluations",
    operation_id="evaluateAll",
    summary="May these be disclosed?",
    dependencies=[NoQuery],
    responses={200: {"model": replies.EvaluatedAll}, **PROBLEM},
    openapi_extra=EVALUATIONS_BODY,
)
async def evaluate_all(client: Evaluator, request: Request) -> Response:
    """Several decisions in the order asked. `subject`, `action`, `resource` and `context` at the top stand in for what an item leaves out."""
    body = await _body(request)
    asked = evaluations(body)
    parts, language = parts_of(request), _language(request)
    if asked is None:
        return answer(_wire(await parts.evaluations(client.client_id, evaluation(body)), language))
    several, semantic = asked
    found = [
        _wire(one, language) async for one in parts.evaluations.each(client.client_id, several, semantic)
    ]
    return answer({"evaluations": found})


@discovery.get("/.well-known/authzen-configuration", include_in_schema=False, dependencies=[Open, NoQuery])
async def configuration(request: Request) -> Response:
    """Metadata of the policy decision point (AuthZEN 1.0, section 9): what is offered, and no more."""
    base = parts_of(request).settings.public_url
    body = {
        "policy_decision_point": base,
        "access_evaluation_endpoint": f"{base}{router.prefix}/evaluation",
        "access_evaluations_endpoint": f"{base}{router.prefix}/evaluations",
    }
    kept = {"Cache-Control": f"public, max-age={_METADATA_KEPT_S}"}
    return Response(dumps(body), headers=kept, media_type="application/json")


async def _body(request: Request) -> dict[str, Any]:
    """The body as an object. Raises `RequestInvalid`."""
    if not _JSON.match(request.headers.get("content-type", "")):
        raise RequestInvalid(Fault("Content-Type", "must be application/json", where="header"))
    return read_object(await request.body())


def _language(request: Request) -> str:
    return preferred(request.headers.get("accept-language"))


def _wire(found: Answer | Invalid, language: str) -> dict[str, Any]:
    if isinstance(found, Invalid):
        return {"decision": False, "context": {"error": {"status": 400, "message": found.message}}}
    denied = [one for one in found.rulings.values() if isinstance(one, Deny)]
    reasons = {one.reason: one.rule for one in denied}
    if found.reason is not None:
        reasons = {found.reason: found.detail or ""}
    context = present(
        revision=found.revision,
        reason_admin=reasons or None,
        reason_user={code: reason_text(code, language) for code in reasons} or None,
        rulings={name: _ruling(one, found.activity or "") for name, one in found.rulings.items()} or None,
    )
    return {"decision": found.decision, "context": context}


def _ruling(ruling: Permit | Deny, activity: str) -> Mapping[str, Any]:
    if isinstance(ruling, Permit):
        return {
            "decision": True,
            "basis": ruling.basis,
            "obligations": list(ruling.obligations),
            "duties": list(ruling.duties),
        }
    remedy = None if ruling.remedy is None else remedy_on_wire(ruling.remedy, activity)
    return present(decision=False, reason=ruling.reason, rule=ruling.rule, remedy=remedy)
