"""Break-glass: an agent declares an emergency, for one case of one subject and for a short while. The DPO is told of it, and of each use.

What an emergency lifts is for the policies to say. Nothing that is kept of it names a human being but by handle; why it was declared
stands sealed in the subject's usage log, and the subject reads it there.
"""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import Connection

from audit import GrantGone
from connectors import Identifier
from hub.catalogue import Activity, Catalogue, Client, IdentifierInvalid
from hub.identity import Logins, Person, Standing, TokenExpired, TokenInvalid
from hub.moments import to_millis
from hub.oversight import Emergency, case_digest, find_emergency, open_emergency
from hub.services.concerns import Concern
from hub.services.entries import Journal
from hub.services.errors import ActorRefused, ClientGone, Fault, NotPermitted, RequestInvalid
from hub.services.grants import CLIENT
from hub.services.notices import NewNotice
from hub.services.reading import Reads
from hub.services.requests import Asked, PrefillRequest


@dataclass(frozen=True, slots=True)
class Declaration:
    """What an agent declares: an emergency in this case of this subject, and why."""

    activity: str
    subject: Identifier = field(repr=False)
    actor_token: str = field(repr=False)
    case: str = field(repr=False)
    reason: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class _Declared:
    """A declaration that fits the catalogue."""

    client: Client
    activity: Activity
    declaration: Declaration
    subject: str


