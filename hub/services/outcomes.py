"""What becomes of one attribute that was asked for."""

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
from hub.services.minimise import ObligationUnknown, minimise
from policies import Deny, Permit

UNCONSENTED: Final = "consentRequired"
_FAILURES: Final[dict[type[SourceError], str]] = {
    SourceBusy: "sourceBusy",
    SourceRefused: "sourceRefused",
    ContractBroken: "replyUnreadable",
}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one attribute: `status` as on the wire, and the value or the reason for its absence."""

    status: str
    value: Value | None = field(default=None, repr=False)
    reason: str | None = None
    source: str | None = None
    retrieved_at: datetime | None = None


@lru_cache(maxsize=256)
def written(moment: datetime) -> str:
    """A time as it stands on the wire. All that one source said in one answer has the same, so the last ones are remembered."""
    return moment.isoformat(timespec="milliseconds")


def denied(ruling: Deny) -> Outcome:
    """What a denial is; where consent is all that lacks, the person can mend it."""
    return Outcome("consentRequired" if ruling.reason == UNCONSENTED else "denied", reason=ruling.reason)


def failed(error: SourceError, source: str) -> Outcome:
    """What a source's failure is: a subject that it does not know has no value, anything else is for later."""
    if isinstance(error, SubjectUnknown):
        return Outcome("empty", reason="subjectUnknown", source=source)
    return Outcome("unavailable", reason=_FAILURES.get(type(error), "sourceUnavailable"), source=source)


def read(reading: Reading, name: str, source: str) -> Outcome:
    """What a source's answer says of an attribute."""
    if name in reading.values:
        return Outcome("filled", reading.values[name], source=source, retrieved_at=reading.retrieved_at)
    if name in reading.broken:
        return Outcome("unavailable", reason="replyUnreadable", source=source)
    return Outcome("empty", reason="noValueAtSource", source=source, retrieved_at=reading.retrieved_at)


def minimised(outcome: Outcome, permit: Permit) -> Outcome:
    """Step 5 of a prefill: apply the obligations of a permit. One that cannot be met keeps the value in."""
    if not permit.obligations or outcome.value is None:
        return outcome
    try:
        return replace(outcome, value=minimise(outcome.value, permit.obligations))
    except ObligationUnknown:
        return Outcome("unavailable", reason="replyUnreadable", source=outcome.source)
