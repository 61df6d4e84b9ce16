"""Proofs of single lines: they open what is chosen, keep the rest, and no altered one passes."""

import json
from base64 import b64decode
from hashlib import sha256
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Engine

from audit import (
    MemoryKeyRing,
    NotSigned,
    ProofInvalid,
    Prover,
    Trust,
    UsageLog,
    WitnessKey,
    check_signatures,
    checkpoint,
    cosignature,
    read_bundle,
)
from audit.checkpoints.kept import Guard
from audit.checkpoints.signing import sign_head
from audit.errors import CheckpointInvalid
from tests.audit.conftest import MakeLog, entry, handle
from tests.audit.entries.test_format import DOCUMENT
from tests.audit.proofs import EXAMPLE_KEY, alterations, example, text_of
from tests.audit.verifying.samples import forget

ORIGIN = "example.org/log"


def trust(key: Ed25519PrivateKey) -> Trust:
    return Trust(log=(checkpoint.verifier_key(ORIGIN, key.public_key()),))


def check(proof: dict[str, Any], key: Ed25519PrivateKey) -> None:
    check_signatures(read_bundle(text_of(proof)), trust(key))


async def signed(log: UsageLog, engine: Engine, key: Ed25519PrivateKey) -> None:
    sign_head(engine, checkpoint.CheckpointSigner(ORIGIN, key), Guard(None))


