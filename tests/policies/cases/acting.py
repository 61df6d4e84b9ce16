"""Cases about who is behind the call, and in whose name."""

from tests.policies.cases.table import (
    AGENT,
    ASSERTED,
    COMPANY,
    MANDATE,
    OTHER,
    PERMIT,
    SYSTEM,
    TAKEN,
    Case,
)

ACTING = [
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
]
