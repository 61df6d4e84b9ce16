"""OPA is killed, hangs, comes back with other policies, and is replaced by a liar, under load: nothing leaves without a decision of the expected set."""

import asyncio
import itertools
import json
import os
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from policies import export, load_policies, policy_set
from tests.end_to_end.conftest import Production
from tests.end_to_end.house import House
from tests.end_to_end.replies import Reply, statuses
from tests.end_to_end.running import running
from tests.end_to_end.test_kill import KNOWN, entries
from tests.policies.fake_opa import Behaviour, Server, hang, hang_up, listening, raw, reply, saying
from tests.policies.opa_server import OpaServer
from tests.support.machine import find_opa, missing
from tests.support.opa_process import Opa, running_opa

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.soak]

SOAK = bool(os.environ.get("ONLYONCE_SOAK"))
PREFILLS_PER_S = 200 if SOAK else 50
DISTURBED_S = 5.0 if SOAK else 0.5
ROUNDS = 2 if SOAK else 1
BACK_WITHIN_S = 2.0 if SOAK else 25.0  # other tests may share the machine
WITHIN_S = 30.0
AT_ONCE = 60
EXPECTED = load_policies()
FIELDS = ["lastName", "birthDate"]


def lax() -> dict[str, str]:
    """The policies of the house as they never were: consent is always there."""
    modules = dict(EXPECTED.modules)
    satisfied = "else := (object.keys(input.attributes) - needed) | object.keys(relied_on)"
    assert satisfied in modules["consent.rego"]
    modules["consent.rego"] = modules["consent.rego"].replace(
        satisfied, "else := object.keys(input.attributes)"
    )
    return modules


OTHER = policy_set(lax())


@pytest.fixture(params=["small", "production"] if SOAK else ["small"])
def database(request: pytest.FixtureRequest) -> dict[str, str]:
    """Where the house keeps its log: in the soak, on both engines."""
    if request.param == "small":
        return {}
    production: Production = request.getfixturevalue("production")
    return {"DATABASE_URL": production.cluster.url("chaos")}


@dataclass
class Scene:
    """A house, its OPA, and the policies that are not the expected ones."""

    house: House
    opa: Opa
    other: Path


@pytest_asyncio.fixture(loop_scope="session")
async def scene(database: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Scene]:
    """A house of its own, for its OPA is ill-treated."""
    binary = find_opa()
    if binary is None:
        missing("OPA")
    assert binary is not None
    folder = tmp_path_factory.mktemp("chaos")
    export(EXPECTED, folder / "policies")
    export(OTHER, folder / "other")
    with running_opa(binary, folder / "policies", folder / "opa.log") as opa:
        settings = {"OPA_URL": opa.url, "TOKEN_LIFETIME_S": "3600", **database}
        async with running(folder, settings) as house:
            yield Scene(house, opa, folder / "other")


@dataclass
class Load:
    """Prefills at a steady rate. Half of them rest on a consent that nobody gave."""

    house: House
    asked: int = 0
    refused: list[float] = field(default_factory=list)
    undecided: int = 0
    """How many of those that were refused had no decision: the others were not recorded, or came too late."""
    filled: list[tuple[float, float]] = field(default_factory=list)
    wrong: list[bytes] = field(default_factory=list)

    @asynccontextmanager
    async def flowing(self) -> AsyncIterator[None]:
        """Keep it up meanwhile."""
        flow = asyncio.create_task(self._flow())
        try:
            yield
        finally:
            flow.cancel()
            with suppress(asyncio.CancelledError):
                await flow

    async def _flow(self) -> None:
        draw, loop = random.Random(os.environ.get("ONLYONCE_SEED", "7")), asyncio.get_running_loop()
        due, tasks = loop.time(), set[asyncio.Task[None]]()
        try:
            for number in itertools.count():
                place = draw.choice(KNOWN[:20])
                task = asyncio.create_task(self._ask(place, consented=number % 2 == 0))
                tasks.add(task)
                task.add_done_callback(tasks.discard)
                due = max(due + 1 / PREFILLS_PER_S, loop.time() - 1)
                await asyncio.sleep(max(0.0, due - loop.time()))
                while len(tasks) > AT_ONCE:
                    await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            await asyncio.gather(*tasks)

    async def _ask(self, place: int, *, consented: bool) -> None:
        self.asked += 1
        began = time.monotonic()
        try:
            if consented:
                reply = await self.house.prefill("study-grant", place, fields=FIELDS)
            else:
                reply = await self.house.prefill("sports-discount", place, client="municipality")
            self._judge(reply, began, consented=consented)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is told at the end: nobody waits for this task
            self.wrong.append(repr(error).encode())

    def _judge(self, reply: Reply, began: float, *, consented: bool) -> None:
        if reply.status == 503 and reply.problem == "serviceUnavailable":
            assert reply.json["retryAfterSec"] > 0
            self.refused.append(began)
            self.undecided += reply.json["detail"].startswith("The access rules cannot be checked")
            return
        found = set(statuses(reply).values()) if reply.status == 200 else {str(reply.status)}
        if consented and found == {"filled"}:
            self.filled.append((began, time.monotonic()))
        elif consented and found <= {"filled", "unavailable"}:
            pass  # a source was late on a busy machine
        elif consented or found != {"consentRequired"}:
            self.wrong.append(reply.body[:300])

    async def first_filled_after(self, moment: float) -> float:
        """When the first prefill was answered that began after a moment."""
        async with asyncio.timeout(WITHIN_S):
            while True:
                answered = [end for began, end in self.filled if began >= moment]
                if answered:
                    return min(answered)
                await asyncio.sleep(0.005)

    async def some(self, what: list[Any], count: int) -> None:
        """Wait for so many more."""
        wanted = len(what) + count
        async with asyncio.timeout(WITHIN_S):
            while len(what) < wanted:  # noqa: ASYNC110 - the prefills only count
                await asyncio.sleep(0.02)


