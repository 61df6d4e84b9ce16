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
Sensitivity = Literal["normal", "special", "criminal"]
Level = Annotated[int, Field(ge=0, le=1000)]  # FAS: 100 to 500
Age = Annotated[int, Field(ge=0, le=18)]

_CONFIG = ConfigDict(strict=True, extra="forbid")
_PRINTABLE_STEP = re.compile(r"[A-Za-z][A-Za-z_.-]{0,99}")


@with_config(_CONFIG)
class ClientFacts(TypedDict):
    """The system that calls: its administration, the forms it was authorised for, and its channels.

    `channels` is left out where the client may use every channel of the activity.
    """

    id: Name
    controller: Name
    forms: Names
    channels: NotRequired[Names]


@with_config(_CONFIG)
class ActorFacts(TypedDict):
    """The human behind the call, and how the hub knows."""

    role: Literal["citizen", "representative", "agent", "system"]
    proof: Proof
    isSubject: bool
    assuranceLevel: NotRequired[Level]


@with_config(_CONFIG)
class RepresentationFacts(TypedDict):
    """On what basis the actor acts for the subject, and whether the hub established it.

    The rest is what a mandate says: whether it covers this activity, from when to when, who signed it, whether it was revoked.
    """

    basis: Literal["self", "enterpriseRole", "mandate", "parent", "none"]
    established: bool
    scopeHolds: NotRequired[bool]
    validFrom: NotRequired[Milliseconds]
    validUntil: NotRequired[Milliseconds]
    signedByGiver: NotRequired[bool]
    signedByHolder: NotRequired[bool]
    revoked: NotRequired[bool]


@with_config(_CONFIG)
class SubjectFacts(TypedDict):
    """Whom the data is about: the kind, and what the hub knows of it without looking anything up.

    `age` is the number of whole years that the national number proves at least, 18 for 18 or more; left out where it proves
    none. `sealed` are the attributes that are kept from others for this subject, such as a hidden address.
    """

    kind: SubjectKind
    age: NotRequired[Age]
    sealed: NotRequired[Names]


@with_config(_CONFIG)
class FormFacts(TypedDict):
    """What the form declares; `obligations`: attribute → what must be taken off its value."""

    id: Name
    activity: Name
    subjectKind: SubjectKind
    attributes: Names
    obligations: NotRequired[dict[Name, list[Literal["yearOnly", "masked", "yesNo"]]]]


@with_config(_CONFIG)
class AssuranceFacts(TypedDict):
    """The least assurance level of an actor that a processing activity demands, per sensitivity."""

    normal: NotRequired[Level]
    special: NotRequired[Level]
    criminal: NotRequired[Level]


@with_config(_CONFIG)
class ActivityFacts(TypedDict):
    """The processing activity, as the controller's register has it.

    `nationalNumberBasis` and `sealedBasis` are the laws that authorise it to use the national number and to see what is sealed.
    `ownFromAge` is the age from which a minor may act alone; `secondPair` the sensitivities for which an agent needs the approval
    of another; `breakGlass` whether an emergency may be declared for it. `notices` are the hashes of the consent notices
    that count. `retention` is a duration of ISO 8601, such as `P10Y`.
    """

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
    nationalNumberBasis: NotRequired[Name]
    ownFromAge: NotRequired[Age]
    assurance: NotRequired[AssuranceFacts]
    secondPair: NotRequired[list[Sensitivity]]
    sealedBasis: NotRequired[Name]
    breakGlass: NotRequired[bool]
    notices: NotRequired[Names]


@with_config(_CONFIG)
class AttributeFacts(TypedDict):
    """An attribute asked."""

    category: Name
    sensitivity: Sensitivity


@with_config(_CONFIG)
class ConsentFacts(TypedDict):
    """A consent on record; it holds from `validFrom` on, never without one, and before `validUntil` if there is one.

    `notice` is the hash of the notice that was shown.
    """

    id: Name
    status: Literal["requested", "given", "refused", "renewed", "expired", "withdrawn", "invalidated"]
    activity: Name
    attributes: Names
    validFrom: NotRequired[Milliseconds]
    validUntil: NotRequired[Milliseconds]
    notice: NotRequired[Name]


@with_config(_CONFIG)
class ApprovalFacts(TypedDict):
    """A second agent's approval: whose it is, and whether the hub established that they are an agent of the administration."""

    isActor: bool
    isSubject: bool
    established: bool


@with_config(_CONFIG)
class EmergencyFacts(TypedDict):
    """An emergency that was declared to the hub: whether by this actor, whether for this case, and until when."""

    isActor: bool
    isCase: bool
    validUntil: Milliseconds


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
    approval: NotRequired[ApprovalFacts]
    emergency: NotRequired[EmergencyFacts]


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
