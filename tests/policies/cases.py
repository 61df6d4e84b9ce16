"""The table of decision cases: a change of the permitted question, and what must become of what it asks.

`expected` is an outcome for the one attribute `person.familyName`, or one per attribute. An outcome is the reason of a denial,
or `permit` followed by what the permit says beyond the legal basis.
"""

from dataclasses import dataclass
from typing import Any

from tests.policies.questions import GONE, NOW, asking, consent, question

PERMIT = "permit 6(1)(e)"
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
CRIME = {"attributes": asking("person.familyName", "person.conviction")}


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


def _consents(name: str, consents: list[dict[str, Any]], outcome: str) -> Case:
    """A case about the consents of a question that rests on consent; nothing ever covers the birth date."""
    expected = {"person.familyName": outcome, "person.birthDate": "consentRequired"}
    return Case(name, {**CONSENT, "consents": consents}, expected)


def _health(name: str, changes: dict[str, Any], outcome: str, *, other: str = PERMIT) -> Case:
    return Case(name, {**HEALTH, **changes}, {"person.familyName": other, "person.disability": outcome})


def _crime(name: str, changes: dict[str, Any], outcome: str) -> Case:
    return Case(name, {**CRIME, **changes}, {"person.familyName": PERMIT, "person.conviction": outcome})


