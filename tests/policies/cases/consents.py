"""Cases about consent."""

from typing import Any

from tests.policies.cases.table import (
    AGENT,
    CONSENT,
    PERMIT,
    Case,
    cases,
)
from tests.policies.questions import GONE, NOW, consent


def _consents(name: str, consents: list[dict[str, Any]], outcome: str) -> Case:
    """A case about the consents of a question that rests on consent; nothing ever covers the birth date."""
    expected = {"person.familyName": outcome, "person.birthDate": "consentRequired"}
    return Case(name, {**CONSENT, "consents": consents}, expected)


CONSENTS = [
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
    _consents("a consent on a notice that counts no more", [consent(notice="notice-0")], "consentRequired"),
    _consents("a consent on no known notice", [consent(notice=GONE)], "consentRequired"),
    _consents(
        "the one of two on a notice that counts",
        [consent(notice="notice-0"), consent(id="c2")],
        "permit 6(1)(a) consent:c2",
    ),
    _consents(
        "a renewed consent on an old notice",
        [consent(status="renewed", notice="notice-0")],
        "consentRequired",
    ),
    *cases(
        (
            "a consent where no notice counts",
            {"activity/legalBasis": "6(1)(a)", "consents": [consent()], "activity/notices": []},
            "consentRequired",
        ),
        (
            "a consent where no notice is known",
            {"activity/legalBasis": "6(1)(a)", "consents": [consent()], "activity/notices": GONE},
            "consentRequired",
        ),
        (
            "a consent on an earlier notice that still counts",
            {
                "activity/legalBasis": "6(1)(a)",
                "consents": [consent(notice="notice-0")],
                "activity/notices": ["notice-1", "notice-0"],
            },
            "permit 6(1)(a) consent:c1",
        ),
        ("notices where the law is the basis", {"activity/notices": []}, PERMIT),
        ("no notices where the law is the basis", {"activity/notices": GONE}, PERMIT),
        (
            "a consent and a weak login",
            {
                "activity/legalBasis": "6(1)(a)",
                "consents": [consent()],
                "activity/assurance": {"normal": 450},
            },
            "assuranceTooLow",
        ),
        (
            "a consent for what is sealed",
            {
                "activity/legalBasis": "6(1)(a)",
                "consents": [consent()],
                "subject/sealed": ["person.familyName"],
            },
            "subjectSealed",
        ),
        (
            "an agent on a consent",
            {**AGENT, "activity/legalBasis": "6(1)(a)", "consents": [consent()]},
            "permit 6(1)(a) consent:c1",
        ),
        ("an agent without a consent", {**AGENT, "activity/legalBasis": "6(1)(a)"}, "consentRequired"),
        (
            "a minor's consent",
            {"activity/legalBasis": "6(1)(a)", "consents": [consent()], "subject/age": 15},
            "minorNotAlone",
        ),
        (
            "a minor's consent where they may",
            {
                "activity/legalBasis": "6(1)(a)",
                "consents": [consent()],
                "subject/age": 15,
                "activity/ownFromAge": 15,
            },
            "permit 6(1)(a) consent:c1",
        ),
    ),
]
