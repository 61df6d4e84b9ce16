"""The door of forms and administrations: `/api/prefill/v1`."""

from functools import partial
from typing import Any, Final

from fastapi import APIRouter, Request, Response

from connectors import Identifier
from hub.api import replies
from hub.api.delivery import InTime
from hub.api.direct import DirectRoute
from hub.api.guards import Client, NoQuery, parts_of
from hub.api.json import answer, present
from hub.api.languages import preferred
from hub.api.openapi import PROBLEM
from hub.api.wire import PrefillBody
from hub.services.outcomes import Outcome, written
from hub.services.prefill import PrefillAnswer
from hub.services.reasons import reason_text
from hub.services.requests import PrefillRequest
from policies import Action, Remedy

router = APIRouter(prefix="/api/prefill/v1", route_class=DirectRoute)
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
    if answered.deliver_before is None:
        return reply
    return InTime(reply, before=answered.deliver_before, drop=partial(prefill.drop, answered))


def _request(body: PrefillBody) -> PrefillRequest:
    subject = body.subject
    identifier = (
        Identifier("ssin", subject.ssin)
        if subject.ssin is not None
        else Identifier("enterpriseNumber", subject.enterprise_number or "")
    )
    return PrefillRequest(
        form=body.form_id, subject=identifier, fields=tuple(body.fields) if body.fields is not None else None,
        role=body.actor.role if body.actor else "citizen", channel=body.channel,
        actor_token=body.actor.token if body.actor else None,
        basis=body.representation.basis if body.representation else None,
        reference=body.representation.reference if body.representation else None,
        reason=body.reason, case=body.case_id,
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
    )


def remedy_on_wire(remedy: Remedy, activity: str) -> dict[str, Any]:
    """What to do; for a consent or an emergency, for which activity."""
    return present(
        action=remedy.action,
        level=remedy.level,
        activityId=activity if remedy.action in _FOR_AN_ACTIVITY else None,
    )
