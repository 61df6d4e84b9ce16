"""Cases about mandates, parents and minors."""

from tests.policies.cases.table import AGENT, CHILD, COMPANY, MANDATE, OTHER, PERMIT, SYSTEM, TAKEN, cases
from tests.policies.questions import GONE, NOW

REPRESENTING = [
    *cases(
        # mandates
        ("a mandate from now on", {**OTHER, **MANDATE, "representation/validFrom": NOW}, PERMIT),
        (
            "a mandate from a moment later",
            {**OTHER, **MANDATE, "representation/validFrom": NOW + 1},
            "mandateNotInForce",
        ),
        ("a mandate since 1970", {**OTHER, **MANDATE, "representation/validFrom": 0}, PERMIT),
        (
            "a mandate without a start",
            {**OTHER, **MANDATE, "representation/validFrom": GONE},
            "mandateNotInForce",
        ),
        ("a mandate to a moment later", {**OTHER, **MANDATE, "representation/validUntil": NOW + 1}, PERMIT),
        (
            "a mandate to this moment",
            {**OTHER, **MANDATE, "representation/validUntil": NOW},
            "mandateNotInForce",
        ),
        (
            "a mandate to a moment ago",
            {**OTHER, **MANDATE, "representation/validUntil": NOW - 1},
            "mandateNotInForce",
        ),
        (
            "a mandate that its giver did not sign",
            {**OTHER, **MANDATE, "representation/signedByGiver": False},
            "mandateNotInForce",
        ),
        (
            "a mandate that its holder did not sign",
            {**OTHER, **MANDATE, "representation/signedByHolder": False},
            "mandateNotInForce",
        ),
        (
            "a mandate of which no giver's signature is known",
            {**OTHER, **MANDATE, "representation/signedByGiver": GONE},
            "mandateNotInForce",
        ),
        (
            "a mandate of which no holder's signature is known",
            {**OTHER, **MANDATE, "representation/signedByHolder": GONE},
            "mandateNotInForce",
        ),
        (
            "a mandate that may be revoked",
            {**OTHER, **MANDATE, "representation/revoked": GONE},
            "mandateNotInForce",
        ),
        (
            "a mandate of unknown scope",
            {**OTHER, **MANDATE, "representation/scopeHolds": GONE},
            "mandateOutOfScope",
        ),
        (
            "a mandate that is neither in force nor in scope",
            {**OTHER, **MANDATE, "representation/scopeHolds": False, "representation/revoked": True},
            "mandateNotInForce",
        ),
        (
            "a mandate of an enterprise that is revoked",
            {**COMPANY, **MANDATE, "representation/revoked": True},
            "mandateNotInForce",
        ),
        (
            "a mandate of an enterprise for something else",
            {**COMPANY, **MANDATE, "representation/scopeHolds": False},
            "mandateOutOfScope",
        ),
        (
            "a mandate of an enterprise that is over",
            {**COMPANY, **MANDATE, "representation/validUntil": NOW},
            "mandateNotInForce",
        ),
        ("a mandate of a minor", {**OTHER, **MANDATE, "subject/age": 9}, PERMIT),
        (
            "a mandate in force that nobody established",
            {**OTHER, **MANDATE, "representation/established": False},
            "representationNotEstablished",
        ),
        (
            "an enterprise role is no mandate",
            {**COMPANY, "representation/basis": "enterpriseRole", "representation/scopeHolds": False},
            PERMIT,
        ),
        # parents
        *[
            (f"a parent of somebody of {age}", {**CHILD, "subject/age": age}, PERMIT)
            for age in (0, 1, 12, 15, 16, 17)
        ],
        ("a parent of somebody of age", {**CHILD, "subject/age": 18}, "representationNotEstablished"),
        (
            "a parent of somebody of unknown age",
            {**CHILD, "subject/age": GONE},
            "representationNotEstablished",
        ),
        ("a citizen as parent", {**CHILD, "actor/role": "citizen", "subject/age": 3}, PERMIT),
        (
            "a system as parent",
            {**CHILD, "actor/role": "system", "subject/age": 3},
            "representationNotEstablished",
        ),
        (
            "a parent of a minor whom nobody established",
            {**CHILD, "subject/age": 3, "representation/established": False},
            "representationNotEstablished",
        ),
        (
            "a parent of a minor at the client's word",
            {**TAKEN, "representation/basis": "parent", "subject/age": 3},
            "representationNotEstablished",
        ),
        (
            "a parent of an enterprise of tender age",
            {**COMPANY, "representation/basis": "parent", "subject/age": 3},
            "representationNotEstablished",
        ),
        # minors
        *[(f"alone at {age}", {"subject/age": age}, "minorNotAlone") for age in (0, 1, 12, 15, 16)],
        *[
            (
                f"alone at {age} where 16 is enough",
                {"subject/age": age, "activity/ownFromAge": 16},
                "minorNotAlone",
            )
            for age in (0, 14, 15)
        ],
        *[
            (f"alone at {age} where 16 will do", {"subject/age": age, "activity/ownFromAge": 16}, PERMIT)
            for age in (16, 17, 18)
        ],
        ("alone at no known age", {"subject/age": GONE}, "minorNotAlone"),
        (
            "alone at no known age where 16 will do",
            {"subject/age": GONE, "activity/ownFromAge": 16},
            "minorNotAlone",
        ),
        (
            "an enterprise role over a minor",
            {**CHILD, "representation/basis": "enterpriseRole", "subject/age": 3},
            "representationNotEstablished",
        ),
        (
            "a minor on no basis",
            {**CHILD, "representation/basis": "none", "subject/age": 3},
            "representationNotEstablished",
        ),
        (
            "alone at no known age where 1 will do",
            {"subject/age": GONE, "activity/ownFromAge": 1},
            "minorNotAlone",
        ),
        (
            "alone at no known age where any age will do",
            {"subject/age": GONE, "activity/ownFromAge": 0},
            PERMIT,
        ),
        ("alone at no age at all where any will do", {"subject/age": 0, "activity/ownFromAge": 0}, PERMIT),
        (
            "alone at 17 as a representative",
            {"actor/role": "representative", "subject/age": 17},
            "minorNotAlone",
        ),
        ("alone at 17 at the client's word", {**TAKEN, "subject/age": 17}, "minorNotAlone"),
        ("alone at 18 at the client's word", {**TAKEN, "subject/age": 18}, PERMIT),
        ("an agent about a minor", {**AGENT, "subject/age": 3}, PERMIT),
        ("an agent about somebody of unknown age", {**AGENT, "subject/age": GONE}, PERMIT),
        (
            "an agent who says self about a minor",
            {**AGENT, "representation/basis": "self", "subject/age": 3},
            PERMIT,
        ),
        ("a system about a minor", {**SYSTEM, "subject/age": 3}, PERMIT),
        (
            "an enterprise has no age",
            {**COMPANY, "representation/basis": "enterpriseRole", "subject/age": GONE},
            PERMIT,
        ),
        # who the client says it is
        ("an agent who says mandate", {**AGENT, "representation/basis": "mandate"}, "mandateNotInForce"),
        ("a system with a mandate of its own", {**SYSTEM, **MANDATE}, PERMIT),
        (
            "a system without a token where one is demanded",
            {**SYSTEM, "activity/actorProof": "token"},
            "actorNotProven",
        ),
        (
            "an enterprise role over a person at the client's word",
            {**TAKEN, "representation/basis": "enterpriseRole"},
            "representationNotEstablished",
        ),
        (
            "an enterprise that is itself at the client's word",
            {**COMPANY, **TAKEN, "representation/basis": "self"},
            "representationNotEstablished",
        ),
        (
            "an enterprise with a mandate at the client's word",
            {**COMPANY, **TAKEN, "representation/basis": "mandate"},
            "representationNotEstablished",
        ),
        (
            "an enterprise on no basis at the client's word",
            {**COMPANY, **TAKEN, "representation/basis": "none"},
            "representationNotEstablished",
        ),
        ("a representative at the client's word", {**TAKEN, "actor/role": "representative"}, PERMIT),
        (
            "somebody else's token where the word would do",
            {"activity/actorProof": "asserted", "actor/isSubject": False},
            "representationNotEstablished",
        ),
        ("an unproven agent where the word will do", {**AGENT, **TAKEN, "actor/role": "agent"}, PERMIT),
        ("an agent about themselves", {**AGENT, "actor/isSubject": True}, PERMIT),
    ),
]
