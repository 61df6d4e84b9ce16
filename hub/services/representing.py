"""Whom a citizen represents at the hub itself: an enterprise of their login, the giver of a mandate, their child. Never named by a national number.

An enterprise is named by its number, which is public; a mandate and a child by an id that the hub gave. An id gives no right: what it stands
for is looked at anew at each use, and one's own alone is known to anybody.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any, Final, Literal, TypeVar

from sqlalchemy import Connection

from connectors import Identifier
from hub.catalogue import ENTERPRISE_NUMBER, SSIN, Activity, Catalogue, IdentifierInvalid
from hub.identity import (
    Child,
    Mandate,
    MandateStore,
    MandateUnknown,
    Person,
    QuotaExceeded,
    Scope,
    Vault,
    children_of,
    find_child,
    forget_child,
    keep_child,
    remember_asserted_subject,
)
from hub.services.acting_for import is_minor
from hub.services.acts import Acts
from hub.services.concerns import HUB, HUBS_OWN, Concern
from hub.services.entries import Journal
from hub.services.errors import (
    Fault,
    NotFound,
    NotPermitted,
    RepresentationUnavailable,
    RequestInvalid,
    TooMany,
)
from hub.services.grants import MANDATE
from hub.services.reading import Reads
from hub.services.registers import Matter, Registers, RegisterSilent

T = TypeVar("T")
MOST_CHILDREN_A_DAY: Final = 10
"""For how many numbers a day somebody may ask whether it is their child's."""
_DAY_S: Final = 86_400
_PSEUDONYM: Final = 32
_ENTERPRISE_DIGITS: Final = 10


@dataclass(frozen=True, slots=True)
class Represented:
    """Whom somebody represents, found out just now.

    Attributes:
        subject: their number.
        basis: on what ground.
        mandate: the id of the mandate, where that is the ground.
        relies_on: the grants that an entry about what was done relies on.
    """

    subject: Identifier = field(repr=False)
    basis: Literal["enterpriseRole", "mandate", "parent"]
    mandate: str | None = None
    relies_on: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Representation:
    """One whom a person may represent now, as they read it. `name`: what the giver, or the parent, called them."""

    id: str
    basis: Literal["enterpriseRole", "mandate", "parent"]
    name: str | None = field(default=None, repr=False)
    scope: Scope | None = None
    until: datetime | None = None
    confirmed_at: datetime | None = None


