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

import asyncio
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from audit import GrantGone, Intent
from connectors import (
    ContractBroken,
    Enquiry,
    Identifier,
    Reading,
    Source,
    SourceBusy,
    SourceError,
    SourceRefused,
    SubjectUnknown,
)
from consent import ConsentRecord
from hub.catalogue import Catalogue, Client
from hub.identity import Person, QuotaExceeded, Standing, TokenExpired, TokenInvalid, standing
from hub.services.entries import Journal, Outcome
from hub.services.errors import ActorRefused, Fault, NoDecision, NotPermitted, NotRecorded, TooMany
from hub.services.minimise import ObligationUnknown, minimise
from hub.services.receipts import Receipts
from hub.services.requests import (
    UNCONSENTED,
    Asked,
    PrefillRequest,
    check_request,
    needs_consent,
    question,
)
from policies import Decision, DecisionPoint, Deny, Permit, PolicyUnavailable

DELIVERY_WINDOW_S = 0.25
"""A value that rests on a grant leaves within this time of its commit, or not at all (a withdrawal waits as long)."""

_SECONDS_PER_DAY = 86_400


class Logins(Protocol):
    """Verifies the login token of the human behind a call."""

    async def verify(self, token: str, *, audience: str) -> Person:
        """The person, or an `IdentityError`."""
        ...


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


@dataclass(frozen=True, slots=True)
class _Run:
    """One prefill under way."""

    id: str
    request: PrefillRequest
    asked: Asked
    subject: str
    standing: Standing
    details: dict[str, object] = field(repr=False)


