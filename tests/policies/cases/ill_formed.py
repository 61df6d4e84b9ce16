"""Inputs that no hub asks: a fact is missing, or is of another kind. The schema refuses them before any engine sees them; the rules must refuse them too.

Name → a change of the permitted question. What becomes of them stands in the golden answers alone.
"""

from tests.policies.cases.table import AGENT, CHILD, CONSENT, MANDATE, OTHER, URGENT, Changes
from tests.policies.questions import GONE, NOW, asking, consent, question

_FACTS = [
    (f"{group}/{fact}" if isinstance(facts, dict) else group)
    for group, facts in question().items()
    if group != "attributes"
    for fact in (facts if isinstance(facts, dict) else [""])
]


def _mandate(fact: str, value: object) -> Changes:
    return {**OTHER, **MANDATE, f"representation/{fact}": value}


def _emergency(fact: str, value: object) -> Changes:
    return {**URGENT, f"emergency/{fact}": value}


def _on(consents: object, **changes: object) -> Changes:
    return {**CONSENT, "consents": consents, **changes}


ILL_FORMED: dict[str, Changes] = {
    **{f"without {path}": {path: GONE} for path in _FACTS},
    **{f"null for {path}": {path: None} for path in _FACTS},
    "an unknown role": {"actor/role": "visitor"},
    "an unknown role with a mandate": {**OTHER, **MANDATE, "actor/role": "visitor"},
    "an unknown role at the client's word": {
        "actor/role": "visitor", "actor/proof": "asserted", "activity/actorProof": "asserted",
    },
    "an unknown proof": {"actor/proof": "hearsay"},
    "an unknown proof where the word will do": {"actor/proof": "hearsay", "activity/actorProof": "asserted"},
    "an unknown demand for proof": {"activity/actorProof": "none"},
    "an unknown kind of subject": {"subject/kind": "animal", "form/subjectKind": "animal"},
    "an unknown kind of subject, by mandate": {**OTHER, **MANDATE, "subject/kind": "animal", "form/subjectKind": "animal"},
    "an unknown sensitivity": {"attributes": {"person.familyName": {"sensitivity": "secret"}}},
    "an unknown sensitivity under every law": {
        "attributes": {"person.familyName": {"sensitivity": "secret"}}, "activity/specialBasis": "9(2)(b)", "activity/criminalBasis": "a law",
    },
    "no sensitivity": {"attributes": {"person.familyName": {"category": "identity"}}},
    "nothing asked": {"attributes": {}},
    "an agent without a case": {**AGENT, "case": GONE},
    "an agent without a reason": {**AGENT, "reason": GONE},
    "an agent with a case of another kind": {**AGENT, "case": True},
    "consents that are none": _on(None),
    "a consent that began at no time": _on([consent(validFrom=None)]),
    "a consent that began at a text": _on([consent(validFrom="1")]),
    "a consent that ends at no time": _on([consent(validUntil=None)]),
    "a consent that ends at a text": _on([consent(validUntil="9")]),
    "a consent now, which is no time": _on([consent(validFrom=0, validUntil=GONE)], time=None),
    "a consent now, which is a text": _on([consent(validUntil=GONE)], time="9"),
    "a consent now, which is before all numbers": _on([consent(validFrom=GONE)], time=False),
    "a consent of unknown status": _on([consent(status="maybe")]),
    **{f"a mandate with {fact} {value!r}": _mandate(fact, value) for fact, value in [
        ("validFrom", None), ("validFrom", "1"), ("validUntil", None), ("validUntil", "9"),
        ("signedByGiver", "yes"), ("signedByHolder", 1), ("revoked", None), ("scopeHolds", "all"),
    ]},
    "a mandate now, which is no time": {**_mandate("validFrom", 0), "time": None},
    "a mandate now, which is a text": {**_mandate("validFrom", 0), "time": "9"},
    **{f"a parent of somebody of {age!r}": {**CHILD, "subject/age": age} for age in (None, "3", -1)},
    **{f"alone at {age!r}": {"subject/age": age} for age in (None, "18", True)},
    **{f"an emergency with {fact} {value!r}": _emergency(fact, value) for fact, value in [
        ("isActor", "yes"), ("isCase", 1), ("validUntil", "9"), ("validUntil", None),
    ]},
    "an emergency of nobody": _emergency("isActor", GONE),
    "an emergency for no case": _emergency("isCase", GONE),
    "an emergency without end": _emergency("validUntil", GONE),
    "alone at a text where 16 will do": {"subject/age": "12", "activity/ownFromAge": 16},
    "old enough for nothing": {"subject/age": 17, "activity/ownFromAge": None},
    "old enough for a text": {"subject/age": 17, "activity/ownFromAge": "12"},
    "a level for nothing": {"activity/assurance": {"normal": None}},
    "an emergency now, which is no time": {**URGENT, "time": None},
    "an emergency now, which is a text": {**URGENT, "time": "9"},
    "an emergency that is false": {"emergency": False},
    "an emergency that is empty": {**URGENT, "emergency": {}},
    "an approval that is empty": {**AGENT, "activity/secondPair": ["normal"], "approval": {}},
    **{f"an approval without {fact}": {
        **AGENT, "activity/secondPair": ["normal"],
        "approval": {name: name == "established" for name in ("isActor", "isSubject", "established") if name != fact},
    } for fact in ("isActor", "isSubject", "established")},
    "a level that is a text": {"activity/assurance": {"normal": 100}, "actor/assuranceLevel": "500"},
    "demands that are a text": {"activity/assurance": "500"},
    "a law for crimes that is a list": {"attributes": asking("person.conviction"), "activity/criminalBasis": ["a law"]},
    "a seal that is opened by a list": {"subject/sealed": ["person.familyName"], "activity/sealedBasis": ["a law"]},
    "channels that are a text": {"client/channels": "web"},
    "a time long ago": {"time": NOW - 10**12},
}  # fmt: skip
