"""Proofs of completeness: that so many lines are all, or that there is none, shown without the log."""

import asyncio
import json
from copy import deepcopy
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Engine

from audit import (
    CompletenessProver,
    MemoryKeyRing,
    NotSigned,
    ProofInvalid,
    Prover,
    Trust,
    UsageLog,
    check_signatures,
    checkpoint,
    metadata,
    read_completeness,
    renew_map,
)
from audit.proving.completeness import Completeness
from tests.audit.conftest import MakeLog, entry, handle, open_engine
from tests.audit.proofs import alterations
from tests.audit.subject_map.test_subject_map import builder, tell
from tests.audit.verifying.samples import forget, open_log

Json = dict[str, Any]


@pytest.fixture
def prover(engine: Engine, keys: MemoryKeyRing) -> CompletenessProver:
    return CompletenessProver(engine, Prover(engine, keys))


async def recorded(make_log: MakeLog, engine: Engine, *subjects: int, forgotten: int | None = None) -> None:
    """Entries of these subjects, then a map that counts them; the log is closed, and so signed."""
    log = make_log()
    await log.start()
    for subject in subjects:
        await log.append(entry(subject))
    if forgotten is not None:
        await forget(log, engine, forgotten)
        await log.append(entry(forgotten))
    await renew_map(log, builder(engine), tell)
    await log.close()


def read(proof: Json) -> Completeness:
    return read_completeness(json.dumps(proof))


def refused(proof: Json) -> str:
    with pytest.raises(ProofInvalid) as caught:
        read(proof)
    return caught.value.part


async def test_all_lines_of_a_subject_are_shown_to_be_all(
    make_log: MakeLog, engine: Engine, prover: CompletenessProver, signing_key: Ed25519PrivateKey
) -> None:
    await recorded(make_log, engine, 1, 2, 1, 3, 1, 2, 1)
    found = read(prover.prove(handle(1)))
    assert [line.index for line in found.lines] == [6, 4, 2, 0]
    assert (found.entries, found.size, found.told_at, found.all_shown, found.older) == (4, 7, 7, True, 0)
    trusted = Trust(log=(checkpoint.verifier_key("example.org/log", signing_key.public_key()),))
    for bundle in found.bundles:
        check_signatures(bundle, trusted)


async def test_whoever_has_no_line_is_shown_that(
    make_log: MakeLog, engine: Engine, prover: CompletenessProver
) -> None:
    await recorded(make_log, engine, *range(1, 20))
    found = read(prover.prove(handle(99)))
    assert (found.entries, found.lines, found.all_shown, found.size) == (0, (), True, 19)


async def test_many_lines_come_in_several_files(
    make_log: MakeLog, engine: Engine, prover: CompletenessProver
) -> None:
    await recorded(make_log, engine, *[1, 2] * 7)
    shown: list[int] = []
    older: list[int | None] = []
    before = None
    while True:
        proof = prover.prove(handle(1), before=before, most=3)
        found = read(proof)
        shown += [line.index for line in found.lines]
        older.append(found.older)
        assert not found.all_shown
        before = proof.get("next")
        if before is None:
            break
    assert shown == [12, 10, 8, 6, 4, 2, 0]
    assert older == [4, 1, 0]


async def test_lines_whose_key_was_destroyed_are_counted_and_shown_to_be_in_the_log(
    make_log: MakeLog, engine: Engine, prover: CompletenessProver
) -> None:
    await recorded(make_log, engine, 1, 2, 2, 1, forgotten=1)
    found = read(prover.prove(handle(1)))
    assert found.entries == len(found.lines) == 4
    assert [line.is_sealed for line in found.lines] == [False, False, True, True]
    assert (found.unreadable, len(found.bundles)) == (2, 2)  # the chain leads to the newer of the two
    proof = prover.prove(handle(1))
    del proof["lines"][-1]["inclusion"]
    assert refused(proof) == "chain"


async def test_a_line_that_is_kept_back_is_missed(
    make_log: MakeLog, engine: Engine, prover: CompletenessProver
) -> None:
    await recorded(make_log, engine, 1, 2, 1, 2, 1)
    proof = prover.prove(handle(1))
    for place in range(3):
        short = deepcopy(proof)
        del short["lines"][place]
        assert refused(short) == "chain"
    assert refused(proof | {"next": 2}) == "chain"
    assert refused(proof | {"lines": proof["lines"][::-1]}) == "chain"
    assert refused(proof | {"lines": prover.prove(handle(2))["lines"]}) == "chain"
    assert refused({name: part for name, part in proof.items() if name != "content"}) == "map"