async def test_a_proof_opens_what_was_chosen_and_keeps_the_rest(
    log: UsageLog, engine: Engine, keys: MemoryKeyRing, signing_key: Ed25519PrivateKey
) -> None:
    for n in range(7):
        await log.append(entry(n % 2, client="the-client", details={"caseId": f"c-{n}", "who": "nobody"}))
    await signed(log, engine, signing_key)
    for index in range(7):
        proof = Prover(engine, keys).prove(index, {"outcome", "caseId", "@number"})
        assert proof is not None
        bundle = read_bundle(text_of(proof))
        check_signatures(bundle, trust(signing_key))
        assert bundle.opened == {"index": str(index).encode(), "outcome": b"disclosed"}
        assert bundle.sealed == {"caseId": f'"c-{index}"'.encode(), "@number": str(index // 2).encode()}
        assert (bundle.closed, bundle.checkpoint.size) == (12, 7)
        assert not [word for word in ("the-client", "nobody", handle(index % 2)) if word in text_of(proof)]


async def test_a_proof_goes_on_from_an_old_checkpoint_to_the_last(
    log: UsageLog, engine: Engine, keys: MemoryKeyRing, signing_key: Ed25519PrivateKey
) -> None:
    for size in (3, 8):
        while (await log.append(entry())).index < size - 1:
            pass
        await signed(log, engine, signing_key)
    proof = Prover(engine, keys).prove(1, (), size=3)
    assert proof is not None
    bundle = read_bundle(text_of(proof))
    check_signatures(bundle, trust(signing_key))
    assert bundle.later is not None
    assert (bundle.checkpoint.size, checkpoint.read_checkpoint(bundle.later).size) == (3, 8)
    for way in (proof["later"]["path"][1:], [*proof["later"]["path"], proof["leaf"]]):
        with pytest.raises(ProofInvalid, match="goes on") as caught:
            read_bundle(text_of({**proof, "later": {**proof["later"], "path": way}}))
        assert caught.value.part == "later"
    with pytest.raises(NotSigned):
        Prover(engine, keys).prove(5, (), size=3)
    with pytest.raises(NotSigned):
        Prover(engine, keys).prove(1, (), size=4)


async def test_what_is_not_signed_yet_is_not_proven(
    log: UsageLog, engine: Engine, keys: MemoryKeyRing, signing_key: Ed25519PrivateKey
) -> None:
    await log.append(entry())
    with pytest.raises(NotSigned):
        Prover(engine, keys).prove(0, ())
    await signed(log, engine, signing_key)
    await log.append(entry())
    assert Prover(engine, keys).prove(0, ()) is not None
    assert Prover(engine, keys).prove(2, ()) is None
    with pytest.raises(NotSigned):
        Prover(engine, keys).prove(1, ())


async def test_a_forgotten_line_is_proven_without_its_content(
    log: UsageLog, engine: Engine, keys: MemoryKeyRing, signing_key: Ed25519PrivateKey
) -> None:
    await log.append(entry(1))
    await forget(log, engine, 1)
    await signed(log, engine, signing_key)
    proof = Prover(engine, keys).prove(0, {"outcome", "caseId"})
    assert proof is not None
    bundle = read_bundle(text_of(proof))
    check_signatures(bundle, trust(signing_key))
    assert (bundle.opened["outcome"], bundle.sealed) == (b"disclosed", {})


async def test_a_line_that_was_altered_in_the_database_is_not_proven(
    make_log: MakeLog, engine: Engine, keys: MemoryKeyRing
) -> None:
    log = make_log()
    await log.start()
    await log.append(entry())
    await log.close()
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE audit_entry SET outcome = 'refused'")
    with pytest.raises(Exception, match="log verify"):
        Prover(engine, keys).prove(0, {"outcome"})


def test_no_altered_proof_passes() -> None:
    proof = example()
    check(proof, EXAMPLE_KEY)
    tried = 0
    for what, altered in alterations(proof):
        tried += 1
        try:
            check(altered, EXAMPLE_KEY)
        except (ProofInvalid, CheckpointInvalid):
            continue
        assert what == "sealedFields left out"  # the same line, more of it kept closed
    assert tried > 200


@pytest.mark.parametrize(
    ("list_of_fields", "place", "part", "name"),
    [("openFields", 7, "field", "outcome"), ("sealedFields", 1, "field", "caseId")],
)
def test_the_field_that_was_altered_is_named(list_of_fields: str, place: int, part: str, name: str) -> None:
    proof = example()
    proof[list_of_fields][place]["value"] += "x"
    with pytest.raises(ProofInvalid, match=name) as caught:
        read_bundle(text_of(proof))
    assert (caught.value.part, caught.value.name) == (part, name)


def test_each_other_part_that_was_altered_is_named() -> None:
    digest = example()
    digest["openFields"][3]["digest"] = digest["leaf"]
    sealed = example()
    sealed["sealedFields"][0]["digest"] = sealed["leaf"]
    path = example()
    path["inclusion"]["path"][0] = path["leaf"]
    moved = example()
    moved["inclusion"]["checkpoint"] = moved["inclusion"]["checkpoint"].replace("\n2\n", "\n3\n")
    signature = example()
    signature["inclusion"]["checkpoint"] = signature["inclusion"]["checkpoint"].replace("— ", "— a")
    unwritten = example()
    last = unwritten["leaf"][-2]
    unwritten["leaf"] = unwritten["leaf"][:-2] + chr(ord(last) + 1) + "="  # other spelling, same bytes
    for proof, part in (
        (unwritten, "form"),
        (digest, "line"),
        (sealed, "line"),
        (path, "path"),
        (moved, "path"),
        (signature, "signature"),
    ):
        with pytest.raises(ProofInvalid) as caught:
            check(proof, EXAMPLE_KEY)
        assert caught.value.part == part


def test_a_proof_whose_log_is_signed_by_another_key_is_refused() -> None:
    with pytest.raises(ProofInvalid, match="not signed by the log"):
        check(example(), Ed25519PrivateKey.generate())


@pytest.mark.parametrize(
    "text", ["", "[]", "null", '{"format": "onlyonce/proof/v1"}', "{" * 10_000, "\ud800"]
)
def test_what_is_no_proof_is_said_to_be_none(text: str) -> None:
    with pytest.raises(ProofInvalid) as caught:
        read_bundle(text)
    assert caught.value.part == "form"


def test_the_documents_proof_is_what_the_code_makes_and_holds_by_the_document() -> None:
    text = DOCUMENT.read_text()
    shown = json.loads(text[text.index('{\n  "format": "onlyonce/proof/v1"') :].split("```")[0])
    assert shown == example()
    digests = {"openFields": b"", "sealedFields": b""}
    for fields in tuple(digests):
        for one in shown[fields]:
            digest = b64decode(one["digest"])
            if "name" in one:
                name = one["name"].encode()
                salted = b64decode(one["salt"]) + len(name).to_bytes(2, "big") + name + one["value"].encode()
                assert sha256(b"onlyonce/field/v1\x00" + salted).digest() == digest
            digests[fields] += digest
    sealed = sha256(b"onlyonce/sealed/v1\x00" + digests["sealedFields"]).digest()
    leaf = sha256(b"onlyonce/leaf/v1\x00" + digests["openFields"] + sealed).digest()
    (sibling,) = map(b64decode, shown["inclusion"]["path"])
    root = sha256(b"\x01" + sha256(b"\x00" + leaf).digest() + sibling).digest()
    assert b64decode(shown["inclusion"]["checkpoint"].split("\n")[2]) == root


def test_as_many_witnesses_as_are_wanted_have_to_have_cosigned() -> None:
    proof, keys = example(), [Ed25519PrivateKey.generate() for _ in range(3)]
    names = [f"witness.example/w{n}" for n in range(3)]
    note = proof["inclusion"]["checkpoint"]
    signed = note.partition("\n\n")[0] + "\n"
    for name, key in zip(names[:2], keys, strict=False):
        proof["inclusion"]["checkpoint"] += cosignature.cosign(signed, name, key, 1795435300).line()
    known = tuple(WitnessKey(name, key.public_key()).text() for name, key in zip(names, keys, strict=True))
    log = trust(EXAMPLE_KEY).log
    bundle = read_bundle(text_of(proof))
    assert [one.timestamp for one in check_signatures(bundle, Trust(log, known, 2))] == [1795435300] * 2
    for few in (Trust(log, known, 3), Trust(log, known[1:], 2), Trust(log, (known[0], known[0]), 2)):
        with pytest.raises(ProofInvalid, match="cosigned") as caught:
            check_signatures(bundle, few)
        assert caught.value.part == "witnesses"
