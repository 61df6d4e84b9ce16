"""Prefill a form for a person or an organisation: the hub's main job.

0. Who: the client's token is verified (at the door); the actor, and whom they represent, are established.
1. What: the form gives its processing activity and the attributes that its fields need.
2. May it: one policy decision for the whole request. No decision means no data.
3. Intend, then fetch: a durable, sealed intent precedes any call; then the sources of the permitted attributes
   only, one call per source, all at once.
4. Read: a reply that breaks its contract is a failure of that source, not of the call.
5. Minimise: only permitted attributes go on; obligations are applied.
6. Record: the entry is durable before any value leaves, and closes the intent.
7. Answer: each field with its value or the reason for its absence, and a signed receipt.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Protocol

from audit import Intent
from connectors import Identifier
from consent import ConsentRecord
from hub.catalogue import Catalogue, Client
from hub.identity import QuotaExceeded
from hub.services.acts import Acts
from hub.services.asserted import AssertedSubject
from hub.services.concerns import Concern
from hub.services.consultation import Consultation
from hub.services.delivery import Leave
from hub.services.entries import Journal
from hub.services.errors import NoDecision, NotPermitted
from hub.services.notices import NewNotice
from hub.services.outcomes import Outcome, consulted, denied
from hub.services.receipts import Receipts
from hub.services.recording import Recorded, Recording
from hub.services.requests import Asked, PrefillRequest, check_request, needs_consent, question
from hub.services.seals import Seals
from hub.services.telling import apart
from hub.services.who import Run, Who
from policies import Decision, DecisionPoint, Deny, Permit, PolicyUnavailable, QuestionInvalid

_PSEUDONYM = 32
"""How many digits of an actor's handle a source is given: the log has all 64, and headers for it are short."""


class ConsentReader(Protocol):
    """Reads the consents that a subject gave."""

    async def of_subject(self, subject: Identifier) -> tuple[ConsentRecord, ...]:
        """Every consent of this subject, with its present state."""
        ...


@dataclass(frozen=True, slots=True)
class PrefillAnswer:
    """The answer: per field its attribute and outcome. `deliver_before` is a reading of the monotonic clock."""

    id: str
    asked: Asked
    subject: str
    fields: Mapping[str, tuple[str, Outcome]]
    log_index: int
    receipt: str | None
    deliver_before: float | None


