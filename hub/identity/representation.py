"""In whose name somebody acts, and whether the hub knows it or was only told.

What is established here comes from the login's token alone: the person is the subject, or the login says that the person may act for the
enterprise, or that they hold office as an agent of the administration whose client calls. A mandate or a parent's authority is carried on as a
claim: `hub.services.acting_for` finds out whether the hub keeps such a mandate, or asks the register that is declared for it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

from hub.identity.login import Person

Basis = Literal["self", "enterpriseRole", "mandate", "parent", "none"]
_ACTS_IN_PERSON = frozenset({"citizen", "representative"})


@dataclass(frozen=True, slots=True)
class Standing:
    """The human behind a call, as the policy and the usage log see them.

    Attributes:
        role: `citizen`, `representative`, `agent` or `system`, as the client says.
        basis: on what ground they act for the subject.
        reference: the client's reference of that ground (a mandate's number), unchecked.
        established: whether the hub itself knows that the basis holds.
        proof: `token` when a login's token says who the human is, `asserted` when only the client does.
        is_subject: whether the human is proved to be the subject.
        assurance_level: how strong the login was (FAS: 100 to 500); None when unknown.
        actor_ssin: the human's national number, when it is proved. For the sealed log only.
        mandate: the id of the mandate kept at the hub that they act on.
        says: what a mandate says, as facts for the policies.
        unavailable: whether the register that could establish the basis did not answer.
    """

    role: str
    basis: Basis
    reference: str | None
    established: bool
    proof: Literal["token", "asserted"]
    is_subject: bool
    assurance_level: int | None
    actor_ssin: str | None = field(repr=False)
    mandate: str | None = None
    says: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))
    unavailable: bool = False

    @property
    def wants_proof(self) -> bool:
        """Whether a human who logged in says that they act on a mandate or as a parent, which no login can say."""
        claimed = self.basis in {"mandate", "parent"} and not self.established
        return claimed and self.proof == "token" and self.role in _ACTS_IN_PERSON


def standing(
    person: Person | None,
    *,
    subject_scheme: str,
    subject_value: str,
    role: str,
    basis: str | None = None,
    reference: str | None = None,
    administration: str | None = None,
) -> Standing:
    """Say what is known of the human behind a call.

    Args:
        person: of the actor's verified token; None when the client only asserts the actor.
        subject_scheme: `ssin` or `enterpriseNumber`.
        subject_value: the subject's number.
        role: what the client says the human is.
        basis: what the client says they act on.
        reference: the client's reference of it.
        administration: the enterprise number of the administration whose client calls.
    """
    claimed = _claimed(basis, role)
    if person is None:
        return Standing(role, claimed, reference, False, "asserted", False, None, None)
    is_subject = subject_scheme == "ssin" and subject_value == person.ssin
    may_act = subject_scheme == "enterpriseNumber" and subject_value in person.enterprises
    found: Basis = claimed if basis else "none"
    established = False
    if role in _ACTS_IN_PERSON and is_subject:
        found, established = "self", True
    elif role in _ACTS_IN_PERSON and may_act and found in {"none", "enterpriseRole"}:
        found, established = "enterpriseRole", True
    elif role == "agent":
        found, established = "none", administration in person.agent_of
    return Standing(
        role, found, reference, established, "token", is_subject, person.assurance_level, person.ssin
    )


def _claimed(basis: str | None, role: str) -> Basis:
    if basis == "self" or (basis is None and role == "citizen"):
        return "self"
    if basis == "enterpriseRole":
        return "enterpriseRole"
    if basis == "mandate":
        return "mandate"
    if basis == "parent":
        return "parent"
    return "none"
