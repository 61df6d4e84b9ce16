"""A running hub looks after its policies: it takes what was put there, and tells what is wrong."""

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from hub.services import policy_watch
from hub.services.policy_watch import PolicyWatch, stamp_of
from policies import PolicySet, PolicyUnavailable, export, load_policies, read_bundle
from policies.changeover import Changeover
from policies.embedded import EmbeddedDecisionPoint
from tests.policies.bundles import BUILT, KEY, a_set, built
from tests.policies.test_changeover import Record, Server

ONE, TWO = (a_set(f"\nnumber := {n}\n") for n in (1, 2))
WITHIN_S = 30.0


class Watched:
    """A watch over a bundle or a folder, on an engine in this process or outside."""

    def __init__(self, path: Path, read: Callable[[], PolicySet]) -> None:
        self.path, self.read = path, read
        self.record, self.server = Record(), Server(ONE)
        self.now = BUILT + timedelta(days=1)
        self.watches: list[PolicyWatch] = []

    async def start(
        self, *, every: float = 0.02, patience: float = 60.0, max_age: timedelta | None = None, embedded: bool = True,
        again: float = 60.0, meanwhile: Callable[[], object] = lambda: None,
    ) -> PolicyWatch:  # fmt: skip
        make = EmbeddedDecisionPoint if embedded else self.server.point
        taken = stamp_of(self.path)
        self.changeover = Changeover(self.read(), make, self.record, at_once=embedded)
        meanwhile()
        watch = PolicyWatch(
            self.changeover, path=self.path, read=self.read, every=every, patience=patience, max_age=max_age,
            clock=lambda: self.now, taken=taken, again=again,
        )  # fmt: skip
        await watch.start()
        self.watches.append(watch)
        return watch

    async def until(self, holds: Callable[[], bool]) -> None:
        async with asyncio.timeout(WITHIN_S):
            while not holds():  # noqa: ASYNC110 - what is waited for tells nobody
                await asyncio.sleep(0.01)

    async def rules(self, policies: PolicySet) -> None:
        await self.until(lambda: self.changeover.revision == policies.revision)


@pytest.fixture
async def bundle(tmp_path: Path) -> AsyncIterator[Watched]:
    path = tmp_path / "bundle.tar.gz"
    path.write_bytes(built(ONE))
    watched = Watched(path, lambda: read_bundle(path, KEY.verification_key))
    yield watched
    for watch in watched.watches:
        await watch.close()


@pytest.fixture
async def folder(tmp_path: Path) -> AsyncIterator[Watched]:
    path = tmp_path / "policies"
    export(ONE, path)
    watched = Watched(path, lambda: load_policies(path))
    yield watched
    for watch in watched.watches:
        await watch.close()


def put(watched: Watched, policies: PolicySet) -> None:
    beside = watched.path.with_suffix(".new")
    beside.write_bytes(built(policies))
    beside.replace(watched.path)


async def well(watch: PolicyWatch, *, expected: bool) -> None:
    async with asyncio.timeout(WITHIN_S):
        while await watch.well() is not expected:  # noqa: ASYNC110 - as above
            await asyncio.sleep(0.01)


async def test_what_was_put_there_is_taken(bundle: Watched) -> None:
    watch = await bundle.start()
    put(bundle, TWO)
    await bundle.rules(TWO)
    assert bundle.record.ruled == [TWO.revision]
    assert await watch.well()


async def test_what_is_put_there_while_the_hub_starts_is_taken(bundle: Watched) -> None:
    await bundle.start(meanwhile=lambda: put(bundle, TWO))
    await bundle.rules(TWO)


async def test_what_was_refused_is_tried_again_for_the_cause_may_pass(bundle: Watched) -> None:
    read, causes = bundle.read, [PolicyUnavailable("busy"), RuntimeError("a person's name"), None]

    def failing() -> PolicySet:
        cause = causes.pop(0) if len(causes) > 1 else None
        if cause is not None:
            raise cause
        return read()

    watch = await bundle.start(again=0.01)
    watch._read = failing
    with capture_logs() as said:
        put(bundle, TWO)
        await bundle.rules(TWO)
        await well(watch, expected=True)
    assert [one["problems"] for one in said if "problems" in one] == [
        "no policy decision: busy", "RuntimeError"
    ]  # fmt: skip


async def test_without_a_watch_it_is_taken_on_a_signal(bundle: Watched) -> None:
    watch = await bundle.start(every=0)
    put(bundle, TWO)
    await asyncio.sleep(0.1)
    assert bundle.changeover.revision == ONE.revision
    watch.look()
    await bundle.rules(TWO)


