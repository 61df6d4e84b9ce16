"""The shapes of requests on the wire: lowerCamelCase, unknown members refused, a null is not a value."""

from datetime import date
from typing import Annotated, Any, Literal, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    model_validator,
)
from pydantic.alias_generators import to_camel
from pydantic_core import PydanticCustomError

from audit import Choice
from hub.catalogue import holds_ssin
from hub.services.days import end_of, start_of
from hub.services.usage import PAGE_SIZES

T = TypeVar("T")


def _not_null(value: Any) -> Any:
    if value is None:
        raise PydanticCustomError("null_not_allowed", "must not be null: leave it out")
    return value


def _no_ssin(text: str) -> str:
    """A national number stands in `subject.ssin` and nowhere else: what stands elsewhere may get into a log or a URL."""
    if holds_ssin(text):
        raise PydanticCustomError("holds_ssin", "must not hold a national number")
    return text


def _plain_digits(value: Any) -> Any:
    if isinstance(value, str) and not (value.isascii() and value.isdigit()):
        raise PydanticCustomError("int_parsing", "must be written in digits")
    return value


PlainDigits = BeforeValidator(_plain_digits)
"""One number has one spelling: no sign, blank or underscore."""
Optional = Annotated[T | None, BeforeValidator(_not_null)]

NoSsin = AfterValidator(_no_ssin)
Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9._-]{0,99}$"), NoSsin]
Ssin = Annotated[
    str, StringConstraints(pattern=r"^[0-9]{11}$"), Field(description="National Register or bis number")
]
EnterpriseNumber = Annotated[
    str, StringConstraints(pattern=r"^[01][0-9]{9}$"), Field(description="CBE enterprise number")
]
RepresentationId = Annotated[
    str,
    StringConstraints(pattern=r"^([01][0-9]{9}|[0-9a-f]{32})$"),
    Field(description="Of an enterprise its number; else the id that `GET /representations` gives."),
]
Reference = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._:/-]{0,99}$"),
    NoSsin,
    Field(description="The caller's own reference. It may not hold anything written like a national number."),
]
_PRINTED = r"[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]*"
Words = Annotated[
    str,
    StringConstraints(
        min_length=1, max_length=500, pattern=rf"^{_PRINTED}[^\s\x00-\x1f\x7f]{_PRINTED}$"
    ),  # blanks alone say nothing
    NoSsin,
    Field(description="In plain words, without any national number."),
]
Token = Annotated[str, StringConstraints(min_length=1, max_length=8192)]
Language = Literal["fr", "nl", "de", "en"]


class Wire(BaseModel):
    """Base of every request model."""

    model_config = ConfigDict(
        alias_generator=to_camel, extra="forbid", frozen=True, hide_input_in_errors=True
    )


class SubjectBody(Wire):
    """Whom the data is about: exactly one of the two numbers."""

    model_config = ConfigDict(json_schema_extra={"minProperties": 1, "maxProperties": 1})

    ssin: Optional[Ssin] = Field(None, repr=False)
    enterprise_number: Optional[EnterpriseNumber] = None

    @model_validator(mode="after")
    def _exactly_one(self) -> "SubjectBody":
        if (self.ssin is None) == (self.enterprise_number is None):
            raise PydanticCustomError(
                "exactly_one_number", "must have exactly one of ssin and enterpriseNumber"
            )
        return self


class ActorBody(Wire):
    """The human behind the call, and the token of their login that proves it."""

    role: Literal["citizen", "representative", "agent", "system"]
    token: Optional[Token] = Field(None, repr=False)


class RepresentationBody(Wire):
    """On what ground the actor acts for somebody else."""

    basis: Literal["enterpriseRole", "mandate", "parent"]
    reference: Optional[Reference] = Field(
        None,
        description="Of a mandate kept at the hub its `mandateId`; left out: the one that covers the form for this subject and actor.",
    )


class ApprovalBody(Wire):
    """A second pair of eyes: the token of the login of another agent, who approves."""

    token: Token = Field(repr=False)


