"""Other policies while prefills run: none fails, each entry names the set that decided, and from the change on only the new one decides."""

import asyncio
import os
import signal
import subprocess
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from audit import Line, UsageLog
from hub.database import open_engine
from hub.identity import Handles
from hub.keys import KeyFolder
from hub.services.entries import THE_HUB
from policies import PolicySet, build_bundle, load_policies, policy_set
from tests.end_to_end.conftest import PATIENCE_S
from tests.end_to_end.house import House, running, ssin
from tests.policies.bundles import BUILT, KEY, OTHER_KEY, public_pem
from tests.support.bundle_server import serving
from tests.support.machine import ROOT, free_port

CALLERS = 4
WITHIN_S = 60.0


def variant(number: int) -> PolicySet:
    """The policies of the house under another revision."""
    return policy_set(
        {**load_policies().modules, "variant.rego": f"package onlyonce.variant\n\nnumber := {number}\n"}
    )


ONE, TWO, THREE = variant(1), variant(2), variant(3)


def put(path: Path, policies: PolicySet, *, foreign: bool = False) -> None:
    """Put a bundle in place of another, as `policies build` does."""
    beside = path.with_suffix(".new")
    beside.write_bytes(build_bundle(policies, OTHER_KEY if foreign else KEY, BUILT))
    beside.replace(path)


@dataclass
class Traffic:
    """Prefills without a pause: when each began, and where its entry is."""

    house: House
    place: int
    answers: list[tuple[float, int]] = field(default_factory=list)
    failures: list[tuple[int, bytes]] = field(default_factory=list)

    async def one(self, hub: str | None = None) -> int:
        """One prefill; the index of its entry."""
        began = time.monotonic()
        reply = await self.house.prefill("study-grant", self.place, fields=["lastName"], hub=hub)
        # A source may be late on a busy machine: that says nothing of who decided, or whether.
        if reply.status != 200 or reply.json["fields"]["lastName"]["status"] not in {"filled", "unavailable"}:
            self.failures.append((reply.status, reply.body[:300]))
            return -1
        self.answers.append((began, reply.json["logIndex"]))
        return int(reply.json["logIndex"])

    @asynccontextmanager
    async def flowing(self) -> AsyncIterator[None]:
        """Keep it up meanwhile."""
        stop = asyncio.Event()

        async def keep_asking() -> None:
            while not stop.is_set():
                await self.one()

        callers = [asyncio.create_task(keep_asking()) for _ in range(CALLERS)]
        try:
            yield
        finally:
            stop.set()
            await asyncio.gather(*callers)

    async def more(self, count: int = 20) -> None:
        """Wait for so many more of them."""
        wanted = len(self.answers) + count
        async with asyncio.timeout(WITHIN_S):
            while len(self.answers) < wanted and not self.failures:  # noqa: ASYNC110 - callers only count
                await asyncio.sleep(0.02)


class Record:
    """The usage log of a house, read beside it."""

    def __init__(self, house: House) -> None:
        keys = KeyFolder(house.keys, create=False)
        self._engine = open_engine(house.at.database_url)
        self._log = UsageLog(self._engine, keys=keys.epochs, grants=lambda _, asked: asked)
        self._handles = Handles(keys.handles)

    def changes(self) -> list[Line]:
        """Each change of the policies, oldest first."""
        kinds = frozenset({"policyActivated"})
        return list(reversed(self._log.read_subject(THE_HUB, limit=100, kinds=kinds).lines))

    def prefills(self, place: int) -> dict[int, str]:
        """The revision that decided each prefill for a person, by the index of its entry."""
        handle, before = self._handles.of("audit", "ssin", ssin(place)), None
        found: dict[int, str] = {}
        while True:
            page = self._log.read_subject(handle, before=before, limit=500, kinds=frozenset({"prefill"}))
            found |= {line.index: str((line.details or {})["policyRevision"]) for line in page.lines}
            before = page.next
            if before is None:
                return found

    async def changed_to(self, policies: PolicySet, traffic: Traffic) -> tuple[int, float]:
        """Wait until a set rules; the index of the entry that says so, and a moment from which on nothing else decides.

        The entry is there a little before the hub goes over. That it did is seen by the first prefill that the new set decided.
        """
        async with asyncio.timeout(WITHIN_S):
            while (self.changes()[-1].details or {})["revision"] != policies.revision:  # noqa: ASYNC110 - it reads, each time
                await asyncio.sleep(0.05)
            index = self.changes()[-1].index
            while policies.revision not in self.prefills(traffic.place).values():  # noqa: ASYNC110
                await asyncio.sleep(0.05)
        return index, time.monotonic()

    def close(self) -> None:
        self._engine.dispose()


@contextmanager
def record_of(house: House) -> Iterator[Record]:
    record = Record(house)
    try:
        yield record
    finally:
        record.close()


def hub_process(house: House) -> int:
    """The hub's own process: it was started last."""
    return house.at.running[-1].pid


def check_change(
    traffic: Traffic, record: Record, change: Mapping[str, PolicySet], change_index: int, changed: float
) -> None:
    """That of all prefills each was decided by one of two sets, and those that began after the change by the new one."""
    decided = record.prefills(traffic.place)
    assert traffic.failures == []
    assert set(decided.values()) == {one.revision for one in change.values()}
    new = change["new"].revision
    assert min(index for index, revision in decided.items() if revision == new) > change_index
    later = [index for began, index in traffic.answers if began >= changed]
    assert len(later) >= 10
    assert {decided[index] for index in later} == {new}