async def opa_answers(opa: Opa) -> float:
    """The moment from which OPA answers."""
    server = OpaServer(opa.port, Path(os.devnull))
    async with asyncio.timeout(WITHIN_S):
        while True:
            try:
                await asyncio.to_thread(server.call, "GET", "/health")
            except (OSError, ValueError):
                await asyncio.sleep(0.01)
            else:
                return time.monotonic()


async def be_killed(scene: Scene, meanwhile: Callable[[], Awaitable[None]]) -> float:
    scene.opa.kill()
    await meanwhile()
    scene.opa.start()
    return await opa_answers(scene.opa)


async def hang_for_a_while(scene: Scene, meanwhile: Callable[[], Awaitable[None]]) -> float:
    scene.opa.hold()
    await meanwhile()
    scene.opa.let_go()
    return time.monotonic()


async def hold_other_policies(scene: Scene, meanwhile: Callable[[], Awaitable[None]]) -> float:
    scene.opa.kill()
    scene.opa.start(scene.other)
    await opa_answers(scene.opa)
    await meanwhile()
    scene.opa.kill()
    scene.opa.start()
    return await opa_answers(scene.opa)


def permitting(revision: str) -> Behaviour:
    """Permits whatever is asked, by policies of a certain revision."""

    async def behave(writer: asyncio.StreamWriter, asked: Mapping[str, Any]) -> None:
        permit = {"decision": "permit", "basis": "6(1)(e)", "obligations": [], "consents": [], "rule": "x"}
        found = {
            name: {
                "revision": revision,
                "attributes": {name: {**permit, "duties": []} for name in question.get("attributes", ())},
            }
            for name, question in asked.items()
        }
        writer.write(reply(json.dumps({"revision": revision, "answers": found})))
        await writer.drain()

    return behave


async def be_replaced_by_a_liar(scene: Scene, meanwhile: Callable[[], Awaitable[None]]) -> float:
    tale = itertools.cycle(
        [
            permitting(OTHER.revision),
            permitting(""),
            saying("{}"),
            saying("true"),
            saying(json.dumps({"revision": EXPECTED.revision, "answers": {}})),
            saying(json.dumps({"revision": EXPECTED.revision, "answers": True})),
            saying("null", status="500 Internal Server Error"),
            raw(b"\x16\x03\x01"),
            hang,
            hang_up,
        ]
    )

    async def lie(writer: asyncio.StreamWriter, asked: Mapping[str, Any]) -> None:
        await next(tale)(writer, asked)

    scene.opa.kill()
    async with listening(Server(lie), scene.opa.port) as liar:
        await meanwhile()
        async with asyncio.timeout(WITHIN_S):
            while len(liar.requests) < 3:  # noqa: ASYNC110 - the server has no event to wait for
                await asyncio.sleep(0.02)
    scene.opa.start()
    return await opa_answers(scene.opa)


DISTURBANCES = [be_killed, hang_for_a_while, hold_other_policies, be_replaced_by_a_liar]


async def test_nothing_leaves_without_a_decision_of_the_expected_policies(scene: Scene) -> None:
    house, load = scene.house, Load(scene.house)
    back: dict[str, float] = {}

    async def meanwhile() -> None:
        """Long enough for the disturbance to be felt, and for the health to tell of it."""
        await asyncio.gather(asyncio.sleep(DISTURBED_S), load.some(load.refused, 10))
        assert (await house.health()).json == {"status": "DOWN"}

    async with load.flowing():
        await load.some(load.filled, 10)
        for disturb in DISTURBANCES * ROUNDS:
            returned = await disturb(scene, meanwhile)
            back[disturb.__name__] = await load.first_filled_after(returned) - returned
            await load.some(load.filled, 10)
            await house.settled("UP")
    assert not load.wrong, load.wrong[:3]
    assert max(back.values()) < BACK_WITHIN_S, back
    print(f"asked {load.asked}, filled {len(load.filled)}, refused {len(load.refused)}, back after {back}")

    recorded = [line.details for line in (await entries(house)).values() if line.details is not None]
    disclosing = [details for details in recorded if details["disclosed"]]
    assert len(disclosing) >= len(load.filled)
    assert {details["policyRevision"] for details in disclosing} == {EXPECTED.revision}
    refused = [details for details in recorded if "policyRevision" not in details]
    assert len(refused) >= load.undecided > 0
    assert not any(details["disclosed"] or details.get("sources") for details in refused)
    assert (await house.verify()).returncode == 0
