"""The facts that a record of the catalogue is for the policies: worked out once, when it is read, and then in every question.

No request changes them. Each is a plain mapping as `policies.check_question` wants it, shared by all questions: to be read, never
written. What a record does not say is left out. Names are sorted, so that alike questions are the same question word for word.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from hub.catalogue.model import Activity, Attribute, Client, Form

Facts = dict[str, Any]


def client_facts(client: "Client") -> Facts:
    """The system that calls."""
    return _said(
        id=client.id,
        controller=client.controller,
        forms=sorted(client.forms),
        channels=sorted(client.channels),
    )


def form_facts(form: "Form") -> Facts:
    """What the form declares."""
    return _said(
        id=form.id, activity=form.activity, subjectKind=form.subject_kind, attributes=sorted(set(form.fields.values())),
        obligations={name: list(duties) for name, duties in form.obligations.items()},
    )  # fmt: skip


def activity_facts(activity: "Activity") -> Facts:
    """The processing activity. A law is named by its English citation."""
    special, criminal = activity.special_basis, activity.criminal_basis
    number, sealed = activity.national_number_basis, activity.sealed_basis
    return {
        "dpia": activity.dpia,
        **_said(
            id=activity.id, controller=activity.controller, legalBasis=activity.legal_basis.article,
            specialBasis=special and special.article, criminalBasis=criminal and criminal.article,
            nationalNumberBasis=number and number["en"], sealedBasis=sealed and sealed["en"],
            attributes=sorted(activity.attributes), retention=activity.retention, actorProof=activity.actor_proof,
            assurance=dict(activity.assurance), secondPair=sorted(activity.second_pair),
            breakGlass=activity.break_glass is not None, channels=sorted(activity.channels), notices=sorted(activity.notices),
        ),
        **({} if activity.own_from_age is None else {"ownFromAge": activity.own_from_age}),
    }  # fmt: skip


def attribute_facts(attribute: "Attribute") -> Facts:
    """An attribute that is asked."""
    return {"category": attribute.category, "sensitivity": attribute.sensitivity}


def _said(**facts: Any) -> Facts:
    """Those of some facts that there are: no empty list, no null, no flag that is not set."""
    return {name: fact for name, fact in facts.items() if fact}
