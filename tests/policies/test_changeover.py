"""From one policy set to the next, on a real engine: nothing is dropped, and nothing rules before that is durable."""

import asyncio
from collections.abc import Callable

import pytest

from policies import Decision, DecisionPoint, PolicySet, PolicyUnavailable, Question, policy_set
from policies.changeover import Changeover
from policies.embedded import EmbeddedDecisionPoint
from tests.policies.bundles import a_set
from tests.policies.questions import question

ONE, TWO, THREE = (a_set(f"\nnumber := {n}\n") for n in (1, 2, 3))
BROKEN = policy_set({"a.rego": "package onlyonce\n\nx := 1\n"})
"""Can be loaded, and decides nothing."""


class Record:
    """Where it is made durable what rules."""

    def __init__(self) -> None:
        self.ruled: list[str] = []
        self.during: Callable[[], None] = lambda: None
        self.away = False

    async def __call__(self, policies: PolicySet) -> None:
        await asyncio.sleep(0)
        self.during()
        if self.away:
            raise OSError("the log is away")
        self.ruled.append(policies.revision)


class Server:
    """An engine outside: decides by the set that it holds, whatever is expected of it."""

    def __init__(self, holds: PolicySet) -> None:
        self.holds = holds
        self.opened: list[ServerPoint] = []

    def point(self, policies: PolicySet) -> DecisionPoint:
        made = ServerPoint(self, policies.revision)
        self.opened.append(made)
        return made


class ServerPoint:
    """Asks the server, and refuses what another revision decided."""

    def __init__(self, server: Server, revision: str) -> None:
        self.revision, self._server, self.closed = revision, server, False
        self.asked = 0

    async def start(self) -> None: ...

    async def close(self) -> None:
        self.closed = True

    async def decide(self, asked: Question) -> Decision:
        self.asked += 1
        holds = self._server.holds
        decision = await EmbeddedDecisionPoint(holds).decide(asked)
        await asyncio.sleep(0.001)  # the answer is on its way
        if self.closed or holds.revision != self.revision:
            raise PolicyUnavailable("the engine holds another revision of the policies")
        return decision

    async def healthy(self) -> bool:
        return not self.closed and self._server.holds.revision == self.revision


@pytest.fixture
def record() -> Record:
    return Record()


def embedded(record: Record) -> Changeover:
    return Changeover(ONE, EmbeddedDecisionPoint, record, at_once=True)


def served(server: Server, record: Record) -> Changeover:
    return Changeover(ONE, server.point, record, at_once=False)


async def revision_of(changeover: Changeover) -> str:
    return (await changeover.decide(question())).revision


async def test_the_next_set_rules_once_it_is_recorded(record: Record) -> None:
    changeover = embedded(record)
    await changeover.prepare(TWO)
    assert await revision_of(changeover) == ONE.revision
    record.during = lambda: seen.append(changeover.revision)
    seen: list[str] = []
    assert await changeover.advance()
    assert seen == [ONE.revision]
    assert record.ruled == [TWO.revision]
    assert (changeover.revision, changeover.awaited) == (TWO.revision, None)
    assert await revision_of(changeover) == TWO.revision


async def test_what_cannot_be_recorded_does_not_rule_until_it_can(record: Record) -> None:
    changeover = embedded(record)
    await changeover.prepare(TWO)
    record.away = True
    assert not await changeover.advance()
    assert await revision_of(changeover) == ONE.revision
    assert changeover.awaited == TWO
    record.away = False
    assert await changeover.advance()
    assert await revision_of(changeover) == TWO.revision


async def test_a_set_that_decides_nothing_is_refused_and_the_present_one_goes_on(record: Record) -> None:
    changeover = embedded(record)
    with pytest.raises(PolicyUnavailable):
        await changeover.prepare(BROKEN)
    assert changeover.awaited is None
    assert not await changeover.advance()
    assert await revision_of(changeover) == ONE.revision
    assert record.ruled == []