async def test_new_policies_rule_an_embedded_hub_without_a_dropped_prefill(tmp_path: Path) -> None:
    (tmp_path / "key.pub").write_bytes(public_pem(KEY))
    bundle = tmp_path / "bundle.tar.gz"
    put(bundle, ONE)
    settings = {"POLICIES": str(bundle), "POLICIES_KEY": str(tmp_path / "key.pub"), "POLICIES_WATCH_S": "0"}
    async with running(tmp_path / "house", settings) as house:
        with record_of(house) as record:
            traffic = Traffic(house, house.fresh())
            async with traffic.flowing():
                await traffic.more()
                put(bundle, TWO)
                os.kill(hub_process(house), signal.SIGHUP)
                index, changed = await record.changed_to(TWO, traffic)
                await traffic.more()
            check_change(traffic, record, {"old": ONE, "new": TWO}, index, changed)

            put(bundle, THREE, foreign=True)  # a bad set is refused, and the present one goes on
            os.kill(hub_process(house), signal.SIGHUP)
            await house.settled("DEGRADED")
            last = await traffic.one()
            assert record.prefills(traffic.place)[last] == TWO.revision
            said = house.said()["cli.log"].decode()
            assert f"{bundle}: is not signed by the key that was given" in said

            put(bundle, TWO)
            os.kill(hub_process(house), signal.SIGHUP)
            await house.settled("UP")
            assert [line.details["revision"] for line in record.changes() if line.details] == [
                ONE.revision,
                TWO.revision,
            ]
        assert (await house.verify()).returncode == 0


async def test_replicas_go_over_by_themselves_and_make_one_entry(tmp_path: Path) -> None:
    (tmp_path / "key.pub").write_bytes(public_pem(KEY))
    bundle = tmp_path / "bundle.tar.gz"
    put(bundle, ONE)
    settings = {"POLICIES": str(bundle), "POLICIES_KEY": str(tmp_path / "key.pub"), "POLICIES_WATCH_S": "0.1"}
    async with running(tmp_path / "house", settings) as house, house.replica() as other:
        with record_of(house) as record:
            traffic = Traffic(house, house.fresh())

            async def decided_by() -> set[str]:
                indexes = [await traffic.one(hub) for hub in (house.hub, other)]
                decided = record.prefills(traffic.place)
                return {decided[index] for index in indexes if index >= 0}

            async def wait_for(policies: PolicySet) -> None:
                async with asyncio.timeout(WITHIN_S):
                    while await decided_by() != {policies.revision}:  # noqa: ASYNC110 - it asks, each time
                        await asyncio.sleep(0.05)

            await wait_for(ONE)
            put(bundle, TWO)
            await wait_for(TWO)
            revisions = [line.details["revision"] for line in record.changes() if line.details]
            assert revisions == [ONE.revision, TWO.revision]


@contextmanager
def opa_of(binary: Path, folder: Path, url: str) -> Iterator[str]:
    """An OPA with the settings of `deploy/`, which fetches its policies."""
    port = free_port()
    command: list[str | Path] = [
        binary, "run", "--server", "--addr", f"127.0.0.1:{port}", "--config-file", ROOT / "deploy/opa/signed.yaml",
        "--set-file", f"keys.onlyonce.key={folder / 'key.pub'}", ROOT / "deploy/opa/mask.rego",
    ]  # fmt: skip
    with (folder / "opa.log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, env={**os.environ, "POLICIES_URL": url})
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        process.kill()
        process.wait()


@pytest.mark.parametrize("first", ["the hub", "the server"])
async def test_new_policies_rule_an_opa_server_and_its_hub_without_a_dropped_prefill(
    first: str, opa_binary: Path, tmp_path: Path
) -> None:
    """The server takes the new set when it fetches it next; the hub learns of it before, or by the server's first answer."""
    served = tmp_path / "served"
    served.mkdir()
    (tmp_path / "key.pub").write_bytes(public_pem(KEY))
    bundle = tmp_path / "bundle.tar.gz" if first == "the hub" else served / "bundle.tar.gz"
    put(served / "bundle.tar.gz", ONE)
    put(bundle, ONE)
    with serving(served) as url, opa_of(opa_binary, tmp_path, url) as opa:
        settings = {
            "POLICIES": str(bundle), "POLICIES_KEY": str(tmp_path / "key.pub"), "OPA_URL": opa,
            "OPA_DEADLINE_S": PATIENCE_S, "POLICIES_WATCH_S": "0", "POLICIES_CHANGEOVER_S": "0.3",
        }  # fmt: skip
        async with running(tmp_path / "house", settings) as house:
            with record_of(house) as record:
                traffic = Traffic(house, house.fresh())
                async with traffic.flowing():
                    await traffic.more()
                    put(bundle, TWO)
                    if first == "the hub":
                        os.kill(hub_process(house), signal.SIGHUP)
                        await house.settled("DEGRADED")  # the server has not taken it, and the alarm says so
                        await traffic.more()
                        assert len(record.changes()) == 1
                        put(served / "bundle.tar.gz", TWO)
                    index, changed = await record.changed_to(TWO, traffic)
                    await traffic.more()
                check_change(traffic, record, {"old": ONE, "new": TWO}, index, changed)
                await house.settled("UP")

                put(served / "bundle.tar.gz", ONE)  # the earlier set is an unknown one now
                if first == "the hub":
                    await house.settled("DOWN")
                    refused = await house.prefill("study-grant", traffic.place)
                    assert refused.status == 503
            assert (await house.verify()).returncode == 0
