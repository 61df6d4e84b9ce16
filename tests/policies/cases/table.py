"""What a decision case is, and the facts that many of them change.

`expected` is an outcome for every attribute asked, or one per attribute. An outcome is the reason of a denial, or `permit` followed
by what the permit says beyond its rule: the legal basis, obligations, consents, duties.
"""

from dataclasses import dataclass
from typing import Any

from tests.policies.questions import NOW, asking, question

PERMIT = "permit 6(1)(e)"
NOTICE = f"{PERMIT} noticeToDpo"
AGENT = {
    "actor/role": "agent",
    "actor/isSubject": False,
    "representation/basis": "none",
    "reason/present": True,
}
SYSTEM = {**AGENT, "actor/role": "system", "actor/proof": "asserted", "activity/actorProof": "asserted"}
ASSERTED = {"actor/proof": "asserted", "actor/isSubject": False, "representation/established": False}
TAKEN = {**ASSERTED, "activity/actorProof": "asserted"}
EMERGENCY = {"isActor": True, "isCase": True, "validUntil": NOW + 1}
MANDATE = {
    "representation/basis": "mandate",
    "representation/scopeHolds": True,
    "representation/validFrom": NOW - 1,
    "representation/signedByGiver": True,
    "representation/signedByHolder": True,
    "representation/revoked": False,
}
OTHER = {"actor/role": "representative", "actor/isSubject": False}
COMPANY = {**OTHER, "subject/kind": "organisation", "form/subjectKind": "organisation"}
CONSENT = {"activity/legalBasis": "6(1)(a)", "attributes": asking("person.familyName", "person.birthDate")}
HEALTH = {"attributes": asking("person.familyName", "person.disability")}
URGENT = {**AGENT, "activity/breakGlass": True, "emergency": EMERGENCY}
CHILD = {"actor/role": "representative", "actor/isSubject": False, "representation/basis": "parent"}
CRIME = {"attributes": asking("person.familyName", "person.conviction")}

Changes = dict[str, Any]


@dataclass(frozen=True)
class Case:
    name: str
    changes: dict[str, Any]
    expected: str | dict[str, str]

    @property
    def question(self) -> dict[str, Any]:
        return question(self.changes)

    @property
    def outcomes(self) -> dict[str, str]:
        asked = self.question["attributes"]
        return self.expected if isinstance(self.expected, dict) else dict.fromkeys(asked, self.expected)


def cases(*rows: tuple[str, Changes, str | dict[str, str]]) -> list[Case]:
    """A table of cases."""
    return [Case(*row) for row in rows]
