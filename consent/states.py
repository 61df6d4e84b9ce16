"""The states of a consent and the changes between them: nothing else is legal.

    nothing   → requested, given
    requested → given, refused, invalidated
    given     → renewed, withdrawn, expired, invalidated
    renewed   → renewed, withdrawn, expired, invalidated

Refused, withdrawn, expired and invalidated are final: who changes their mind gives a new consent. A request is never answered by
silence: nothing leads from `requested` to `given` but the person.
"""

from collections.abc import Mapping
from typing import Final, Literal, get_args

Status = Literal["requested", "given", "refused", "renewed", "expired", "withdrawn", "invalidated"]

STATUSES: Final[tuple[Status, ...]] = get_args(Status)
ACTIVE: Final[frozenset[Status]] = frozenset({"given", "renewed"})
"""States in which data may be disclosed on the consent, until it expires."""
OPEN: Final[frozenset[Status]] = ACTIVE | {"requested"}
"""States that can still change: a subject has at most one such consent per processing activity."""

_TO_END: Final[frozenset[Status]] = frozenset({"renewed", "expired", "withdrawn", "invalidated"})
_TRANSITIONS: Final[Mapping[Status | None, frozenset[Status]]] = {
    None: frozenset({"requested", "given"}),
    "requested": frozenset({"given", "refused", "invalidated"}),
    "given": _TO_END,
    "renewed": _TO_END,
    "refused": frozenset(),
    "expired": frozenset(),
    "withdrawn": frozenset(),
    "invalidated": frozenset(),
}


def legal(before: Status | None, after: Status) -> bool:
    """Whether a consent may go from one state (None: it does not exist yet) to another."""
    return after in _TRANSITIONS[before]


def status_of(text: str) -> Status:
    """A stored state.

    Raises:
        ValueError: it is none of the seven.
    """
    for status in STATUSES:
        if text == status:
            return status
    raise ValueError("not a state of a consent")
