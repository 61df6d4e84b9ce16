"""The door of administrations, for consents: ask a person, see one's own, declare one not valid. Part of `/api/prefill/v1`."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Request, Response

from connectors import Identifier
from consent import ConsentRecord
from hub.api.consent_wire import (
    ConsentId,
    ConsentRequestBody,
    ConsentSearchBody,
    InvalidationBody,
    PersonBody,
)
from hub.api.guards import ConsentsClient, NoQuery, parts_of
from hub.api.json import answer, present
from hub.api.openapi import PROBLEM
from hub.api.replies import consent_requests as replies

router = APIRouter(prefix="/api/prefill/v1")
Identity = Annotated[ConsentId, Path(alias="consentId")]


@router.post(
    "/consents",
    operation_id="requestConsent",
    summary="Ask a person for their consent",
    status_code=201,
    dependencies=[NoQuery],
    responses={
        200: {"model": replies.ControllersConsent, "description": "They were asked already, or agreed already"},
        201: {"model": replies.ControllersConsent}, **PROBLEM,
    },
)  # fmt: skip
async def request_consent(body: ConsentRequestBody, client: ConsentsClient, request: Request) -> Response:
    """A request to one person for one processing activity, which waits among their consents until they answer or it lapses: silence is no consent.
    Who said no is not asked again for a while: 429, with `Retry-After`.
    """
    asked = await parts_of(request).consent_requests.ask(
        client.client_id, _person(body.subject), activity_id=body.activity_id, language=body.language
    )
    return answer(_consent(asked.record), 201 if asked.made else 200)


@router.post(
    "/consents/search",
    operation_id="searchConsents",
    summary="The consents of my administration",
    dependencies=[NoQuery],
    responses={200: {"model": replies.ControllersConsents}, **PROBLEM},
)
async def search_consents(body: ConsentSearchBody, client: ConsentsClient, request: Request) -> Response:
    """Its own alone, newest first. Each person whose consent is shown, or who is looked for, finds the reading in their usage log."""
    page = await parts_of(request).consent_requests.found(
        client.client_id, subject=None if body.subject is None else _person(body.subject), activity_id=body.activity_id,
        status=body.status, after=body.after, size=body.page_size,
    )  # fmt: skip
    return answer(present(items=[_consent(one) for one in page.records], nextAfter=page.following))


@router.get(
    "/consents/{consentId}",
    operation_id="getControllersConsent",
    summary="One of the consents of my administration",
    dependencies=[NoQuery],
    responses={200: {"model": replies.ControllersConsent}, **PROBLEM},
)
async def get_consent(consent: Identity, client: ConsentsClient, request: Request) -> Response:
    """What became of a request, or whether a consent holds. The person finds the reading in their usage log."""
    return answer(_consent(await parts_of(request).consent_requests.seen(client.client_id, consent)))


@router.post(
    "/consents/{consentId}/invalidate",
    operation_id="invalidateConsent",
    summary="Declare a consent of my administration not valid",
    dependencies=[NoQuery],
    responses={200: {"model": replies.ControllersConsent}, **PROBLEM},
)
async def invalidate_consent(
    consent: Identity, body: InvalidationBody, client: ConsentsClient, request: Request
) -> Response:
    """It was not informed, not free, or the activity changed. Effective at once, for good, and the person reads why."""
    requests = parts_of(request).consent_requests
    return answer(_consent(await requests.invalidate(client.client_id, consent, reason=body.reason)))


def _person(body: PersonBody) -> Identifier:
    return Identifier("ssin", body.ssin)


def _consent(record: ConsentRecord) -> dict[str, Any]:
    """A consent as its controller sees it: not whose it is, nor by what words they are known elsewhere."""
    moments = {
        "askedAt": record.created_at if record.given_at is None else None, "givenAt": record.given_at,
        "validUntil": record.valid_until, "withdrawnAt": record.withdrawn_at, "changedAt": record.changed_at,
    }  # fmt: skip
    return present(
        consentId=record.id, activityId=record.activity, attributes=sorted(record.attributes), status=record.status,
        **{name: at.isoformat(timespec="seconds") if at else None for name, at in moments.items()},
        language=record.language, noticeHash=record.notice_hash,
    )  # fmt: skip