async def test_the_set_that_rules_is_no_change(record: Record) -> None:
    changeover = embedded(record)
    await changeover.prepare(TWO)
    await changeover.prepare(a_set("\nnumber := 1\n"))
    assert changeover.awaited is None
    assert not await changeover.advance()
    assert record.ruled == []


async def test_a_later_set_takes_the_place_of_one_that_waits(record: Record) -> None:
    server = Server(ONE)
    changeover = served(server, record)
    await changeover.prepare(TWO)
    await changeover.prepare(THREE)
    assert server.opened[1].closed
    server.holds = TWO
    with pytest.raises(PolicyUnavailable):
        await revision_of(changeover)
    server.holds = THREE
    assert await revision_of(changeover) == THREE.revision


async def test_a_withdrawn_set_never_rules(record: Record) -> None:
    server = Server(ONE)
    changeover = served(server, record)
    await changeover.prepare(TWO)
    await changeover.withdraw()
    server.holds = TWO
    with pytest.raises(PolicyUnavailable):
        await revision_of(changeover)


async def test_while_a_server_decides_by_the_present_set_it_rules(record: Record) -> None:
    changeover = served(Server(ONE), record)
    await changeover.prepare(TWO)
    assert not await changeover.advance()
    assert await changeover.healthy()
    assert await revision_of(changeover) == ONE.revision


async def test_a_server_that_changes_under_many_requests_drops_none(record: Record) -> None:
    server = Server(ONE)
    changeover = served(server, record)
    await changeover.prepare(TWO)

    async def ask(turn: int) -> str:
        await asyncio.sleep(turn / 10_000)
        if turn == 100:
            server.holds = TWO
        return await revision_of(changeover)

    decided = await asyncio.gather(*(ask(turn) for turn in range(200)))
    assert set(decided) == {ONE.revision, TWO.revision}
    assert set(decided[110:]) == {TWO.revision}
    assert record.ruled == [TWO.revision]
    assert server.opened[0].closed


async def test_from_then_on_the_earlier_set_is_refused(record: Record) -> None:
    server = Server(ONE)
    changeover = served(server, record)
    await changeover.prepare(TWO)
    server.holds = TWO
    assert await revision_of(changeover) == TWO.revision
    server.holds = ONE
    with pytest.raises(PolicyUnavailable):
        await revision_of(changeover)
    assert not await changeover.healthy()


async def test_a_late_answer_of_the_earlier_set_does_not_count(record: Record) -> None:
    """The answer was on its way while another request found that the server had changed."""
    server = Server(ONE)
    changeover = served(server, record)
    await changeover.prepare(TWO)
    first = server.opened[0]
    waiting, gone_on = asyncio.Event(), asyncio.Event()
    decide = first.decide

    async def late(asked: Question) -> Decision:
        decision = await EmbeddedDecisionPoint(ONE).decide(asked)
        waiting.set()
        await gone_on.wait()
        return decision

    first.decide = late  # type: ignore[method-assign]
    asking = asyncio.create_task(revision_of(changeover))
    await waiting.wait()
    first.decide = decide  # type: ignore[method-assign]
    server.holds = TWO
    assert await changeover.advance()
    gone_on.set()
    assert await asking == TWO.revision


async def test_a_set_that_the_server_was_given_first_is_looked_for(record: Record) -> None:
    server = Server(TWO)
    changeover = served(server, record)
    looked = 0

    async def catch_up() -> bool:
        nonlocal looked
        looked += 1
        await changeover.prepare(TWO)
        return True

    changeover.catch_up = catch_up
    assert await revision_of(changeover) == TWO.revision
    assert looked == 1
    assert record.ruled == [TWO.revision]


async def test_closing_lets_go_of_both(record: Record) -> None:
    server = Server(ONE)
    changeover = served(server, record)
    await changeover.start()
    await changeover.prepare(TWO)
    await changeover.close()
    assert [point.closed for point in server.opened] == [True, True]