async def test_another_logs_lines_are_none_of_this_chain(
    make_log: MakeLog, engine: Engine, prover: CompletenessProver, tmp_path: Path, keys: MemoryKeyRing
) -> None:
    """They have the same indices, numbers and subject; only their leaves say whose they are."""
    await recorded(make_log, engine, 1, 1)
    other = open_engine(f"sqlite:///{tmp_path / 'other.sqlite3'}")
    metadata.create_all(other)
    log = open_log(other, keys, Ed25519PrivateKey.generate())
    await log.start()
    await log.append(entry(1))
    await log.append(entry(1))
    await renew_map(log, builder(other), tell)
    await log.close()
    foreign = CompletenessProver(other, Prover(other, keys)).prove(handle(1))
    other.dispose()
    proof = prover.prove(handle(1))
    for place in range(2):
        forged = deepcopy(proof)
        forged["lines"][place] = foreign["lines"][place]
        assert refused(forged) == "chain"


async def test_a_later_file_shows_nobody_elses_lines(
    make_log: MakeLog, engine: Engine, prover: CompletenessProver
) -> None:
    await recorded(make_log, engine, *[1, 2] * 4)
    mine, theirs = (prover.prove(handle(one), before=5) for one in (1, 2))
    assert [line.index for line in read(mine).lines] == [4, 2, 0]
    assert refused(mine | {"lines": theirs["lines"]}) == "chain"
    assert refused(mine | {"before": 4}) == "chain"


async def test_a_forgotten_line_is_missed_between_two_that_can_be_read(
    make_log: MakeLog, engine: Engine, prover: CompletenessProver
) -> None:
    log = make_log()
    await log.start()
    await log.append(entry(1, retention="P20Y"))
    await log.append(entry(1))
    await log.append(entry(1))
    await forget(log, engine, 1, only="P10Y")
    await renew_map(log, builder(engine), tell)
    await log.close()
    proof = prover.prove(handle(1))
    found = read(proof)
    assert [line.is_sealed for line in found.lines] == [False, True, True, False]
    for place in (1, 2):
        short = deepcopy(proof)
        del short["lines"][place]
        assert refused(short) == "chain"


async def test_a_map_counts_no_entry_that_came_after_it(
    make_log: MakeLog, engine: Engine, prover: CompletenessProver
) -> None:
    log = make_log()
    await log.start()
    await log.append(entry(1))
    await renew_map(log, builder(engine), lambda state: tell(replace(state, size=state.size + 1)))
    await log.close()
    assert refused(prover.prove(handle(1))) == "map"


async def test_a_proof_of_nothing_is_nobody_elses(
    make_log: MakeLog, engine: Engine, prover: CompletenessProver
) -> None:
    await recorded(make_log, engine, 1, 2, 1, 2, 1)
    nothing = prover.prove(handle(9))
    assert refused(nothing | {"subject": handle(1)}) == "map"
    assert refused(prover.prove(handle(1)) | {"subject": handle(9)}) == "map"


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)  # a file is a file
async def test_no_letter_of_a_proof_can_be_altered(
    make_log: MakeLog, engine: Engine, prover: CompletenessProver, signing_key: Ed25519PrivateKey
) -> None:
    await recorded(make_log, engine, 1, 2, 1)
    proof = prover.prove(handle(1))
    trusted = Trust(log=(checkpoint.verifier_key("example.org/log", signing_key.public_key()),))
    tried = 0
    for what, altered in alterations(proof):
        tried += 1
        try:
            found = read(altered)
            for bundle in found.bundles:
                check_signatures(bundle, trusted)
        except ProofInvalid:
            continue
        assert what == "lines.1.sealedFields left out"  # the oldest line, closed: it is counted all the same
        assert found.entries == 2
    assert tried > 500


async def test_a_proof_names_nobody_else(
    make_log: MakeLog, engine: Engine, prover: CompletenessProver
) -> None:
    await recorded(make_log, engine, *range(1, 9), 1)
    mine = prover.prove(handle(1))
    for other in range(2, 9):
        theirs = prover.prove(handle(other))
        text = json.dumps(mine)
        assert handle(other) not in text
        for secret in (theirs["content"]["salt"], theirs["content"]["lastLeaf"], theirs["lines"][0]["leaf"]):
            assert secret not in text


async def test_before_the_first_map_is_signed_nothing_is_proven(
    log: UsageLog, engine: Engine, prover: CompletenessProver
) -> None:
    await log.append(entry(1))
    with pytest.raises(NotSigned):
        await asyncio.to_thread(prover.prove, handle(1))
    await renew_map(log, builder(engine), tell)
    with pytest.raises(NotSigned):
        await asyncio.to_thread(prover.prove, handle(1))