class Prefill:
    """Answers prefill requests."""

    def __init__(
        self,
        *,
        catalogue: Catalogue,
        decisions: DecisionPoint,
        sources: Mapping[str, Source],
        journal: Journal,
        logins: Logins,
        consents: ConsentReader,
        receipts: Receipts,
        clock: Callable[[], datetime],
        new_id: Callable[[], str],
        actor_audience: str,
        asserted_cap: int,
    ) -> None:
        self._catalogue, self._decisions, self._sources, self._journal = (
            catalogue,
            decisions,
            sources,
            journal,
        )
        self._logins, self._consents, self._receipts = logins, consents, receipts
        self._clock, self._new_id = clock, new_id
        self._audience, self._cap = actor_audience, asserted_cap

    async def __call__(self, client_id: str, request: PrefillRequest) -> PrefillAnswer:
        """Run the eight steps.

        Raises:
            RequestInvalid: the request does not fit the catalogue, or the actor's token does not hold.
            NoDecision, NotRecorded: nothing was disclosed; to be tried again later.
            TooMany: the client's daily cap of unproven actors is reached.
        """
        asked = check_request(request, self._catalogue, self._client(client_id))
        run = await self._who(asked, request)  # 0, 1
        decision = await self._may_it(run)  # 2
        outcomes = {
            name: _denial(ruling) for name, ruling in decision.rulings.items() if isinstance(ruling, Deny)
        }
        permits = {name: ruling for name, ruling in decision.rulings.items() if isinstance(ruling, Permit)}
        if permits:
            await self._intend(run, permits)  # 3
            outcomes |= _minimised(await self._fetch(run, permits), permits)  # 4, 5
        return await self._record_and_answer(run, outcomes, permits)  # 6, 7

    def _client(self, client_id: str) -> Client:
        client = self._catalogue.clients.get(client_id)
        if client is None:
            raise NotPermitted("the client is no longer in the catalogue")
        return client

    async def _who(self, asked: Asked, request: PrefillRequest) -> _Run:
        """Step 0: establish the actor, and whom they represent. A token that does not hold is on the record."""
        person, refusal = None, None
        if request.actor_token is not None:
            try:
                person = await self._logins.verify(request.actor_token, audience=self._audience)
            except (TokenInvalid, TokenExpired) as error:
                refusal = error
        acting = standing(
            person, subject_scheme=request.subject.scheme, subject_value=request.subject.value,
            role=request.role, basis=request.basis, reference=request.reference,
            administration=self._catalogue.controllers[asked.client.controller].enterprise_number,
        )  # fmt: skip
        subject = self._journal.subject(request.subject)
        run = _Run(self._new_id(), request, asked, subject, acting, {})
        run.details.update(self._journal.prefill_details(run.id, asked, request, acting))
        if refusal is not None:
            await self._refuse(run, "actorTokenRefused")
            expired = isinstance(refusal, TokenExpired)
            raise ActorRefused(
                Fault("actor.token", "the token has expired" if expired else "the token does not hold")
            )
        return run

    async def _may_it(self, run: _Run) -> Decision:
        """Step 2: one decision for the whole request, with the consent state."""
        consents = await self._consents_for(run)
        facts = question(
            run.asked,
            run.request,
            run.standing,
            catalogue=self._catalogue,
            consents=consents,
            now=self._clock(),
        )
        run.details["input"] = facts
        try:
            decision = await self._decisions.decide(facts)
        except PolicyUnavailable:
            await self._refuse(run, "policyUnavailable")
            raise NoDecision("the access rules could not be checked") from None
        run.details["policyRevision"] = decision.revision
        return decision

    async def _consents_for(self, run: _Run) -> Collection[ConsentRecord]:
        if not needs_consent(run.asked.activity):
            return ()
        consents = await self._consents.of_subject(run.request.subject)
        return [one for one in consents if one.activity == run.asked.activity.id]

    async def _intend(self, run: _Run, permits: Mapping[str, Permit]) -> None:
        """Step 3, first half: nothing is asked of a source before this is durable."""
        sources = sorted({self._catalogue.source_of(name) for name in permits})
        activity = run.asked.activity
        intent = Intent(
            id=run.id, controller=activity.controller, client=run.asked.client.id, activity=activity.id,
            subject=run.subject, retention=activity.retention,
            details={**run.details, "attributes": sorted(permits), "sources": sources},
        )  # fmt: skip
        write = None
        if run.standing.proof == "asserted":
            write = self._journal.count_asserted(
                run.asked.client.id, run.subject, self._clock().date(), self._cap
            )
        try:
            await self._journal.intend(intent, write)
        except QuotaExceeded:
            await self._refuse(run, "quotaExceeded")
            raise TooMany(
                "the client asked for too many different subjects today without proof of the actor",
                limit=self._cap, retry_after_s=_SECONDS_PER_DAY - int(self._clock().timestamp()) % _SECONDS_PER_DAY,
            ) from None  # fmt: skip

    async def _fetch(self, run: _Run, permits: Collection[str]) -> dict[str, Outcome]:
        """Steps 3 and 4: one call per source, all at once; a source that fails harms its own attributes alone."""
        by_source: dict[str, set[str]] = {}
        for name in permits:
            by_source.setdefault(self._catalogue.source_of(name), set()).add(name)
        run.details["sources"] = sorted(by_source)
        activity = run.asked.activity
        variables = {
            "purpose": activity.id, "legalBasis": activity.legal_basis.article, "client": run.asked.client.id,
            "caseId": run.request.case or run.id,
        }  # fmt: skip
        replies = await asyncio.gather(
            *(
                self._ask(source, Enquiry(run.request.subject, frozenset(names), variables))
                for source, names in by_source.items()
            )
        )
        return {name: outcome for outcomes in replies for name, outcome in outcomes.items()}

    async def _ask(self, source: str, enquiry: Enquiry) -> dict[str, Outcome]:
        try:
            reading = await self._sources[source].ask(enquiry)
        except SourceError as error:
            return dict.fromkeys(enquiry.attributes, _failure(error, source))
        return {name: _read(reading, name, source) for name in enquiry.attributes}

    async def _record_and_answer(
        self, run: _Run, outcomes: dict[str, Outcome], permits: Mapping[str, Permit]
    ) -> PrefillAnswer:
        """Steps 6 and 7. Where a consent has gone meanwhile, a refusal of what rested on it is recorded instead."""
        closes = run.id if permits else None
        relies_on = frozenset(f"consent:{one}" for permit in permits.values() for one in permit.consents)
        if relies_on:
            run.details["consentIds"] = sorted(grant.removeprefix("consent:") for grant in relies_on)
        started = time.monotonic()
        try:
            appended = await self._journal.prefill(
                run.asked, run.subject, run.details, outcomes, relies_on=relies_on, closes=closes
            )
        except GrantGone:
            resting = [name for name, permit in permits.items() if permit.consents]
            outcomes |= dict.fromkeys(resting, Outcome("consentRequired", reason=UNCONSENTED))
            relies_on = frozenset()
            appended = await self._journal.prefill(
                run.asked, run.subject, run.details, outcomes, relies_on=relies_on, closes=closes
            )
        fields = {name: (attribute, outcomes[attribute]) for name, attribute in run.asked.fields.items()}
        filled = {
            name: one.value
            for name, (_, one) in fields.items()
            if one.status == "filled" and one.value is not None
        }
        receipt = None
        if filled:
            receipt = self._receipts.issue(
                prefill=run.id, form=run.asked.form.id, client=run.asked.client.id, fields=filled
            )
        return PrefillAnswer(
            run.id,
            run.asked,
            run.subject,
            fields,
            appended.index,
            receipt,
            started + DELIVERY_WINDOW_S if relies_on else None,
        )

    async def drop(self, answer: PrefillAnswer) -> None:
        """Record that an answer was not sent, for it came later after its commit than a withdrawal waits."""
        await self._journal.delivery_dropped(answer.id, answer.asked, answer.subject)

    async def _refuse(self, run: _Run, reason: str) -> None:
        """Record an attempt of which nothing came. Where the log is down too, the caller's own error says enough."""
        outcomes = dict.fromkeys(run.asked.attributes, Outcome("denied", reason=reason))
        try:
            await self._journal.prefill(run.asked, run.subject, run.details, outcomes)
        except NotRecorded:
            return


