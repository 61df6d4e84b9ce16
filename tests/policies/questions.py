"""Questions for the tests: one that is permitted, and ways to change it."""

import copy
from collections.abc import Mapping
from typing import Any

Question = dict[str, Any]

GONE = object()
"""The value of a change that takes a fact away."""

ATTRIBUTES = ["person.familyName", "person.birthDate", "person.disability", "person.conviction"]
SENSITIVITY = {"person.disability": "special", "person.conviction": "criminal"}
NOW = 1_764_000_000_000


def asking(*names: str) -> dict[str, dict[str, str]]:
    """The `attributes` of a question that asks for these."""
    return {name: {"category": "identity", "sensitivity": SENSITIVITY.get(name, "normal")} for name in names}


def consent(**changes: Any) -> dict[str, Any]:
    """A consent that holds for two attributes, with some facts changed."""
    facts: dict[str, Any] = {
        "id": "c1",
        "status": "given",
        "activity": "study-grants",
        "attributes": ["person.familyName", "person.disability"],
        "validFrom": NOW - 1000,
        "validUntil": NOW + 1000,
        "notice": "notice-1",
        **changes,
    }
    return {key: value for key, value in facts.items() if value is not GONE}


def question(changes: Mapping[str, Any] | None = None) -> Question:
    """A question that is permitted, with some facts changed: `{"activity/legalBasis": "6(1)(a)"}`."""
    facts: Question = {
        "client": {"id": "portal", "controller": "grants-office", "forms": ["study-grant"]},
        "actor": {"role": "citizen", "proof": "token", "isSubject": True, "assuranceLevel": 400},
        "representation": {"basis": "self", "established": True},
        "subject": {"kind": "person", "age": 18},
        "form": {
            "id": "study-grant",
            "activity": "study-grants",
            "subjectKind": "person",
            "attributes": list(ATTRIBUTES),
        },
        "activity": {
            "id": "study-grants",
            "controller": "grants-office",
            "legalBasis": "6(1)(e)",
            "attributes": list(ATTRIBUTES),
            "actorProof": "token",
            "channels": ["web", "counter"],
            "dpia": False,
            "retention": "P10Y",
            "nationalNumberBasis": "Royal decree of 1 January 2020",
            "notices": ["notice-1"],
        },
        "attributes": asking("person.familyName"),
        "consents": [],
        "channel": "web",
        "case": {"present": True},
        "reason": {"present": False},
        "time": NOW,
    }
    for path, value in (changes or {}).items():
        _change(facts, path.split("/"), copy.deepcopy(value) if value is not GONE else GONE)
    return facts


def _change(facts: dict[str, Any], steps: list[str], value: object) -> None:
    *above, last = steps
    for step in above:
        facts = facts[step]
    if value is GONE:
        facts.pop(last, None)
    else:
        facts[last] = value
