"""Cases where several rules refuse: which is told."""

from tests.policies.cases.table import CONSENT, PERMIT, Case
from tests.policies.questions import asking

ORDER = [
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