def _denial(ruling: Deny) -> Outcome:
    return Outcome("consentRequired" if ruling.reason == UNCONSENTED else "denied", reason=ruling.reason)


def _failure(error: SourceError, source: str) -> Outcome:
    if isinstance(error, SubjectUnknown):
        return Outcome("empty", reason="subjectUnknown", source=source)
    reasons = {SourceBusy: "sourceBusy", SourceRefused: "sourceRefused", ContractBroken: "replyUnreadable"}
    return Outcome("unavailable", reason=reasons.get(type(error), "sourceUnavailable"), source=source)


def _read(reading: Reading, name: str, source: str) -> Outcome:
    if name in reading.values:
        return Outcome("filled", reading.values[name], source=source, retrieved_at=reading.retrieved_at)
    if name in reading.broken:
        return Outcome("unavailable", reason="replyUnreadable", source=source)
    return Outcome("empty", reason="noValueAtSource", source=source, retrieved_at=reading.retrieved_at)


def _minimised(outcomes: Mapping[str, Outcome], permits: Mapping[str, Permit]) -> dict[str, Outcome]:
    """Step 5: apply the obligations of each permit to its value; one that cannot be met keeps the value in."""
    kept = dict(outcomes)
    for name, permit in permits.items():
        value = kept[name].value
        if permit.obligations and value is not None:
            try:
                value = minimise(value, permit.obligations)
                kept[name] = Outcome(
                    "filled", value, source=kept[name].source, retrieved_at=kept[name].retrieved_at
                )
            except ObligationUnknown:
                kept[name] = Outcome("unavailable", reason="replyUnreadable", source=kept[name].source)
    return kept
