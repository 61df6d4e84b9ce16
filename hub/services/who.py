"""Step 0 of a prefill: who asks, whom they represent, who approves, and under which emergency. One who cannot be believed is on the record."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import NoReturn

from hub.catalogue import Catalogue
from hub.identity import Logins, Person, Standing, TokenExpired, TokenInvalid, approval, standing
from hub.services.acting_for import ActingFor
from hub.services.emergencies import Emergencies
from hub.services.entries import Journal
from hub.services.errors import ActorRefused, Fault
from hub.services.grants import CLIENT, MANDATE
from hub.services.requests import Asked, PrefillRequest
from hub.services.seals import Sealed, Seals


@dataclass(frozen=True, slots=True)
class Run:
    """One prefill under way.

    Attributes:
        id: of the prefill and of its intent.
        request: what was asked.
        asked: the same, as the catalogue has it.
        subject: their handle in the usage log; the other one where its lines are shown later.
        standing: the human behind the call.
        sealed: what is sealed for the subject, as far as this replica knows.
        details: what the entry will say, sealed.
        overseen: the facts of an approval and of an emergency.
        rests: references of the grants that the whole answer rests on: its client, and a mandate.
    """

    id: str
    request: PrefillRequest
    asked: Asked
    subject: str
    standing: Standing
    sealed: Sealed
    details: dict[str, object] = field(repr=False)
    overseen: dict[str, object] = field(default_factory=dict, repr=False)
    rests: frozenset[str] = frozenset()


class Who:
    """Establishes who is behind a request."""

    def __init__(
        self,
        *,
        catalogue: Catalogue,
        journal: Journal,
        logins: Logins,
        seals: Seals,
        emergencies: Emergencies,
        acting_for: ActingFor,
        new_id: Callable[[], str],
        clock: Callable[[], datetime],
        audience: str,
    ) -> None:
        self._catalogue, self._journal, self._logins = catalogue, journal, logins
        self._seals, self._emergencies, self._acting_for = seals, emergencies, acting_for
        self._new_id, self._clock, self._audience = new_id, clock, audience

    async def __call__(self, asked: Asked, request: PrefillRequest) -> Run:
        """Begin a run.

        Raises:
            ActorRefused: the actor's token, or the approver's, does not hold. The attempt is in the log.
            RequestInvalid: there is no such emergency.
            LoginUnavailable: a token cannot be checked at the moment.
            NotRecorded: the database is away.
        """
        emergency = await self._emergencies.find(request.emergency) if request.emergency else None
        person, refusal = await self._whose(request.actor_token)
        acting = standing(
            person, subject_scheme=request.subject.scheme, subject_value=request.subject.value,
            role=request.role, basis=request.basis, reference=request.reference,
            administration=self._administration(asked),
        )  # fmt: skip
        run_id, subject = self._new_id(), self._journal.subject(request.subject)
        logged = self._journal.subject_later(request.subject) if asked.activity.deferral else subject
        if acting.wants_proof:
            acting = await self._acting_for(acting, asked, request, run=run_id, logged=logged)
        rests = {f"{CLIENT}{asked.client.id}", *([f"{MANDATE}{acting.mandate}"] if acting.mandate else ())}
        run = Run(run_id, request, asked, logged, acting, self._seals.of(subject), {}, rests=frozenset(rests))
        run.details.update(self._journal.prefill_details(run.id, asked, request, acting))
        run.details.update(self._journal.deferral_details(request.subject, asked.activity, self._clock()))
        if refusal is not None:
            await self._refuse(run, "actorTokenRefused", Fault("actor.token", refusal))
        if request.approval_token is not None:
            await self._approved(run)
        if emergency is not None:
            run.overseen["emergency"] = self._emergencies.facts(emergency, asked, request, acting, subject)
        return run

    def _administration(self, asked: Asked) -> str:
        return self._catalogue.controllers[asked.client.controller].enterprise_number

    async def _whose(self, token: str | None) -> tuple[Person | None, str | None]:
        """The person whose token it is; or why it does not hold."""
        if token is None:
            return None, None
        try:
            return await self._logins.verify(token, audience=self._audience), None
        except TokenExpired:
            return None, "the token has expired"
        except TokenInvalid:
            return None, "the token does not hold"

    async def _approved(self, run: Run) -> None:
        """Establish who approves: a second pair of eyes."""
        person, refusal = await self._whose(run.request.approval_token)
        if person is None:
            await self._refuse(run, "approvalTokenRefused", Fault("approval.token", refusal or ""))
        subject = run.request.subject
        found = approval(
            person, run.standing, subject_scheme=subject.scheme, subject_value=subject.value,
            administration=self._administration(run.asked),
        )  # fmt: skip
        run.details.update(approved=True, approver=self._journal.actor(found.approver_ssin))
        run.overseen["approval"] = {
            "isActor": found.is_actor, "isSubject": found.is_subject, "established": found.established,
        }  # fmt: skip

    async def _refuse(self, run: Run, reason: str, fault: Fault) -> NoReturn:
        await self._journal.prefill_refused(run.asked, run.subject, run.details, reason)
        raise ActorRefused(fault)
