"""Lines of the usage log, as their subject reads them."""

from datetime import date, datetime

from pydantic import Field

from hub.api.replies.base import ActivityRead, Organisation, Reply, Texts


class Revealed(Reply):
    """A line that the law let the hub show only now (GDPR Art. 23)."""

    index: int = Field(description="Its place in the log, of which a proof can be had")
    recorded_at: datetime
    kind: str
    deferral_basis: Texts = Field(description="The law that kept it back")


class Erasure(Reply):
    """Why lines were made unreadable, or may not be."""

    ground: str | None = Field(None, description="On what ground their controller ordered it")
    advice: str | None = Field(None, description="What its data protection officer advised")
    advised_by: str | None = None
    kept_by: dict[str, Texts] | None = Field(
        None, description="The law that demands that lines be kept, of each processing activity that has one"
    )


class UsageItem(Reply):
    """One line of the usage log."""

    index: int
    number: int | None = Field(
        None,
        description="Which of one's own lines it is, counted from 0; left out where nobody can read it, and of a reading of many",
    )
    missing_before: bool | None = Field(
        None, description="True: lines before this one are missing; somebody changed the log"
    )
    recorded_at: datetime
    kind: str
    controller: Organisation
    client: str
    client_name: Texts | None = None
    activity: ActivityRead
    form_id: str | None = None
    case_id: str | None = None
    reason: str | None = Field(
        None,
        description="What an agent gave as the reason, without addresses and long numbers: they may be somebody else's",
    )
    proof_href: str | None = Field(
        None, description="Where a proof of the line can be had, to show to others"
    )
    role: str | None = None
    represented_by: str | None = Field(
        None,
        description="On what ground somebody acted for the subject: `enterpriseRole`, `mandate`, `parent`",
    )
    basis: str | None = Field(
        None,
        description="Of a line `actedFor`: on what ground one acted for somebody else; of a check: what was checked",
    )
    mandate_id: str | None = Field(None, description="The mandate that was acted on, or that changed")
    changed_by: str | None = Field(
        None, description="Of a mandate's change: which side changed it, `giver` or `holder`"
    )
    register_: str | None = Field(
        None, alias="register", description="Which register of representation was asked"
    )
    trigger: str | None = None
    proof: str | None = None
    outcome: str
    asked: list[str] | None = None
    disclosed: list[str] | None = None
    withheld: dict[str, str] | None = None
    sources: list[str] | None = None
    consent_id: str | None = None
    retention_until: date
    contact: str | None = None
    attributes: list[str] | None = Field(None, description="What was sealed, or whose seal was lifted")
    ordered_by: str | None = Field(None, description="On whose order")
    legal_ground: str | None = Field(None, description="On what legal ground it was ordered")
    valid_until: datetime | None = Field(None, description="Until when a seal or an emergency lasts")
    approved: bool | None = Field(None, description="A second agent approved")
    emergency_id: str | None = Field(None, description="The emergency that was declared, or used")
    portal: str | None = Field(None, description="Through which portal of another state it was read")
    entries: list[int] | None = Field(
        None, description="Of a reading: the indices of the lines that were read"
    )
    revealed: Revealed | None = Field(None, description="Of a line that is shown later than it was recorded")
    erasure: Erasure | None = Field(None, description="Of an order to make lines unreadable: what it says")
    broken: bool | None = Field(None, description="True: what is stored is not what was recorded")
    erased: bool | None = Field(
        None, description="The key of this line was destroyed: its content cannot be read any more"
    )


class UsageCollection(Reply):
    """A page of lines, newest first."""

    items: list[UsageItem]
    total: int | None = Field(
        None, description="How many lines there are; left out where a filter lets more than 1,000 through"
    )
    missing_after: bool | None = Field(
        None, description="True: lines after the newest are missing; somebody changed the log"
    )
    next: str | None = None
