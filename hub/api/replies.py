"""The shapes of answers on the wire, for the OpenAPI documents. Members without a value are left out."""

from datetime import date, datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from hub.api.wire import Language
from policies import Action


class Reply(BaseModel):
    """Base of every answer."""

    model_config = ConfigDict(alias_generator=to_camel, extra="forbid")


class Texts(Reply):
    """A text in the languages there are."""

    fr: str | None = None
    nl: str | None = None
    de: str | None = None
    en: str | None = None


class Issue(Reply):
    """One part of the request that is wrong. `value` is left out where it could be personal."""

    model_config = ConfigDict(extra="allow")

    type: str
    title: str | None = None
    detail: str | None = None
    location: Literal["body", "header", "path", "query"] | None = Field(None, alias="in")
    name: str | None = None
    value: str | None = None


class Problem(BaseModel):
    """A problem (RFC 9457, Belgif): `type` tells machines what went wrong, `detail` tells people."""

    model_config = ConfigDict(
        extra="allow",
        json_schema_extra={
            "example": {
                "type": "urn:problem-type:belgif:badRequest", "title": "Bad Request", "status": 400,
                "detail": "The input message is incorrect", "instance": "urn:uuid:123e4567-e89b-12d3-a456-426614174000",
                "issues": [
                    {
                        "type": "urn:problem-type:belgif:input-validation:invalidInput", "title": "Invalid input",
                        "detail": "the check digits are wrong", "in": "body", "name": "subject.ssin",
                    }
                ],
            }
        },
    )  # fmt: skip

    type: str
    title: str | None = None
    status: int
    detail: str | None = None
    instance: str | None = None
    issues: list[Issue] | None = None


class Remedy(Reply):
    """What would make possible what was denied."""

    action: Action
    level: int | None = Field(None, description="With `raiseAssurance`: the level that a login needs")
    activity_id: str | None = Field(
        None,
        description="With `giveConsent`: the processing activity to whose notice one agrees; with `declareEmergency`: the one for which it is",
    )


class Reason(Reply):
    """Why there is no value: a code for machines, a sentence for people, and what would mend it if anything does."""

    code: str
    text: str
    remedy: Remedy | None = None


class FilledField(Reply):
    """One field of the form."""

    model_config = ConfigDict(title="Field")

    status: Literal["filled", "empty", "denied", "consentRequired", "unavailable"]
    value: Any = None
    attribute: str
    source: str | None = None
    retrieved_at: datetime | None = Field(None, description="When the hub asked the source")
    source_date: str | None = Field(
        None,
        pattern=r"^\d{4}(-\d\d(-\d\d)?)?$",
        description="From when the value is, or when it last changed, as the source says: a date (ISO 8601), perhaps without day or month",
    )
    reason: Reason | None = None


class Prefill(Reply):
    """The answer to a prefill."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "prefillId": "0f8fad5bd9cb469fa16570867728950e", "formId": "study-grant", "formVersion": "9d2c7f0e1b34",
                "fields": {
                    "lastName": {
                        "status": "filled", "value": "Bruni", "attribute": "person.familyName",
                        "source": "national-register", "retrievedAt": "2026-11-23T10:00:00.000+00:00",
                        "sourceDate": "2026-11-02",
                    },
                    "income": {
                        "status": "denied", "attribute": "person.taxableIncome",
                        "reason": {"code": "purposeNotAuthorised", "text": "This purpose does not allow it."},
                    },
                    "disability": {
                        "status": "denied", "attribute": "person.disabilityRecognised",
                        "reason": {
                            "code": "assuranceTooLow", "text": "You need to log in more strongly for this.",
                            "remedy": {"action": "raiseAssurance", "level": 400},
                        },
                    },
                    "address": {
                        "status": "consentRequired", "attribute": "person.address",
                        "reason": {
                            "code": "consentRequired", "text": "This information is passed on only if you agree.",
                            "remedy": {"action": "giveConsent", "activityId": "sports-discount"},
                        },
                    },
                },
                "receipt": "eyJhbGciOi…~WyJ…~", "logIndex": 1234,
            }
        }
    )  # fmt: skip

    prefill_id: str
    form_id: str
    form_version: str
    fields: dict[str, FilledField]
    receipt: str | None = Field(None, description="SD-JWT (RFC 9901); its audience is the client")
    log_index: int


class Ruling(Reply):
    """What the rules say of one attribute: a permit with its legal basis, or a denial with its reason."""

    decision: bool
    basis: str | None = None
    obligations: list[str] | None = Field(
        None, description="What must be taken off the value: yearOnly, masked, yesNo"
    )
    duties: list[str] | None = Field(
        None, description="What the hub would owe for the disclosure: noticeToDpo"
    )
    reason: str | None = None
    rule: str | None = None
    remedy: Remedy | None = None


class EvaluationError(Reply):
    """Why an item is no question."""

    status: int
    message: str


class EvaluationContext(BaseModel):
    """More on a decision. Texts for people are in the language of `Accept-Language`."""

    model_config = ConfigDict(extra="forbid")

    revision: str | None = Field(
        None, description="The policy set that decided; left out where no rule was asked"
    )
    reason_admin: dict[str, str] | None = Field(
        None, description="Code of a reason: the rule that was not met, or what is wrong"
    )
    reason_user: dict[str, str] | None = Field(
        None, description="Code of a reason: what it means, for the person"
    )
    rulings: dict[str, Ruling] | None = Field(None, description="By attribute")
    error: EvaluationError | None = None


class Evaluated(Reply):
    """A decision (AuthZEN 1.0, section 5.5)."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "decision": False,
                "context": {
                    "revision": "9f2c…",
                    "reason_admin": {"consentRequired": "onlyonce.consent.satisfied"},
                    "reason_user": {"consentRequired": "This information is passed on only if you agree."},
                    "rulings": {
                        "person.familyName": {"decision": False, "reason": "consentRequired", "rule": "onlyonce.consent.satisfied", "remedy": {"action": "giveConsent", "activityId": "sports-discount"}}
                    },
                },
            }
        }
    )  # fmt: skip

    decision: bool
    context: EvaluationContext | None = None


