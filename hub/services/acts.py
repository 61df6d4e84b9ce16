"""What the usage log says of representation: one method per fact. What concerns two people stands in the logs of both, or in neither."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from audit import Appended, Entry, EntryRefused, IntentGone, LogUnavailable, UsageLog
from connectors import Identifier
from hub.identity import Handles, Mandate, Parties, Side, Standing
from hub.services.concerns import HUB, HUBS_OWN, Concern
from hub.services.errors import NotRecorded
from hub.services.requests import Asked, PrefillRequest
from hub.services.telling import apart, note_deferral

ACTED_FOR: Final = "actedFor"
ROOM: Final = "mandate"
"""The room of the handles under which the tables of mandates know people."""


class Acts:
    """Writes it."""

    def __init__(self, log: UsageLog, handles: Handles, new_id: Callable[[], str]) -> None:
        self._log, self._handles, self._new_id = log, handles, new_id

    def party(self, identifier: Identifier) -> str:
        """The handle under which tables of mandates know somebody."""
        return self._handles.of(ROOM, identifier.scheme, identifier.value)

    async def mandate_changed(
        self, kind: str, mandate_id: str, parties: Parties, *, by: Side, actor: str, write: Callable[[Connection], Mandate]
    ) -> Mandate:  # fmt: skip
        """Record a mandate's change, in the transaction that makes it, among the lines of its giver and of its holder.

        Args:
            kind: `mandateOffered`, …
            mandate_id: which.
            parties: whose.
            by: which side did it.
            actor: the national number of who did it: for the giver's own line, where the giver is an enterprise.
            write: makes the change.

        Raises:
            NotRecorded: nothing changed, or it is not known whether it did.
        """
        giver = Identifier(parties.giver_scheme, parties.giver_number)
        told = {"mandateId": mandate_id, "changedBy": by}
        own: dict[str, object] = {"role": "giver", **told}
        if by == "giver" and giver.scheme != "ssin":
            own["actor"] = self._handles.of("actor", "ssin", actor)
        theirs = self._entry(kind, self._log_handle(giver), own)
        held = self._entry(
            kind, self._log_handle(Identifier("ssin", parties.holder_number)), {"role": "holder", **told}
        )
        appended = await self._append(theirs, beside=[held], write=write)
        changed: Mandate = appended.written
        return changed

    async def checked(
        self, kind: str, concern: Concern, *, client: str, subject: str, outcome: str, details: Mapping[str, object], closes: str,
        write: Callable[[Connection], None] | None = None,
    ) -> None:  # fmt: skip
        """Record what came of asking a register, and close the intent to ask it.

        Raises:
            NotRecorded: nothing may rest on the answer.
        """
        told, agents = apart(details)
        entry = Entry(
            id=closes, kind=kind, controller=concern.controller, client=client, activity=concern.activity, outcome=outcome,
            subject=subject, retention=concern.retention, details=told, agents=agents,
        )  # fmt: skip
        deferral = note_deferral(details, closes, closes)

        def both(connection: Connection) -> None:
            for one in (deferral, write):
                if one is not None:
                    one(connection)

        await self._append(entry, closes=closes, write=both if deferral or write else None)

    def acted_for(
        self, asked: Asked, request: PrefillRequest, acting: Standing, *, run: str, outcome: str
    ) -> tuple[Entry, ...]:
        """The line of who acted for somebody else on an established ground: it stands beside the subject's. Nobody's where there was none.

        It says in what they acted, for whom by a handle, and how it ended. What was asked and disclosed is the subject's.
        """
        if not acting.established or acting.basis in {"self", "none"} or acting.actor_ssin is None:
            return ()
        concern, subject = Concern.of_prefill(asked), request.subject
        told, _ = apart(
            {
                "role": "representative", "basis": acting.basis, "mandateId": acting.mandate, "prefillId": run,
                "formId": asked.form.id, "caseId": request.case, "channel": request.channel,
                "represented": self._handles.of("represented", subject.scheme, subject.value),
            }
        )  # fmt: skip
        return (
            Entry(
                id=self._new_id(), kind=ACTED_FOR, controller=concern.controller, client=asked.client.id,
                activity=concern.activity, outcome=outcome, retention=concern.retention, details=told,
                subject=self._log_handle(Identifier("ssin", acting.actor_ssin)),
            ),
        )  # fmt: skip

    def _log_handle(self, identifier: Identifier) -> str:
        return self._handles.of("audit", identifier.scheme, identifier.value)

    def _entry(self, kind: str, subject: str, details: Mapping[str, object]) -> Entry:
        return Entry(
            id=self._new_id(), kind=kind, controller=HUBS_OWN.controller, client=HUB, activity=HUBS_OWN.activity,
            outcome=kind, subject=subject, retention=HUBS_OWN.retention, details=details,
        )  # fmt: skip

    async def _append(self, entry: Entry, **more: Any) -> Appended[Any]:
        try:
            appended: Appended[Any] = await self._log.append(entry, **more)
        except (LogUnavailable, EntryRefused, IntentGone, SQLAlchemyError):
            raise NotRecorded("the usage log did not take the entry") from None
        return appended
