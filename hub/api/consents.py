"""The door of citizens, for their consents and their children's: asked, given, refused, renewed, withdrawn; each with its notice, history, record and receipt."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response

from connectors import Identifier
from hub.api.consent_members import consent_on_wire, event_on_wire
from hub.api.consent_wire import AnswerBody, ConsentBody, ConsentsQuery, ReceiptQuery, RepresentingQuery
from hub.api.guards import Citizen, NoBody, parts_of
from hub.api.json import answer, dumps, present
from hub.api.languages import preferred
from hub.api.openapi import PROBLEM
from hub.api.replies import consents as replies
from hub.api.wire import LanguageQuery, Name
from hub.identity import Person
from hub.services.errors import NotPermitted
from hub.services.stepping_up import consent_level, demand
from hub.web.receipt import POLICY, receipt_page

router = APIRouter(prefix="/api/citizen/v1")
Identity = Annotated[str, Path(alias="consentId", pattern=r"^[0-9a-f-]{32,36}$")]
JSON_LD = "application/ld+json"
JOSE = "application/jose"
HTML = "text/html"
_ONE: dict[int | str, dict[str, Any]] = {200: {"model": replies.Consent}, **PROBLEM}


@router.get(
    "/consents",
    operation_id="listConsents",
    responses={200: {"model": replies.ConsentCollection}, **PROBLEM},
    summary="My consents",
)
async def list_consents(
    query: Annotated[ConsentsQuery, Query()], person: Citizen, request: Request
) -> Response:
    """Every consent that the person was asked for or gave, with its state: those that wait for an answer first, then the newest first."""
    whose, _ = await _whose(person, query.representing, request)
    views = await parts_of(request).consents.shown(whose, status=query.status)
    return answer({"items": [consent_on_wire(view) for view in views], "total": len(views)})


@router.get(
    "/notices/{activityId}",
    operation_id="getNotice",
    responses={200: {"model": replies.NoticeRead}, **PROBLEM},
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
    responses={201: {"model": replies.Consent}, **PROBLEM},
    summary="Agree",
    status_code=201,
)
async def give_consent(
    body: ConsentBody, query: Annotated[RepresentingQuery, Query()], person: Citizen, request: Request
) -> Response:
    """Agree to what exactly a notice says, for one processing activity. The answer holds a signed receipt."""
    parts = parts_of(request)
    demand(person, consent_level(parts.catalogue, body.activity_id))
    whose, parent = await _whose(person, query.representing, request, body.activity_id)
    view = await parts.consents.give(
        whose,
        activity_id=body.activity_id,
        language=body.language,
        notice_hash=body.notice_hash,
        parent=parent,
    )
    return answer(consent_on_wire(view), 201)


@router.get(
    "/consents/{consentId}",
    operation_id="getConsent",
    responses={200: {"model": replies.ConsentRead}, **PROBLEM},
    summary="One of my consents, with the notice as I was shown it",
)
async def get_consent(
    consent: Identity, query: Annotated[RepresentingQuery, Query()], person: Citizen, request: Request
) -> Response:
    """A consent with the exact words that the person was shown last."""
    whose, _ = await _whose(person, query.representing, request)
    view = await parts_of(request).consents.one(whose, consent)
    shown = view.matter.notice
    notice = None if shown is None else present(
        id=shown.id, language=shown.language, text=shown.text, noticeHash=shown.version_hash
    )  # fmt: skip
    return answer(consent_on_wire(view) | present(notice=notice))


@router.get(
    "/consents/{consentId}/history",
    operation_id="getConsentHistory",
    responses={200: {"model": replies.ConsentHistory}, **PROBLEM},
    summary="Every change of one of my consents",
)
async def get_history(
    consent: Identity, query: Annotated[RepresentingQuery, Query()], person: Citizen, request: Request
) -> Response:
    """All changes, oldest first, each as the hub signed it. `onlyonce consent verify` checks one offline."""
    whose, _ = await _whose(person, query.representing, request)
    events = await parts_of(request).consents.history(whose, consent)
    return answer({"items": [event_on_wire(one) for one in events], "total": len(events)})


@router.get(
    "/consents/{consentId}/record",
    operation_id="getConsentRecord",
    responses={200: {"model": replies.Document, "content": {JSON_LD: {}}}, **PROBLEM},
    summary="The whole record of one of my consents",
)
async def get_record(
    consent: Identity, query: Annotated[RepresentingQuery, Query()], person: Citizen, request: Request
) -> Response:
    """ISO/IEC TS 27560 in the terms of W3C DPV (JSON-LD), signed, with its whole history. `onlyonce consent verify` checks it offline."""
    whose, _ = await _whose(person, query.representing, request)
    record = await parts_of(request).consents.record(whose, consent)
    return _file(dumps(record), JSON_LD, f"consent-{consent}.jsonld")


@router.get(
    "/consents/{consentId}/receipt",
    operation_id="getConsentReceipt",
    responses={
        200: {
            "description": "The receipt: a JWS, JSON-LD, or a page to read, as `Accept` asks",
            "content": {
                JOSE: {"schema": {"type": "string"}},
                JSON_LD: {"schema": {"type": "object"}},
                HTML: {"schema": {"type": "string"}},
            },
        },
        **PROBLEM,
    },
    summary="A signed receipt of one of my consents",
)
async def get_receipt(
    consent: Identity, query: Annotated[ReceiptQuery, Query()], person: Citizen, request: Request
) -> Response:
    """The consent in its present state, for one's own files. `onlyonce consent verify` checks it offline."""
    whose, _ = await _whose(person, query.representing, request)
    view = await parts_of(request).consents.one(whose, consent)
    accepted = request.headers.get("accept", "")[:200]
    if HTML in accepted:
        language = query.lang or _best_language(request, view.record.language)
        headers = {
            "Cache-Control": "no-store",
            "Content-Security-Policy": POLICY,
            "Vary": "Accept, Accept-Language",
            "Content-Language": language,
        }
        return Response(receipt_page(view, language), 200, headers, f"{HTML}; charset=utf-8")
    if JSON_LD in accepted:
        return _file(dumps(view.open_receipt(view.matter)), JSON_LD, f"receipt-{consent}.jsonld")
    return _file(view.receipt.encode(), JOSE, f"receipt-{consent}.jws")


