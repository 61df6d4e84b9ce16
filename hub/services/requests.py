"""What a form asks: the request of a prefill, checked against the catalogue, and the facts the policies decide on."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Final

from connectors import Identifier
from consent import ConsentRecord
from hub.catalogue import SCHEMES, SSIN, Activity, Catalogue, Client, Form, IdentifierInvalid, least_age
from hub.identity import Standing
from hub.moments import to_millis
from hub.services.errors import Fault, RequestInvalid


@dataclass(frozen=True, slots=True)
class PrefillRequest:
    """One call: "prefill form F for subject S". `fields` is None when every field of the form is wanted."""

    form: str
    subject: Identifier
    fields: tuple[str, ...] | None
    role: str
    channel: str
    actor_token: str | None = field(default=None, repr=False)
    basis: str | None = None
    reference: str | None = field(default=None, repr=False)
    reason: str | None = field(default=None, repr=False)
    case: str | None = field(default=None, repr=False)
    approval_token: str | None = field(default=None, repr=False)
    emergency: str | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """A request that fits the catalogue: which attributes are wanted, and for which of the form's fields."""

    form: Form
    activity: Activity
    client: Client
    fields: Mapping[str, str]

    @property
    def attributes(self) -> tuple[str, ...]:
        """The attributes wanted, each once, in the order of the fields."""
        return tuple(dict.fromkeys(self.fields.values()))


def check_request(request: PrefillRequest, catalogue: Catalogue, client: Client) -> Asked:
    """Step 1: the form gives its processing activity and the attributes that its fields need.

    Raises:
        RequestInvalid: naming every part that is wrong. A field that the form does not declare is refused, not ignored.
    """
    faults = list(_subject_faults(request.subject, catalogue))
    form = catalogue.forms.get(request.form)
    if form is None:
        faults.append(Fault("formId", "the hub has no such form", "referencedResourceNotFound"))
        raise RequestInvalid(*faults)
    wanted = form.fields if request.fields is None else dict.fromkeys(request.fields)
    faults += [
        Fault(f"fields[{place}]", "the form does not declare this field", "invalidInput")
        for place, name in enumerate(wanted) if name not in form.fields
    ]  # fmt: skip
    if SCHEMES[form.subject_kind] != request.subject.scheme:
        faults.append(Fault("subject", f"this form is about a subject with a {SCHEMES[form.subject_kind]}"))
    if faults:
        raise RequestInvalid(*faults)
    return Asked(
        form, catalogue.activities[form.activity], client, {name: form.fields[name] for name in wanted}
    )


def _subject_faults(subject: Identifier, catalogue: Catalogue) -> Collection[Fault]:
    try:
        catalogue.check_identifier(subject.scheme, subject.value)
    except IdentifierInvalid as error:
        return [Fault(f"subject.{subject.scheme}", str(error))]
    return []


def question(
    asked: Asked, request: PrefillRequest, standing: Standing, *, catalogue: Catalogue,
    consents: Collection[ConsentRecord], now: datetime, sealed: Collection[str] = (),
    overseen: Mapping[str, object] = MappingProxyType({}),
) -> dict[str, object]:  # fmt: skip
    """The input of the policy decision: facts that the hub computed, and never an identifier.

    `overseen` are the facts of an approval and of an emergency. Where no consent, no mandate and no emergency has to be compared with it, the time is told to the second: requests of one second that are alike are then
    one question, which the engine need not think over twice.
    """
    attributes = catalogue.attributes
    return {
        "client": asked.client.facts,
        "actor": _without_none(
            role=standing.role, proof=standing.proof, isSubject=standing.is_subject, assuranceLevel=standing.assurance_level
        ),
        "representation": {"basis": standing.basis, "established": standing.established, **standing.says},
        "subject": _subject_facts(request.subject, asked, sealed, now),
        "form": asked.form.facts,
        "activity": asked.activity.facts,
        "attributes": {name: attributes[name].facts for name in asked.attributes},
        "consents": [_consent_facts(record) for record in consents],
        "channel": request.channel,
        "case": {"present": request.case is not None},
        "reason": {"present": request.reason is not None},
        "time": to_millis(now if consents or overseen or standing.says else now.replace(microsecond=0)),
        **overseen,
    }  # fmt: skip


def _subject_facts(
    subject: Identifier, asked: Asked, sealed: Collection[str], now: datetime
) -> dict[str, object]:
    """The kind; of a person the whole years that the number proves: whether they are of age, and no more; which of what is asked is sealed."""
    age = least_age(subject.value, now) if subject.scheme == SSIN else None
    facts: dict[str, object] = {"kind": asked.form.subject_kind}
    if age is not None:
        facts["age"] = age
    if sealed and (theirs := sorted(set(asked.attributes) & set(sealed))):
        facts["sealed"] = theirs
    return facts


EXPLICIT_CONSENT: Final = "9(2)(a)"


def needs_consent(activity: Activity) -> bool:
    """Whether the law is not the basis, so that a consent has to be. (Explicit consent, `9(2)(a)`, never stands alone.)"""
    return activity.legal_basis.article == "6(1)(a)"


def _consent_facts(record: ConsentRecord) -> dict[str, object]:
    return _without_none(
        id=record.id, status=record.status, activity=record.activity, notice=record.notice_hash, attributes=sorted(record.attributes),
        validFrom=to_millis(record.given_at) if record.given_at else None,
        validUntil=to_millis(record.valid_until) if record.valid_until else None,
    )  # fmt: skip


def _without_none(**facts: object) -> dict[str, object]:
    return {name: fact for name, fact in facts.items() if fact is not None}
