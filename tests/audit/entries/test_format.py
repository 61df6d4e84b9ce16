"""The format of the log, written a second time from `docs/log-format.md` alone."""

import re
from collections.abc import Mapping
from hashlib import sha256, shake_256
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import Engine

from audit import MemoryKeyRing
from audit.entries.leaf import encode_details, leaf, open_values, seal_fields, unpack_body
from audit.keys.sealing import DataKey, body_binding
from tests.audit.conftest import MakeLog, entry, handle
from tests.audit.tree.test_merkle import naive_root

DOCUMENT = Path(__file__).parents[3] / "docs" / "log-format.md"
OPEN = [
    "index",
    "id",
    "recordedAt",
    "kind",
    "controller",
    "client",
    "activity",
    "outcome",
    "subject",
    "retention",
    "keyId",
    "body",
]
COLUMNS = {"index": "leaf_index", "recordedAt": "recorded_at", "keyId": "key_id"}


def digests(seed: bytes, fields: list[tuple[bytes, bytes]]) -> bytes:
    stream = shake_256(b"onlyonce/salts/v1\x00" + seed).digest(16 * len(fields))
    return b"".join(
        sha256(
            b"onlyonce/field/v1\x00"
            + stream[16 * i : 16 * i + 16]
            + len(name).to_bytes(2, "big")
            + name
            + value
        ).digest()
        for i, (name, value) in enumerate(fields)
    )


def as_bytes(value: Any) -> bytes:
    return value if isinstance(value, bytes) else str(value).encode()


def leaf_of(row: Mapping[Any, Any]) -> bytes:
    fields = [(name.encode(), as_bytes(row[COLUMNS.get(name, name)])) for name in OPEN]
    message = b"onlyonce/leaf/v1\x00" + digests(row["salt"], fields) + row["sealed_digest"]
    return sha256(message).digest()


def fields_of(body: bytes) -> list[tuple[bytes, bytes]]:
    fields, at = [], 34
    while at < len(body):
        length = int.from_bytes(body[at : at + 2], "big")
        name, at = body[at + 2 : at + 2 + length], at + 2 + length
        length = int.from_bytes(body[at : at + 4], "big")
        value, at = body[at + 4 : at + 4 + length], at + 4 + length
        fields.append((name, value))
    assert len(fields) == int.from_bytes(body[32:34], "big")
    return fields


async def test_a_verifier_written_from_the_document_agrees_with_every_byte(
    make_log: MakeLog, engine: Engine, keys: MemoryKeyRing, signing_key: Ed25519PrivateKey
) -> None:
    log = make_log()
    await log.start()
    for n in range(9):
        await log.append(entry(n % 2, details={"n": n, "text": "é"}))
    await log.close()

    with engine.connect() as connection:
        read = {
            name: connection.exec_driver_sql(f"SELECT * FROM audit_{name} ORDER BY 1").mappings().all()  # noqa: S608
            for name in ("entry", "head", "checkpoint", "data_key", "subject")
        }
    data_keys = {}
    for row in read["data_key"]:
        names = (row["id"], row["subject"], row["retention"], row["period"], row["controller"])
        ad = "\x00".join(("onlyonce/key/v2", *names)).encode()
        data_keys[row["id"]] = keys.unwrap(row["epoch"], row["wrapped"], ad)

    ends: dict[str, tuple[int, bytes]] = {}
    leaves = []
    for n, row in enumerate(read["entry"]):
        assert row["leaf_index"] == n
        assert leaf_of(row) == row["leaf"]
        clear = [as_bytes(row[COLUMNS.get(name, name)]) for name in OPEN[:-1]]
        ad = b"\x00".join([b"onlyonce/body/v1\x00" + row["salt"], *clear])
        body = AESGCM(data_keys[row["key_id"]]).decrypt(row["body"][:12], row["body"][12:], ad)
        fields = fields_of(body)
        sealed = sha256(b"onlyonce/sealed/v1\x00" + digests(body[:32], fields)).digest()
        assert sealed == row["sealed_digest"]
        count, previous = ends.get(row["subject"], (0, b""))
        assert fields[-2:] == [(b"@number", b"%d" % count), (b"@previous", previous)]
        ends[row["subject"]] = (count + 1, row["leaf"])
        leaves.append(row["leaf"])

    (head,) = read["head"]
    assert (head["size"], head["root"]) == (9, naive_root(leaves))
    assert head["compact_range"] == naive_root(leaves[:8]) + naive_root(leaves[8:])
    assert {row["subject"]: (row["entries"], row["last_leaf"]) for row in read["subject"]} == ends
    (checkpoint,) = read["checkpoint"]
    text, _, signature = checkpoint["note"].partition("\n\n")
    origin, size, _root = text.split("\n")
    assert (origin, size) == ("example.org/log", "9")
    assert signature.startswith(f"— {origin} ")


def test_the_documents_example_is_what_the_code_computes() -> None:
    example = re.search(r"```\nbody  (.*?)```", DOCUMENT.read_text(), re.DOTALL)
    assert example is not None
    words = [w for w in example[1].split() if re.fullmatch("[0-9a-f]{30,}", w)]
    body, (sealed, value, leaf_hash) = bytes.fromhex("".join(words[:-3])), map(bytes.fromhex, words[-3:])
    fields = [
        *encode_details({"asked": ["person.familyName"], "caseId": "c-1"}),
        (b"@number", b"0"),
        (b"@previous", b""),
    ]
    assert seal_fields(bytes(range(32, 64)), fields) == (sealed, body)
    assert unpack_body(body) == (bytes(range(32, 64)), fields)
    subject = "ab" * 32
    row: dict[str, Any] = {
        "leaf_index": 0,
        "id": "e-1",
        "recorded_at": 1795435200000,
        "kind": "prefill",
        "controller": "study-grants",
        "client": "forms",
        "activity": "grant",
        "outcome": "disclosed",
        "subject": subject,
        "retention": "P10Y",
        "key_id": "k1",
        "salt": bytes(range(16)),
        "sealed_digest": sealed,
    }
    values = open_values(row)
    row["body"] = DataKey("k1", bytes(32)).seal(bytes(12), body, body_binding(row["salt"], values))
    assert leaf(row["salt"], values, row["body"], sealed) == value == leaf_of(row)
    assert sha256(b"\x00" + value).digest() == leaf_hash


@pytest.mark.parametrize("cut", [0, 31, 33, 36, -1])
def test_a_body_that_was_cut_is_no_body(cut: int) -> None:
    _, body = seal_fields(bytes(32), encode_details({"a": "b", "c": handle()}))
    with pytest.raises(ValueError, match="wrong length"):
        unpack_body(body[:cut])


def test_two_entries_alike_have_nothing_alike_in_the_tree() -> None:
    fields = encode_details({"a": "b"})
    assert seal_fields(bytes(32), fields)[0] != seal_fields(bytes([1] * 32), fields)[0]


def test_a_name_cannot_be_moved_into_its_value() -> None:
    assert seal_fields(bytes(32), [(b"ab", b"c")]) != seal_fields(bytes(32), [(b"a", b"bc")])
