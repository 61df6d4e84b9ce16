"""The map, written a second time from `docs/log-format.md` alone."""

import re
from hashlib import sha256
from pathlib import Path

from sqlalchemy import Engine

from audit import UsageLog
from audit.subject_map.proving import prove
from audit.subject_map.renewing import renew_map
from tests.audit.conftest import entry, handle
from tests.audit.subject_map.test_subject_map import builder, tell

DOCUMENT = Path(__file__).parents[3] / "docs" / "log-format.md"


def hashed(name: str, *parts: bytes) -> bytes:
    return sha256(f"onlyonce/map/{name}/v1".encode() + b"\x00" + b"".join(parts)).digest()


def node(left: bytes, right: bytes) -> bytes:
    return sha256(b"\x01" + left + right).digest()


EMPTY = {256: hashed("empty")}
for _level in range(255, -1, -1):
    EMPTY[_level] = node(EMPTY[_level + 1], EMPTY[_level + 1])


def root_above(key: bytes, leaf: bytes, siblings: dict[int, bytes]) -> bytes:
    bits = f"{int.from_bytes(key, 'big'):0256b}"
    for level in range(256, 0, -1):
        beside = siblings.get(level, EMPTY[level])
        leaf = node(beside, leaf) if bits[level - 1] == "1" else node(leaf, beside)
    return leaf


def test_the_example_in_the_document_is_right() -> None:
    text = DOCUMENT.read_text("utf-8")
    example = text[text.index("alone in the map") :]

    def given(name: str) -> str:
        found = re.search(rf"^{name}\s+([0-9a-f]{{64}})", example, re.MULTILINE)
        assert found, name
        return found[1]

    (last,) = re.findall(r"^leaf {11}([0-9a-f]{64})$", text, re.MULTILINE)
    key = hashed("key", b"ab" * 32)
    one = (1).to_bytes(8, "big")
    leaf = hashed("leaf", key, bytes(range(0x20)), one, one, bytes.fromhex(last))
    assert key.hex() == given("key")
    assert leaf.hex() == given("leaf hash")
    assert EMPTY[256].hex() == given("empty, at 256")
    assert EMPTY[0].hex() == given("empty, at 0")
    assert root_above(key, leaf, {}).hex() == given("root")


async def test_a_verifier_written_from_the_document_agrees_with_every_proof(
    log: UsageLog, engine: Engine
) -> None:
    for subject in (*range(30), 3, 3):
        await log.append(entry(subject))
    await renew_map(log, builder(engine), tell)
    for subject in range(40):
        found = prove(engine, handle(subject))
        assert found is not None
        key, leaf = hashed("key", handle(subject).encode()), EMPTY[256]
        content = found.proof.content
        assert (content is not None) == (subject < 30)
        if content is not None:
            numbers = [number.to_bytes(8, "big") for number in (1, 3 if subject == 3 else 1)]
            leaf = hashed("leaf", key, content.salt, *numbers, content.last_leaf)
        assert root_above(key, leaf, dict(found.proof.siblings)) == found.state.root