@router.post(
    "/consents/{consentId}/give",
    operation_id="answerConsentRequest",
    responses=_ONE,
    summary="Agree to what I was asked for",
)
async def answer_request(
    consent: Identity, body: AnswerBody, query: Annotated[RepresentingQuery, Query()], person: Citizen, request: Request
) -> Response:  # fmt: skip
    """Agree to a request that waits, having read exactly this notice."""
    parts = parts_of(request)
    whose, parent = await _whose(person, query.representing, request)
    held = await parts.consents.one(whose, consent)
    demand(person, consent_level(parts.catalogue, held.record.activity))
    view = await parts.consents.answer(
        whose, consent, language=body.language, notice_hash=body.notice_hash, parent=parent
    )
    return answer(consent_on_wire(view))


@router.post(
    "/consents/{consentId}/refuse",
    operation_id="refuseConsentRequest",
    responses=_ONE,
    summary="Say no to what I was asked for",
    dependencies=[NoBody],
)
async def refuse_request(
    consent: Identity, query: Annotated[RepresentingQuery, Query()], person: Citizen, request: Request
) -> Response:
    """Refuse a request that waits. No reason is asked."""
    whose, parent = await _whose(person, query.representing, request)
    return answer(consent_on_wire(await parts_of(request).consents.refuse(whose, consent, parent=parent)))


@router.post(
    "/consents/{consentId}/renew",
    operation_id="renewConsent",
    responses=_ONE,
    summary="Renew my consent",
)
async def renew_consent(
    consent: Identity, body: AnswerBody, query: Annotated[RepresentingQuery, Query()], person: Citizen, request: Request
) -> Response:  # fmt: skip
    """Reaffirm a consent that still holds, having read exactly this notice: its term begins anew."""
    parts = parts_of(request)
    whose, parent = await _whose(person, query.representing, request)
    held = await parts.consents.one(whose, consent)
    demand(person, consent_level(parts.catalogue, held.record.activity))
    view = await parts.consents.renew(
        whose, consent, language=body.language, notice_hash=body.notice_hash, parent=parent
    )
    return answer(consent_on_wire(view))


@router.post(
    "/consents/{consentId}/withdraw",
    operation_id="withdrawConsent",
    responses=_ONE,
    summary="Withdraw my consent",
    dependencies=[NoBody],
)
async def withdraw_consent(
    consent: Identity, query: Annotated[RepresentingQuery, Query()], person: Citizen, request: Request
) -> Response:
    """Effective at once: when this answers, no value leaves on this consent any more."""
    whose, parent = await _whose(person, query.representing, request)
    return answer(consent_on_wire(await parts_of(request).consents.withdraw(whose, consent, parent=parent)))


def _best_language(request: Request, shown: str) -> str:
    header = request.headers.get("accept-language")
    return preferred(header) if header else shown


async def _whose(
    person: Person, representing: str | None, request: Request, activity_id: str = ""
) -> tuple[Identifier, Identifier | None]:
    """Whose consents are meant: one's own, or a child's; and then the parent who answers for them, of which the register was asked just now.

    Raises:
        NotPermitted: it is no child of theirs under age. A mandate or an office is not enough: a consent is its person's own (GDPR Art. 4(11) and 8).
    """
    if representing is None:
        return _self(person), None
    parts = parts_of(request)
    found = await parts.representing.of(
        person, representing, activity=parts.catalogue.activities.get(activity_id)
    )
    if found.basis != "parent":
        raise NotPermitted("only a parent answers for somebody: their child")
    return found.subject, _self(person)


def _self(person: Person) -> Identifier:
    return Identifier("ssin", person.ssin)


def _file(content: bytes, media_type: str, name: str) -> Response:
    headers = {
        "Cache-Control": "no-store",
        "Content-Disposition": f'attachment; filename="{name}"',
        "Vary": "Accept",
    }
    return Response(content, 200, headers, media_type)
