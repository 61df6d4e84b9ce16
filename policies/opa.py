"""The OPA server as engine.

The hub never uploads policies: whoever runs OPA loads the set (see `policies.export`), and every answer is accepted only if
it carries the expected revision. Questions that wait are decided together (`policies.together`), an engine that fails is left
alone until it is back (`policies.circuit`), and what was decided is remembered by the exact question (`policies.remembered`).
"""

import asyncio
import itertools
from collections.abc import Mapping, Sequence
from typing import Final

import aiohttp
from pydantic_core import to_json

from policies.circuit import Circuit, Told, tell_nobody
from policies.decisions import Decision, Question, asked_of, read_decision
from policies.errors import PolicyUnavailable
from policies.opa_client import OpaClient
from policies.question import check_question
from policies.remembered import Remembered
from policies.together import Together

DEADLINE = 0.3
"""Seconds for one decision, retry included."""

_ENTRY_POINT: Final = "onlyonce/decisions"
_NAMES: Final = 1_000_000


class OpaDecisionPoint:
    """Asks an OPA server."""

    def __init__(
        self,
        url: str,
        revision: str,
        *,
        deadline: float = DEADLINE,
        token: str | None = None,
        told: Told = tell_nobody,
    ) -> None:
        """Take the server's address and the one revision whose decisions count.

        Args:
            url: `http://host:port` or `https://host:port`, nothing after it.
            revision: That of the policy set that the server should hold.
            deadline: Seconds for one decision.
            token: A bearer token, if the server demands one.
            told: Is told when the server stops deciding, and when it decides again.

        Raises:
            ValueError: The URL is not of that form.
        """
        self.revision = revision
        self._deadline = deadline
        self._client = OpaClient(url, token=token, timeout=deadline)
        self._circuit = Circuit(self._decides, told)
        self._together = Together(self._ask, revision=revision, deadline=deadline)
        self._known = Remembered()
        self._numbers = itertools.count()
        self._open = False

    async def start(self) -> None:
        """Open the session; the server is first called by `decide` or `healthy`."""
        if not self._open:
            await self._client.__aenter__()
            self._open = True

    async def close(self) -> None:
        """Close the session: what waits has no decision, and nothing is asked any more."""
        self._open = False
        await self._circuit.close()
        await self._together.close()
        await self._client.close_connection()

    async def decide(self, question: Question) -> Decision:
        """Decide on one request.

        Raises:
            QuestionInvalid: The question does not fit the schema.
            PolicyUnavailable: No decision of the expected revision within the deadline.
        """
        check_question(question)
        if not self._open:
            raise PolicyUnavailable("the session with OPA is not open")
        if self._circuit.open:
            raise PolicyUnavailable("OPA failed and is not back yet")
        text = to_json(question)
        decision = self._known.get(text)
        if decision is None:
            decision = await self._together.decide(text, asked_of(question))
            self._known.put(text, decision)
        return decision

    async def healthy(self) -> bool:
        """Whether the server decides in time, by the expected revision. Many who ask at once cost it one call."""
        return self._open and await self._circuit.probe()

    async def _decides(self) -> bool:
        """Ask the server something small: nothing, when nothing is asked."""
        try:
            (raw,) = await self._ask([b"{}"])
            read_decision(raw, asked=(), revision=self.revision)
        except PolicyUnavailable:
            return False
        return True

    async def _ask(self, questions: Sequence[bytes]) -> Sequence[object]:
        """One call. That it failed counts against the server; that one question has no answer does not."""
        try:
            answers = await self._evaluate(questions)
        except PolicyUnavailable as error:
            self._known.clear()  # an engine that is away decides nothing, not even what it decided before
            if self._circuit.failed(error.cause):
                self._together.give_up(error.cause)
            raise
        self._circuit.succeeded()
        return answers

    async def _evaluate(self, questions: Sequence[bytes]) -> Sequence[object]:
        """Ask under names that no other question has: an answer to another call is an answer to none of these."""
        names = [str(next(self._numbers) % _NAMES) for _ in questions]
        asked = b",".join(
            b'"%b":%b' % (name.encode(), text) for name, text in zip(names, questions, strict=True)
        )
        answers = self._read(await self._post(b'{"questions":{%b}}' % asked))
        if not answers.keys() <= set(names):
            raise PolicyUnavailable("OPA answered what was not asked")
        return [answers.get(name) for name in names]

    async def _post(self, body: bytes) -> object:
        try:
            async with asyncio.timeout(self._deadline):
                return await self._client.post(_ENTRY_POINT, body)
        except TimeoutError:
            raise PolicyUnavailable("OPA did not answer in time") from None
        except PolicyUnavailable:
            raise
        except aiohttp.ClientResponseError as error:
            raise PolicyUnavailable(f"OPA answered {error.status}") from None
        except Exception as error:  # noqa: BLE001 - whatever a client and a parser raise, it is no decision
            raise PolicyUnavailable(f"OPA could not be asked ({type(error).__name__})") from None

    def _read(self, raw: object) -> Mapping[str, object]:
        """The answers by name, if they are of the expected revision."""
        if not isinstance(raw, dict) or raw.keys() != {"revision", "answers"}:
            raise PolicyUnavailable("OPA's answer is not one")
        if not isinstance(raw["revision"], str) or raw["revision"] != self.revision:
            raise PolicyUnavailable("OPA holds another revision of the policies")
        answers = raw["answers"]
        if not isinstance(answers, dict):
            raise PolicyUnavailable("OPA's answer is not one")
        return answers
