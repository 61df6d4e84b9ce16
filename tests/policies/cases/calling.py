"""Cases about who calls, how, and whom it is about."""

from tests.policies.cases.table import AGENT, COMPANY, PERMIT, SYSTEM, Case, cases
from tests.policies.questions import GONE

CALLING = [
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
    *cases(
        (
            "a form that carries out another activity of the client",
            {"form/activity": "audits", "activity/id": "audits"},
            PERMIT,
        ),
        (
            "a client and an activity of one other controller",
            {"client/controller": "tax", "activity/controller": "tax"},
            PERMIT,
        ),
        ("a form by another name", {"form/id": "other"}, "clientNotAuthorised"),
        # channels of the client
        ("a channel of both", {"client/channels": ["web"]}, PERMIT),
        ("one of several channels of the client", {"client/channels": ["phone", "web"]}, PERMIT),
        (
            "a channel of the activity that is not the client's",
            {"client/channels": ["counter"]},
            "channelNotAllowed",
        ),
        (
            "a channel of the client that is not the activity's",
            {"client/channels": ["phone"], "channel": "phone"},
            "channelNotAllowed",
        ),
        ("a client without any channel", {"client/channels": []}, "channelNotAllowed"),
        (
            "a client with channels at the counter",
            {"client/channels": ["counter"], "channel": "counter"},
            PERMIT,
        ),
        # national number
        ("a law for the national number", {"activity/nationalNumberBasis": "Act of 8 August 1983"}, PERMIT),
        ("a law of blanks", {"activity/nationalNumberBasis": " "}, "nationalNumberNotAuthorised"),
        (
            "an enterprise needs none",
            {**COMPANY, "representation/basis": "enterpriseRole", "activity/nationalNumberBasis": GONE},
            PERMIT,
        ),
        ("an enterprise with one", {**COMPANY, "representation/basis": "enterpriseRole"}, PERMIT),
        (
            "an agent without one",
            {**AGENT, "activity/nationalNumberBasis": GONE},
            "nationalNumberNotAuthorised",
        ),
        (
            "a system without one",
            {**SYSTEM, "activity/nationalNumberBasis": GONE},
            "nationalNumberNotAuthorised",
        ),
        # retention
        ("kept for a month", {"activity/retention": "P1M"}, PERMIT),
        ("kept for hours", {"activity/retention": "PT12H"}, PERMIT),
        ("kept in words", {"activity/retention": "ten years"}, "retentionNotDeclared"),
        ("kept for a number", {"activity/retention": "10"}, "retentionNotDeclared"),
        ("kept as ISO in small letters", {"activity/retention": "p10y"}, "retentionNotDeclared"),
    ),
]
