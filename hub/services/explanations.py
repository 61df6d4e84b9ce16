"""Why a line of the usage log came out as it did, for the person whom it is about: in plain words, attribute by attribute.

The log says what was disclosed and what was not; the rules that decided, found by their hash in the archive, say on what ground and what had
to be taken off. Where they do not give again what the log says, the log alone is told.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from audit import DELIVERY_UNKNOWN, Line
from hub.catalogue import Activity, Catalogue
from hub.services import explanation_texts as texts
from hub.services.outcomes import OF_SOURCES
from hub.services.reasons import CODES, reason_text
from hub.services.recorded import recorded
from policies import REASONS, Permit, PolicySet, PolicyUnavailable, QuestionInvalid
from policies.explain import Explanation, explain
from policies.simulation import Recorded, agrees

Became = Literal["passedOn", "perhapsPassedOn", "withheld"]


@dataclass(frozen=True, slots=True)
class AttributeExplained:
    """What became of one attribute, and why.

    Attributes:
        attribute: its id; `name` is its name in the language asked, if the catalogue still has it.
        became: what became of it.
        text: the whole in plain words.
        legal_basis: `6(1)(e)`, where it was permitted.
        citation: the law that gives that basis, if the catalogue still has it.
        obligations: what was taken off the value.
        reason: the code, where there is no value.
        source: the article or law of the rule that refused.
        what_you_can_do: what would make it possible, if the person can do something.
    """

    attribute: str
    name: str | None
    became: Became
    text: str
    legal_basis: str | None = None
    citation: str | None = None
    obligations: tuple[str, ...] = ()
    reason: str | None = None
    source: str | None = None
    what_you_can_do: str | None = None


@dataclass(frozen=True, slots=True)
class LineExplained:
    """A line, explained. `erased`: its content cannot be read any more. `rules_at_hand`: whether the rules that decided were asked."""

    line: Line
    text: str
    erased: bool
    rules_at_hand: bool
    attributes: tuple[AttributeExplained, ...] = ()


class Explanations:
    """Explains lines. Blocking; call it in a thread."""

    def __init__(self, catalogue: Catalogue, known: Callable[[str], PolicySet | None]) -> None:
        """Take what names are read from, and what gives the policy set of a revision."""
        self._catalogue, self._known = catalogue, known

    def of(self, line: Line, language: str) -> LineExplained:
        """Explain a line in one of the languages of the house."""
        if line.details is None:
            return LineExplained(line, texts.ERASED[language], erased=True, rules_at_hand=False)
        decision = recorded(line)
        if isinstance(decision, Recorded):
            explanation = self._explained(decision)
            parts = _Line(line, self._catalogue, language, decision, explanation)
            text = texts.DECIDED[language] if explanation else texts.RULES_NOT_AT_HAND[language]
            attributes = tuple(map(parts.attribute, decision.outcomes))
            return LineExplained(
                line, text, erased=False, rules_at_hand=explanation is not None, attributes=attributes
            )
        asked: Mapping[str, str] = line.details.get("withheld") or {}
        parts = _Line(line, self._catalogue, language, None, None)
        text = texts.NOT_PASSED_ON[language] if asked else texts.NO_DECISION[language]
        return LineExplained(
            line, text, erased=False, rules_at_hand=False, attributes=tuple(map(parts.attribute, asked))
        )

    def _explained(self, decision: Recorded) -> Explanation | None:
        """The decision as its own rules give it again; None where they are not at hand, or say otherwise than the log."""
        policy_set = self._known(decision.revision)
        if policy_set is None:
            return None
        try:
            explanation = explain(policy_set, decision.question)
        except (PolicyUnavailable, QuestionInvalid):
            return None
        rulings = explanation.decision.rulings
        same = all(agrees(rulings[name], outcome) for name, outcome in decision.outcomes.items())
        return explanation if same else None


class _Line:
    """One line under explanation."""

    def __init__(
        self,
        line: Line,
        catalogue: Catalogue,
        language: str,
        decision: Recorded | None,
        explanation: Explanation | None,
    ) -> None:
        self._line, self._details = line, line.details or {}
        self._catalogue, self._language = catalogue, language
        self._decision, self._explanation = decision, explanation
        self._permitted = (
            set(self._details.get("attributes", ())) if line.outcome == DELIVERY_UNKNOWN else set()
        )

    def attribute(self, name: str) -> AttributeExplained:
        """What became of one attribute."""
        if name in self._details.get("disclosed", ()):
            return self._permit(name, "passedOn")
        if name in self._permitted:
            return self._permit(name, "perhapsPassedOn")
        return self._withheld(name)

    def _permit(self, name: str, became: Became) -> AttributeExplained:
        ruling = self._explanation.decision.rulings[name] if self._explanation else None
        obligations = ruling.obligations if isinstance(ruling, Permit) else ()
        article = ruling.basis if isinstance(ruling, Permit) else self._article()
        citation = self._citation(article)
        said = [(texts.PASSED_ON if became == "passedOn" else texts.PERHAPS_PASSED_ON)[self._language]]
        if became == "passedOn":
            said += [texts.MINIMISED[one][self._language] for one in obligations]
        if article is not None and article in texts.GROUNDS:
            ground = texts.GROUNDS[article][self._language]
            said.append(texts.GROUND[self._language].format(article=article, ground=ground))
        if citation:
            said.append(texts.LAW[self._language].format(law=citation))
        return AttributeExplained(
            name, self._name(name), became, " ".join(said), legal_basis=article, citation=citation, obligations=tuple(obligations)
        )  # fmt: skip

    def _withheld(self, name: str) -> AttributeExplained:
        code = self._details.get("withheld", {}).get(name)
        known = code if code in REASONS or code in CODES else None
        said = [texts.NOT_PASSED_ON[self._language]]
        if known:
            said = [reason_text(known, self._language)]
        step = self._explanation.refusing(name) if self._explanation and known not in OF_SOURCES else None
        action = texts.ACTIONS.get(known or "", {}).get(self._language)
        return AttributeExplained(
            name, self._name(name), "withheld", " ".join(said), reason=known, source=step.rule.source if step else None,
            what_you_can_do=action,
        )  # fmt: skip

    def _article(self) -> str | None:
        facts: Mapping[str, Any] = self._decision.question.get("activity", {}) if self._decision else {}  # type: ignore[assignment]
        article = facts.get("legalBasis")
        return article if isinstance(article, str) else None

    def _citation(self, article: str | None) -> str | None:
        """The law behind the basis, while the catalogue still gives this activity the same one."""
        activity: Activity | None = self._catalogue.activities.get(self._line.activity)
        if activity is None or activity.legal_basis.article != article:
            return None
        return activity.legal_basis.citation[self._language]

    def _name(self, attribute: str) -> str | None:
        record = self._catalogue.attributes.get(attribute)
        return record.name[self._language] if record else None
