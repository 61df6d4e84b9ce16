"""Mandates that people keep at the hub: offered by the giver, accepted or declined by the holder, revoked by either at any time.

A change and its entries in the logs of both are one transaction, under the lock that disclosures take too. A revocation is shown, by whatever
answer, only once no value that rested on the mandate can still be on its way.

Neither learns the other's number: the giver types the holder's, and is shown the name that they typed with it; the holder is shown the name by
which the giver makes themselves known, and an enterprise's number, which is public. Whether anybody has the number that was typed is not looked
at, so nothing can tell.
"""

import asyncio
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Final

from sqlalchemy import Connection

from connectors import Identifier
from hub.catalogue import OF_AGE, Catalogue, IdentifierInvalid, least_age
from hub.identity import (
    Deed,
    LevelTooLow,
    Mandate,
    MandateChanged,
    MandateNotOpen,
    MandateStore,
    MandateUnknown,
    Parties,
    Person,
    Scope,
    Side,
    Signature,
)
from hub.services.acts import Acts
from hub.services.days import end_of, start_of
from hub.services.delivery import WITHDRAWAL_WAIT_S
from hub.services.errors import Fault, NotFound, NotPermitted, RequestInvalid
from hub.services.reading import Reads

SIGNING_LEVEL: Final = 400
"""The assurance level (FAS) with which a mandate is signed. To decline or revoke one any login is enough."""
MOST_OFFERS: Final = 100
"""How many offers of one giver may wait for an answer."""
_JUST_NOW: Final = timedelta(minutes=1)
_KINDS: Final[dict[Deed, str]] = {
    "sign": "mandateSigned", "decline": "mandateDeclined", "revoke": "mandateRevoked",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Offer:
    """What a giver offers. `enterprise`: in whose name, where it is not their own. `end`: the last day; None only where `endless` says so."""

    holder: Identifier = field(repr=False)
    holder_name: str = field(repr=False)
    giver_name: str = field(repr=False)
    enterprise: str | None
    scope: Scope
    start: date | None
    end: date | None
    endless: bool


@dataclass(frozen=True, slots=True)
class MandateView:
    """A mandate as one of its sides sees it."""

    mandate: Mandate
    side: Side
    status: str
    enterprise: str | None
    giver_name: str = field(repr=False)
    holder_name: str | None = field(repr=False)


class Mandates:
    """Offers, signs, declines, revokes and lists mandates."""

    def __init__(
        self,
        store: MandateStore,
        *,
        catalogue: Catalogue,
        acts: Acts,
        connect: Callable[[], AbstractContextManager[Connection]],
        clock: Callable[[], datetime],
        new_id: Callable[[], str],
        wait_s: float = WITHDRAWAL_WAIT_S,
    ) -> None:
        self._store, self._catalogue, self._acts = store, catalogue, acts
        self._connect, self._clock, self._new_id, self._wait = connect, clock, new_id, wait_s
        self._reads = Reads("mandates")

    async def listed(self, person: Person, *, enterprise: str | None = None) -> tuple[MandateView, ...]:
        """The mandates that a person gave and holds, or that an enterprise gave for which they may act; newest first.

        Raises:
            NotPermitted: the login does not say that they may act for this enterprise.
            NotRecorded: the database is away.
        """
        handle = self._acts.party(_giver(person, enterprise))

        def read() -> tuple[Mandate, ...]:
            with self._connect() as connection:
                return self._store.of(connection, handle)

        found = await self._reads(read)
        if any(one.over_at and self._clock() - one.over_at < _JUST_NOW for one in found):
            await asyncio.sleep(self._wait)
        return tuple(self._view(one, "giver" if one.giver == handle else "holder") for one in found)

    async def offer(self, person: Person, offer: Offer) -> MandateView:
        """Give a mandate: signed by the giver, and without effect until the holder signs too. The answer is the same whoever the holder is.

        Raises:
            RequestInvalid: a part of it is wrong.
            NotPermitted: the giver is under age, or may not act for the enterprise.
            LevelTooLow: the login is too weak to sign.
            NotRecorded: nothing was offered.
        """
        giver = _giver(person, offer.enterprise)
        self._may_sign(person)
        now = self._clock()
        starts, ends = self._check(giver, offer, now)
        mandate_id = self._new_id()
        parties = Parties(
            giver_scheme=giver.scheme, giver_number=giver.value, holder_number=offer.holder.value,
            signatory_number=person.ssin, holder_name=offer.holder_name, giver_name=offer.giver_name,
        )  # fmt: skip
        mandate = Mandate(
            id=mandate_id, revision=0, state="offered", giver=self._acts.party(giver),
            holder=self._acts.party(offer.holder), giver_kind="person" if giver.scheme == "ssin" else "organisation",
            scope=offer.scope, starts_at=starts, ends_at=ends, given=Signature(now, person.assurance_level),
            accepted=None, over_at=None, over_by=None, sealed=b"",
        )  # fmt: skip
        mandate = self._store.sealed(mandate, parties)

        def write(connection: Connection) -> Mandate:
            if self._store.open_offers(connection, mandate.giver) >= MOST_OFFERS:
                raise RequestInvalid(
                    Fault("holder", f"{MOST_OFFERS} of your mandates wait for an answer already")
                )
            self._store.offer(connection, mandate)
            return mandate

        await self._acts.mandate_changed(
            "mandateOffered", mandate_id, parties, by="giver", actor=person.ssin, write=write
        )
        return self._view(mandate, "giver")

    def _may_sign(self, person: Person) -> None:
        if (person.assurance_level or 0) < SIGNING_LEVEL:
            raise LevelTooLow(SIGNING_LEVEL)

    def _check(self, giver: Identifier, offer: Offer, now: datetime) -> tuple[datetime, datetime | None]:
        """When it begins and ends.

        Old Civil Code Art. 388 and 488: who is under age gives no mandate.
        """
        if giver.scheme == "ssin" and least_age(giver.value, now) != OF_AGE:
            raise NotPermitted("who is under age gives no mandate")
        faults = list(self._scope_faults(offer.scope))
        try:
            self._catalogue.check_identifier(offer.holder.scheme, offer.holder.value)
        except IdentifierInvalid as error:
            faults.append(Fault("holder.ssin", str(error)))
        if offer.holder == giver:
            faults.append(Fault("holder.ssin", "one needs no mandate for oneself"))
        if (offer.end is None) is not offer.endless:
            faults.append(Fault("end", "give the last day, or say that it is endless"))
        starts = start_of(offer.start) if offer.start else now
        ends = end_of(offer.end) if offer.end else None
        if ends is not None and ends <= max(starts, now):
            faults.append(Fault("end", "is over before it begins, or over already"))
        if faults:
            raise RequestInvalid(*faults)
        return starts, ends

    def _scope_faults(self, scope: Scope) -> list[Fault]:
        if scope.empty:
            return [Fault("activities", "name at least one activity or controller, or the usage log")]
        unknown = "referencedResourceNotFound"
        faults = []
        if not scope.activities <= self._catalogue.activities.keys():
            faults.append(Fault("activities", "the hub has no such activity", unknown))
        if not scope.controllers <= self._catalogue.controllers.keys():
            faults.append(Fault("controllers", "the hub has no such controller", unknown))
        return faults

    async def sign(self, person: Person, mandate_id: str) -> MandateView:
        """Accept a mandate, as its holder: from now on it has effect, from its start on.

        Raises:
            NotFound: there is no such mandate of this person's.
            RequestInvalid: it does not wait for this side's answer, or no more.
            LevelTooLow: the login is too weak to sign.
            NotRecorded: nothing changed, or it is not known whether it did.
        """
        return await self._change(person, mandate_id, "sign")

    async def decline(self, person: Person, mandate_id: str) -> MandateView:
        """Decline a mandate, as its holder. Raises as `sign`."""
        return await self._change(person, mandate_id, "decline")

    async def revoke(self, person: Person, mandate_id: str) -> MandateView:
        """Revoke a mandate, as either side. Once this returns, no value leaves on it, on any replica. Raises as `sign`."""
        try:
            return await self._change(person, mandate_id, "revoke")
        finally:  # also where it was over: its answer tells so, and somebody else's revocation may not be effective yet
            await asyncio.sleep(self._wait)

    async def _change(self, person: Person, mandate_id: str, deed: Deed) -> MandateView:
        mandate, parties, sides = await self._mine(person, mandate_id)
        side: Side = "giver" if deed == "revoke" and "giver" in sides else sides[-1]
        if deed == "sign" and side == "holder":
            self._may_sign(person)

        def write(connection: Connection) -> Mandate:
            return self._store.change(connection, mandate, deed, side, level=person.assurance_level)

        try:
            changed = await self._acts.mandate_changed(
                _KINDS[deed], mandate.id, parties, by=side, actor=person.ssin, write=write
            )
        except (MandateNotOpen, MandateChanged):
            raise RequestInvalid(
                Fault("mandateId", "the state of this mandate does not allow this")
            ) from None
        return self._view(changed, side)

    async def _mine(self, person: Person, mandate_id: str) -> tuple[Mandate, Parties, list[Side]]:
        """A mandate and the sides on which the person stands; nobody else hears that there is one."""

        def read() -> Mandate:
            with self._connect() as connection:
                return self._store.find(connection, mandate_id)

        try:
            mandate = await self._reads(read)
        except MandateUnknown:
            raise NotFound("there is no such mandate") from None
        parties = self._store.parties(mandate)
        sides: list[Side] = []
        if parties.giver_number == person.ssin or parties.giver_number in person.enterprises:
            sides.append("giver")
        if parties.holder_number == person.ssin:
            sides.append("holder")
        if not sides:
            raise NotFound("there is no such mandate")
        return mandate, parties, sides

    def _view(self, mandate: Mandate, side: Side) -> MandateView:
        parties = self._store.parties(mandate)
        return MandateView(
            mandate, side, mandate.shown(self._clock()),
            enterprise=parties.giver_number if parties.giver_scheme != "ssin" else None,
            giver_name=parties.giver_name, holder_name=parties.holder_name if side == "giver" else None,
        )  # fmt: skip


def _giver(person: Person, enterprise: str | None) -> Identifier:
    """Who gives: the person, or an enterprise that the login says they may act for."""
    if enterprise is None:
        return Identifier("ssin", person.ssin)
    if enterprise not in person.enterprises:
        raise NotPermitted("the login does not say that this person may act for this enterprise")
    return Identifier("enterpriseNumber", enterprise)
