"""The embedded engine: Rego evaluated in this process by regorus, with nothing to install or to run beside it."""

import asyncio
import json
import threading
from collections.abc import Callable
from typing import Protocol

import regorus
from pydantic_core import to_json

from policies.decisions import ENTRY_POINT, Decision, Question, asked_of, read_decision
from policies.errors import PolicyUnavailable
from policies.json_text import read_json
from policies.policy_set import PolicySet
from policies.question import check_question
from policies.remembered import Remembered


class Engine(Protocol):
    """What is used of a regorus engine."""

    def set_input_json(self, text: str) -> None:
        """Take the input of the next evaluation."""

    def eval_rule_as_json(self, rule: str) -> str:
        """Evaluate a rule."""


def new_engine(policy_set: PolicySet) -> Engine:
    """An engine that holds a policy set."""
    engine = regorus.Engine()
    for name, text in policy_set.modules.items():
        engine.add_policy(name, text)
    engine.add_data_json(json.dumps(policy_set.data))
    made: Engine = engine
    return made


class EmbeddedDecisionPoint:
    """Decides in the calling thread; each thread has an engine of its own, for one cannot be shared.

    A decision depends on the question and the policies alone (`screen` sees to that), so that the answer to a question that is asked
    again word for word, its time included, is the one that was given: the last thousand or so are remembered.
    """

    def __init__(self, policy_set: PolicySet, *, make: Callable[[PolicySet], Engine] = new_engine) -> None:
        """Take a policy set; engines are made when first needed."""
        self.revision = policy_set.revision
        self._policy_set = policy_set
        self._make = make
        self._local = threading.local()
        self._known = Remembered()

    async def start(self) -> None:
        """Make this thread's engine now rather than at the first request."""
        self._engine()

    async def close(self) -> None:
        """Nothing to let go of."""

    async def decide(self, question: Question) -> Decision:
        """Decide on one request; takes well under a millisecond of this thread.

        Raises:
            QuestionInvalid: The question does not fit the schema.
            PolicyUnavailable: The engine failed, or its answer is no decision.
        """
        check_question(question)
        text = to_json(question)
        decision = self._known.get(text)
        if decision is None:
            raw = self._evaluate(text.decode())
            decision = read_decision(raw, asked=asked_of(question), revision=self.revision)
            self._known.put(text, decision)
        return decision

    async def healthy(self) -> bool:
        """Whether the engine decides: nothing, when nothing is asked."""
        try:
            read_decision(self._evaluate("{}"), asked=(), revision=self.revision)
        except PolicyUnavailable:
            return False
        return True

    def _evaluate(self, input_json: str) -> object:
        try:
            engine = self._engine()
            engine.set_input_json(input_json)
            answer = read_json(engine.eval_rule_as_json(ENTRY_POINT))
        except (KeyboardInterrupt, SystemExit, GeneratorExit, asyncio.CancelledError):
            raise
        except BaseException as error:  # noqa: BLE001 - a panic of regorus is a BaseException, not an Exception
            self._local.__dict__.clear()  # whatever state it is in now, nobody decides with it again
            raise PolicyUnavailable(f"the embedded engine failed ({type(error).__name__})") from None
        return answer

    def _engine(self) -> Engine:
        engine: Engine | None = getattr(self._local, "engine", None)
        if engine is None:
            engine = self._local.engine = self._make(self._policy_set)
        return engine
