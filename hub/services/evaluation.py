"""What the rules would say: a question in the terms of OpenID AuthZEN 1.0, put to the decision point that decides on prefills.

What the catalogue knows (client, form, activity, attributes) is taken from there; who the actor is, from the token of their login; the rest
is the word of the client that asks, as far as a form engine can know it. A fact that is missing establishes nothing. Nobody is looked up
and nothing is disclosed, so nothing is logged: a prefill decides anew, on facts that the hub established.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Literal, cast

from connectors import Identifier
from hub.catalogue import ENTERPRISE_NUMBER, SSIN, Catalogue, Client, IdentifierInvalid
from hub.identity import Logins, Person, Standing, TokenExpired, TokenInvalid, standing
from hub.moments import to_millis
from hub.services.claims import Claims, ClaimsInvalid, read_claims
from hub.services.errors import NoDecision, NotPermitted
from hub.services.requests import Asked, PrefillRequest, question
from policies import DecisionPoint, Deny, Permit, PolicyUnavailable, QuestionInvalid

ROLES: Final = frozenset({"citizen", "representative", "agent", "system"})
"""The types of a subject: in which role somebody acts."""
ACTION: Final = "prefill"
"""The one action that the hub's rules are about."""
_NOBODY: Final = Identifier("none", "")
Semantic = Literal["execute_all", "deny_on_first_deny", "permit_on_first_permit"]
_ENDS_AT: Final[dict[Semantic, bool | None]] = {
    "execute_all": None,
    "deny_on_first_deny": False,
    "permit_on_first_permit": True,
}


@dataclass(frozen=True, slots=True)
class Evaluation:
    """One question. The subject's `id` is left behind at the door: no rule may see who somebody is."""

    subject_type: str = field(repr=False)
    action: str = field(repr=False)
    resource_type: str = field(repr=False)
    resource_id: str = field(repr=False)
    subject_properties: Mapping[str, Any] = field(repr=False)
    resource_properties: Mapping[str, Any] = field(repr=False)
    context: Mapping[str, Any] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Invalid:
    """One of several questions that is none: what is wrong with it, by name of its parts."""

    message: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What the rules say.

    Attributes:
        decision: whether everything that was asked may be disclosed.
        rulings: by attribute; empty where no rule was asked.
        activity: the processing activity of the form; None where no rule was asked.
        revision: the policy set that decided; None where no rule was asked.
        reason: why no rule was asked: one of the hub's own codes.
        detail: the same for an administrator, with nothing of the question's values in it.
    """

    decision: bool
    rulings: Mapping[str, Permit | Deny]
    activity: str | None = None
    revision: str | None = None
    reason: str | None = None
    detail: str | None = None


class _NotAsked(Exception):
    """The question does not reach the rules."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(reason)
        self.answer = Answer(False, {}, reason=reason, detail=detail)


