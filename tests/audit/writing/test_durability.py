"""Processes and databases that are killed, and processes that append at once."""

import asyncio
import itertools
import os
import random
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Engine

from audit import DELIVERY_UNKNOWN, LogSettings, UsageLog, metadata, note_in, verify
from tests.audit.conftest import open_engine
from tests.audit.processes import KEY, Child, account_for, keys, wait_until
from tests.support.postgres import Cluster

SOAK = bool(os.environ.get("ONLYONCE_SOAK"))
ROUNDS = 50 if SOAK else 3
SECONDS = 60 if SOAK else 0
WRITERS = 64
VICTIMS = ("hub", "database", "both")


def made(folder: Path) -> tuple[str, Engine]:
    """A new log in SQLite."""
    url = f"sqlite:///{folder / 'log.sqlite3'}"
    engine = open_engine(url)
    metadata.create_all(engine)
    return url, engine


def stored(engine: Engine, *, outcome: str = "disclosed") -> list[str]:
    query = "SELECT id, outcome FROM audit_entry ORDER BY leaf_index"
    with engine.connect() as connection:
        return [name for name, became in connection.exec_driver_sql(query) if became == outcome]


def intents(engine: Engine) -> set[str]:
    with engine.connect() as connection:
        return set(connection.exec_driver_sql("SELECT id FROM audit_intent").scalars())


def check_log(engine: Engine, kept: Path | None = None) -> None:
    """One tree, whose every checkpoint was signed by the children's key, and which goes on from the one that was kept outside."""
    notes = [note_in(kept.read_text())] if kept is not None and kept.exists() else []
    public_key = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(KEY)).public_key()
    report = verify(engine, keys=keys(), public_key=public_key if notes else None, kept=notes)
    assert report.problems == ()


@pytest.mark.soak
def test_what_a_killed_process_had_acknowledged_is_in_the_log(
    database_url: str, engine: Engine, tmp_path: Path
) -> None:
    children, kept = [], tmp_path / "log.checkpoint"
    for _ in range(ROUNDS):
        with Child(database_url, writers=WRITERS, kept=kept) as child:
            children.append(child)
            child.work(WRITERS)
            time.sleep(random.uniform(0, 0.3))
        check_log(engine, kept)
        account_for(children, stored(engine))
    unknown = _every_intent_becomes_an_entry(engine)
    said = {name.removeprefix("e-") for child in children for name in child.acknowledged}
    assert not said & {name.removeprefix("i-") for name in unknown}


def _every_intent_becomes_an_entry(engine: Engine) -> set[str]:
    """What was announced by those that were killed is on record within a minute: here the minute is over at once."""
    settings, left = LogSettings(), intents(engine)
    assert settings.orphan_after.total_seconds() + 2 * settings.sweep_every + settings.deadline < 60
    log = UsageLog(
        engine,
        keys=keys(),
        grants=lambda _, asked: asked,
        intent_clock=lambda: datetime.now(UTC) + settings.orphan_after,
    )

    async def sweep() -> None:
        await log.start()
        await asyncio.to_thread(wait_until, lambda: not intents(engine), "end of the open intents")
        await log.close()

    asyncio.run(sweep())
    unknown = stored(engine, outcome=DELIVERY_UNKNOWN)  # in a long run, some were others' to record
    assert left <= set(unknown)
    assert len(unknown) == len(set(unknown))
    check_log(engine)
    return set(unknown)


@pytest.mark.soak
def test_what_was_acknowledged_is_in_the_log_though_hub_and_postgresql_are_killed(
    mortal_cluster: Cluster, tmp_path: Path
) -> None:
    url, kept = mortal_cluster.url("killed"), tmp_path / "log.checkpoint"
    engine = open_engine(url)
    metadata.create_all(engine)
    children = [Child(url, writers=WRITERS, kept=kept)]
    try:
        for victim in itertools.islice(itertools.cycle(random.sample(VICTIMS, len(VICTIMS))), ROUNDS):
            children[-1].work(WRITERS)
            time.sleep(random.uniform(0, 0.3))
            if victim != "database":
                children[-1].kill()
            if victim != "hub":
                mortal_cluster.kill()
                mortal_cluster.start()
            if victim != "database":
                children.append(Child(url, writers=WRITERS, kept=kept))
        children[-1].work(WRITERS)  # it goes on, whoever was killed last
    finally:
        for child in children:
            with child:
                child.kill()
    check_log(engine, kept)
    account_for(children, stored(engine))
    engine.dispose()


def test_a_hub_that_answers_before_its_commit_is_caught(tmp_path: Path) -> None:
    """The control: what the other tests compare does tell such a hub from a sound one."""
    url, engine = made(tmp_path)
    with Child(url, writers=4, hasty=True) as child:
        child.work(1)
    check_log(engine)
    with pytest.raises(AssertionError, match="acknowledged entries are lost"):
        account_for([child], stored(engine))
    engine.dispose()


def test_an_entry_that_nobody_was_told_of_is_caught(tmp_path: Path) -> None:
    url, engine = made(tmp_path)
    with Child(url, writers=4) as child:
        child.work(20)
    account_for([child], stored(engine))
    untold = next(name for name in child.acknowledged if name.endswith("-0"))
    child.acknowledged.remove(untold)
    with pytest.raises(AssertionError, match="was told nothing"):
        account_for([child], stored(engine))
    engine.dispose()


@pytest.mark.soak
@pytest.mark.parametrize("replicas", [2, 4])
def test_processes_on_one_database_make_one_tree(postgres_url: str, tmp_path: Path, replicas: int) -> None:
    engine = open_engine(postgres_url)
    metadata.create_all(engine)
    kept = tmp_path / "log.checkpoint"
    children = [Child(postgres_url, writers=WRITERS // replicas, kept=kept) for _ in range(replicas)]
    try:
        for _ in range(2):  # the second time, all of them have begun: so they take turns
            for child in children:
                child.work(WRITERS)
        time.sleep(SECONDS)
        for child in children:
            child.end()
            assert child.process.returncode == 0
    finally:
        for child in children:
            with child:
                child.kill()
    ids = stored(engine)
    account_for(children, ids)
    refused = {name for child in children for name in child.refused}  # on a machine that has no time for them
    assert set(ids) <= {name for child in children for name in child.acknowledged} | refused
    who = [name.split("-")[1] for name in ids]
    assert len(set(who)) == replicas
    assert sum(a != b for a, b in itertools.pairwise(who)) > 1
    assert intents(engine) <= {name.replace("e-", "i-", 1) for name in refused}
    check_log(engine, kept)
    engine.dispose()
