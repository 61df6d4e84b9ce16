"""The words in which entries of the usage log say what they are about."""

from dataclasses import dataclass
from typing import Final

from hub.catalogue import Activity
from hub.services.requests import Asked

HUB: Final = "hub"
"""Client and activity of what a person does at the hub itself (reading the own log, consenting)."""

THE_HUB: Final = "hub"
"""The subject of an entry that is about the hub itself. Nobody has this handle: those of people and organisations are 64 hexadecimal digits."""

OWN_RETENTION: Final = "P10Y"
SHOWN_LATER: Final = "audit-deferred"
"""The room of the handles under which lines stand that their subject is shown later (docs/decisions/0016-lines-that-are-shown-later.md)."""

REVEALED: Final = "revealed"
"""The kind of the entry that shows such a line to its subject."""

CONCERNS: Final = "concerns"
"""The detail of such a line that says whose it is."""

WAITS_FOR: Final = "waitsFor"
"""The detail of an entry about such lines, under the same handle, that names them: it is shown no earlier than they are."""

DUE: Final = "deferredUntil"
"""The detail of such a line that says from when its subject is shown it."""


@dataclass(frozen=True, slots=True)
class Concern:
    """The processing activity that an entry is about: its id, its controller, and how long its lines are kept."""

    activity: str
    controller: str
    retention: str

    @classmethod
    def of(cls, activity: Activity) -> "Concern":
        """The concern of a catalogued activity."""
        return cls(activity.id, activity.controller, activity.retention)

    @classmethod
    def of_prefill(cls, asked: Asked) -> "Concern":
        """The concern of a prefill. Its controller is that of who asked: where a client tries a form of another's, the line says who tried."""
        return cls(asked.activity.id, asked.client.controller, asked.activity.retention)


HUBS_OWN: Final = Concern(HUB, HUB, OWN_RETENTION)
"""The concern of what is done at the hub itself, or by it."""
