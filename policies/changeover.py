"""From one policy set to the next while requests are being decided: none is dropped, none is decided by both.

1. *Prepare*: the next set is loaded beside the present one, on a decision point of its own.
2. *Wait* until the engine decides by it: at once for an engine in this process; for a server, once whoever runs it has given it the set. Until then
   the present set decides, and an answer of either is accepted: the present point refuses what the next one takes, and the reverse.
3. *Activate*: the caller makes it durable that the next set rules, before its first decision counts.
4. *Swap*. What the earlier set was still asked is asked again; its decisions no longer count. A decision that was given before goes on to
   its end: its entry names the set that took it, and may stand after the one of the change.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from policies.decisions import Decision, DecisionPoint, Question
from policies.errors import PolicyUnavailable
from policies.policy_set import PolicySet

_logger = logging.getLogger(__name__)
_ROUNDS = 3
"""How often a question is asked again because the policies changed under it."""


@dataclass(frozen=True, slots=True)
class _Ruling:
    """A set, and what decides by it."""

    policies: PolicySet
    point: DecisionPoint


class Changeover:
    """Decides by one policy set at a time, and goes over to another.

    Args:
        policies: the set that rules first; the caller has made that durable.
        make: a decision point for a set, not yet started.
        activate: makes durable that a set rules from now on. Whatever it raises keeps the earlier one in force.
        at_once: whether the engine decides by a set as soon as it is loaded, so that one by which it does not is refused. A server takes its time.
    """

    def __init__(
        self,
        policies: PolicySet,
        make: Callable[[PolicySet], DecisionPoint],
        activate: Callable[[PolicySet], Awaitable[None]],
        *,
        at_once: bool,
    ) -> None:
        """Take the first set."""
        self._make, self._activate, self._at_once = make, activate, at_once
        self._present = _Ruling(policies, make(policies))
        self._next: _Ruling | None = None
        self.catch_up: Callable[[], Awaitable[bool]] = _nothing_new
        """Looks for a set that the engine may hold already, prepares it, and says whether one is prepared."""
        self._changing = asyncio.Lock()

    @property
    def revision(self) -> str:
        """The revision that rules."""
        return self._present.policies.revision

    @property
    def policies(self) -> PolicySet:
        """The set that rules."""
        return self._present.policies

    @property
    def awaited(self) -> PolicySet | None:
        """The set that is prepared, and that the engine does not decide by yet."""
        return self._next.policies if self._next is not None else None

    async def start(self) -> None:
        """Open what deciding by the present set needs."""
        await self._present.point.start()

    async def close(self) -> None:
        """Let go of everything."""
        await self._forget_next()
        await self._present.point.close()

    async def decide(self, question: Question) -> Decision:
        """Decide on one request, by the set that rules when the decision is there.

        Raises:
            QuestionInvalid: The question does not fit the schema.
            PolicyUnavailable: There is no trustworthy decision: disclose nothing.
        """
        for _ in range(_ROUNDS):
            asked = self._present
            try:
                decision = await asked.point.decide(question)
            except PolicyUnavailable:
                if not await self._moved_on(asked):
                    raise
                continue
            if self._present is asked:
                return decision
        raise PolicyUnavailable("the policies changed again and again")

    async def healthy(self) -> bool:
        """Whether the engine decides, by the present set or by the next one, which then rules."""
        asked = self._present
        return await asked.point.healthy() or (
            await self._moved_on(asked) and await self._present.point.healthy()
        )

    async def prepare(self, policies: PolicySet) -> None:
        """Load a set to go over to; instead of one that was prepared before. The set that rules already is no change.

        Raises:
            PolicyUnavailable: The engine cannot load it, or does not decide by it. What was prepared before is forgotten.
        """
        async with self._changing:
            if policies.revision == self.revision:
                await self._forget_next()
                self._present = _Ruling(policies, self._present.point)
            elif self._next is None or self._next.policies.revision != policies.revision:
                await self._forget_next()
                self._next = await self._load(policies)

    async def withdraw(self) -> None:
        """Forget the set that was prepared."""
        async with self._changing:
            await self._forget_next()

    async def advance(self) -> bool:
        """Go over to the set that was prepared, if the engine decides by it.

        Returns:
            Whether this changed which set rules, here or in a call at the same time.
        """
        before, following = self._present, self._next
        # A server that still decides by the present set is not asked for the next one: failing at that would open the circuit to it.
        if following is not None and (self._at_once or not await before.point.healthy()):
            await self._try(following)
        return self._present is not before

    async def _moved_on(self, asked: _Ruling) -> bool:
        """After a refusal: whether another set rules now, or can."""
        if self._present is not asked:
            return True
        if self._next is not None:
            await self._try(self._next)
        if self._present is asked and not self._at_once and await self.catch_up() and self._next is not None:
            await self._try(self._next)
        return self._present is not asked

    async def _try(self, following: _Ruling) -> None:
        if await following.point.healthy():
            async with self._changing:
                if self._next is following:
                    await self._go_over(following)

    async def _go_over(self, following: _Ruling) -> None:
        try:
            await self._activate(following.policies)
        except Exception as error:  # noqa: BLE001 - whatever kept it from being recorded, it does not rule
            _logger.warning("the next policies do not rule: %s", type(error).__name__)
            return
        earlier, self._present, self._next = self._present, following, None
        await earlier.point.close()

    async def _load(self, policies: PolicySet) -> _Ruling:
        point = self._make(policies)
        try:
            await point.start()
        except (KeyboardInterrupt, SystemExit, GeneratorExit, asyncio.CancelledError):
            raise
        except BaseException as error:  # noqa: BLE001 - a panic of regorus is a BaseException, not an Exception
            await point.close()
            raise PolicyUnavailable(f"the engine cannot load them ({type(error).__name__})") from None
        if self._at_once and not await point.healthy():
            await point.close()
            raise PolicyUnavailable("the engine does not decide by them")
        return _Ruling(policies, point)

    async def _forget_next(self) -> None:
        forgotten, self._next = self._next, None
        if forgotten is not None:
            await forgotten.point.close()


async def _nothing_new() -> bool:
    return False
