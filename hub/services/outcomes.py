"""What becomes of one attribute that was asked for."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import lru_cache
from typing import Final

from connectors import (
    ContractBroken,
    Reading,
    SourceBusy,
    SourceError,
    SourceRefused,
    SubjectUnknown,
    Value,
)
from hub.catalogue import holds_ssin
from hub.services.minimise import ObligationUnknown, minimise
from policies import Deny, Permit, Remedy

_UNCONSENTED: Final = "consentRequired"
CHANGED: Final = "conditionsChanged"
CLIENT_REVOKED: Final = "clientRevoked"
MANDATE_OVER: Final = "mandateNotInForce"
REPRESENTATION_UNAVAILABLE: Final = "representationUnavailable"
_NOT_ESTABLISHED: Final = "representationNotEstablished"
_FAILURES: Final[dict[type[SourceError], str]] = {
    SourceBusy: "sourceBusy",
    SourceRefused: "sourceRefused",
    ContractBroken: "replyUnreadable",
}
OF_SOURCES: Final = frozenset({"subjectUnknown", "noValueAtSource", "sourceUnavailable", *_FAILURES.values()})
"""The reasons that a source gives, or that stand for its silence: whoever was asked was permitted."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a source's answer comes from: what was called and when, the source's own reference of it, and from when it says it is."""

    operation: str | None
    retrieved_at: datetime
    reference: str | None
    date: str | None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one attribute: `status` as on the wire, and the value or the reason for its absence.

    `remedy` says what would make possible what was denied, where anything would.
    """

    status: str
    value: Value | None = field(default=None, repr=False)
    reason: str | None = None
    source: str | None = None
    retrieved_at: datetime | None = None
    origin: Origin | None = None
    remedy: Remedy | None = None

    @property
    def source_date(self) -> str | None:
        """From when the value is, as its source says."""
        return None if self.origin is None else self.origin.date


@lru_cache(maxsize=256)
def written(moment: datetime) -> str:
    """A time as it stands on the wire. All that one source said in one answer has the same, so the last ones are remembered."""
    return moment.isoformat(timespec="milliseconds")


UNCONSENTED: Final = Outcome(_UNCONSENTED, reason=_UNCONSENTED, remedy=Remedy("giveConsent"))
"""What becomes of an attribute whose consent has gone meanwhile."""


def denied(ruling: Deny, *, register_silent: bool = False) -> Outcome:
    """What a denial is; where consent is all that lacks, the person can mend it; where a register did not answer, time can."""
    if register_silent and ruling.reason == _NOT_ESTABLISHED:
        return Outcome("denied", reason=REPRESENTATION_UNAVAILABLE)
    status = _UNCONSENTED if ruling.reason == _UNCONSENTED else "denied"
    return Outcome(status, reason=ruling.reason, remedy=ruling.remedy)


def failed(error: SourceError, source: str) -> Outcome:
    """What a source's failure is: a subject that it does not know has no value, anything else is for later."""
    if isinstance(error, SubjectUnknown):
        return Outcome("empty", reason="subjectUnknown", source=source)
    return Outcome("unavailable", reason=_FAILURES.get(type(error), "sourceUnavailable"), source=source)


def read(reading: Reading, names: Iterable[str], source: str) -> dict[str, Outcome]:
    """What a source's answer says of some attributes."""
    origin = Origin(reading.operation, reading.retrieved_at, reading.reference, reading.date)
    return {name: _read(reading, name, source, origin) for name in names}


def _read(reading: Reading, name: str, source: str, origin: Origin) -> Outcome:
    at = reading.retrieved_at
    if name in reading.values:
        return Outcome("filled", reading.values[name], source=source, retrieved_at=at, origin=origin)
    if name in reading.broken:
        return Outcome("unavailable", reason="replyUnreadable", source=source, origin=origin)
    return Outcome("empty", reason="noValueAtSource", source=source, retrieved_at=at, origin=origin)


def consulted(outcomes: Mapping[str, Outcome]) -> list[dict[str, str]]:
    """Where each answer comes from, by source: for the log, so that it can be reconciled with the sources' own.

    A reference that holds what looks like a national number is left out, for no entry holds one.
    """
    origins = {one.source: one.origin for one in outcomes.values() if one.source and one.origin}
    return [_said(source, origins[source]) for source in sorted(origins)]


def _said(source: str, origin: Origin) -> dict[str, str]:
    said = {
        "source": source,
        "operation": origin.operation,
        "retrievedAt": written(origin.retrieved_at),
        "reference": None if holds_ssin(origin.reference or "") else origin.reference,
        "date": origin.date,
    }
    return {name: value for name, value in said.items() if value is not None}


def minimised(outcome: Outcome, permit: Permit) -> Outcome:
    """Step 5 of a prefill: apply the obligations of a permit. One that cannot be met keeps the value in.

    The source's date goes too: it may tell what was taken away, such as when somebody moved.
    """
    if not permit.obligations or outcome.value is None:
        return outcome
    try:
        origin = outcome.origin and replace(outcome.origin, date=None)
        return replace(outcome, value=minimise(outcome.value, permit.obligations), origin=origin)
    except ObligationUnknown:
        return Outcome("unavailable", reason="replyUnreadable", source=outcome.source)
