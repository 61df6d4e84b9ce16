"""What the usage log takes and gives back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Generic, Literal, TypeAlias, TypeVar

Json: TypeAlias = bool | int | float | str | Sequence["Json"] | Mapping[str, "Json"] | None
T = TypeVar("T")

State = Literal["readable", "notReadable", "broken"]
"""`notReadable`: the key was destroyed. `broken`: what is stored is not what was sealed; `log verify` says more."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the usage log, to be recorded.

    Attributes:
        id: the caller's own, unique in the log.
        kind: `prefill`, `consentGiven`, …
        controller, client, activity, outcome: what the log can be searched by. They never hold personal data.
        subject: the handle of the person or organisation.
        retention: ISO 8601 duration; entries of one class share a key, and end together.
        details: what is sealed under the subject's key. Each top-level key is one field, which a proof can open alone.
        agents: the officials who acted, by what they did: a handle or a name, sealed under their controller's key beside the subject's,
            so that the subject reads that an organisation acted, and not who.
    """

    id: str
    kind: str
    controller: str
    client: str
    activity: str
    outcome: str
    subject: str
    retention: str
    details: Mapping[str, Any] = field(repr=False)
    agents: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class Intent:
    """What is about to be consulted; sealed as a whole. If nothing closes it, it becomes an entry `deliveryUnknown`."""

    id: str
    controller: str
    client: str
    activity: str
    subject: str
    retention: str
    details: Mapping[str, Any] = field(repr=False)
    kind: str = "prefill"
    agents: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class Appended(Generic[T]):
    """Where an entry stands, once it is durable. `written` is what the caller's `write` returned."""

    index: int
    leaf: bytes
    recorded_at: datetime
    written: T


@dataclass(frozen=True, slots=True)
class Line:
    """One entry, read back. `details` is None where `state` is not `readable`; `sealed_agents` is for `Officials` to open.

    `number` counts the subject's entries from 0, in the order in which they were made; None where the line is not readable. `gap`: the entry before it
    is not the one that it names, so that one or more are missing in between; looked at where a subject's lines are read.
    """

    index: int
    id: str
    recorded_at: datetime
    kind: str
    controller: str
    client: str
    activity: str
    outcome: str
    subject: str
    retention: str
    leaf: bytes
    state: State
    details: Mapping[str, Any] | None = field(repr=False)
    key_id: str = ""
    sealed_agents: bytes | None = field(default=None, repr=False)
    number: int | None = None
    gap: bool = False


@dataclass(frozen=True, slots=True)
class Page:
    """Some lines, newest first. `next` goes into `before` for the page after; None on the last page.

    `cut`: the subject's chain goes on after the newest of them. Looked at where all lines are read, from the newest on.
    """

    lines: tuple[Line, ...]
    next: int | None
    cut: bool = False


@dataclass(frozen=True, slots=True)
class LogSettings:
    """How the log is run.

    Attributes:
        queue: entries and intents that may wait for the writer; one more raises `LogFull`.
        batch: the most that share one transaction.
        delay, plenty: while the process uses most of a core, a transaction waits so many seconds for more members, unless there are
            plenty already: fewer and larger transactions leave more of the core to everything else (PostgreSQL knows this as
            `commit_delay`). Otherwise nobody waits.
        orphan_after: age, by the intents' clock, at which an open intent becomes an entry `deliveryUnknown`.
        sweep_every: seconds between two looks for such intents.
        checkpoint_every: seconds between two checkpoints, when there is something new to sign.
        cached_keys: unwrapped data keys kept in memory.
        deadline: seconds in which an entry or an intent is recorded; else its caller is told that it was not, and the log no longer waits
            for the database when it is closed.
        recover_for: seconds in which the outcome of an interrupted commit is looked up before giving up.
    """

    queue: int = 10_000
    batch: int = 256
    delay: float = 0.006
    plenty: int = 24
    orphan_after: timedelta = timedelta(seconds=30)
    sweep_every: float = 5.0
    checkpoint_every: float = 1.0
    cached_keys: int = 10_000
    deadline: float = 5.0
    recover_for: float = 5.0


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


def to_millis(moment: datetime) -> int:
    """UTC epoch milliseconds, rounded down."""
    return (moment - _EPOCH) // _MILLISECOND


def from_millis(millis: int) -> datetime:
    """The moment, in UTC."""
    return _EPOCH + timedelta(milliseconds=millis)
