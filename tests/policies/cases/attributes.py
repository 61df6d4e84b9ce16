"""Cases about one attribute each: purpose, minimisation, sensitivity."""

from collections.abc import Callable
from typing import Any

from tests.policies.cases.table import (
    AGENT,
    CRIME,
    HEALTH,
    PERMIT,
    SYSTEM,
    TAKEN,
    Case,
    Changes,
    cases,
)
from tests.policies.questions import GONE, asking, consent


def _health(name: str, changes: dict[str, Any], outcome: str, *, other: str = PERMIT) -> Case:
    return Case(name, {**HEALTH, **changes}, {"person.familyName": other, "person.disability": outcome})


def _crime(name: str, changes: dict[str, Any], outcome: str) -> Case:
    return Case(name, {**CRIME, **changes}, {"person.familyName": PERMIT, "person.conviction": outcome})


SENSITIVE: list[tuple[str, Callable[[str, Changes, str], Case], Changes, str]] = [
    ("health", _health, {"activity/specialBasis": "9(2)(g)"}, "special"),
    ("a conviction", _crime, {"activity/criminalBasis": "Code Art. 589"}, "criminal"),
]

ATTRIBUTES = [
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
    # assurance
    *cases(
        ("a level where none is demanded", {"actor/assuranceLevel": 0}, PERMIT),
        (
            "the least level for normal data",
            {"activity/assurance": {"normal": 300}, "actor/assuranceLevel": 300},
            PERMIT,
        ),
        (
            "less than the least level for normal data",
            {"activity/assurance": {"normal": 300}, "actor/assuranceLevel": 299},
            "assuranceTooLow",
        ),
        (
            "no level where one is demanded",
            {"activity/assurance": {"normal": 1}, "actor/assuranceLevel": GONE},
            "assuranceTooLow",
        ),
        (
            "no level where none is demanded in so many words",
            {"activity/assurance": {"normal": 0}, "actor/assuranceLevel": GONE},
            PERMIT,
        ),
        ("demands on other sensitivities", {"activity/assurance": {"special": 500, "criminal": 500}}, PERMIT),
        (
            "a word where a level is demanded",
            {**TAKEN, "activity/assurance": {"normal": 100}},
            "assuranceTooLow",
        ),
        (
            "a word with a level",
            {**TAKEN, "actor/assuranceLevel": 500, "activity/assurance": {"normal": 100}},
            "assuranceTooLow",
        ),
        ("an agent at too low a level", {**AGENT, "activity/assurance": {"normal": 450}}, "assuranceTooLow"),
        (
            "a system where a level is demanded",
            {**SYSTEM, "activity/assurance": {"normal": 100}},
            "assuranceTooLow",
        ),
    ),
    *[
        make(
            f"{name} at {'no level' if level is GONE else level}, demanded {demanded}",
            {**basis, **demand, "actor/assuranceLevel": level},
            outcome,
        )
        for name, make, basis, kind in SENSITIVE
        for demanded, demand, level, outcome in [
            ("nothing", {}, 400, PERMIT),
            ("nothing", {}, 399, "assuranceTooLow"),
            ("nothing", {}, 0, "assuranceTooLow"),
            ("nothing", {}, GONE, "assuranceTooLow"),
            ("nothing", {}, 500, PERMIT),
            ("500", {"activity/assurance": {kind: 500}}, 499, "assuranceTooLow"),
            ("500", {"activity/assurance": {kind: 500}}, 500, PERMIT),
            ("100", {"activity/assurance": {kind: 100}}, 100, PERMIT),
            ("100", {"activity/assurance": {kind: 100}}, 99, "assuranceTooLow"),
            ("of others", {"activity/assurance": {"normal": 100}}, 399, "assuranceTooLow"),
        ]
    ],
    *[
        make(f"{name}: {who}", {**changes, **basis}, outcome)
        for name, make, basis, kind in SENSITIVE
        for who, changes, outcome in [
            ("at the client's word", TAKEN, "assuranceTooLow"),
            ("at the client's word where it is enough", {**TAKEN, "activity/assurance": {kind: 0}}, PERMIT),
            ("a system", SYSTEM, "assuranceTooLow"),
            ("a system where it may", {**SYSTEM, "activity/assurance": {kind: 0}}, PERMIT),
        ]
    ],
]
