"""What the hub writes in the usage log: the one place that turns what happened into entries.

One method per fact. A failed write is never swallowed: it becomes `NotRecorded`, and the caller discloses nothing. No
entry holds a national number, sealed or not: people stand in it as handles.
"""

import contextlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final, Literal

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from audit import (
    MAP_ROOT,
    SIGNING_KEY_CHANGED,
    Appended,
    Entry,
    EntryRefused,
    Intent,
    IntentGone,
    Line,
    LogUnavailable,
    MapState,
    UsageLog,
)
from audit.checkpoints.checkpoint import verifier_key
from audit.checkpoints.rotation import change_id, outcome_of
from connectors import Identifier
from hub.catalogue import Activity, Catalogue, Duration
from hub.identity import Handles, Standing
from hub.oversight import defer, note_revealed, put_off
from hub.services.concerns import (
    CONCERNS,
    DUE,
    HUB,
    HUBS_OWN,
    REVEALED,
    SHOWN_LATER,
    THE_HUB,
    WAITS_FOR,
    Concern,
)
from hub.services.errors import NotRecorded
from hub.services.outcomes import Outcome
from hub.services.requests import Asked, PrefillRequest
from hub.services.telling import about, all_of, apart, kept_back, note_deferral, outcome_in_a_word, role_of

_TRIGGERS: Final = {"citizen": "ownForm", "representative": "ownForm", "agent": "agent", "system": "batch"}


