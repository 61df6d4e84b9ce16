"""Checkpoints are signed after the commit, by one replica at a time."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Engine

from audit import CheckpointSigner, MemoryKeyRing, UsageLog, verify
from audit.checkpoints.checkpoint import open_checkpoint
from audit.checkpoints.kept import Guard
from audit.checkpoints.signing import sign_head
from tests.audit.conftest import MakeLog, entry


def notes(engine: Engine) -> list[tuple[int, str]]:
    with engine.connect() as connection:
        rows = connection.exec_driver_sql("SELECT size, note FROM audit_checkpoint ORDER BY size").all()
    return [(row[0], row[1]) for row in rows]


async def test_the_head_is_signed_at_its_cadence_when_it_grew_and_only_then(
    make_log: MakeLog, engine: Engine, signing_key: Ed25519PrivateKey
) -> None:
    log = make_log(checkpoint_every=0.05)
    await log.start()
    await log.append(entry())
    await asyncio.sleep(0.3)
    assert [size for size, _ in notes(engine)] == [1]
    await log.append(entry())
    await asyncio.sleep(0.3)
    assert [size for size, _ in notes(engine)] == [1, 2]
    await log.append(entry())
    await log.close()
    assert [size for size, _ in notes(engine)] == [1, 2, 3]
    for size, note in notes(engine):
        assert open_checkpoint(note, "example.org/log", signing_key.public_key()).size == size


async def test_replicas_that_sign_at_once_sign_one_tree(
    make_log: MakeLog, engine: Engine, keys: MemoryKeyRing, signing_key: Ed25519PrivateKey
) -> None:
    logs = [make_log(checkpoint_every=0.002) for _ in range(3)]
    for log in logs:
        await log.start()
    for _ in range(20):
        await asyncio.gather(*(log.append(entry(n)) for n, log in enumerate(logs)))
    for log in logs:
        await log.close()
    report = verify(engine, keys=keys, public_key=signing_key.public_key())
    assert (report.problems, report.size, report.signed) == ((), 60, 60)
    assert report.checkpoints > 2


async def test_a_size_is_signed_once(log: UsageLog, engine: Engine, signing_key: Ed25519PrivateKey) -> None:
    await log.append(entry())
    signer = CheckpointSigner("example.org/log", signing_key)
    with ThreadPoolExecutor(4) as pool:
        signed = list(pool.map(lambda _: sign_head(engine, signer, Guard()), range(8)))
    assert len(notes(engine)) == 1
    assert signed.count(1) == 1


async def test_a_tree_that_became_shorter_is_not_signed(
    make_log: MakeLog, engine: Engine, signing_key: Ed25519PrivateKey
) -> None:
    log = make_log()
    await log.start()
    await asyncio.gather(*(log.append(entry()) for _ in range(3)))
    await log.close()
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE audit_head SET size = 2")
    assert sign_head(engine, CheckpointSigner("example.org/log", signing_key), Guard()) is None
    assert [size for size, _ in notes(engine)] == [3]
