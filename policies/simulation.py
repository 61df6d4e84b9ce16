"""What a proposed policy set would change: decisions that were taken, taken again by both sets and compared.

The engine is the embedded one. What was recorded counts as what was decided; where the set that decided is at hand too, legal bases and
obligations are compared besides permits and denials.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

from pydantic_core import to_json

from policies.decisions import ENTRY_POINT, Deny, Permit, Question, Remedy, read_decision
from policies.embedded import Engine, new_engine
from policies.errors import PolicyUnavailable, QuestionInvalid
from policies.policy_set import PolicySet
from policies.question import check_question

Kind = Literal["unchanged", "newlyPermitted", "lessMinimised", "newlyDenied", "otherwise", "notComparable"]
"""`lessMinimised`: permitted before and after, but something that was taken off the value is no longer taken off. `otherwise`: another
reason, another legal basis, one more obligation… `notComparable`: neither the record nor the set that decided tells what it was."""

KINDS: Final[tuple[Kind, ...]] = (
    "unchanged", "newlyPermitted", "lessMinimised", "newlyDenied", "otherwise", "notComparable",
)  # fmt: skip
OPENING: Final[frozenset[Kind]] = frozenset({"newlyPermitted", "lessMinimised"})
"""The changes by which more would be disclosed than was."""

PERMITTED: Final = "permit"
DENIED: Final = "denied"

Rulings = Mapping[str, Permit | Deny]
_REMEMBERED_SETS = 8


@dataclass(frozen=True, slots=True)
class Recorded:
    """A decision as it was recorded.

    Attributes:
        question: The facts it was taken on.
        revision: The set that took it.
        outcomes: Attribute → `permit`, the code of the denial, `denied` where the record does not tell the code, or None where it does not
            tell what was decided.
    """

    question: Question = field(repr=False)
    revision: str
    outcomes: Mapping[str, str | None]


@dataclass(frozen=True, slots=True)
class Comparison:
    """What a proposed set changes in one decision.

    Attributes:
        changes: Attribute → kind of change.
        what: Attribute → in words, what changed: `permit → noLegalBasis`, `obligations: yearOnly → none`.
        reproduced: Whether the set that decided gives again what was recorded; None where it is not at hand.
    """

    changes: Mapping[str, Kind]
    what: Mapping[str, str]
    reproduced: bool | None


class Evaluator:
    """Takes the decisions of one set, one after the other, in one thread."""

    def __init__(self, policy_set: PolicySet, *, make: Callable[[PolicySet], Engine] = new_engine) -> None:
        """Take a policy set."""
        self.revision = policy_set.revision
        self._policy_set, self._make = policy_set, make
        self._engine: Engine | None = None

    def rulings(self, text: str, asked: Mapping[str, object]) -> Rulings:
        """The rulings on a question, given as JSON, that fits the schema.

        Raises:
            PolicyUnavailable: The engine failed, or its answer is no decision.
        """
        try:
            if self._engine is None:
                self._engine = self._make(self._policy_set)
            self._engine.set_input_json(text)
            raw: object = json.loads(self._engine.eval_rule_as_json(ENTRY_POINT))
        except (KeyboardInterrupt, SystemExit, GeneratorExit):
            raise
        except BaseException as error:  # noqa: BLE001 - a panic of regorus is a BaseException, not an Exception
            self._engine = None
            raise PolicyUnavailable(f"the embedded engine failed ({type(error).__name__})") from None
        return read_decision(raw, asked=asked.keys(), revision=self.revision).rulings


class Simulation:
    """Compares a proposed set with what was decided.

    Args:
        proposed: The set to be tried.
        known: Gives the set of a revision; None where it is not at hand.
    """

    def __init__(self, proposed: PolicySet, known: Callable[[str], PolicySet | None]) -> None:
        self._proposed, self._known = Evaluator(proposed), known
        self._earlier: dict[str, Evaluator | None] = {}

    def compare(self, recorded: Recorded) -> Comparison:
        """Take a decision again by both sets.

        Raises:
            QuestionInvalid: The question does not fit the schema of today.
            PolicyUnavailable: The proposed set gives no decision.
        """
        check_question(recorded.question)
        text = to_json(recorded.question).decode()
        after = self._proposed.rulings(text, recorded.outcomes)
        before = self._again(recorded, text, after)
        reproduced = None if before is None else reproduces(before, recorded.outcomes)
        changes: dict[str, Kind] = {}
        what: dict[str, str] = {}
        for name, outcome in recorded.outcomes.items():
            known = before[name] if before is not None and reproduced else None
            kind, said = _change(outcome, known, after[name])
            changes[name] = kind
            if said:
                what[name] = said
        return Comparison(changes, what, reproduced)

    def _again(self, recorded: Recorded, text: str, after: Rulings) -> Rulings | None:
        """What the set that decided says today; None where it is not at hand."""
        if recorded.revision == self._proposed.revision:
            return after  # one set gives one answer to one question
        evaluator = self._evaluator(recorded.revision)
        if evaluator is None:
            return None
        try:
            return evaluator.rulings(text, recorded.outcomes)
        except PolicyUnavailable:
            return None

    def _evaluator(self, revision: str) -> Evaluator | None:
        if revision not in self._earlier:
            if len(self._earlier) >= _REMEMBERED_SETS:
                self._earlier.clear()
            known = self._known(revision)
            self._earlier[revision] = None if known is None else Evaluator(known)
        return self._earlier[revision]


def evaluate(policy_set: PolicySet, question: Question) -> Rulings:
    """The rulings of a set on one question.

    Raises:
        QuestionInvalid: The question does not fit the schema of today.
        PolicyUnavailable: The set gives no decision.
    """
    check_question(question)
    asked = question["attributes"]
    if not isinstance(asked, Mapping):  # pragma: no cover - the schema sees to it
        raise QuestionInvalid(("attributes: dict_type",))
    return Evaluator(policy_set).rulings(to_json(question).decode(), asked)


def reproduces(rulings: Rulings, outcomes: Mapping[str, str | None]) -> bool:
    """Whether rulings are what was recorded, as far as the record tells it."""
    return all(agrees(rulings[name], outcome) for name, outcome in outcomes.items())


def agrees(ruling: Permit | Deny, outcome: str | None) -> bool:
    """Whether a ruling is what was recorded of one attribute, as far as the record tells it."""
    if outcome is None:
        return True
    if isinstance(ruling, Permit):
        return outcome == PERMITTED
    return outcome in {ruling.reason, DENIED}


def _change(outcome: str | None, before: Permit | Deny | None, after: Permit | Deny) -> tuple[Kind, str]:
    """What changed for one attribute: from what was recorded, and what the set that decided says where it is known."""
    if before is not None:
        return _between(before, after)
    if outcome is None:
        return "notComparable", ""
    if agrees(after, outcome):
        return "unchanged", ""
    said = f"{outcome} → {_word(after)}"
    if isinstance(after, Permit):
        return "newlyPermitted", said
    return ("newlyDenied" if outcome == PERMITTED else "otherwise"), said


def _between(before: Permit | Deny, after: Permit | Deny) -> tuple[Kind, str]:
    if isinstance(before, Permit) and isinstance(after, Permit):
        said = _differences(before, after)
        if set(before.obligations) - set(after.obligations):
            return "lessMinimised", said
        return ("otherwise" if said else "unchanged"), said
    if isinstance(before, Deny) and isinstance(after, Deny):
        said = _between_denials(before, after)
        return ("otherwise" if said else "unchanged"), said
    return (
        "newlyPermitted" if isinstance(after, Permit) else "newlyDenied"
    ), f"{_word(before)} → {_word(after)}"


def _between_denials(before: Deny, after: Deny) -> str:
    if before.reason != after.reason:
        return f"{before.reason} → {after.reason}"
    if before.remedy != after.remedy:
        return f"{before.reason}, remedy: {_remedy(before.remedy)} → {_remedy(after.remedy)}"
    return ""


def _remedy(remedy: Remedy | None) -> str:
    if remedy is None:
        return "none"
    return remedy.action if remedy.level is None else f"{remedy.action} {remedy.level}"


def _word(ruling: Permit | Deny) -> str:
    return PERMITTED if isinstance(ruling, Permit) else ruling.reason


def _differences(before: Permit, after: Permit) -> str:
    """How two permits differ in what they say; not in the names of their rules."""
    parts = {
        "legal basis": ((before.basis,), (after.basis,)),
        "obligations": (before.obligations, after.obligations),
        "consents": (before.consents, after.consents),
        "duties": (before.duties, after.duties),
    }
    return "; ".join(
        f"{name}: {_few(name, one)} → {_few(name, other)}"
        for name, (one, other) in parts.items()
        if one != other
    )


def _few(name: str, words: Sequence[str]) -> str:
    """The words; of consents how many they are, for their ids are none of a report's business."""
    return str(len(words)) if name == "consents" else ", ".join(words) or "none"
