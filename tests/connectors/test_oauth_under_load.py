"""Many calls at once while tokens expire, are refused and the token endpoint fails now and then."""

import asyncio
import os
import random
import time
from collections import Counter

import pytest

from connectors import SourceError
from connectors.rest import RestSource
from tests.connectors.authorisation import SECRET, World, running
from tests.connectors.conftest import about, rest_declaration
from tests.connectors.oauth_sources import OAUTH

pytestmark = pytest.mark.soak
SECONDS = 60 if os.environ.get("ONLYONCE_SOAK") else 3
IN_FLIGHT = 50
KNOWN = {"sourceUnavailable", "sourceRefused", "sourceBusy"}


async def test_tokens_that_go_bad_all_the_time_cost_few_calls_and_leave_nothing_behind() -> None:
    chance = random.Random(7)
    outcomes: Counter[str] = Counter()
    async with running(World(lifetime=1)) as world:
        declared = rest_declaration(
            authentication={"oauth2": OAUTH | {"tokenUrl": world.token_url}},
            limits={"deadlineMs": 2000, "connections": 20, "queue": 1000},
            circuit={"failures": 1000},
        )
        source = RestSource(declared, address=world.address, secrets={"password": SECRET}.__getitem__)
        await source.start()
        before = asyncio.all_tasks()
        end = time.monotonic() + SECONDS

        async def callers() -> None:
            while time.monotonic() < end:
                call = asyncio.create_task(source.ask(about(source, "0202239951")))
                if chance.random() < 0.02:
                    await asyncio.sleep(0)
                    call.cancel()
                try:
                    await call
                    outcomes["read"] += 1
                except asyncio.CancelledError:
                    outcomes["cancelled"] += 1
                except SourceError as error:
                    outcomes[error.code] += 1

        async def trouble() -> None:
            while time.monotonic() < end:
                await asyncio.sleep(0.1)
                world.status = chance.choice([200, 200, 200, 503])
                world.delay = chance.choice([0.0, 0.05])
                world.lifetime = chance.choice([0, 1, 1])
                world.refused = {f"token-{len(world.forms)}"} if chance.random() < 0.1 else set()

        await asyncio.gather(trouble(), *(callers() for _ in range(IN_FLIGHT)))
        await asyncio.sleep(0.2)
        left = asyncio.all_tasks() - before
        await source.close()
    assert outcomes["read"] > 50 * SECONDS
    assert outcomes.keys() <= {"read", "cancelled", *KNOWN}
    assert len(world.forms) < outcomes["read"] / 3
    assert not {task for task in left if "Tokens" in repr(task.get_coro())}
