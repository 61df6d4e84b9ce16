"""Why a decision came out as it did: each rule in the order in which they are told, and what it says of each attribute.

A rule that can refuse has a denial, which names the rule that was not met (`"rule": "onlyonce.client.authorised"`). The value of that
one is true where it holds for the whole request, or the set of the attributes that it lets through. So an explanation asks the very
rules that decided, and no second account of them has to be kept true.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

import yaml
from pydantic_core import to_json

from policies.decisions import ENTRY_POINT, Decision, Deny, Permit, Question, asked_of, read_decision
from policies.embedded import new_engine
from policies.errors import PolicyUnavailable
from policies.policy_set import PolicySet
from policies.question import check_question
from policies.references import references
from policies.rules import Rule, rules

_REMEMBERED = 16
_KNOWN: dict[str, tuple[Rule, ...]] = {}

Verdict = Literal["holds", "refuses", "notReached"]
"""`notReached`: another rule had refused before it."""


@dataclass(frozen=True, slots=True)
class Step:
    """What one rule says.

    Attributes:
        rule: The rule, with its title and its legal source.
        verdicts: Attribute → what the rule says of it.
        facts: The facts of the question that it looks at, by path (`actor.role`); never their values.
    """

    rule: Rule
    verdicts: Mapping[str, Verdict]
    facts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a decision came out as it did.

    Attributes:
        decision: The decision itself, as the engine gives it.
        steps: The rules in the order in which they are told. Empty where a set of another make does not tell its rules as `docs/policies.md`
            has it: then only the rulings are known.
    """

    decision: Decision
    steps: tuple[Step, ...] = field(repr=False)

    def refusing(self, attribute: str) -> Step | None:
        """The step that refused an attribute; None if none did, or if it is not known."""
        return next((step for step in self.steps if step.verdicts[attribute] == "refuses"), None)


def explain(policy_set: PolicySet, question: Question) -> Explanation:
    """Explain the decision that a policy set gives on a question.

    Raises:
        QuestionInvalid: The question does not fit the schema.
        PolicyUnavailable: The engine failed, or its answer is no decision.
    """
    check_question(question)
    asked = tuple(asked_of(question))
    evaluation = _Evaluation(policy_set, question)
    decision = read_decision(evaluation.value(ENTRY_POINT), asked=asked, revision=policy_set.revision)
    steps = _steps(policy_set, evaluation, asked)
    explanation = Explanation(decision, steps)
    if all(_leads_to(explanation, name, ruling) for name, ruling in decision.rulings.items()):
        return explanation
    return Explanation(decision, ())


def _steps(policy_set: PolicySet, evaluation: "_Evaluation", asked: tuple[str, ...]) -> tuple[Step, ...]:
    """The steps; empty where a rule cannot be asked."""
    told = told_rules(policy_set)
    seen, steps, open_ = references(policy_set), list[Step](), set(asked)
    for rule in told:
        condition = seen.condition(rule.path)
        if condition is None:
            return ()
        through = evaluation.let_through(f"data.{condition}", asked)
        verdicts: dict[str, Verdict] = {}
        for name in asked:
            holds: Verdict = "holds" if name in through else "refuses"
            verdicts[name] = holds if name in open_ else "notReached"
        open_ &= through
        steps.append(Step(rule, MappingProxyType(verdicts), seen.facts(condition)))
    return tuple(steps)


def told_rules(policy_set: PolicySet) -> tuple[Rule, ...]:
    """The rules of a set, none if it tells them in another way. Reading them takes longer than all else; those of the last sets are remembered."""
    known = _KNOWN.get(policy_set.revision)
    if known is None:
        try:
            known = rules(policy_set)
        except (
            KeyError,
            ValueError,
            TypeError,
            AttributeError,
            yaml.YAMLError,
        ):  # annotations of another make
            known = ()
        if len(_KNOWN) >= _REMEMBERED:
            _KNOWN.clear()
        _KNOWN[policy_set.revision] = known
    return known


def _leads_to(explanation: Explanation, name: str, ruling: Permit | Deny) -> bool:
    if not explanation.steps:
        return True
    step = explanation.refusing(name)
    if isinstance(ruling, Permit):
        return step is None
    return step is not None and step.rule.reason == ruling.reason


class _Evaluation:
    """One engine over one question, of which any rule can be asked."""

    def __init__(self, policy_set: PolicySet, question: Question) -> None:
        try:
            engine = new_engine(policy_set)
            engine.set_input_json(to_json(question).decode())
        except (KeyboardInterrupt, SystemExit, GeneratorExit):
            raise
        except BaseException as error:  # noqa: BLE001 - a panic of regorus is a BaseException, not an Exception
            raise PolicyUnavailable(f"the embedded engine failed ({type(error).__name__})") from None
        self._engine = engine

    def value(self, rule: str) -> object:
        """The value of a rule; the text `<undefined>` where it has none."""
        try:
            answer: object = json.loads(self._engine.eval_rule_as_json(rule))
        except (KeyboardInterrupt, SystemExit, GeneratorExit):
            raise
        except BaseException as error:  # noqa: BLE001 - as above
            raise PolicyUnavailable(f"the embedded engine failed ({type(error).__name__})") from None
        return answer

    def let_through(self, rule: str, asked: tuple[str, ...]) -> frozenset[str]:
        """The attributes for which a rule holds: all, where it is true of the whole request."""
        value = self.value(rule)
        if value is True:
            return frozenset(asked)
        return frozenset(value) & frozenset(asked) if isinstance(value, (list, dict)) else frozenset()