class Journal:
    """Writes the usage log in the hub's words."""

    def __init__(
        self, log: UsageLog, handles: Handles, catalogue: Catalogue, new_id: Callable[[], str]
    ) -> None:
        self._log, self._handles, self._catalogue, self._new_id = log, handles, catalogue, new_id

    def subject(self, identifier: Identifier) -> str:
        """The handle under which the log knows a person or an organisation."""
        return self._handles.of("audit", identifier.scheme, identifier.value)

    def subject_proof(self, identifier: Identifier) -> bytes:
        """The signature behind that handle: for the subject alone."""
        return self._handles.proof("audit", identifier.scheme, identifier.value)

    def subject_later(self, identifier: Identifier) -> str:
        """Their handle in the lines that they are shown later. Who has the other one cannot tell that it is theirs."""
        return self._handles.of(SHOWN_LATER, identifier.scheme, identifier.value)

    def subject_later_proof(self, identifier: Identifier) -> bytes:
        """The signature behind that handle: for the subject alone, with a line that was shown."""
        return self._handles.proof(SHOWN_LATER, identifier.scheme, identifier.value)

    def deferral_details(self, subject: Identifier, activity: Activity, now: datetime) -> dict[str, object]:
        """What the entry of an activity whose lines are shown later says besides: by which law, until when, and whose it is."""
        if activity.deferral is None:
            return {}
        until = Duration.parse(activity.deferral.lasts).after(now)
        return {
            DUE: until.isoformat(), "deferralBasis": dict(activity.deferral.citation), CONCERNS: self.subject(subject)
        }  # fmt: skip

    def prefill_details(
        self, run: str, asked: Asked, request: PrefillRequest, standing: Standing
    ) -> dict[str, object]:
        """The fields of a prefill's entry that are known before anything is decided."""
        represented = (
            standing.basis if standing.established and standing.basis not in {"self", "none"} else None
        )
        return {
            "prefillId": run, "formId": asked.form.id, "formVersion": asked.form.version, "asked": list(asked.attributes),
            "role": role_of(standing), "proof": standing.proof, "basis": standing.basis, "representedBy": represented,
            "actor": self._actor(standing), "trigger": _TRIGGERS.get(standing.role, "ownForm"), "channel": request.channel,
            "mandateId": standing.mandate, "caseId": request.case, "reason": request.reason, "reference": request.reference, "emergencyId": request.emergency, "catalogueRevision": self._catalogue.revision,
        }  # fmt: skip

    def actor(self, ssin: str) -> str:
        """The handle under which the log knows somebody who acts for others."""
        return self._handles.of("actor", "ssin", ssin)

    def _actor(self, standing: Standing) -> str | None:
        if standing.actor_ssin is None or standing.is_subject:
            return None
        return self.actor(standing.actor_ssin)

    async def intend(self, intent: Intent, write: Callable[[Connection], None] | None) -> None:
        """Make the intent to consult durable.

        Raises:
            NotRecorded: nothing may be asked of a source.
        """
        try:
            await self._log.intend(intent, all_of(write, note_deferral(intent.details, intent.id)))
        except (LogUnavailable, EntryRefused):
            raise NotRecorded("the usage log did not take the intent") from None

    async def prefill(
        self, asked: Asked, subject: str, details: Mapping[str, object], outcomes: Mapping[str, Outcome], *,
        relies_on: frozenset[str] = frozenset(), closes: str | None = None,
        write: Callable[[Connection, str], None] | None = None, beside: Sequence[Entry] = (),
    ) -> Appended[Any]:  # fmt: skip
        """Record what a prefill asked for and what became of it. `write`, given the entry's id, is done in its transaction.

        It bears the id of the intent that it closes: whoever puts that back into the database gets no second entry made of it. `beside`: the line of
        who acted for the subject, recorded with it or not at all.

        Raises:
            NotRecorded: nothing may be disclosed.
            GrantGone: a grant that it rests on has gone meanwhile; nothing was recorded yet.
        """
        disclosed = [name for name, one in outcomes.items() if one.status == "filled"]
        entry = self._entry(
            "prefill", Concern.of_prefill(asked), client=asked.client.id, subject=subject, outcome=outcome_in_a_word(outcomes), details={
                **details,
                "disclosed": sorted(disclosed),
                "withheld": {name: one.reason for name, one in sorted(outcomes.items()) if one.status != "filled"},
            },
            entry_id=closes,
        )  # fmt: skip
        written = all_of(about(entry, write), note_deferral(details, entry.id, closes))
        return await self._append(entry, relies_on=relies_on, closes=closes, write=written, beside=beside)

    async def prefill_refused(
        self, asked: Asked, subject: str, details: Mapping[str, object], reason: str,
        *, write: Callable[[Connection, str], None] | None = None,
    ) -> None:  # fmt: skip
        """Record an attempt of which nothing came. Where the log is down too, the caller's own error says enough."""
        refused = dict.fromkeys(asked.attributes, Outcome("denied", reason=reason))
        with contextlib.suppress(NotRecorded):
            await self.prefill(asked, subject, details, refused, write=write)

    async def delivery(
        self, kind: Literal["deliveryDropped", "deliveryLate"], concern: Concern, *, client: str, subject: str, **details: object
    ) -> None:  # fmt: skip
        """Record that an answer whose entry stands was never sent, or that nobody can say whether it left in time."""
        await self._append(
            self._entry(kind, concern, client=client, subject=subject, outcome=kind, details=details)
        )

    async def usage_read(
        self, subject: str, *, role: str, reader: str | None, index: int | None = None, portal: str | None = None,
        basis: str | None = None, mandate: str | None = None, relies_on: frozenset[str] = frozenset(),
    ) -> Appended[Any]:  # fmt: skip
        """Record that somebody read a subject's usage log, perhaps through a portal, or why the line at an index is as it is. A reading is an entry like any other."""
        entry = self._entry(
            "usageRead", HUBS_OWN, client=HUB, subject=subject, outcome="disclosed",
            details={"role": role, "actor": reader, "entryIndex": index, "portal": portal, "representedBy": basis, "mandateId": mandate},
        )  # fmt: skip
        return await self._append(entry, relies_on=relies_on)

    async def consent_changed(
        self, kind: str, concern: Concern, *, subject: str, write: Callable[[Connection], Any], details: Mapping[str, object],
        parent: tuple[Identifier, Identifier] | None = None,
    ) -> Appended[Any]:  # fmt: skip
        """Record a consent's change in the transaction that makes it. What `write` gives stands in `.written`.

        `parent`: who answered for their child, and the child. It is a line of both then.
        """
        told, beside = {"role": "subject", **details}, list[Entry]()
        if parent is not None:
            who, child = parent
            told |= {"role": "representative", "representedBy": "parent", "actor": self.actor(who.value)}
            acted = {
                "role": "representative", "basis": "parent", "consentIds": details.get("consentIds"),
                "represented": self._handles.of("represented", child.scheme, child.value),
            }  # fmt: skip
            beside = [self._entry("actedFor", concern, client=HUB, subject=self.subject(who), outcome=kind, details=acted)]  # fmt: skip
        entry = self._entry(kind, concern, client=HUB, subject=subject, outcome=kind, details=told)
        return await self._append(entry, write=write, beside=beside)

    async def overseen(
        self, kind: str, concern: Concern, *, client: str, subject: str, details: Mapping[str, object],
        write: Callable[[Connection, str], None] | None, outcome: str | None = None,
        relies_on: frozenset[str] = frozenset(),
    ) -> Appended[Any]:  # fmt: skip
        """Record what was done for oversight in the transaction that does it: `write` is given the entry's id.

        Raises:
            GrantGone: a grant that it relies on has gone; nothing was recorded.
            NotRecorded: nothing was done.
        """
        entry = self._entry(
            kind, concern, client=client, subject=subject, outcome=outcome or kind, details=details
        )
        return await self._append(entry, relies_on=relies_on, write=about(entry, write))

    async def revealed(self, line: Line, at: datetime) -> None:
        """Show a line to its subject, now that it is due: an entry among theirs that says all that it says, and which one it is.

        Raises:
            NotDeferred: somebody else was quicker, or it was put off.
            NotRecorded: it is not shown yet.
        """
        told = dict(line.details or {})
        subject = told.pop(CONCERNS)
        told.pop(WAITS_FOR, None)
        told |= {
            "revealedIndex": line.index, "revealedId": line.id, "revealedLeaf": line.leaf.hex(), "revealedKind": line.kind,
            "revealedAt": line.recorded_at.isoformat(timespec="milliseconds"),
        }  # fmt: skip
        concern = Concern(line.activity, line.controller, line.retention)
        entry = self._entry(
            REVEALED, concern, client=line.client, subject=subject, outcome=line.outcome, details=told
        )
        await self._append(
            entry, write=lambda connection: note_revealed(connection, line.id, by=entry.id, at=at)
        )

    async def put_off(
        self, line: Line, until: datetime, *, details: Mapping[str, object], write: Callable[[Connection, str], None]
    ) -> None:  # fmt: skip
        """Let a line be shown later still. That is an entry beside it, which is shown with it.

        Raises:
            NotDeferred: it is shown already, always was, or is not shown before that day.
            NotRecorded: nothing was put off.
        """
        told = {**kept_back([line]), DUE: until.isoformat(), "putOffIndex": line.index, **details}
        entry = self._entry(
            "deferralExtended", Concern(line.activity, line.controller, line.retention), client=line.client,
            subject=line.subject, outcome="deferralExtended", details=told,
        )  # fmt: skip

        def written(connection: Connection) -> None:
            put_off(connection, line.id, until)
            defer(connection, entry.id, until)
            write(connection, entry.id)

        await self._append(entry, write=written)

    def map_told(self, state: MapState) -> Entry:
        """The entry that tells a state of the map of subjects. It is about nobody."""
        return self._hubs_own(MAP_ROOT, state.details())

    async def signing_key_changed(
        self, origin: str, key: Ed25519PublicKey, *, before: Ed25519PublicKey
    ) -> None:
        """Record that another key is to sign the log. Done where another replica has recorded it already.

        Raises:
            NotRecorded: it does not sign yet.
        """
        details = {"key": verifier_key(origin, key), "before": verifier_key(origin, before)}
        entry = replace(
            self._hubs_own(SIGNING_KEY_CHANGED, details), outcome=outcome_of(key), id=change_id(key)
        )
        try:
            await self._log.append(entry)
        except EntryRefused:  # its id was used: by another replica
            return
        except LogUnavailable:
            raise NotRecorded("the usage log did not take the entry") from None

    async def of_the_hub(
        self, kind: str, details: Mapping[str, object], *, write: Callable[[Connection, str], None] | None = None
    ) -> Appended[Any]:  # fmt: skip
        """Record what the hub did for itself, or what was done to it, in the transaction that does it: `write` is given the entry's id. It is about nobody.

        Raises:
            NotRecorded: nothing was done.
        """
        entry = self._hubs_own(kind, details)
        return await self._append(entry, write=about(entry, write))

    def _hubs_own(self, kind: str, details: Mapping[str, object]) -> Entry:
        return self._entry(kind, HUBS_OWN, client=HUB, subject=THE_HUB, outcome=kind, details=details)

    def _entry(
        self, kind: str, concern: Concern, *, client: str, subject: str, outcome: str, details: Mapping[str, object],
        entry_id: str | None = None,
    ) -> Entry:  # fmt: skip
        told, agents = apart(details)
        return Entry(
            id=entry_id or self._new_id(), kind=kind, controller=concern.controller, client=client, activity=concern.activity,
            outcome=outcome, subject=subject, retention=concern.retention, details=told, agents=agents,
        )  # fmt: skip

    async def _append(self, entry: Entry, **more: Any) -> Appended[Any]:
        """`more`: as `UsageLog.append` has it."""
        try:
            appended: Appended[Any] = await self._log.append(entry, **more)
        except (LogUnavailable, EntryRefused, IntentGone, SQLAlchemyError):
            raise NotRecorded("the usage log did not take the entry") from None
        return appended