class EvaluatedAll(Reply):
    """Decisions in the order asked; or one decision, where one question was asked."""

    evaluations: list[Evaluated] | None = None
    decision: bool | None = None
    context: EvaluationContext | None = None


class EmergencyOpened(Reply):
    """An emergency that was declared. The data protection officer knows of it, and will of each use."""

    model_config = ConfigDict(
        title="Emergency",
        json_schema_extra={
            "example": {
                "emergencyId": "0f8fad5bd9cb469fa16570867728950e",
                "validUntil": "2026-11-23T11:00:00+00:00",
            }
        },
    )

    emergency_id: str = Field(description="For `emergencyId` of a prefill; it says nothing to anybody else.")
    valid_until: datetime


class Organisation(Reply):
    """An organisation by number and name."""

    enterprise_number: str | None = None
    name: Texts


class ActivityRead(Reply):
    """A processing activity, as the subject reads it."""

    id: str
    name: Texts | None = None
    purpose: Texts | None = None
    legal_basis: str | None = None
    legal_basis_text: Texts | None = None


class Revealed(Reply):
    """A line that the law let the hub show only now (GDPR Art. 23)."""

    index: int = Field(description="Its place in the log, of which a proof can be had")
    recorded_at: datetime
    kind: str
    deferral_basis: Texts = Field(description="The law that kept it back")


class UsageItem(Reply):
    """One line of the usage log."""

    index: int
    number: int | None = Field(
        None, description="Which of one's own lines it is, counted from 0; left out where nobody can read it"
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
    represented_by: str | None = None
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


_HASH = "In base 64, as in a checkpoint"


class LogKey(Reply):
    """A key of the log."""

    verifier_key: str = Field(description="As C2SP signed-note writes it")
    named_by: int | None = Field(
        None, description="The index of the entry that names it; none for the first key"
    )


class LogKeys(Reply):
    """The keys of the log, oldest first."""

    items: list[LogKey]
    total: int


class InclusionRead(Reply):
    """That an entry is in the tree (RFC 9162, section 2.1.3)."""

    model_config = ConfigDict(title="Inclusion", json_schema_extra={"example": {
        "index": 1, "size": 2, "leafHash": "0a2m…", "rootHash": "w2pZ…", "path": ["E3kE…"]}})  # fmt: skip

    index: int
    size: int
    leaf_hash: str = Field(description=_HASH)
    root_hash: str = Field(description=_HASH)
    path: list[str] = Field(description=_HASH)


class ConsistencyRead(Reply):
    """That one tree is the beginning of another (RFC 9162, section 2.1.4)."""

    model_config = ConfigDict(title="Consistency", json_schema_extra={"example": {
        "oldSize": 1, "newSize": 2, "oldRootHash": "0a2m…", "newRootHash": "w2pZ…", "path": ["E3kE…"]}})  # fmt: skip

    old_size: int
    new_size: int
    old_root_hash: str = Field(description=_HASH)
    new_root_hash: str = Field(description=_HASH)
    path: list[str] = Field(description=_HASH)


class BridgeRead(Reply):
    """A log that lost entries goes on under another name."""

    model_config = ConfigDict(title="Bridge", json_schema_extra={"example": {
        "notice": "onlyonce log bridge v1\nhub.example/log\n9\n0a2m…\nhub.example/log/2\n7\nw2pZ…\n1795435200000\nThe disk burnt\n\n— hub.example/log E3kE…\n— hub.example/log/2 9xQd…\n"}})  # fmt: skip

    notice: str = Field(
        description="A C2SP signed note: the log that ended and its last known checkpoint, the log that goes on and what it begins with, when and why; signed in both names"
    )


class BridgesRead(Reply):
    """The notices of all bridges, oldest first."""

    model_config = ConfigDict(title="Bridges", json_schema_extra={"example": {"items": [], "total": 0}})

    items: list[BridgeRead]
    total: int


class ConsentActivity(Reply):
    """What a consent is for."""

    id: str
    name: Texts | None = None
    purpose: Texts | None = None


class Consent(Reply):
    """A consent and its signed receipt."""

    consent_id: str
    activity: ConsentActivity
    controller: str
    attributes: list[str]
    status: Literal["requested", "given", "refused", "renewed", "expired", "withdrawn", "invalidated"]
    given_at: datetime | None = None
    valid_until: datetime | None = None
    withdrawn_at: datetime | None = None
    language: Language
    notice_hash: str
    receipt: str


class ConsentCollection(Reply):
    """The consents of a person."""

    items: list[Consent]
    total: int


class NoticeRead(Reply):
    """What a person is asked to agree to."""

    activity_id: str
    language: Language
    text: str
    notice_hash: str