class Representing:
    """Says whom a person represents."""

    def __init__(
        self,
        store: MandateStore,
        registers: Registers,
        *,
        vault: Vault,
        catalogue: Catalogue,
        journal: Journal,
        acts: Acts,
        connect: Callable[[], AbstractContextManager[Connection]],
        clock: Callable[[], datetime],
        new_id: Callable[[], str],
    ) -> None:
        self._store, self._registers, self._vault, self._catalogue = store, registers, vault, catalogue
        self._journal, self._acts = journal, acts
        self._connect, self._clock, self._new_id = connect, clock, new_id
        self._reads = Reads("representing")

    async def of(self, person: Person, representation_id: str, *, activity: Activity | None) -> Represented:
        """Whom a person represents by an enterprise's number or by an id; found out anew.

        Args:
            person: who logged in.
            representation_id: as they name it.
            activity: what for; None: to read the usage log.

        Raises:
            NotFound: there is no such representation of this person's.
            NotPermitted: it does not hold now, or not for this.
            RepresentationUnavailable: the register that says so does not answer.
            NotRecorded: the database is away, or the register could not be asked for want of a record.
        """
        if representation_id in person.enterprises:
            return Represented(Identifier(ENTERPRISE_NUMBER, representation_id), "enterpriseRole")
        if len(representation_id) == _ENTERPRISE_DIGITS:
            raise NotPermitted("the login does not say that this person may act for this enterprise")
        found = await self._read(partial(self._named, representation_id=representation_id))
        if isinstance(found, Mandate):
            return self._by_mandate(person, found, activity)
        if found is None or found.parent != self._acts.party(Identifier(SSIN, person.ssin)):
            raise NotFound("there is no such representation")
        child = Identifier(SSIN, self._vault.open(found.sealed, found.id)["child"])
        if not await self._is_parent(person, child, activity=activity):
            raise NotPermitted(
                "no register says that this person is a parent of this child, who is under age"
            )
        return Represented(child, "parent")

    def _named(self, connection: Connection, *, representation_id: str) -> Mandate | Child | None:
        try:
            return self._store.find(connection, representation_id)
        except MandateUnknown:
            return find_child(connection, representation_id)

    def _by_mandate(self, person: Person, mandate: Mandate, activity: Activity | None) -> Represented:
        if mandate.holder != self._acts.party(Identifier(SSIN, person.ssin)):
            raise NotFound("there is no such representation")
        scope = mandate.scope
        covered = scope.usage if activity is None else scope.covers(activity.id, activity.controller)
        if not covered or not mandate.in_force(self._clock()):
            raise NotPermitted("the mandate is not in force, or does not cover this")
        parties = self._store.parties(mandate)
        return Represented(
            Identifier(parties.giver_scheme, parties.giver_number), "mandate", mandate.id,
            frozenset({f"{MANDATE}{mandate.id}"}),
        )  # fmt: skip

    async def listed(self, person: Person) -> tuple[Representation, ...]:
        """Whom a person may represent now, as far as it is known here: no register is asked for the list.

        Raises:
            NotRecorded: the database is away.
        """
        me, now = self._acts.party(Identifier(SSIN, person.ssin)), self._clock()
        mandates = await self._read(lambda connection: self._store.of(connection, me))
        children = await self._read(lambda connection: children_of(connection, me))
        held = [one for one in mandates if one.holder == me and one.in_force(now)]
        return (
            *(Representation(number, "enterpriseRole") for number in sorted(person.enterprises)),
            *(
                Representation(one.id, "mandate", self._store.parties(one).giver_name, one.scope, one.ends_at)
                for one in held
            ),
            *(shown for one in children if (shown := self._shown(one, now)) is not None),
        )

    def _shown(self, child: Child, now: datetime) -> Representation | None:
        said = self._vault.open(child.sealed, child.id)
        if not is_minor(Identifier(SSIN, said["child"]), now):
            return None
        return Representation(child.id, "parent", said["name"], confirmed_at=child.confirmed_at)

    async def name_child(self, person: Person, number: str, name: str) -> Representation:
        """Name a child by their number, once: afterwards they are named by an id. The register of parents is asked.

        Raises:
            RequestInvalid: that is no national number.
            NotPermitted: no register says that this is their child, under age. Nobody hears which of the two it was, or whether there is
                such a person.
            TooMany: they asked for too many numbers today.
            RepresentationUnavailable, NotRecorded: as `of`.
        """
        try:
            self._catalogue.check_identifier(SSIN, number)
        except IdentifierInvalid as error:
            raise RequestInvalid(Fault("ssin", str(error))) from None
        child, child_id, now = Identifier(SSIN, number), self._new_id(), self._clock()
        row = Child(
            child_id, self._acts.party(Identifier(SSIN, person.ssin)), self._acts.party(child), now,
            self._vault.seal({"child": number, "name": name}, child_id),
        )  # fmt: skip

        def count(connection: Connection) -> None:
            remember_asserted_subject(
                connection, client=f"parent:{row.parent}", day=now.date(), handle=row.child, cap=MOST_CHILDREN_A_DAY
            )  # fmt: skip

        keep = partial(keep_child, child=row)
        try:
            confirmed = await self._is_parent(person, child, activity=None, count=count, keep=keep)
        except QuotaExceeded:
            wait = _DAY_S - int(now.timestamp()) % _DAY_S
            raise TooMany("too many numbers today", limit=MOST_CHILDREN_A_DAY, retry_after_s=wait) from None
        if not confirmed:
            raise NotPermitted("no register says that this is a child of this person, under age")
        return Representation(child_id, "parent", name, confirmed_at=now)

    async def forget_child(self, person: Person, child_id: str) -> None:
        """Take a child out of what is kept of a parent.

        Raises:
            NotFound: there is no such child of this person's.
            NotRecorded: nothing was taken out.
        """
        found = await self._read(lambda connection: find_child(connection, child_id))
        if found is None or found.parent != self._acts.party(Identifier(SSIN, person.ssin)):
            raise NotFound("there is no such representation")
        await self._journal.overseen(
            "childForgotten", HUBS_OWN, client=HUB, subject=self._journal.subject(Identifier(SSIN, person.ssin)),
            details={"role": "subject"}, write=lambda connection, _: forget_child(connection, child_id),
        )  # fmt: skip

    async def _is_parent(
        self, person: Person, child: Identifier, *, activity: Activity | None, **writes: Any
    ) -> bool:
        """Ask the register, where the number itself does not rule it out."""
        if child.value == person.ssin or not is_minor(child, self._clock()):
            return False
        actor, case = self._journal.actor(person.ssin), self._new_id()
        concern = HUBS_OWN if activity is None else Concern.of(activity)
        controller = None if activity is None else self._catalogue.controllers[activity.controller]
        matter = Matter(
            child, self._journal.subject(child), person.ssin, concern, HUB,
            {"role": "representative", "proof": "token", "actor": actor},
            {
                # To read one's own lines, or a child's, is a right: whoever keeps them is obliged to show them (GDPR Art. 15).
                "purpose": concern.activity, "legalBasis": activity.legal_basis.article if activity else "6(1)(c)",
                "client": HUB, "controller": concern.controller, "form": HUB, "channel": "web", "caseId": case,
                "controllerNumber": controller.enterprise_number if controller else "", "role": "representative",
                "actor": actor[:_PSEUDONYM],
            },
            **writes,
        )  # fmt: skip
        try:
            return await self._registers.is_parent(matter)
        except RegisterSilent:
            raise RepresentationUnavailable("the register of parents does not answer") from None

    async def _read(self, read: Callable[[Connection], T]) -> T:
        def connected() -> T:
            with self._connect() as connection:
                return read(connection)

        return await self._reads(connected)
