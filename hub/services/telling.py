"""What an entry tells of an event, and what is written in the same transaction."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from audit import Entry, Line
from hub.identity import Standing
from hub.oversight import defer
from hub.services.concerns import CONCERNS, DUE, WAITS_FOR
from hub.services.outcomes import Outcome


def apart(details: Mapping[str, object]) -> tuple[dict[str, Any], dict[str, str]]:
    """What is sealed for the subject, and, apart from it, the officials who acted: they are sealed for their controller alone."""
    told = {name: detail for name, detail in details.items() if detail is not None}
    officials = ("by", "approver", "actor") if told.get("role") == "agent" else ("by", "approver")
    return told, {name: str(told.pop(name)) for name in officials if name in told}


def kept_back(lines: Sequence[Line]) -> dict[str, object]:
    """What an entry about lines of one handle says besides, where they are shown later: so is it, and not before them."""
    kept = [line for line in lines if CONCERNS in (line.details or {})]
    if not kept:
        return {}
    last = max(kept, key=lambda line: datetime.fromisoformat((line.details or {})[DUE])).details or {}
    told = {name: last[name] for name in (DUE, "deferralBasis", CONCERNS)}
    return {**told, WAITS_FOR: [line.id for line in kept]}


def note_deferral(
    details: Mapping[str, object], entry: str, intent: str | None = None
) -> Callable[[Connection], None] | None:
    """Notes when an entry is due that its subject is shown later; None for any other."""
    until = details.get(DUE)
    if until is None:
        return None
    return lambda connection: defer(connection, entry, datetime.fromisoformat(str(until)), intent=intent)


def all_of(*writes: Callable[[Connection], None] | None) -> Callable[[Connection], None] | None:
    """All these writes as one, those that there are; None where there is none."""
    wanted = [write for write in writes if write is not None]
    if not wanted:
        return None

    def write(connection: Connection) -> None:
        for one in wanted:
            one(connection)

    return write if len(wanted) > 1 else wanted[0]


def about(
    entry: Entry, write: Callable[[Connection, str], None] | None
) -> Callable[[Connection], None] | None:
    """A write that is told the id of its entry; None where there is none."""
    return None if write is None else lambda connection: write(connection, entry.id)


def role_of(standing: Standing) -> str:
    """The role in which somebody asked: the subject only where that is established."""
    return "subject" if standing.basis == "self" and standing.established else standing.role


def outcome_in_a_word(outcomes: Mapping[str, Outcome]) -> str:
    """One word for the whole: what the log can be searched by."""
    statuses = {one.status for one in outcomes.values()}
    if statuses == {"filled"}:
        return "disclosed"
    if "filled" in statuses:
        return "partial"
    return "refused" if statuses <= {"denied", "consentRequired"} else "nothingDisclosed"
