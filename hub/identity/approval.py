"""A second pair of eyes: who a second agent is, beside the one who acts."""

from dataclasses import dataclass, field

from hub.identity.login import Person
from hub.identity.representation import Standing


@dataclass(frozen=True, slots=True)
class Approval:
    """The second agent's approval, as the policy and the usage log see it.

    Attributes:
        is_actor: whether they are the one who acts, or may be: where the actor is not proven, nobody knows.
        is_subject: whether they are the subject.
        established: whether the login says that they are an agent of the administration whose client calls.
        approver_ssin: their national number. For the sealed log only.
    """

    is_actor: bool
    is_subject: bool
    established: bool
    approver_ssin: str = field(repr=False)


def approval(
    person: Person, acting: Standing, *, subject_scheme: str, subject_value: str, administration: str
) -> Approval:
    """Say what is known of a second agent.

    Args:
        person: of the approver's verified token.
        acting: the first one.
        subject_scheme: `ssin` or `enterpriseNumber`.
        subject_value: the subject's number.
        administration: the enterprise number of the administration whose client calls.
    """
    return Approval(
        is_actor=acting.actor_ssin is None or acting.actor_ssin == person.ssin,
        is_subject=subject_scheme == "ssin" and subject_value == person.ssin,
        established=administration in person.agent_of,
        approver_ssin=person.ssin,
    )
