"""Mandates: one gives another leave to act for them, for some processing activities and for a while. Their states, and nothing of a database.

    offered ──sign, by the holder──▶ signed ──revoke, by either──▶ revoked
       ├────decline, by the holder──▶ declined
       └────revoke, by either───────▶ revoked

A mandate is offered by the signature of its giver and effective once its holder has signed too. Time moves
no state: a mandate that is signed is in force from its start on and before its end. What is over stays as it is.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Final, Literal

State = Literal["offered", "signed", "declined", "revoked"]
Shown = Literal["offered", "upcoming", "inForce", "expired", "declined", "revoked"]
Side = Literal["giver", "holder"]
Deed = Literal["sign", "decline", "revoke"]

LEGAL: Final[Mapping[tuple[State, Deed, Side], State]] = MappingProxyType(
    {
        ("offered", "sign", "holder"): "signed",
        ("offered", "decline", "holder"): "declined",
        ("offered", "revoke", "giver"): "revoked",
        ("offered", "revoke", "holder"): "revoked",
        ("signed", "revoke", "giver"): "revoked",
        ("signed", "revoke", "holder"): "revoked",
    }
)
"""Who may do what in which state, and what becomes of it. There is nothing else."""


@dataclass(frozen=True, slots=True)
class Scope:
    """What a mandate covers.

    Attributes:
        activities: ids of processing activities.
        controllers: ids of controllers: all of their activities, also those to come.
        usage: whether the holder may also read the giver's usage log, with its explanations and proofs.
    """

    activities: frozenset[str] = frozenset()
    controllers: frozenset[str] = frozenset()
    usage: bool = False

    def covers(self, activity: str, controller: str) -> bool:
        """Whether it covers an activity of a controller."""
        return activity in self.activities or controller in self.controllers

    @property
    def empty(self) -> bool:
        """Whether it covers nothing at all."""
        return not (self.activities or self.controllers or self.usage)


@dataclass(frozen=True, slots=True)
class Signature:
    """When a side signed, and how strongly its login proved who they are (FAS level; None: the login did not say)."""

    at: datetime
    level: int | None


@dataclass(frozen=True, slots=True)
class Mandate:
    """One mandate, as its row has it.

    Attributes:
        id: opaque.
        revision: how often it changed; a change names the one that it saw.
        state: as it was last set.
        giver, holder: handles, in a room of their own. Nobody can compute one from a number.
        giver_kind: whether a person gives it, or an organisation.
        scope: what it covers.
        starts_at, ends_at: when it is in force: from the one on and before the other; no end: until it is revoked.
        given: the giver's signature, which every mandate begins with.
        accepted: the holder's.
        over_at, over_by: when it was declined or revoked, and by which side.
        sealed: the numbers and words of both sides, for `hub.identity.Vault` to open.
    """

    id: str
    revision: int
    state: State
    giver: str = field(repr=False)
    holder: str = field(repr=False)
    giver_kind: Literal["person", "organisation"]
    scope: Scope
    starts_at: datetime
    ends_at: datetime | None
    given: Signature
    accepted: Signature | None
    over_at: datetime | None
    over_by: Side | None
    sealed: bytes = field(repr=False)

    def shown(self, now: datetime) -> Shown:
        """Its state as people read it."""
        if self.state in {"declined", "revoked"}:
            return "declined" if self.state == "declined" else "revoked"
        if self.ends_at is not None and now >= self.ends_at:
            return "expired"
        if self.state == "offered":
            return "offered"
        return "upcoming" if now < self.starts_at else "inForce"

    def in_force(self, now: datetime) -> bool:
        """Whether its holder may act on it now."""
        return self.shown(now) == "inForce"

    def after(self, deed: Deed, side: Side, now: datetime) -> State | None:
        """What becomes of it by a deed of one side; None where that may not be done, or no more."""
        if self.shown(now) == "expired":
            return None
        return LEGAL.get((self.state, deed, side))


@dataclass(frozen=True, slots=True)
class Parties:
    """The sealed part of a mandate: who they are, and what each is called.

    Attributes:
        giver_scheme, giver_number: of the giver.
        holder_number: the holder's national number.
        signatory_number: of who signed for the giver: they themselves, or who may act for the enterprise.
        holder_name: what the giver calls the holder. Shown to the giver alone.
        giver_name: as what the giver makes themselves known to the holder. Shown to both.
    """

    giver_scheme: str
    giver_number: str = field(repr=False)
    holder_number: str = field(repr=False)
    signatory_number: str = field(repr=False)
    holder_name: str = field(repr=False)
    giver_name: str = field(repr=False)

    def told(self) -> dict[str, str]:
        """As it is sealed."""
        return {name: getattr(self, name) for name in self.__slots__}
