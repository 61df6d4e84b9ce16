"""The door of citizens, for mandates and representation. A national number stands in the body of a request alone, and in no answer."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response

from connectors import Identifier
from hub.api.guards import Citizen, NoBody, NoQuery, parts_of
from hub.api.json import answer, present
from hub.api.mandate_wire import ChildBody, MandateBody, MandatesQuery
from hub.api.openapi import PROBLEM
from hub.api.replies import mandates as replies
from hub.identity import Scope
from hub.services.mandates import MandateView, Offer
from hub.services.representing import Representation

router = APIRouter(prefix="/api/citizen/v1")
MandateId = Annotated[str, Path(alias="mandateId", pattern=r"^[0-9a-f]{32}$")]
ChildId = Annotated[str, Path(alias="representationId", pattern=r"^[0-9a-f]{32}$")]
_ONE: dict[int | str, dict[str, Any]] = {200: {"model": replies.Mandate}, **PROBLEM}


@router.get(
    "/mandates",
    operation_id="listMandates",
    responses={200: {"model": replies.MandateCollection}, **PROBLEM},
    summary="The mandates that I gave and that I hold",
)
async def list_mandates(
    query: Annotated[MandatesQuery, Query()], person: Citizen, request: Request
) -> Response:
    """Mandates of the person who logged in, or given by an enterprise for which they may act, newest first: 500 at most."""
    views = await parts_of(request).mandates.listed(person, enterprise=query.representing)
    return answer({"items": [_mandate(one) for one in views], "total": len(views)})


@router.post(
    "/mandates",
    operation_id="giveMandate",
    responses={201: {"model": replies.Mandate}, **PROBLEM},
    summary="Let somebody act for me",
    status_code=201,
    dependencies=[NoQuery],
)
async def give_mandate(body: MandateBody, person: Citizen, request: Request) -> Response:
    """The holder finds it in their list, and signs or declines. The answer is the same whoever has the number, and if nobody has."""
    scope = Scope(frozenset(body.activities), frozenset(body.controllers), body.usage)
    offer = Offer(
        holder=Identifier("ssin", body.holder.ssin), holder_name=body.holder.name, giver_name=body.giver_name,
        enterprise=body.enterprise_number, scope=scope, start=body.start, end=body.end, endless=body.endless,
    )  # fmt: skip
    return answer(_mandate(await parts_of(request).mandates.offer(person, offer)), 201)


@router.post(
    "/mandates/{mandateId}/sign",
    operation_id="signMandate",
    responses=_ONE,
    summary="Accept a mandate",
    dependencies=[NoQuery, NoBody],
)
async def sign_mandate(mandate: MandateId, person: Citizen, request: Request) -> Response:
    """For its holder. It has effect from now on, from its first day on."""
    return answer(_mandate(await parts_of(request).mandates.sign(person, mandate)))


@router.post(
    "/mandates/{mandateId}/decline",
    operation_id="declineMandate",
    responses=_ONE,
    summary="Decline a mandate",
    dependencies=[NoQuery, NoBody],
)
async def decline_mandate(mandate: MandateId, person: Citizen, request: Request) -> Response:
    """For its holder, as long as they did not sign it."""
    return answer(_mandate(await parts_of(request).mandates.decline(person, mandate)))


@router.post(
    "/mandates/{mandateId}/revoke",
    operation_id="revokeMandate",
    responses=_ONE,
    summary="End a mandate",
    dependencies=[NoQuery, NoBody],
)
async def revoke_mandate(mandate: MandateId, person: Citizen, request: Request) -> Response:
    """For either side, at any time. Effective at once: when this answers, no value leaves on this mandate any more."""
    return answer(_mandate(await parts_of(request).mandates.revoke(person, mandate)))


@router.get(
    "/representations",
    operation_id="listRepresentations",
    responses={200: {"model": replies.RepresentationCollection}, **PROBLEM},
    summary="Whom I may represent",
    dependencies=[NoQuery],
)
async def list_representations(person: Citizen, request: Request) -> Response:
    """The enterprises of the login, the givers of mandates that are in force, and the children that were named. Looked at anew when one is used."""
    found = await parts_of(request).representing.listed(person)
    return answer({"items": [_representation(one) for one in found], "total": len(found)})


@router.post(
    "/representations",
    operation_id="nameChild",
    responses={201: {"model": replies.Representation}, **PROBLEM},
    summary="Name a child of mine",
    status_code=201,
    dependencies=[NoQuery],
)
async def name_child(body: ChildBody, person: Citizen, request: Request) -> Response:
    """The register of parents is asked, which is a line of the child's log. Whether there is such a person nobody hears."""
    found = await parts_of(request).representing.name_child(person, body.ssin, body.name)
    return answer(_representation(found), 201)


@router.post(
    "/representations/{representationId}/forget",
    operation_id="forgetChild",
    responses={200: {"model": replies.RepresentationCollection}, **PROBLEM},
    summary="Keep the name of a child no longer",
    dependencies=[NoQuery, NoBody],
)
async def forget_child(child: ChildId, person: Citizen, request: Request) -> Response:
    """The number and the name of the child are deleted. Answers whom one may still represent."""
    representing = parts_of(request).representing
    await representing.forget_child(person, child)
    found = await representing.listed(person)
    return answer({"items": [_representation(one) for one in found], "total": len(found)})


def _mandate(view: MandateView) -> dict[str, Any]:
    mandate = view.mandate
    return present(
        mandateId=mandate.id,
        side=view.side,
        status=view.status,
        giver=present(kind=mandate.giver_kind, enterpriseNumber=view.enterprise, name=view.giver_name),
        holder={"name": view.holder_name} if view.holder_name is not None else None,
        **_scope(mandate.scope),
        validFrom=mandate.starts_at.isoformat(timespec="milliseconds"),
        validUntil=mandate.ends_at.isoformat(timespec="milliseconds") if mandate.ends_at else None,
        signedByGiverAt=mandate.given.at.isoformat(timespec="milliseconds"),
        signedByHolderAt=mandate.accepted.at.isoformat(timespec="milliseconds") if mandate.accepted else None,
        overAt=mandate.over_at.isoformat(timespec="milliseconds") if mandate.over_at else None,
        overBy=mandate.over_by,
    )


def _representation(one: Representation) -> dict[str, Any]:
    return present(
        representationId=one.id,
        basis=one.basis,
        name=one.name,
        **(_scope(one.scope) if one.scope else {}),
        validUntil=one.until.isoformat(timespec="milliseconds") if one.until else None,
        confirmedAt=one.confirmed_at.isoformat(timespec="milliseconds") if one.confirmed_at else None,
    )


def _scope(scope: Scope) -> dict[str, Any]:
    return {
        "activities": sorted(scope.activities), "controllers": sorted(scope.controllers), "usage": scope.usage,
    }  # fmt: skip
