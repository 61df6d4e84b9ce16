"""The schema of a question: the facts that the hub establishes before it asks for a decision.

Facts only: no national number, no name, no value of an attribute. Whoever the subject is, the rules never see it.
A fact that there is none of is left out; a null is refused.
"""

import re
from collections.abc import Mapping
from typing import Annotated, Literal, NotRequired

from pydantic import ConfigDict, Field, TypeAdapter, ValidationError, with_config
from typing_extensions import TypedDict  # pydantic needs this one before Python 3.12

from policies.errors import QuestionInvalid

Name = Annotated[str, Field(min_length=1, max_length=200)]
Names = list[Name]
Milliseconds = Annotated[int, Field(ge=0, le=253_402_300_799_999)]  # since 1970, UTC, until the year 9999
SubjectKind = Literal["person", "organisation"]
Proof = Literal["token", "asserted"]

_CONFIG = ConfigDict(strict=True, extra="forbid")
_PRINTABLE_STEP = re.compile(r"[A-Za-z][A-Za-z_.-]{0,99}")


@with_config(_CONFIG)
class ClientFacts(TypedDict):
    """The system that calls: its administration and the forms it was authorised for."""

    id: Name
    controller: Name
    forms: Names


@with_config(_CONFIG)
class ActorFacts(TypedDict):
    """The human behind the call, and how the hub knows."""

    role: Literal["citizen", "representative", "agent", "system"]
    proof: Proof
    isSubject: bool
    assuranceLevel: NotRequired[Annotated[int, Field(ge=0, le=1000)]]


@with_config(_CONFIG)
class RepresentationFacts(TypedDict):
    """On what basis the actor acts for the subject, and whether the hub established it."""

    basis: Literal["self", "enterpriseRole", "mandate", "parent", "none"]
    established: bool


@with_config(_CONFIG)
class SubjectFacts(TypedDict):
    """Whom the data is about: the kind alone."""

    kind: SubjectKind


@with_config(_CONFIG)
class FormFacts(TypedDict):
    """What the form declares; `obligations`: attribute → what must be taken off its value."""

    id: Name
    activity: Name
    subjectKind: SubjectKind
    attributes: Names
    obligations: NotRequired[dict[Name, list[Literal["yearOnly", "masked", "yesNo"]]]]


@with_config(_CONFIG)
class ActivityFacts(TypedDict):
    """The processing activity, as the controller's register has it."""

    id: Name
    controller: Name
    legalBasis: Name
    specialBasis: NotRequired[Name]
    criminalBasis: NotRequired[Name]
    attributes: Names
    actorProof: Proof
    channels: Names
    retention: NotRequired[Name]
    dpia: NotRequired[bool]


@with_config(_CONFIG)
class AttributeFacts(TypedDict):
    """An attribute asked."""

    category: Name
    sensitivity: Literal["normal", "special", "criminal"]


@with_config(_CONFIG)
class ConsentFacts(TypedDict):
    """A consent on record; it holds from `validFrom` on, never without one, and before `validUntil` if there is one."""

    id: Name
    status: Literal["requested", "given", "refused", "renewed", "expired", "withdrawn", "invalidated"]
    activity: Name
    attributes: Names
    validFrom: NotRequired[Milliseconds]
    validUntil: NotRequired[Milliseconds]


@with_config(_CONFIG)
class PresenceFacts(TypedDict):
    """Whether there is one; what it says is none of the rules' business."""

    present: bool


@with_config(_CONFIG)
class QuestionFacts(TypedDict):
    """A whole question."""

    client: ClientFacts
    actor: ActorFacts
    representation: RepresentationFacts
    subject: SubjectFacts
    form: FormFacts
    activity: ActivityFacts
    attributes: Annotated[dict[Name, AttributeFacts], Field(min_length=1)]
    consents: list[ConsentFacts]
    channel: Name
    case: PresenceFacts
    reason: PresenceFacts
    time: Milliseconds


_SCHEMA = TypeAdapter(QuestionFacts)


def check_question(question: Mapping[str, object]) -> None:
    """Check that a question fits the schema.

    Raises:
        QuestionInvalid: It does not; names every problem by path, with no value.
    """
    try:
        _SCHEMA.validate_python(question)
    except ValidationError as error:
        found = error.errors(include_input=False, include_context=False, include_url=False)
        problems = tuple(f"{_path(problem['loc'])}: {problem['type']}" for problem in found)
        raise QuestionInvalid(problems) from None


def _path(steps: tuple[int | str, ...]) -> str:
    """A path for people; a step that could be more than a name is not shown."""
    shown = (str(s) if isinstance(s, int) or _PRINTABLE_STEP.fullmatch(s) else "?" for s in steps)
    return "/".join(shown) or "question"
