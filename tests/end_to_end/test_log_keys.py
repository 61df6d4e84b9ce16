"""Another key signs the log of a running hub; whoever had the first key and nothing else follows."""

import asyncio
from base64 import b64decode

import pytest

from audit import verify
from audit.checkpoints.checkpoint import open_checkpoint, read_verifier_key
from audit.errors import CheckpointInvalid
from audit.tree.merkle import verify_consistency
from hub.database import open_engine
from hub.log_keys import LogKeys
from tests.end_to_end.house import House
from tests.end_to_end.replies import Json

LOG = "/api/log/v1"


async def keys(house: House) -> list[Json]:
    items: list[Json] = (await house.call("GET", f"{LOG}/keys")).json["items"]
    return items


async def checkpoint(house: House, verifier: str) -> tuple[int, bytes] | None:
    """What the last checkpoint says, if that key signed it."""
    note = (await house.call("GET", f"{LOG}/checkpoint")).body.decode()
    try:
        found = open_checkpoint(note, *read_verifier_key(verifier))
    except CheckpointInvalid:
        return None
    return found.size, found.root


async def signed(house: House, verifier: str, *, more_than: int) -> tuple[int, bytes]:
    """The first checkpoint of that key that counts more entries."""
    async with asyncio.timeout(20):
        while True:
            found = await checkpoint(house, verifier)
            if found is not None and found[0] > more_than:
                return found
            await asyncio.sleep(0.1)


async def alone(house: House) -> None:
    """Wait until only one private key of the log is left."""
    async with asyncio.timeout(20):
        while True:
            private = [
                path
                for path in house.keys.iterdir()
                if path.match("log*.ed25519.pem*") or path.match(".log*")
            ]
            if len(private) == 1:
                return
            await asyncio.sleep(0.1)


@pytest.mark.asyncio(loop_scope="session")
async def test_another_key_begins_without_a_restart_and_the_one_before_ends(small: House) -> None:
    await small.prefill("study-grant", small.fresh())
    before = await keys(small)
    old = before[-1]["verifierKey"]
    seen = await signed(small, old, more_than=0)

    LogKeys(small.keys).begin()
    await alone(small)
    after = await keys(small)
    assert after[:-1] == before
    assert after[-1]["namedBy"] >= 0
    new = after[-1]["verifierKey"]
    assert LogKeys(small.keys, create=False).public[-1] == read_verifier_key(new)[1]

    line = (await small.prefill("study-grant", small.fresh())).json["logIndex"]
    last = await signed(small, new, more_than=line)
    assert await checkpoint(small, old) is None
    path = f"{LOG}/consistency?oldSize={seen[0]}&newSize={last[0]}"
    proof = [b64decode(one) for one in (await small.call("GET", path)).json["path"]]
    assert verify_consistency(seen[0], last[0], seen[1], last[1], proof)

    engine = open_engine(small.at.environment()["ONLYONCE_DATABASE_URL"], create=False)
    try:
        first = read_verifier_key(after[0]["verifierKey"])[1]
        report = await asyncio.to_thread(verify, engine, public_key=first)
    finally:
        engine.dispose()
    assert (report.problems, report.signed >= last[0]) == ((), True)