async def test_a_folder_is_taken_once_it_stands_still(folder: Watched) -> None:
    watch = await folder.start(every=3600)
    for number in range(3):  # somebody copies, file by file
        (folder.path / f"part{number}.rego").write_text(f"package onlyonce.part{number}\n\nx := 1\n")
        await watch._look(asked=False)
        assert folder.changeover.revision == ONE.revision
    await watch._look(asked=False)
    assert len(folder.changeover.policies.modules) == len(ONE.modules) + 3


async def test_a_bad_set_is_refused_by_name_and_the_earlier_one_goes_on(bundle: Watched) -> None:
    watch = await bundle.start()
    with capture_logs() as said:
        bundle.path.write_bytes(b"nothing")
        await well(watch, expected=False)
    assert [one for one in said if one["log_level"] == "error"] == [
        {
            "event": "the new policies are refused, the earlier ones go on",
            "log_level": "error",
            "problems": f"{bundle.path}: is not a gzipped tar",
        }
    ]
    assert bundle.changeover.revision == ONE.revision
    put(bundle, ONE)
    await well(watch, expected=True)
    assert bundle.record.ruled == []


async def test_a_bad_set_takes_the_place_of_one_that_waited(bundle: Watched) -> None:
    watch = await bundle.start(embedded=False)
    put(bundle, TWO)
    await bundle.until(lambda: bundle.changeover.awaited is not None)
    bundle.path.write_bytes(b"nothing")
    await well(watch, expected=False)
    assert bundle.changeover.awaited is None


async def test_that_the_path_is_gone_is_told_too(bundle: Watched) -> None:
    watch = await bundle.start()
    bundle.path.unlink()
    await well(watch, expected=False)
    assert bundle.changeover.revision == ONE.revision


async def test_a_server_that_takes_too_long_is_told_until_it_has_taken_it(bundle: Watched) -> None:
    watch = await bundle.start(patience=0.1, embedded=False)
    with capture_logs() as said:
        put(bundle, TWO)
        await well(watch, expected=False)
    (told,) = [one for one in said if one["log_level"] == "error"]
    assert (told["event"], told["revision"]) == ("the new policies do not rule yet", TWO.revision)
    assert bundle.changeover.revision == ONE.revision
    bundle.server.holds = TWO
    await well(watch, expected=True)
    assert bundle.changeover.revision == TWO.revision


async def test_a_server_that_is_in_time_is_no_trouble(bundle: Watched) -> None:
    watch = await bundle.start(embedded=False)
    put(bundle, TWO)
    await bundle.until(lambda: bundle.changeover.awaited is not None)
    assert await watch.well()


async def test_what_the_log_does_not_take_is_tried_again(bundle: Watched) -> None:
    watch = await bundle.start(patience=0.1)
    bundle.record.away = True
    put(bundle, TWO)
    await well(watch, expected=False)
    assert bundle.changeover.revision == ONE.revision
    bundle.record.away = False
    await bundle.rules(TWO)
    await well(watch, expected=True)


async def test_policies_that_are_too_old_are_told_once(bundle: Watched) -> None:
    watch = await bundle.start(max_age=timedelta(days=30))
    assert await watch.well()
    bundle.now = BUILT + timedelta(days=30, seconds=1)
    with capture_logs() as said:
        assert not await watch.well()
        assert not await watch.well()
    assert [one["event"] for one in said] == ["the policies are too old"]
    bundle.now = datetime(2026, 3, 2, tzinfo=UTC)
    assert await watch.well()


async def test_many_refusals_at_once_look_once(bundle: Watched) -> None:
    reads = 0
    read = bundle.read

    def counted() -> PolicySet:
        nonlocal reads
        reads += 1
        return read()

    bundle.read = counted
    watch = await bundle.start(every=0, embedded=False)
    reads = 0
    assert not await watch.catch_up()  # nothing new, so nothing is read
    await asyncio.sleep(0.3)
    put(bundle, TWO)
    assert all(await asyncio.gather(*(watch.catch_up() for _ in range(50))))
    assert reads == 1


async def test_while_nothing_can_be_had_it_is_not_looked_for_all_the_time(
    bundle: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(policy_watch, "_AGAIN_AFTER_S", 3600.0)
    watch = await bundle.start(every=0, embedded=False)
    assert not await watch.catch_up()
    put(bundle, TWO)
    assert not await watch.catch_up()


async def test_a_set_that_waits_rules_without_a_request_or_a_signal(bundle: Watched) -> None:
    watch = await bundle.start(every=0, embedded=False)
    put(bundle, TWO)
    watch.look()
    await bundle.until(lambda: bundle.changeover.awaited is not None)
    bundle.server.holds = TWO
    await bundle.rules(TWO)
