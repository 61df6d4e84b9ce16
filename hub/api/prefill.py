"""The door of forms and administrations: `/api/prefill/v1`."""

from typing import Any, Final

from fastapi import APIRouter, Request, Response

from connectors import Identifier
from hub.api.delivery import in_time
from hub.api.direct import DirectRoute
from hub.api.guards import Client, NoQuery, parts_of
from hub.api.json import answer, present
from hub.api.languages import preferred
from hub.api.openapi import PROBLEM
from hub.api.replies import prefill as replies
from hub.api.wire import EmergencyBody, PrefillBody, SubjectBody
from hub.services.emergencies import Declaration
from hub.services.outcomes import REPRESENTATION_UNAVAILABLE, Outcome, written
from hub.services.prefill import PrefillAnswer
from hub.services.reasons import reason_text
from hub.services.requests import PrefillRequest
from policies import Action, Remedy

router = APIRouter(prefix="/api/prefill/v1", route_class=DirectRoute)
_RETRY_AFTER_S: Final = 5
_FOR_AN_ACTIVITY: Final[tuple[Action, ...]] = ("giveConsent", "declareEmergency")


@router.post(
    "/prefills",
    operation_id="createPrefill",
    summary="Prefill a form for a person or an organisation",
    dependencies=[NoQuery],
    responses={200: {"model": replies.Prefill}, **PROBLEM},
)
async def create_prefill(body: PrefillBody, client: Client, request: Request) -> Response:
    """One call for a whole form. Each field comes back filled, empty, denied, consentRequired or unavailable, with its
    source or the reason why there is no value. What was asked and disclosed is in the subject's usage log before this answers.
    """
    prefill = parts_of(request).prefill
    answered = await prefill(client.client_id, _request(body))
    reply = answer(_wire(answered, preferred(request.headers.get("accept-language"))))
    return in_time(reply, prefill.leave(answered))


@router.post(
    "/emergencies",
    operation_id="declareEmergency",
    summary="Declare an emergency in a case of a person or an organisation",
    status_code=201,
    dependencies=[NoQuery],
    responses={201: {"model": replies.EmergencyOpened}, **PROBLEM},
)
async def declare_emergency(body: EmergencyBody, client: Client, request: Request) -> Response:
    """For agents alone, proven by the token of their login, and where the processing activity admits it. It lasts for a short while, is in
    the subject's usage log with its reason, and the data protection officer has a notice of it before this answers.
    """
    opened = await parts_of(request).emergencies.declare(client.client_id, _declaration(body))
    until = opened.valid_until.isoformat(timespec="seconds")
    return answer({"emergencyId": opened.id, "validUntil": until}, 201)


def _declaration(body: EmergencyBody) -> Declaration:
    return Declaration(
        activity=body.activity_id,
        subject=_identifier(body.subject),
        actor_token=body.actor.token,
        case=body.case_id,
        reason=body.reason,
    )


def _identifier(subject: SubjectBody) -> Identifier:
    if subject.ssin is not None:
        return Identifier("ssin", subject.ssin)
    return Identifier("enterpriseNumber", subject.enterprise_number or "")


def _request(body: PrefillBody) -> PrefillRequest:
    return PrefillRequest(
        form=body.form_id, subject=_identifier(body.subject), fields=tuple(body.fields) if body.fields is not None else None,
        role=body.actor.role if body.actor else "citizen", channel=body.channel,
        actor_token=body.actor.token if body.actor else None,
        basis=body.representation.basis if body.representation else None,
        reference=body.representation.reference if body.representation else None,
        reason=body.reason, case=body.case_id, emergency=body.emergency_id,
        approval_token=body.approval.token if body.approval else None,
    )  # fmt: skip


def _wire(answered: PrefillAnswer, language: str) -> dict[str, Any]:
    return present(
        prefillId=answered.id,
        formId=answered.asked.form.id,
        formVersion=answered.asked.form.version,
        fields={
            name: _field(attribute, outcome, language, answered.asked.activity.id)
            for name, (attribute, outcome) in answered.fields.items()
        },
        receipt=answered.receipt,
        logIndex=answered.log_index,
    )


def _field(attribute: str, outcome: Outcome, language: str, activity: str) -> dict[str, Any]:
    return present(
        status=outcome.status,
        value=outcome.value,
        attribute=attribute,
        source=outcome.source,
        retrievedAt=written(outcome.retrieved_at) if outcome.retrieved_at else None,
        sourceDate=outcome.source_date,
        reason=_reason(outcome.reason, outcome.remedy, language, activity) if outcome.reason else None,
    )


def _reason(code: str, remedy: Remedy | None, language: str, activity: str) -> dict[str, Any]:
    return present(
        code=code,
        text=reason_text(code, language),
        remedy=None if remedy is None else remedy_on_wire(remedy, activity),
        retryAfterSec=_RETRY_AFTER_S if code == REPRESENTATION_UNAVAILABLE else None,
    )


def remedy_on_wire(remedy: Remedy, activity: str) -> dict[str, Any]:
    """What to do; for a consent or an emergency, for which activity."""
    return present(
        action=remedy.action,
        level=remedy.level,
        activityId=activity if remedy.action in _FOR_AN_ACTIVITY else None,
    )
