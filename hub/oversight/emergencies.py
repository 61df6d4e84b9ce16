"""Emergencies: an agent's declaration, for one case of one subject and for a while, that waiting would do harm."""

import hashlib
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, insert, select

from hub.moments import from_millis, to_millis
from hub.oversight.tables import metadata

_emergencies: Final = metadata.tables["hub_oversight_emergency"]


@dataclass(frozen=True, slots=True)
class Emergency:
    """What was declared.

    Attributes:
        id: opaque; it says nothing to whoever finds it.
        client: the client in which it was declared.
        activity: the processing activity.
        actor: the agent's handle.
        subject: the handle by which the usage log knows the subject.
        case_digest: of the case, as `case_digest` makes it.
        valid_until: when it is over, aware, UTC.
    """

    id: str
    client: str
    activity: str
    actor: str = field(repr=False)
    subject: str = field(repr=False)
    case_digest: str = field(repr=False)
    valid_until: datetime


def case_digest(emergency: str, case: str) -> str:
    """By what an emergency knows its case. The id in it keeps the same case of two emergencies from looking alike."""
    return hashlib.sha256(f"{emergency}\x00{case}".encode()).hexdigest()


def open_emergency(connection: Connection, emergency: Emergency) -> None:
    """Write it down, in the transaction of its entry in the usage log."""
    connection.execute(
        insert(_emergencies).values(
            id=emergency.id, client=emergency.client, activity=emergency.activity, actor=emergency.actor,
            subject=emergency.subject, case_digest=emergency.case_digest,
            valid_until=to_millis(emergency.valid_until),
        )
    )  # fmt: skip


def find_emergency(connection: Connection, emergency: str) -> Emergency | None:
    """The emergency with this id, over or not; None if there is none."""
    row = connection.execute(select(_emergencies).where(_emergencies.c.id == emergency)).first()
    if row is None:
        return None
    return Emergency(
        row.id, row.client, row.activity, row.actor, row.subject, row.case_digest, from_millis(row.valid_until)
    )  # fmt: skip
