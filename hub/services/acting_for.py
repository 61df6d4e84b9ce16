"""On what ground somebody acts for somebody else in a prefill: established anew each time, from the mandates kept here or a declared register."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import datetime
from typing import Final

from sqlalchemy import Connection

from connectors import Identifier
from hub.catalogue import OF_AGE, SSIN, Catalogue, least_age
from hub.identity import Mandate, MandateStore, Standing
from hub.moments import to_millis
from hub.services.acts import Acts
from hub.services.concerns import Concern
from hub.services.entries import Journal
from hub.services.reading import Reads
from hub.services.registers import Matter, Registers, RegisterSilent, best
from hub.services.requests import Asked, PrefillRequest

_PSEUDONYM: Final = 32


class ActingFor:
    """Finds out whether a mandate or a parent's authority is there that a request names.

    What it finds are facts; whether they are enough is for the policies to say.
    """

    def __init__(
        self,
        store: MandateStore,
        registers: Registers,
        *,
        catalogue: Catalogue,
        acts: Acts,
        journal: Journal,
        connect: Callable[[], AbstractContextManager[Connection]],
        clock: Callable[[], datetime],
    ) -> None:
        self._store, self._registers, self._catalogue = store, registers, catalogue
        self._acts, self._journal = acts, journal
        self._connect, self._clock = connect, clock
        self._reads = Reads("acting-for")

    async def __call__(
        self, acting: Standing, asked: Asked, request: PrefillRequest, *, run: str, logged: str
    ) -> Standing:
        """The standing with what was found. A client that may not run the form moves no register.

        Args:
            acting: as the login's token has it.
            asked: the form and its activity.
            request: whom it is about, and what the client says of the representation.
            run: the prefill's id.
            logged: the handle under which lines of this activity stand.

        Raises:
            NotRecorded: the database is away, or a register could not be asked for want of a record.
        """
        if not acting.wants_proof or asked.form.id not in asked.client.forms:
            return acting
        matter = self._matter(acting, asked, request, run=run, logged=logged)
        try:
            if acting.basis == "parent":
                return await self._as_parent(acting, matter)
            return await self._on_mandate(acting, matter, asked, request.reference)
        except RegisterSilent:
            return replace(acting, unavailable=True)

    async def _as_parent(self, acting: Standing, matter: Matter) -> Standing:
        if not is_minor(matter.subject, self._clock()):
            return acting
        return replace(acting, established=await self._registers.is_parent(matter))

    async def _on_mandate(
        self, acting: Standing, matter: Matter, asked: Asked, reference: str | None
    ) -> Standing:
        """The mandate that is named; without a name, of those that there are the one that covers the activity."""
        kept = {one.id: one for one in await self._between(matter) if reference in {None, one.id}}
        facts = {name: facts_of(one, asked) for name, one in kept.items()}
        chosen = best(facts.values(), self._clock())
        holds = chosen is not None and _covers(chosen, self._clock())
        if not holds and reference not in kept:
            listed = best(await self._registers.mandates(matter, asked.activity.id), self._clock())
            if listed is not None and (chosen is None or _covers(listed, self._clock())):
                return replace(acting, established=True, says=listed)
        if chosen is None:
            return acting
        name = next(name for name, said in facts.items() if said is chosen)
        return replace(acting, established=True, mandate=name, says=chosen)

    async def _between(self, matter: Matter) -> tuple[Mandate, ...]:
        giver = self._acts.party(matter.subject)
        holder = self._acts.party(Identifier(SSIN, matter.actor))

        def read() -> tuple[Mandate, ...]:
            with self._connect() as connection:
                return self._store.between(connection, giver=giver, holder=holder)

        return await self._reads(read)

    def _matter(
        self, acting: Standing, asked: Asked, request: PrefillRequest, *, run: str, logged: str
    ) -> Matter:
        actor, activity = self._journal.actor(acting.actor_ssin or ""), asked.activity
        details = {
            "role": acting.role, "proof": acting.proof, "actor": actor, "prefillId": run, "formId": asked.form.id,
            "caseId": request.case, **self._journal.deferral_details(request.subject, activity, self._clock()),
        }  # fmt: skip
        variables = {
            "purpose": activity.id, "legalBasis": activity.legal_basis.article, "client": asked.client.id,
            "controller": activity.controller, "form": asked.form.id, "channel": request.channel,
            "controllerNumber": self._catalogue.controllers[activity.controller].enterprise_number,
            "caseId": request.case or run, "role": acting.role, "actor": actor[:_PSEUDONYM],
        }  # fmt: skip
        return Matter(
            request.subject, logged, acting.actor_ssin or "", Concern.of_prefill(asked), asked.client.id, details, variables
        )  # fmt: skip


def is_minor(subject: Identifier, now: datetime) -> bool:
    """Whether a person's number proves that they are under age: a parent acts for nobody else."""
    age = least_age(subject.value, now) if subject.scheme == SSIN else None
    return age is not None and age < OF_AGE


def facts_of(mandate: Mandate, asked: Asked) -> Mapping[str, object]:
    """What a mandate that is kept here says, for the policies."""
    facts: dict[str, object] = {
        "scopeHolds": mandate.scope.covers(asked.activity.id, asked.activity.controller),
        "validFrom": to_millis(mandate.starts_at), "signedByGiver": True, "signedByHolder": mandate.accepted is not None,
        "revoked": mandate.state in {"revoked", "declined"},
    }  # fmt: skip
    if mandate.ends_at is not None:
        facts["validUntil"] = to_millis(mandate.ends_at)
    return facts


def _covers(facts: Mapping[str, object], now: datetime) -> bool:
    """Whether one may act on such a mandate now: else another is looked for."""
    at, begun, over = to_millis(now), facts.get("validFrom"), facts.get("validUntil")
    alive = isinstance(begun, int) and begun <= at and (not isinstance(over, int) or at < over)
    signed = facts["signedByGiver"] is True and facts["signedByHolder"] is True
    return alive and signed and facts["scopeHolds"] is True and facts["revoked"] is False