class Emergencies:
    """Opens emergencies, and says of a request whether it is under one.

    Args:
        journal: of the usage log.
        catalogue: what is declared.
        logins: verifies the agent's token.
        audience: that the token must name.
        connect: to the hub's database.
        clock: the time, aware.
        new_id: makes identities.
        lifetime: how long an emergency lasts.
    """

    def __init__(
        self,
        journal: Journal,
        *,
        catalogue: Catalogue,
        logins: Logins,
        audience: str,
        connect: Callable[[], AbstractContextManager[Connection]],
        clock: Callable[[], datetime],
        new_id: Callable[[], str],
        lifetime: timedelta,
    ) -> None:
        self._journal, self._catalogue, self._logins, self._audience = journal, catalogue, logins, audience
        self._connect, self._clock, self._new_id, self._lifetime = connect, clock, new_id, lifetime
        self._reads = Reads("emergencies", threads=2)

    async def declare(self, client_id: str, declaration: Declaration) -> Emergency:
        """Open an emergency; its entry and the notice to the DPO are one transaction.

        Raises:
            RequestInvalid: the activity admits no emergency, or the subject's number is none.
            ActorRefused: the agent's token does not hold. The attempt is in the log.
            NotPermitted: the client has no form of this activity; or the person is no agent of the client's administration, or is
                the subject: the attempt is in the log then; or the client was revoked meanwhile.
            NotRecorded: no emergency was opened.
        """
        declared = self._check(client_id, declaration)
        person = await self._agent(declared)
        emergency = self._emergency(declared, person)
        notice = NewNotice(
            self._new_id(), "emergencyOpened", self._clock(), declared.client.controller, declared.client.id,
            declared.activity.id, declared.subject, emergency.id,
        )  # fmt: skip

        def write(connection: Connection, entry: str) -> None:
            open_emergency(connection, emergency)
            notice.write(connection, entry)

        until = emergency.valid_until.isoformat(timespec="seconds")
        told = {"actor": emergency.actor, "emergencyId": emergency.id, "validUntil": until}
        try:
            await self._record(declared, "emergencyOpened", told, write)
        except GrantGone:
            raise ClientGone("the client was revoked meanwhile") from None
        notice.tell()
        return emergency

    def _check(self, client_id: str, declaration: Declaration) -> _Declared:
        client = self._catalogue.clients.get(client_id)
        if client is None:
            raise NotPermitted("the client is no longer in the catalogue")
        faults: list[Fault] = []
        try:
            self._catalogue.check_identifier(declaration.subject.scheme, declaration.subject.value)
        except IdentifierInvalid as error:
            faults.append(Fault(f"subject.{declaration.subject.scheme}", str(error)))
        activity = self._catalogue.activities.get(declaration.activity)
        if activity is None:
            faults.append(Fault("activityId", "the hub has no such activity", "referencedResourceNotFound"))
        elif activity.break_glass is None:
            faults.append(Fault("activityId", "no emergency may be declared in this activity"))
        if activity is None or faults:
            raise RequestInvalid(*faults)
        if activity.id not in {self._catalogue.forms[form].activity for form in client.forms}:
            raise NotPermitted("the client has no form of this activity")
        return _Declared(client, activity, declaration, self._journal.subject(declaration.subject))

    async def _agent(self, declared: _Declared) -> Person:
        """The agent who declares it. Whoever else tries is on the record."""
        declaration = declared.declaration
        try:
            person = await self._logins.verify(declaration.actor_token, audience=self._audience)
        except (TokenInvalid, TokenExpired) as error:
            await self._record(declared, "refused", {"refusedBecause": "actorTokenRefused"}, None)
            why = "the token has expired" if isinstance(error, TokenExpired) else "the token does not hold"
            raise ActorRefused(Fault("actor.token", why)) from None
        administration = self._catalogue.controllers[declared.client.controller].enterprise_number
        if administration not in person.agent_of or declaration.subject == Identifier("ssin", person.ssin):
            told = {"actor": self._journal.actor(person.ssin), "refusedBecause": "emergencyNotAllowed"}
            await self._record(declared, "refused", told, None)
            raise NotPermitted("the person may not declare an emergency")
        return person

    def _emergency(self, declared: _Declared, person: Person) -> Emergency:
        emergency = self._new_id()
        return Emergency(
            emergency, declared.client.id, declared.activity.id, actor=self._journal.actor(person.ssin),
            subject=declared.subject, case_digest=case_digest(emergency, declared.declaration.case),
            valid_until=self._clock() + self._lifetime,
        )  # fmt: skip

    async def _record(
        self,
        declared: _Declared,
        outcome: str,
        details: Mapping[str, object],
        write: Callable[[Connection, str], None] | None,
    ) -> None:
        concern = Concern(declared.activity.id, declared.client.controller, declared.activity.retention)
        told = {
            "role": "agent", "trigger": "agent", "proof": "token", "caseId": declared.declaration.case,
            "reason": declared.declaration.reason, **details,
        }  # fmt: skip
        await self._journal.overseen(
            "emergency", concern, client=declared.client.id, subject=declared.subject, outcome=outcome,
            details=told, write=write, relies_on=frozenset({f"{CLIENT}{declared.client.id}"}) if write else frozenset(),
        )  # fmt: skip

    async def find(self, emergency_id: str) -> Emergency:
        """An emergency that a request is said to be under.

        Raises:
            RequestInvalid: there is no such emergency.
            NotRecorded: the database is away.
        """

        def read() -> Emergency | None:
            with self._connect() as connection:
                return find_emergency(connection, emergency_id)

        found = await self._reads(read)
        if found is None:
            raise RequestInvalid(
                Fault("emergencyId", "the hub knows no such emergency", "referencedResourceNotFound")
            )
        return found

    def facts(
        self, emergency: Emergency, asked: Asked, request: PrefillRequest, acting: Standing, subject: str
    ) -> dict[str, object]:
        """What the policies are told of it: whether this actor declared it, for this case, and until when.

        It is another case also where the client, the activity or the subject is another.
        """
        actor = None if acting.actor_ssin is None else self._journal.actor(acting.actor_ssin)
        here = (asked.client.id, asked.activity.id, subject, case_digest(emergency.id, request.case or ""))
        there = (emergency.client, emergency.activity, emergency.subject, emergency.case_digest)
        return {
            "isActor": actor == emergency.actor,
            "isCase": here == there,
            "validUntil": to_millis(emergency.valid_until),
        }