class Evaluations:
    """Answers the questions of policy enforcement points."""

    def __init__(
        self,
        *,
        catalogue: Catalogue,
        decisions: DecisionPoint,
        logins: Logins,
        clock: Callable[[], datetime],
        actor_audience: str,
    ) -> None:
        self._catalogue, self._decisions, self._logins = catalogue, decisions, logins
        self._clock, self._audience = clock, actor_audience

    async def __call__(self, client_id: str, evaluation: Evaluation) -> Answer:
        """Answer one question.

        Raises:
            NotPermitted: the client is no longer in the catalogue.
            NoDecision: the engine gave no decision.
            LoginUnavailable: the actor's token cannot be checked at the moment.
        """
        client = self._catalogue.clients.get(client_id)
        if client is None:
            raise NotPermitted("the client is no longer in the catalogue")
        try:
            return await self._decide(client, evaluation)
        except _NotAsked as stopped:
            return stopped.answer

    async def each(
        self, client_id: str, evaluations: Sequence[Evaluation | Invalid], semantic: Semantic
    ) -> AsyncIterator[Answer | Invalid]:
        """Answer several, in order; end after the first denial or the first permit where `semantic` says so. Raises as one does."""
        for one in evaluations:
            answer = one if isinstance(one, Invalid) else await self(client_id, one)
            yield answer
            if (isinstance(answer, Answer) and answer.decision) is _ENDS_AT[semantic]:
                return
            await asyncio.sleep(0)  # a hundred questions are not to hold up a prefill

    async def _decide(self, client: Client, evaluation: Evaluation) -> Answer:
        if evaluation.subject_type not in ROLES:
            raise _NotAsked("unknownSubjectType", f"subject.type is not one of {', '.join(sorted(ROLES))}")
        if evaluation.action != ACTION:
            raise _NotAsked("unknownAction", f"action.name is not {ACTION}")
        claims = _claims(evaluation)
        asked = self._asked(client, evaluation, claims)
        facts = await self._facts(asked, evaluation.subject_type, claims)
        try:
            decision = await self._decisions.decide(facts)
        except QuestionInvalid:
            raise _NotAsked("factNotUsable", "a fact does not have the form that the rules expect") from None
        except PolicyUnavailable:
            raise NoDecision("the access rules could not be checked") from None
        permitted = all(isinstance(ruling, Permit) for ruling in decision.rulings.values())
        whole = permitted and set(decision.rulings) == set(asked.attributes)
        return Answer(whole, decision.rulings, asked.activity.id, decision.revision)

    def _asked(self, client: Client, evaluation: Evaluation, claims: Claims) -> Asked:
        """The form and its attributes. A form of another client is as unknown as one that does not exist."""
        kind = evaluation.resource_type
        if kind not in {"form", "attribute"}:
            raise _NotAsked("unknownResource", "resource.type is not form or attribute")
        named = evaluation.resource_id if kind == "form" else claims.form
        form = self._catalogue.forms.get(named or "")
        if form is None or form.id not in client.forms:
            where = "resource.id" if kind == "form" else "resource.properties.form"
            raise _NotAsked("unknownResource", f"{where} is not a form of this client")
        if kind == "attribute":
            if evaluation.resource_id not in self._catalogue.attributes:
                raise _NotAsked("unknownResource", "resource.id is not an attribute")
            fields = {evaluation.resource_id: evaluation.resource_id}
        elif claims.fields is None:
            fields = dict(form.fields)
        else:
            fields = {name: form.fields[name] for name in claims.fields if name in form.fields}
            if len(fields) < len(set(claims.fields)):
                raise _NotAsked(
                    "unknownResource", "resource.properties.fields names a field that the form does not have"
                )
        return Asked(form, self._catalogue.activities[form.activity], client, fields)

    async def _facts(self, asked: Asked, role: str, claims: Claims) -> dict[str, object]:
        person = await self._person(claims.token)
        subject = self._subject(asked, person, claims)
        acting = self._standing(asked, role, person, subject, claims)
        request = PrefillRequest(
            form=asked.form.id, subject=subject, fields=None, role=role, channel=claims.channel,
            case="given" if claims.case else None, reason="given" if claims.reason else None,
        )  # fmt: skip
        now = self._clock()
        facts = question(asked, request, acting, catalogue=self._catalogue, consents=(), now=now)
        facts["subject"] = self._about(asked, claims) | cast("dict[str, object]", facts["subject"])
        if claims.consents:
            facts["consents"] = [
                {"id": f"consent-{place}", "activity": asked.activity.id, **_of_activity(consent, asked)}
                for place, consent in enumerate(claims.consents)
            ]
            facts["time"] = to_millis(now)
        return facts

    def _about(self, asked: Asked, claims: Claims) -> dict[str, object]:
        """What the client says of whom the data is about. Of names, those alone that are asked for."""
        sealed = sorted(claims.sealed.intersection(asked.attributes))
        return {
            **({"age": claims.age} if claims.age is not None and asked.form.subject_kind == "person" else {}),
            **({"sealed": sealed} if sealed else {}),
        }

    async def _person(self, token: str | None) -> Person | None:
        if token is None:
            return None
        try:
            return await self._logins.verify(token, audience=self._audience)
        except (TokenInvalid, TokenExpired):
            raise _NotAsked("actorTokenRefused", "subject.properties.token does not hold") from None

    def _subject(self, asked: Asked, person: Person | None, claims: Claims) -> Identifier:
        """Whom the data is about, as far as the hub is told: an enterprise, or whoever logged in."""
        if asked.form.subject_kind == "person":
            return Identifier(SSIN, person.ssin) if person is not None and claims.is_subject else _NOBODY
        number = claims.enterprise_number or ""
        try:
            self._catalogue.check_identifier(ENTERPRISE_NUMBER, number)
        except IdentifierInvalid:
            return _NOBODY
        return Identifier(ENTERPRISE_NUMBER, number)

    def _standing(
        self, asked: Asked, role: str, person: Person | None, subject: Identifier, claims: Claims
    ) -> Standing:
        return standing(
            person, subject_scheme=subject.scheme, subject_value=subject.value, role=role, basis=claims.basis,
            administration=self._catalogue.controllers[asked.client.controller].enterprise_number,
        )  # fmt: skip


def _of_activity(consent: Mapping[str, object], asked: Asked) -> dict[str, object]:
    """A consent with those of its attributes that the processing activity has; all of them, if it names none."""
    named = cast("list[str] | None", consent.get("attributes"))
    every = asked.activity.attributes
    return {**consent, "attributes": sorted(every if named is None else every.intersection(named))}


def _claims(evaluation: Evaluation) -> Claims:
    try:
        return read_claims(evaluation.subject_properties, evaluation.resource_properties, evaluation.context)
    except ClaimsInvalid as error:
        raise _NotAsked("factNotUsable", str(error)) from None