class Prefill:
    """Answers prefill requests."""

    def __init__(
        self,
        *,
        catalogue: Catalogue,
        decisions: DecisionPoint,
        consultation: Consultation,
        journal: Journal,
        who: Who,
        acts: Acts,
        consents: ConsentReader,
        seals: Seals,
        receipts: Receipts,
        clock: Callable[[], datetime],
        new_id: Callable[[], str],
        asserted_cap: int,
    ) -> None:
        self._catalogue, self._decisions, self._journal = catalogue, decisions, journal
        self._consultation, self._who, self._consents = consultation, who, consents
        self._receipts, self._recording = receipts, Recording(journal, seals, acts)
        self._clock, self._new_id = clock, new_id
        self._cap = asserted_cap

    async def __call__(self, client_id: str, request: PrefillRequest) -> PrefillAnswer:
        """Run the eight steps.

        Raises:
            RequestInvalid: the request does not fit the catalogue, or the actor's token does not hold.
            NotPermitted: there is no such client any more, or it was revoked meanwhile.
            NoDecision, NotRecorded: nothing was disclosed; to be tried again later.
            TooMany: the client's daily cap of unproven actors is reached.
        """
        asked = check_request(request, self._catalogue, self._client(client_id))
        run = await self._who(asked, request)  # 0, 1
        decision = await self._may_it(run)  # 2
        results = {
            name: denied(ruling, register_silent=run.standing.unavailable)
            for name, ruling in decision.rulings.items()
            if isinstance(ruling, Deny)
        }
        permits = {name: ruling for name, ruling in decision.rulings.items() if isinstance(ruling, Permit)}
        if permits:
            await self._intend(run, permits)  # 3
            results |= await self._consultation.read(
                run.request.subject, permits, self._variables(run)
            )  # 3, 4, 5
            if origins := consulted(results):
                run.details["consulted"] = origins
        recorded = await self._recording(run, results, permits, self._notice(run, permits))  # 6
        return self._answer(run, recorded)  # 7

    def _client(self, client_id: str) -> Client:
        client = self._catalogue.clients.get(client_id)
        if client is None:
            raise NotPermitted("the client is no longer in the catalogue")
        return client

    async def _may_it(self, run: Run) -> Decision:
        """Step 2: one decision for the whole request, with the consent state."""
        consents = await self._consents_for(run)
        facts = question(
            run.asked,
            run.request,
            run.standing,
            catalogue=self._catalogue,
            consents=consents,
            now=self._clock(),
            sealed=run.sealed.attributes,
            overseen=run.overseen,
        )
        run.details["input"] = facts
        try:
            decision = await self._decisions.decide(facts)
        except (PolicyUnavailable, QuestionInvalid):
            await self._journal.prefill_refused(run.asked, run.subject, run.details, "policyUnavailable")
            raise NoDecision("the access rules could not be checked") from None
        run.details["policyRevision"] = decision.revision
        return decision

    async def _consents_for(self, run: Run) -> Collection[ConsentRecord]:
        if not needs_consent(run.asked.activity):
            return ()
        consents = await self._consents.of_subject(run.request.subject)
        return [one for one in consents if one.activity == run.asked.activity.id]

    async def _intend(self, run: Run, permits: Mapping[str, Permit]) -> None:
        """Step 3, first half: nothing is asked of a source before this is durable."""
        run.details["sources"] = self._consultation.sources_of(permits)
        activity = run.asked.activity
        details, agents = apart({**run.details, "attributes": sorted(permits)})
        intent = Intent(
            id=run.id, controller=run.asked.client.controller, client=run.asked.client.id, activity=activity.id,
            subject=run.subject, retention=activity.retention, details=details, agents=agents,
        )  # fmt: skip
        counted = None
        if run.standing.proof == "asserted":
            counted = AssertedSubject(run, self._cap, self._clock())
        try:
            await self._journal.intend(intent, counted.count if counted else None)
        except QuotaExceeded:
            if counted is None:
                raise
            await self._journal.prefill_refused(
                run.asked, run.subject, run.details, "quotaExceeded", write=counted.alert
            )
            counted.tell()
            raise counted.refusal() from None
        if counted is not None:
            counted.tell()

    def _notice(self, run: Run, permits: Mapping[str, Permit]) -> NewNotice | None:
        """The notice to the data protection officer that the permits demand, also where nothing came of what was asked."""
        if not any("noticeToDpo" in permit.duties for permit in permits.values()):
            return None
        asked = run.asked
        return NewNotice(
            self._new_id(), "emergencyUsed", self._clock(), asked.client.controller, asked.client.id, asked.activity.id,
            run.subject, run.request.emergency,
        )  # fmt: skip

    def _variables(self, run: Run) -> dict[str, str]:
        """What a source may be told of the question, where its declaration asks for it. Nothing of it names a human being."""
        asked, activity = run.asked, run.asked.activity
        return {
            "purpose": activity.id, "legalBasis": activity.legal_basis.article, "client": asked.client.id,
            "controller": activity.controller, "form": asked.form.id, "channel": run.request.channel,
            "controllerNumber": self._catalogue.controllers[activity.controller].enterprise_number,
            "caseId": run.request.case or run.id, "role": run.standing.role,
            "actor": str(run.details["actor"] or "")[:_PSEUDONYM],
        }  # fmt: skip

    def _answer(self, run: Run, recorded: Recorded) -> PrefillAnswer:
        """Step 7: each field with its value or its reason, and a receipt for the values."""
        fields = {
            name: (attribute, recorded.results[attribute]) for name, attribute in run.asked.fields.items()
        }
        receipt = self._receipts.issue(
            prefill=run.id,
            form=run.asked.form.id,
            client=run.asked.client.id,
            subject=run.request.subject,
            fields=fields,
        )
        return PrefillAnswer(
            run.id, run.asked, run.subject, fields, recorded.appended.index, receipt, recorded.deliver_before
        )

    def leave(self, answer: PrefillAnswer) -> Leave | None:
        """Until when an answer may leave; None where it rests on nothing that can end."""
        if answer.deliver_before is None:
            return None
        asked = answer.asked
        record = partial(
            self._journal.delivery, concern=Concern.of_prefill(asked), client=asked.client.id, subject=answer.subject,
            prefillId=answer.id, formId=asked.form.id,
        )  # fmt: skip
        return Leave.recorded(answer.deliver_before, record)
