"""What a declared register says of who may act for somebody: asked when it is needed, and again at the next need. Nothing is remembered.

To ask is a processing of the subject's data: a durable intent precedes the call, and an entry of kind `representationChecked` in the subject's
log follows it, whatever came of it.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final

import structlog
from sqlalchemy import Connection

from audit import Intent
from connectors import Enquiry, Identifier, Reading, Source, SourceError, SubjectUnknown
from hub.catalogue import Catalogue, Register
from hub.moments import to_millis
from hub.services.acts import Acts
from hub.services.concerns import Concern
from hub.services.days import end_of, start_of
from hub.services.entries import Journal
from hub.services.outcomes import consulted, read
from hub.services.telling import apart

CHECKED: Final = "representationChecked"
_log = structlog.get_logger("hub.sources")


class RegisterSilent(Exception):
    """A register did not answer, or not understandably: nothing is established by it at the moment."""


@dataclass(frozen=True, slots=True)
class Matter:
    """For what a register is asked: whose log that goes into, and what that and the source are told.

    Attributes:
        subject: who is said to be represented.
        handle: under which the log knows them, for a line of this processing activity.
        actor: the national number of who says that they represent them.
        concern: the processing activity.
        client: who calls.
        details: what the entry says besides.
        variables: what the source may be told.
        count: done in the transaction of the intent; its refusal keeps the register from being asked.
        keep: done in the transaction of the entry that says that a register confirmed it.
    """

    subject: Identifier = field(repr=False)
    handle: str = field(repr=False)
    actor: str = field(repr=False)
    concern: Concern
    client: str
    details: Mapping[str, object] = field(repr=False)
    variables: Mapping[str, str] = field(repr=False)
    count: Callable[[Connection], None] | None = field(default=None, repr=False)
    keep: Callable[[Connection], None] | None = field(default=None, repr=False)


class Registers:
    """Asks the registers of representation that the catalogue declares."""

    def __init__(
        self, sources: Mapping[str, Source], *, catalogue: Catalogue, journal: Journal, acts: Acts, new_id: Callable[[], str]
    ) -> None:  # fmt: skip
        self._sources, self._catalogue = sources, catalogue
        self._journal, self._acts, self._new_id = journal, acts, new_id

    def knows_parents(self) -> bool:
        """Whether a register of parents is declared."""
        return bool(self._of("parent", "person"))

    async def is_parent(self, matter: Matter) -> bool:
        """Whether one of the registers says that the actor is a parent of the subject.

        Raises:
            RegisterSilent: none says so, and one of them did not answer.
            NotRecorded: nothing was asked, or what came of it could not be recorded.
        """

        def lists(said: object) -> tuple[dict[str, object], ...]:
            named = said if isinstance(said, list) else []
            return ({},) if matter.actor in named else ()

        return bool(await self._ask_all("parent", matter, lambda _, said: lists(said)))

    async def mandates(self, matter: Matter, activity: str) -> tuple[dict[str, object], ...]:
        """What the registers say of the mandates that the subject gave the actor, each as facts for the policies.

        Raises:
            RegisterSilent, NotRecorded: as `is_parent`.
        """

        def held(register: Register, said: object) -> tuple[dict[str, object], ...]:
            listed = said if isinstance(said, list) else []
            theirs = [one for one in listed if isinstance(one, dict) and one.get("holder") == matter.actor]
            return tuple(_facts(one, register, activity) for one in theirs)

        return await self._ask_all("mandate", matter, held)

    def _of(self, basis: str, subject: str) -> list[Register]:
        attributes = self._catalogue.attributes
        return [
            one
            for one in self._catalogue.representation.values()
            if one.basis == basis and attributes[one.attribute].subject == subject
        ]

    async def _ask_all(
        self, basis: str, matter: Matter, judge: Callable[[Register, object], tuple[dict[str, object], ...]]
    ) -> tuple[dict[str, object], ...]:
        """What all registers of a kind say; the first that says something ends it."""
        silent = False
        kind = "person" if matter.subject.scheme == "ssin" else "organisation"
        for register in self._of(basis, kind):
            try:
                found = await self._ask(register, matter, judge)
            except RegisterSilent:
                silent = True
            else:
                if found:
                    return found
        if silent:
            raise RegisterSilent
        return ()

    async def _ask(
        self, register: Register, matter: Matter, judge: Callable[[Register, object], tuple[dict[str, object], ...]]
    ) -> tuple[dict[str, object], ...]:  # fmt: skip
        source = self._catalogue.source_of(register.attribute)
        told = {
            **matter.details, "basis": register.basis, "register": register.id, "sources": [source],
            "asked": [register.attribute],
        }  # fmt: skip
        intent_id, concern = self._new_id(), matter.concern
        details, agents = apart(told)
        await self._journal.intend(
            Intent(
                id=intent_id, controller=concern.controller, client=matter.client, activity=concern.activity,
                subject=matter.handle, retention=concern.retention, details=details, kind=CHECKED, agents=agents,
            ),
            matter.count,
        )  # fmt: skip
        found: tuple[dict[str, object], ...] | None = None
        try:
            reading = await self._read(source, register.attribute, matter)
        except RegisterSilent:
            outcome = "representationUnavailable"
        else:
            if reading is not None:
                told["consulted"] = consulted(read(reading, [register.attribute], source))
            found = judge(register, reading.values.get(register.attribute) if reading is not None else None)
            outcome = "confirmed" if found else "notConfirmed"
        await self._acts.checked(
            CHECKED, concern, client=matter.client, subject=matter.handle, outcome=outcome, details=told,
            closes=intent_id, write=matter.keep if found else None,
        )  # fmt: skip
        if found is None:
            raise RegisterSilent
        return found

    async def _read(self, source: str, attribute: str, matter: Matter) -> Reading | None:
        """What the source says; None where it does not know the subject."""
        try:
            reading = await self._sources[source].ask(
                Enquiry(matter.subject, frozenset({attribute}), matter.variables)
            )
        except SubjectUnknown:
            return None
        except SourceError:
            raise RegisterSilent from None
        except Exception as error:  # noqa: BLE001 - a fault of ours establishes nothing, and denies no more than that
            _log.error("a register could not be asked", source=source, error=type(error).__name__)
            raise RegisterSilent from None
        if attribute in reading.broken:
            raise RegisterSilent
        return reading


def _facts(said: Mapping[str, Any], register: Register, activity: str) -> dict[str, object]:
    """A mandate that a register lists, for the policies: who lists it vouches for both signatures, and lists none that was revoked.

    Its last day is part of it. A date of which the day is not known is none: such a mandate has not begun.
    """
    facts: dict[str, object] = {
        "scopeHolds": activity in register.types.get(str(said.get("type")), frozenset()),
        "signedByGiver": True, "signedByHolder": True, "revoked": False,
    }  # fmt: skip
    begun, over = _day(said.get("validFrom")), _day(said.get("validUntil"))
    if begun is not None:
        facts["validFrom"] = to_millis(start_of(begun))
    if over is not None:
        facts["validUntil"] = to_millis(end_of(over))
    elif said.get("validUntil") is not None:
        facts["validUntil"] = 0
    return facts


def _day(said: object) -> date | None:
    try:
        return date.fromisoformat(str(said)) if said is not None else None
    except ValueError:
        return None


def best(facts: Iterable[Mapping[str, object]], now: datetime) -> Mapping[str, object] | None:
    """Of several mandates the one that lets the most be done: in force and covering, else covering, else any; None of none."""
    at = to_millis(now)

    def rank(one: Mapping[str, object]) -> tuple[bool, bool]:
        begun, over = one.get("validFrom"), one.get("validUntil")
        alive = isinstance(begun, int) and begun <= at and (not isinstance(over, int) or at < over)
        signed = one.get("signedByGiver") is True and one.get("signedByHolder") is True
        return one.get("scopeHolds") is True, alive and signed and one.get("revoked") is False

    return max(facts, key=rank, default=None)