CASES = [
    Case("a citizen about themselves", {}, PERMIT),
    # client authorisation
    Case("one of several forms of the client", {"client/forms": ["a", "study-grant"]}, PERMIT),
    Case("a form of another client", {"client/forms": ["a"]}, "clientNotAuthorised"),
    Case("a client without forms", {"client/forms": []}, "clientNotAuthorised"),
    Case("a form's name in other letters", {"client/forms": ["Study-Grant"]}, "clientNotAuthorised"),
    Case("a form of another activity", {"form/activity": "audits"}, "clientNotAuthorised"),
    Case("another activity than the form's", {"activity/id": "audits"}, "clientNotAuthorised"),
    Case("a client of another controller", {"client/controller": "tax"}, "clientNotAuthorised"),
    Case("an activity of another controller", {"activity/controller": "tax"}, "clientNotAuthorised"),
    # channel
    Case("another open channel", {"channel": "counter"}, PERMIT),
    Case("a closed channel", {"channel": "phone"}, "channelNotAllowed"),
    Case("an activity without channels", {"activity/channels": []}, "channelNotAllowed"),
    # kind of subject
    Case(
        "an organisation in a form about persons", {"subject/kind": "organisation"}, "subjectKindNotAllowed"
    ),
    Case(
        "a person in a form about organisations",
        {"form/subjectKind": "organisation"},
        "subjectKindNotAllowed",
    ),
    # proof
    Case("a token where an assertion would do", {"activity/actorProof": "asserted"}, PERMIT),
    Case(
        "an assertion where it does", {"activity/actorProof": "asserted", "actor/proof": "asserted"}, PERMIT
    ),
    Case("an assertion where a token is demanded", {"actor/proof": "asserted"}, "actorNotProven"),
    Case("an agent by assertion", {**AGENT, "actor/proof": "asserted"}, "actorNotProven"),
    Case("no assurance level", {"actor/assuranceLevel": GONE}, PERMIT),
    # representation
    Case("oneself, nothing established", {"representation/established": False}, PERMIT),
    Case("a citizen about someone else", {"actor/isSubject": False}, "representationNotEstablished"),
    Case("a citizen on no basis", {"representation/basis": "none"}, "representationNotEstablished"),
    Case("a citizen with a mandate", {"actor/isSubject": False, **MANDATE}, PERMIT),
    Case("a representative with a mandate", {**OTHER, **MANDATE}, PERMIT),
    Case("a parent", {**OTHER, "representation/basis": "parent", "subject/age": 17}, PERMIT),
    Case(
        "an enterprise role over a person",
        {**OTHER, "representation/basis": "enterpriseRole"},
        "representationNotEstablished",
    ),
    Case("a representative on nobody's behalf", OTHER, "representationNotEstablished"),
    Case("a representative about themselves", {"actor/role": "representative"}, PERMIT),
    Case(
        "a mandate that is not established",
        {**OTHER, "representation/basis": "mandate", "representation/established": False},
        "representationNotEstablished",
    ),
    Case(
        "a parent that is not established",
        {**OTHER, "representation/basis": "parent", "representation/established": False},
        "representationNotEstablished",
    ),
    Case("a role in the enterprise", {**COMPANY, "representation/basis": "enterpriseRole"}, PERMIT),
    Case("a mandate of the enterprise", {**COMPANY, **MANDATE}, PERMIT),
    Case(
        "a parent of an enterprise",
        {**COMPANY, "representation/basis": "parent"},
        "representationNotEstablished",
    ),
    Case("nobody is an enterprise", {**COMPANY, "actor/isSubject": True}, "representationNotEstablished"),
    Case(
        "an enterprise role not established",
        {**COMPANY, "representation/basis": "enterpriseRole", "representation/established": False},
        "representationNotEstablished",
    ),
    Case(
        "an enterprise on no basis",
        {**COMPANY, "representation/basis": "none"},
        "representationNotEstablished",
    ),
    Case("an agent about an enterprise", {**COMPANY, **AGENT}, PERMIT),
    Case(
        "an agent whose office is not known",
        {**AGENT, "representation/established": False},
        "representationNotEstablished",
    ),
    Case("a system with somebody's token", {**AGENT, "actor/role": "system"}, "representationNotEstablished"),
    Case("a person at the client's word", TAKEN, PERMIT),
    Case(
        "an enterprise at the client's word",
        {**TAKEN, **COMPANY, "representation/basis": "enterpriseRole"},
        PERMIT,
    ),
    Case("an agent at the client's word", {**AGENT, **TAKEN}, PERMIT),
    Case(
        "a mandate at the client's word",
        {**TAKEN, "representation/basis": "mandate"},
        "representationNotEstablished",
    ),
    Case(
        "a parent at the client's word",
        {**TAKEN, "representation/basis": "parent"},
        "representationNotEstablished",
    ),
    Case("a word where a token is demanded", ASSERTED, "actorNotProven"),
    # agents
    Case("an agent with case and reason", AGENT, PERMIT),
    Case("an agent without a case", {**AGENT, "case/present": False}, "caseRequired"),
    Case("an agent without a reason", {**AGENT, "reason/present": False}, "reasonRequired"),
    Case("an agent with neither", {**AGENT, "case/present": False, "reason/present": False}, "caseRequired"),
    Case("a system with case and reason", SYSTEM, PERMIT),
    Case("a system without a case", {**SYSTEM, "case/present": False}, "caseRequired"),
    Case(
        "a system without a reason",
        {**SYSTEM, "reason/present": False},
        "reasonRequired",
    ),
    Case("a citizen without a case", {"case/present": False}, PERMIT),
    Case("a citizen with a reason", {"reason/present": True}, PERMIT),
    # lawfulness
    *[
        Case(f"on 6(1)({letter})", {"activity/legalBasis": f"6(1)({letter})"}, f"permit 6(1)({letter})")
        for letter in "bcdef"
    ],
    *[
        Case(f"on {basis!r}", {"activity/legalBasis": basis}, "noLegalBasis")
        for basis in ["6(1)(g)", "6(1)", "6(1)(E)", " 6(1)(e)", "6(1)(e), decree", "9(2)(b)", "habit"]
    ],
    # purpose limitation
    Case("an activity without attributes", {"activity/attributes": []}, "purposeNotAuthorised"),
    Case(
        "one attribute outside the activity",
        {
            "attributes": asking("person.familyName", "person.birthDate"),
            "activity/attributes": ["person.familyName"],
        },
        {"person.familyName": PERMIT, "person.birthDate": "purposeNotAuthorised"},
    ),
    Case("an attribute nobody knows", {"attributes": asking("person.shoeSize")}, "purposeNotAuthorised"),
    # minimisation
    Case("a form without attributes", {"form/attributes": []}, "notDeclaredByForm"),
    Case(
        "one attribute that the form does not declare",
        {
            "attributes": asking("person.familyName", "person.birthDate"),
            "form/attributes": ["person.birthDate"],
        },
        {"person.familyName": "notDeclaredByForm", "person.birthDate": PERMIT},
    ),
    Case("neither", {"form/attributes": [], "activity/attributes": []}, "purposeNotAuthorised"),
    Case(
        "obligations",
        {
            "attributes": asking("person.familyName", "person.birthDate"),
            "form/obligations": {
                "person.birthDate": ["yearOnly", "masked", "yearOnly"],
                "person.age": ["yesNo"],
            },
        },
        {"person.familyName": PERMIT, "person.birthDate": f"{PERMIT} masked yearOnly"},
    ),
    # special categories
    _health("health without an exception", {}, "specialCategoryNotAllowed"),
    *[
        _health(f"health under 9(2)({letter})", {"activity/specialBasis": f"9(2)({letter})"}, PERMIT)
        for letter in "bcdefghij"
    ],
    *[
        _health(f"health under {basis!r}", {"activity/specialBasis": basis}, "specialCategoryNotAllowed")
        for basis in ["9(2)(k)", "9(2)", "6(1)(e)", "9(2)(B)"]
    ],
    _health("health under a criminal law", {"activity/criminalBasis": "a law"}, "specialCategoryNotAllowed"),
    _health("health under consent, none given", {"activity/specialBasis": "9(2)(a)"}, "consentRequired"),
    _health(
        "health under consent, given",
        {"activity/specialBasis": "9(2)(a)", "consents": [consent()]},
        f"{PERMIT} consent:c1",
    ),
    _health(
        "health under consent, given for something else",
        {"activity/specialBasis": "9(2)(a)", "consents": [consent(attributes=["person.familyName"])]},
        "consentRequired",
    ),
    _health(
        "all under consent, health without an exception",
        {"activity/legalBasis": "6(1)(a)", "consents": [consent()]},
        "specialCategoryNotAllowed",
        other="permit 6(1)(a) consent:c1",
    ),
    _health(
        "all under consent, health by law",
        {"activity/legalBasis": "6(1)(a)", "activity/specialBasis": "9(2)(b)", "consents": [consent()]},
        "permit 6(1)(a) consent:c1",
        other="permit 6(1)(a) consent:c1",
    ),
    _health(
        "all under consent, none given",
        {"activity/legalBasis": "6(1)(a)", "activity/specialBasis": "9(2)(a)"},
        "consentRequired",
        other="consentRequired",
    ),
    # criminal data
    _crime("a conviction without a law", {}, "criminalDataNotAllowed"),
    _crime("a conviction under a law", {"activity/criminalBasis": "Code Art. 589"}, PERMIT),
    _crime("a conviction under blanks", {"activity/criminalBasis": " \t"}, "criminalDataNotAllowed"),
    Case(
        "every sensitivity, each under its law",
        {
            "attributes": asking("person.familyName", "person.disability", "person.conviction"),
            "activity/specialBasis": "9(2)(g)",
            "activity/criminalBasis": "Code Art. 589",
        },
        PERMIT,
    ),
    _crime("a conviction under 9(2)(g)", {"activity/specialBasis": "9(2)(g)"}, "criminalDataNotAllowed"),
    # consent
    _consents("no consent", [], "consentRequired"),
    _consents("a consent", [consent()], "permit 6(1)(a) consent:c1"),
    _consents("a renewed consent", [consent(status="renewed")], "permit 6(1)(a) consent:c1"),
    _consents("a consent without end", [consent(validUntil=GONE)], "permit 6(1)(a) consent:c1"),
    *[
        _consents(f"a consent that is {status}", [consent(status=status)], "consentRequired")
        for status in ["requested", "refused", "expired", "withdrawn", "invalidated"]
    ],
    _consents("a consent from now on", [consent(validFrom=NOW)], "permit 6(1)(a) consent:c1"),
    _consents("a consent from a moment later", [consent(validFrom=NOW + 1)], "consentRequired"),
    _consents("a consent to this moment", [consent(validUntil=NOW)], "consentRequired"),
    _consents("a consent to a moment later", [consent(validUntil=NOW + 1)], "permit 6(1)(a) consent:c1"),
    _consents("a consent that never began", [consent(validFrom=GONE)], "consentRequired"),
    _consents("a consent asked for", [consent(status="requested", validFrom=GONE)], "consentRequired"),
    _consents("a consent since 1970", [consent(validFrom=0)], "permit 6(1)(a) consent:c1"),
    _consents("a consent for another activity", [consent(activity="audits")], "consentRequired"),
    _consents("a consent for another attribute", [consent(attributes=["person.age"])], "consentRequired"),
    _consents("a consent for nothing", [consent(attributes=[])], "consentRequired"),
    _consents("the first of two", [consent(id="c2"), consent(id="c1")], "permit 6(1)(a) consent:c1"),
    _consents(
        "the one of two that holds",
        [consent(id="c2"), consent(id="c1", status="withdrawn")],
        "permit 6(1)(a) consent:c2",
    ),
    _consents(
        "two halves are no whole",
        [consent(status="withdrawn"), consent(id="c2", attributes=[])],
        "consentRequired",
    ),
    Case("a consent where the law is the basis", {"consents": [consent()]}, PERMIT),
    Case("a refusal where the law is the basis", {"consents": [consent(status="refused")]}, PERMIT),
    # the other principles, each refusing once
    Case("no national number basis", {"activity/nationalNumberBasis": GONE}, "nationalNumberNotAuthorised"),
    Case("no retention", {"activity/retention": GONE}, "retentionNotDeclared"),
    Case("a revoked mandate", {**OTHER, **MANDATE, "representation/revoked": True}, "mandateNotInForce"),
    Case("a mandate for else", {**OTHER, **MANDATE, "representation/scopeHolds": False}, "mandateOutOfScope"),
    Case("a minor alone", {"subject/age": 17}, "minorNotAlone"),
    Case("an emergency of nobody", {"emergency": EMERGENCY}, "emergencyNotAllowed"),
    Case("a weak login", {"activity/assurance": {"normal": 500}}, "assuranceTooLow"),
    Case("a sealed attribute", {"subject/sealed": ["person.familyName"]}, "subjectSealed"),
    Case("an agent alone", {**AGENT, "activity/secondPair": ["normal"]}, "approvalRequired"),
    # several at once
    Case("closed channel and no consent", {**CONSENT, "channel": "fax"}, "channelNotAllowed"),
    Case("undeclared and no consent", {**CONSENT, "form/attributes": []}, "notDeclaredByForm"),
    Case(
        "outside the purpose and no consent", {**CONSENT, "activity/attributes": []}, "purposeNotAuthorised"
    ),
    Case(
        "no basis and outside the purpose",
        {"activity/legalBasis": "x", "activity/attributes": []},
        "noLegalBasis",
    ),
    Case("client and channel", {"client/forms": [], "channel": "fax"}, "clientNotAuthorised"),
    Case(
        "channel and kind of subject", {"channel": "fax", "subject/kind": "organisation"}, "channelNotAllowed"
    ),
    Case(
        "kind of subject and proof",
        {"subject/kind": "organisation", "actor/proof": "asserted"},
        "subjectKindNotAllowed",
    ),
    Case("proof and representation", {"actor/proof": "asserted", "actor/isSubject": False}, "actorNotProven"),
    Case(
        "every ruling of its own",
        {
            "attributes": asking(
                "person.familyName",
                "person.birthDate",
                "person.disability",
                "person.conviction",
                "person.age",
            ),
            "activity/specialBasis": "9(2)(a)",
            "form/attributes": ["person.familyName", "person.disability", "person.conviction"],
        },
        {
            "person.familyName": PERMIT,
            "person.birthDate": "notDeclaredByForm",
            "person.disability": "consentRequired",
            "person.conviction": "criminalDataNotAllowed",
            "person.age": "purposeNotAuthorised",
        },
    ),
]
