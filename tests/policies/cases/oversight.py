"""Cases about what is watched."""

from tests.policies.cases.table import (
    AGENT,
    CHILD,
    COMPANY,
    CRIME,
    EMERGENCY,
    HEALTH,
    MANDATE,
    NOTICE,
    OTHER,
    PERMIT,
    SYSTEM,
    TAKEN,
    URGENT,
    Case,
    cases,
)
from tests.policies.questions import GONE, NOW, asking

APPROVAL = {"isActor": False, "isSubject": False, "established": True}
SEALED = {"subject/sealed": ["person.familyName"]}
PAIR = {**AGENT, "activity/secondPair": ["normal"]}
TWO = asking("person.familyName", "person.birthDate")

OVERSIGHT = [
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
    *cases(
        # sealed attributes
        ("another attribute is sealed", {"subject/sealed": ["person.address"]}, PERMIT),
        ("nothing is sealed", {"subject/sealed": []}, PERMIT),
        ("sealed, opened by a law", {**SEALED, "activity/sealedBasis": "a law"}, PERMIT),
        ("sealed, opened by blanks", {**SEALED, "activity/sealedBasis": " "}, "subjectSealed"),
        (
            "one of two is sealed",
            {**SEALED, "attributes": TWO},
            {"person.familyName": "subjectSealed", "person.birthDate": PERMIT},
        ),
        ("both are sealed", {"subject/sealed": [*TWO], "attributes": TWO}, "subjectSealed"),
        ("sealed for a parent", {**SEALED, **CHILD, "subject/age": 3}, "subjectSealed"),
        ("sealed for a mandate", {**SEALED, **OTHER, **MANDATE}, "subjectSealed"),
        ("sealed for an agent", {**SEALED, **AGENT}, "subjectSealed"),
        (
            "sealed for an agent where there may be emergencies",
            {**SEALED, **AGENT, "activity/breakGlass": True},
            "subjectSealed",
        ),
        (
            "sealed for an agent whom another approves",
            {**SEALED, **AGENT, "approval": APPROVAL},
            "subjectSealed",
        ),
        (
            "sealed for a citizen where there may be emergencies",
            {**SEALED, "activity/breakGlass": True},
            "subjectSealed",
        ),
        ("sealed for a system", {**SEALED, **SYSTEM}, "subjectSealed"),
        (
            "sealed for a system where there may be emergencies",
            {**SEALED, **SYSTEM, "activity/breakGlass": True},
            "subjectSealed",
        ),
        ("sealed for the agent of a law", {**SEALED, **AGENT, "activity/sealedBasis": "a law"}, PERMIT),
        (
            "sealed of an enterprise",
            {**SEALED, **COMPANY, "representation/basis": "enterpriseRole"},
            "subjectSealed",
        ),
        # second pair of eyes
        ("an agent whom another approves", {**PAIR, "approval": APPROVAL}, PERMIT),
        (
            "an agent who approves themselves",
            {**PAIR, "approval": {**APPROVAL, "isActor": True}},
            "approvalRequired",
        ),
        (
            "an agent whom the subject approves",
            {**PAIR, "approval": {**APPROVAL, "isSubject": True}},
            "approvalRequired",
        ),
        (
            "an agent whom nobody known approves",
            {**PAIR, "approval": {**APPROVAL, "established": False}},
            "approvalRequired",
        ),
        (
            "an approval that is none at all",
            {**PAIR, "approval": {"isActor": True, "isSubject": True, "established": False}},
            "approvalRequired",
        ),
        (
            "an agent, second pair for other data",
            {**AGENT, "activity/secondPair": ["special", "criminal"]},
            PERMIT,
        ),
        ("an agent, second pair for nothing", {**AGENT, "activity/secondPair": []}, PERMIT),
        (
            "an agent, second pair for everything",
            {**AGENT, "activity/secondPair": ["normal", "special", "criminal"]},
            "approvalRequired",
        ),
        ("a citizen where agents need a second pair", {"activity/secondPair": ["normal"]}, PERMIT),
        (
            "a representative where agents need a second pair",
            {**OTHER, **MANDATE, "activity/secondPair": ["normal"]},
            PERMIT,
        ),
        (
            "a system where agents need a second pair",
            {**SYSTEM, "activity/secondPair": ["normal"]},
            "approvalRequired",
        ),
        (
            "a system that an agent approves",
            {**SYSTEM, "activity/secondPair": ["normal"], "approval": APPROVAL},
            PERMIT,
        ),
        ("an approval that nobody asked for", {"approval": APPROVAL}, PERMIT),
        ("an approval of an agent who needs none", {**AGENT, "approval": APPROVAL}, PERMIT),
        (
            "an approval does not name a case",
            {**PAIR, "approval": APPROVAL, "case/present": False},
            "caseRequired",
        ),
        (
            "an approval does not give a reason",
            {**PAIR, "approval": APPROVAL, "reason/present": False},
            "reasonRequired",
        ),
        (
            "an approval does not make an office",
            {**PAIR, "approval": APPROVAL, "representation/established": False},
            "representationNotEstablished",
        ),
        # emergencies
        ("an emergency where nothing stands in the way", URGENT, NOTICE),
        ("an emergency lifts the second pair", {**URGENT, "activity/secondPair": ["normal"]}, NOTICE),
        ("an emergency lifts the seal", {**URGENT, **SEALED}, NOTICE),
        ("an emergency lifts both", {**URGENT, **SEALED, "activity/secondPair": ["normal"]}, NOTICE),
        ("an emergency of which both attributes are told", {**URGENT, "attributes": TWO}, NOTICE),
        (
            "an approval and an emergency",
            {**URGENT, "approval": APPROVAL, "activity/secondPair": ["normal"]},
            NOTICE,
        ),
        (
            "an emergency that ends now",
            {**URGENT, "emergency": {**EMERGENCY, "validUntil": NOW}},
            "emergencyNotAllowed",
        ),
        (
            "an emergency that ended",
            {**URGENT, "emergency": {**EMERGENCY, "validUntil": NOW - 1}},
            "emergencyNotAllowed",
        ),
        (
            "an emergency that ends far from now",
            {**URGENT, "emergency": {**EMERGENCY, "validUntil": NOW + 86_400_000}},
            NOTICE,
        ),
        (
            "an emergency of another agent",
            {**URGENT, "emergency": {**EMERGENCY, "isActor": False}},
            "emergencyNotAllowed",
        ),
        (
            "an emergency of another case",
            {**URGENT, "emergency": {**EMERGENCY, "isCase": False}},
            "emergencyNotAllowed",
        ),
        ("an emergency where none may be", {**URGENT, "activity/breakGlass": False}, "emergencyNotAllowed"),
        (
            "an emergency where nothing is said of any",
            {**URGENT, "activity/breakGlass": GONE},
            "emergencyNotAllowed",
        ),
        ("an emergency at the client's word", {**URGENT, **TAKEN}, "emergencyNotAllowed"),
        ("an emergency of a system", {**URGENT, **SYSTEM}, "emergencyNotAllowed"),
        (
            "an emergency of a citizen",
            {"activity/breakGlass": True, "emergency": EMERGENCY},
            "emergencyNotAllowed",
        ),
        (
            "an emergency of a representative",
            {**OTHER, **MANDATE, "activity/breakGlass": True, "emergency": EMERGENCY},
            "emergencyNotAllowed",
        ),
        ("an emergency without a case", {**URGENT, "case/present": False}, "caseRequired"),
        ("an emergency without a reason", {**URGENT, "reason/present": False}, "reasonRequired"),
        (
            "an emergency without an office",
            {**URGENT, "representation/established": False},
            "representationNotEstablished",
        ),
        ("an emergency is no legal basis", {**URGENT, "activity/legalBasis": "need"}, "noLegalBasis"),
        ("an emergency is no purpose", {**URGENT, "activity/attributes": []}, "purposeNotAuthorised"),
        ("an emergency does not declare a field", {**URGENT, "form/attributes": []}, "notDeclaredByForm"),
        (
            "an emergency is no exception for health",
            {**URGENT, "attributes": asking("person.disability")},
            "specialCategoryNotAllowed",
        ),
        (
            "an emergency is no law on crimes",
            {**URGENT, "attributes": asking("person.conviction")},
            "criminalDataNotAllowed",
        ),
        (
            "an emergency is no surer login",
            {**URGENT, "activity/assurance": {"normal": 450}},
            "assuranceTooLow",
        ),
        ("an emergency is no consent", {**URGENT, "activity/legalBasis": "6(1)(a)"}, "consentRequired"),
        ("an emergency is no channel", {**URGENT, "channel": "fax"}, "channelNotAllowed"),
        ("an emergency is no client's", {**URGENT, "client/forms": []}, "clientNotAuthorised"),
        (
            "an emergency without a national number",
            {**URGENT, "activity/nationalNumberBasis": GONE},
            "nationalNumberNotAuthorised",
        ),
        ("an emergency without retention", {**URGENT, "activity/retention": GONE}, "retentionNotDeclared"),
        ("no emergency where one might be", {**AGENT, "activity/breakGlass": True}, PERMIT),
        ("an emergency about an enterprise", {**URGENT, **COMPANY, **AGENT}, NOTICE),
    ),
    *[
        Case(
            f"second pair for {kind} data: {who}",
            {**AGENT, **basis, **changes, "activity/secondPair": pair},
            {"person.familyName": PERMIT, name: outcome},
        )
        for kind, name, basis in [
            ("special", "person.disability", {**HEALTH, "activity/specialBasis": "9(2)(g)"}),
            ("criminal", "person.conviction", {**CRIME, "activity/criminalBasis": "Code Art. 589"}),
        ]
        for who, changes, pair, outcome in [
            ("nobody", {}, [kind], "approvalRequired"),
            ("another", {"approval": APPROVAL}, [kind], PERMIT),
            ("not asked", {}, [], PERMIT),
        ]
    ],
]
