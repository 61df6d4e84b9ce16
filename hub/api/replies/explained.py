"""A line of the usage log, explained: its shape on the wire."""

from datetime import datetime
from typing import Any, Literal

from pydantic import ConfigDict, Field

from hub.api.json import present
from hub.api.replies.base import Reply
from hub.api.wire import Language
from hub.services.explanations import LineExplained


class AttributeExplained(Reply):
    """What became of one piece of information, and why."""

    attribute: str
    name: str | None = None
    became: Literal["passedOn", "perhapsPassedOn", "withheld"]
    text: str = Field(description="The whole in plain words, in the language asked")
    legal_basis: str | None = Field(None, description="The article of the GDPR, such as `6(1)(e)`")
    citation: str | None = Field(None, description="The law that gives this legal basis")
    obligations: list[Literal["yearOnly", "yesNo", "masked"]] | None = Field(
        None, description="What was taken off the value before it was passed on"
    )
    reason: str | None = Field(None, description="The code of the reason, where nothing was passed on")
    rule_source: str | None = Field(None, description="The article or law of the rule that refused")
    what_you_can_do: str | None = None


class Explanation(Reply):
    """Why a line of the usage log is as it is."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "index": 1234, "recordedAt": "2026-11-23T10:00:00.000+00:00", "kind": "prefill", "language": "en",
                "text": "For each piece of information that was asked for, this is what was decided and why.", "rulesAtHand": True,
                "attributes": [
                    {
                        "attribute": "person.birthDate", "name": "Date of birth", "became": "passedOn", "legalBasis": "6(1)(e)",
                        "citation": "Study Grants Act, Art. 4", "obligations": ["yearOnly"],
                        "text": "This information was passed on. Only the year was passed on. Legal basis: GDPR Art. 6(1)(e), "
                        "the service carries out a task in the public interest. Law: Study Grants Act, Art. 4.",
                    },
                    {
                        "attribute": "person.taxableIncome", "name": "Taxable income", "became": "withheld", "reason": "purposeNotAuthorised",
                        "ruleSource": "GDPR Art. 5(1)(b) and 30(1)", "text": "This information may not be used for this purpose.",
                    },
                ],
            }
        }
    )  # fmt: skip

    index: int
    recorded_at: datetime
    kind: str
    language: Language
    text: str
    erased: bool | None = Field(
        None, description="The key of this line was destroyed: it can no longer be explained"
    )
    rules_at_hand: bool = Field(description="Whether the rules that decided could be asked again")
    attributes: list[AttributeExplained]


def explanation(explained: LineExplained, language: str) -> dict[str, Any]:
    """A line explained, as it is sent."""
    line = explained.line
    return present(
        index=line.index,
        recordedAt=line.recorded_at.isoformat(timespec="milliseconds"),
        kind=line.kind,
        language=language,
        text=explained.text,
        erased=explained.erased or None,
        rulesAtHand=explained.rules_at_hand,
        attributes=[
            present(
                attribute=one.attribute, name=one.name, became=one.became, text=one.text, legalBasis=one.legal_basis,
                citation=one.citation, obligations=list(one.obligations) or None, reason=one.reason, ruleSource=one.source,
                whatYouCanDo=one.what_you_can_do,
            )
            for one in explained.attributes
        ],
    )  # fmt: skip
