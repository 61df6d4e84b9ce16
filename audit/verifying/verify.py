"""Verifying a whole log: what is stored against what was appended, sealed and signed.

1. Every entry: its columns give its leaf; its body opens, and gives its sealed digest; its place in its subject's chain.
2. The tree: no index is missing or there twice; the root at each checkpoint's size, and at the head's, is the one stored there; each
   tile is that of its entries.
3. Every checkpoint, stored or kept elsewhere: what it says, and its signature; the cosignatures of witnesses.
4. What stands beside: subjects' chains, data keys, open intents, the map of subjects, the index that entries are found by.
5. What the entries themselves promise: that a line which is shown later is shown.

Each is a module of `audit.verifying`; `CHECKS` lists them. Without the keys, what is sealed is not opened, and that a key was destroyed is
only claimed; without a public key, signatures are not checked; all else is. Entries are read a chunk at a time; each subject takes some
hundred bytes of memory.
"""

from collections.abc import Callable, Collection
from dataclasses import asdict
from datetime import UTC, datetime

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from sqlalchemy import Engine

from audit.checkpoints.checkpoint import read_checkpoint
from audit.keys.keyring import KeyRing
from audit.snapshot import snapshot
from audit.verifying.agents import AgentsCheck
from audit.verifying.bridges import BridgesCheck
from audit.verifying.chains import ChainsCheck
from audit.verifying.check import Check, Given, Log
from audit.verifying.checkpoints import CheckpointsCheck
from audit.verifying.cosignatures import CosignaturesCheck
from audit.verifying.deferred import DeferredCheck
from audit.verifying.entries import check_entries
from audit.verifying.indices import IndicesCheck
from audit.verifying.intents import IntentsCheck
from audit.verifying.keys import DataKeysCheck
from audit.verifying.report import Report
from audit.verifying.subject_map import SubjectMapCheck
from audit.verifying.tiles import TilesCheck
from audit.verifying.tree import HeadCheck
from audit.witnesses.cosignature import WitnessKey

CHECKS: tuple[type[Check], ...] = (
    ChainsCheck,
    AgentsCheck,
    CheckpointsCheck,
    CosignaturesCheck,
    BridgesCheck,
    HeadCheck,
    TilesCheck,
    DataKeysCheck,
    IntentsCheck,
    SubjectMapCheck,
    IndicesCheck,
    DeferredCheck,
)
"""Every check, in the order in which they are asked."""


def _now() -> datetime:
    return datetime.now(UTC)


def verify(
    engine: Engine,
    *,
    keys: KeyRing | None = None,
    blind: bytes | None = None,
    public_key: Ed25519PublicKey | Collection[Ed25519PublicKey] | None = None,
    kept: Collection[str] = (),
    witnesses: Collection[WitnessKey] = (),
    quorum: int | None = None,
    clock: Callable[[], datetime] = _now,
) -> Report:
    """Verify the log in a database, as it is at one instant; the hub may go on appending. Blocking.

    Args:
        engine: of the database.
        keys: to open what is sealed, as far as its keys are there.
        blind: the key of the blind indexes, to compare their tags.
        public_key: of the checkpoints' signer, or all that it ever had, oldest first: the first one is enough, for each later one is vouched
            for by the one before. None: no signature is checked.
        kept: checkpoints that were kept outside this database: the log must go on from each.
        witnesses: by what keys the witnesses are known that are believed; none: cosignatures are only checked by the keys they name.
        quorum: how many of them must have cosigned whatever is older than ten minutes; None: all.
        clock: a log older than a minute must have been signed.

    Raises:
        CheckpointInvalid: one of `kept` is none.
        ValueError: a quorum of none, or of more witnesses than there are.
    """
    for note in kept:
        read_checkpoint(note)
    needed = len(witnesses) if quorum is None else quorum
    if not 0 <= needed <= len(witnesses) or (witnesses and needed == 0):
        raise ValueError("a quorum is at least one and at most all of the witnesses")
    given = Given(
        now=clock(),
        ring=keys,
        blind=blind,
        public_keys=_all(public_key),
        kept=kept,
        witnesses=witnesses,
        quorum=needed,
    )
    with snapshot(engine) as connection:
        if (
            connection.dialect.name == "postgresql"
        ):  # what a hub allows for one statement is too short to sort a large map
            connection.exec_driver_sql("SET LOCAL statement_timeout = 0")
        return _verify(Log(connection, given))


def _all(
    keys: Ed25519PublicKey | Collection[Ed25519PublicKey] | None,
) -> tuple[Ed25519PublicKey, ...]:
    return (keys,) if isinstance(keys, Ed25519PublicKey) else tuple(keys or ())


def _verify(log: Log) -> Report:
    checks = [make(log) for make in CHECKS]
    whole = check_entries(log, checks)
    for check in checks:
        check.finish(whole=whole)
    return Report(size=log.tree.size, problems=log.findings.ordered(), **asdict(log.counts))
