"""The shapes at the door of data protection officers."""

from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Literal

from pydantic import AwareDatetime, ConfigDict, Field

from audit import Choice
from connectors import Identifier
from hub.api.replies.base import ActivityRead, Organisation, Reply, Texts
from hub.api.wire import Name, Optional, Ssin, SubjectBody, Wire, Words
from hub.services.inspection import PAGE_SIZES, Asked

_NAMES = ("kind", "controller", "client", "activity", "outcome")
_FIRST, _LAST = datetime(1970, 1, 1, tzinfo=UTC), datetime(9000, 1, 1, tzinfo=UTC)
Why = Annotated[Words, Field(description="Why one reads: everybody of whom a line is shown can read this.")]


class LinesBody(Wire):
    """Which lines, and why."""

    reason: Why
    since: Optional[AwareDatetime] = Field(None, description="Lines recorded from then on.")
    until: Optional[AwareDatetime] = Field(None, description="Lines recorded before then.")
    kind: Optional[Name] = None
    controller: Optional[Name] = Field(None, description="Left out: every one whose lines one may read.")
    client: Optional[Name] = None
    activity: Optional[Name] = None
    outcome: Optional[Name] = None

    def choice(self) -> Choice:
        """The same for the log."""
        return Choice(
            **{
                name: None if (wanted := getattr(self, name)) is None else frozenset({wanted})
                for name in _NAMES
            },
            since=None if self.since is None else _near(self.since),
            until=None if self.until is None else _near(self.until),
        )

    def asked(self) -> Asked:
        """The same for the service."""
        return Asked(self.choice(), self.reason)


class AgentOf(Wire):
    """An official, by their national number."""

    ssin: Ssin = Field(repr=False)


class SearchBody(LinesBody):
    """Search the usage log."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {"controller": "municipality", "outcome": "refused", "since": "2026-11-01T00:00:00Z", "reason": "Monthly check of refusals."}
        }
    )  # fmt: skip

    subject: Optional[SubjectBody] = Field(None, description="Lines about this person or organisation alone.")
    agent: Optional[AgentOf] = Field(
        None,
        description="Lines of what this official did; within the last year, unless since says otherwise.",
    )
    page_size: int = Field(20, ge=PAGE_SIZES[0], le=PAGE_SIZES[-1])
    before: Optional[int] = Field(
        None, ge=0, lt=10**10, description="The cursor: `nextBefore` of the page before."
    )

    def asked(self) -> Asked:
        """The same for the service."""
        agent = None if self.agent is None else Identifier("ssin", self.agent.ssin)
        return Asked(
            self.choice(), self.reason, None if self.subject is None else _whose(self.subject), agent
        )


class CountsBody(LinesBody):
    """Count lines over time."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {"since": "2026-11-01T00:00:00Z", "until": "2026-12-01T00:00:00Z", "by": "outcome", "reason": "Report of the month."}
        }
    )  # fmt: skip

    by: Optional[Literal["kind", "controller", "client", "activity", "outcome"]] = Field(
        None, description="What else they are told apart by."
    )


class ExportBody(LinesBody):
    """Export lines."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {"since": "2026-11-01T00:00:00Z", "until": "2026-12-01T00:00:00Z", "reason": "Audit of November."}
        }
    )  # fmt: skip


class InspectedLine(Reply):
    """A line, as a data protection officer reads it."""

    index: int
    recorded_at: datetime
    kind: str
    controller: Organisation
    client: str
    client_name: Texts | None = None
    activity: ActivityRead
    outcome: str
    subject: str = Field(description="A pseudonym: the same for all lines of a person with one controller")
    agent: str | None = Field(None, description="Who acted, by a pseudonym of the same kind")
    approver: str | None = Field(None, description="Who approved, by a pseudonym of the same kind")
    prefill_id: str | None = None
    form_id: str | None = None
    form_version: str | None = None
    case_id: str | None = None
    reason: str | None = Field(
        None, description="What an agent gave as the reason, without what points at a person"
    )
    role: str | None = None
    represented_by: str | None = None
    trigger: str | None = None
    channel: str | None = None
    proof: str | None = None
    asked: list[str] | None = None
    disclosed: list[str] | None = None
    withheld: dict[str, str] | None = None
    sources: list[str] | None = None
    consent_ids: list[str] | None = None
    attributes: list[str] | None = None
    legal_ground: str | None = None
    valid_until: datetime | None = None
    emergency_id: str | None = None
    policy_revision: str | None = None
    catalogue_revision: str | None = None
    intended_at: datetime | None = None
    entries: list[int] | None = Field(
        None, description="Of a reading: the indices of the lines that were read"
    )
    purpose: str | None = Field(None, description="Of a reading: what for")
    searched: dict[str, str | list[str]] | None = Field(
        None, description="Of an officer's search: what each line had to be; not which official it was about"
    )
    found: int | None = Field(None, description="Of an officer's search: how many lines there were")
    state: Literal["readable", "notReadable", "broken"]


class InspectedCollection(Reply):
    """A page of lines, newest first."""

    items: list[InspectedLine]
    next_before: int | None = Field(None, description="`before` of the next page; absent on the last one")


class Counted(Reply):
    """How many lines there are of one day."""

    day: date
    value: str | None = Field(None, description="Of `by`")
    count: int


class CountCollection(Reply):
    """Lines a day (UTC), oldest first; days without any are left out."""

    items: list[Counted]
    total: int


def _whose(subject: SubjectBody) -> Identifier:
    if subject.ssin is not None:
        return Identifier("ssin", subject.ssin)
    return Identifier("enterpriseNumber", subject.enterprise_number or "")


def _near(moment: datetime) -> datetime:
    """The moment in UTC; nothing was recorded before 1970."""
    # At the ends of the calendar an offset would lead out of it.
    return min(max(moment.replace(tzinfo=UTC), _FIRST), _LAST) - (moment.utcoffset() or timedelta(0))