class PrefillBody(Wire):
    """Prefill form F for subject S."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "formId": "study-grant", "subject": {"ssin": "00000000097"}, "fields": ["lastName", "income"],
                "actor": {"role": "citizen", "token": "eyJhbGciOi…"}, "channel": "web", "caseId": "2026-000123",
            }
        }
    )  # fmt: skip

    form_id: Name
    subject: SubjectBody
    fields: Optional[Annotated[list[Name], Field(min_length=1, max_length=200)]] = Field(
        None, description="The fields wanted; left out: all that the form declares."
    )
    actor: Optional[ActorBody] = None
    representation: Optional[RepresentationBody] = None
    channel: Name = "web"
    reason: Optional[Words] = None
    case_id: Optional[Reference] = None
    approval: Optional[ApprovalBody] = None
    emergency_id: Optional[Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{32}$")]] = Field(
        None, description="Of an emergency that the actor declared for this case."
    )


class AgentBody(Wire):
    """The agent behind the call, proven by the token of their login."""

    token: Token = Field(repr=False)


class EmergencyBody(Wire):
    """Declare an emergency: in this case of subject S waiting would do harm."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "activityId": "adapted-transport", "subject": {"ssin": "00000000097"}, "actor": {"token": "eyJhbGciOi…"},
                "caseId": "2026-000123", "reason": "Evacuation of a flooded street.",
            }
        }
    )  # fmt: skip

    activity_id: Name
    subject: SubjectBody
    actor: AgentBody
    case_id: Reference
    reason: Words


class UsageQuery(Wire):
    """Which lines of the usage log are wanted."""

    page_size: int = Field(20, ge=PAGE_SIZES[0], le=PAGE_SIZES[-1])
    before: Optional[int] = Field(
        None, ge=0, lt=10**10, description="Only lines with a lower index: the cursor of `next`."
    )
    since: Optional[date] = Field(None, description="Only lines from this day on, by the clock of Belgium.")
    until: Optional[date] = Field(None, description="Only lines up to this day, which is included.")
    kind: Optional[Name] = Field(None, description="Only lines of this kind, such as `prefill`.")
    controller: Optional[Name] = Field(None, description="Only lines of this controller, by its id.")
    activity: Optional[Name] = Field(
        None, description="Only lines of this processing activity: of this purpose."
    )
    outcome: Optional[Name] = Field(None, description="Only lines that ended so, such as `disclosed`.")
    representing: Optional[RepresentationId] = Field(
        None, description="Read the lines about whom one represents."
    )

    def choice(self) -> Choice:
        """The same for the log."""
        return Choice(
            **{
                name: None if (wanted := getattr(self, name)) is None else frozenset({wanted})
                for name in ("kind", "controller", "activity", "outcome")
            },
            since=None if self.since is None else start_of(self.since),
            until=None if self.until is None else end_of(self.until),
        )


_Size = Annotated[int, Field(ge=1, lt=10**10)]


class InclusionQuery(Wire):
    """Which entry is to be proven, in the tree of how many."""

    index: int = Field(ge=0, lt=10**10, description="The index of the entry.")
    size: Optional[_Size] = Field(
        None, description="Of how many entries; left out: of the last checkpoint's."
    )


class ConsistencyQuery(Wire):
    """Which two states of the tree are to be compared."""

    old_size: _Size = Field(description="How many entries the earlier one has.")
    new_size: Optional[_Size] = Field(
        None, description="How many the later one has; left out: those of the last checkpoint."
    )


class LanguageQuery(Wire):
    """In which language a text is wanted."""

    lang: Language = "fr"


class ExplanationQuery(LanguageQuery):
    """In which language a line is explained, and about whom it is."""

    representing: Optional[RepresentationId] = Field(
        None, description="Explain a line about whom one represents."
    )


class ProofQuery(Wire):
    """What a proof of a line shows, and about whom it is."""

    fields: Optional[
        Annotated[str, StringConstraints(pattern=r"^@?[A-Za-z]+(,@?[A-Za-z]+)*$", max_length=1000)]
    ] = Field(
        None,
        description="The fields of the line that the proof opens, by name, with commas between them; the others stay closed. "
        "Left out: all that one can read in the line. `subject` brings the proof that its handle is that of one's own number.",
    )
    representing: Optional[RepresentationId] = Field(
        None, description="Prove a line about whom one represents."
    )


class CompletenessQuery(Wire):
    """Which lines a proof of completeness shows, and about whom it is."""

    page_size: int = Field(PAGE_SIZES[-1], ge=PAGE_SIZES[0], le=PAGE_SIZES[-1])
    before: Optional[int] = Field(
        None, ge=0, lt=10**10, description="Only lines with a lower index: `next` of the proof before."
    )
    representing: Optional[RepresentationId] = Field(None, description="Prove it for whom one represents.")
