"""The tree of the log, as anyone reads it over HTTP."""

import base64
import json
import subprocess
from collections.abc import Iterator
from hashlib import sha256
from typing import Any
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Engine, insert

from audit import metadata
from audit.checkpoints.checkpoint import verifier_key
from audit.store import BRIDGE
from audit.tree.merkle import hash_leaf, verify_consistency, verify_inclusion
from tests.audit.conftest import open_engine
from tests.audit.tree.test_merkle import naive_root
from tests.audit.tree.test_tiles import LEAVES, grow
from tests.support.log_server import running_log
from tests.support.machine import find_tlog, missing

SIZE = 1300
KEY = Ed25519PrivateKey.from_private_bytes(bytes(32)).public_key()
VERIFIER = verifier_key("example.org/log", KEY)
FOR_EVER = "public, max-age=31536000, immutable"


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    engine = open_engine(f"sqlite:///{tmp_path_factory.mktemp('log') / 'log.sqlite3'}")
    metadata.create_all(engine)
    yield engine
    engine.dispose()


@pytest.fixture(scope="module")
def log(engine: Engine) -> Iterator[str]:
    """A log of 1,300 entries; asked once before its first checkpoint."""
    with running_log(engine) as address:
        assert refused(f"{address}/checkpoint") == (404, "resourceNotFound")
        grow(engine, 0, 700)
        grow(engine, 700, SIZE)
        yield address


def get(address: str) -> tuple[bytes, dict[str, str]]:
    with urlopen(address, timeout=20) as reply:
        return reply.read(), {name.lower(): value for name, value in reply.headers.items()}


def refused(address: str) -> tuple[int, str]:
    with pytest.raises(HTTPError) as raised:
        get(address)
    body = raised.value.read()
    raised.value.close()
    return raised.value.code, json.loads(body)["type"].rpartition(":")[2]


def unpacked(answer: dict[str, Any], name: str) -> bytes:
    return base64.b64decode(answer[name])


def path(answer: dict[str, Any]) -> list[bytes]:
    return [base64.b64decode(one) for one in answer["path"]]


def test_tiles_may_be_kept_for_ever_and_the_checkpoint_for_a_moment(log: str) -> None:
    tile, headers = get(f"{log}/tile/0/001")
    assert tile == b"".join(map(hash_leaf, LEAVES[256:512]))
    assert (headers["cache-control"], headers["content-type"]) == (FOR_EVER, "application/octet-stream")
    note, headers = get(f"{log}/checkpoint")
    assert note.decode().split("\n")[:2] == ["example.org/log", str(SIZE)]
    assert headers["cache-control"] == "public, max-age=1"
    assert headers["content-type"] == "text/plain; charset=utf-8"


def test_partial_tiles_and_bundles_are_served_up_to_what_is_signed(log: str) -> None:
    assert get(f"{log}/tile/0/005.p/20")[0] == b"".join(map(hash_leaf, LEAVES[1280:1300]))
    assert get(f"{log}/tile/entries/005.p/1")[0] == b"\x00\x20" + LEAVES[1280]
    for name in ("0/005", "0/005.p/21", "1/000", "2/000.p/1", "0/x000/001", "entries/6", "data/000", ""):
        assert refused(f"{log}/tile/{name}") == (404, "resourceNotFound")


def test_proofs_hold_and_last_for_ever_where_they_name_their_size(log: str) -> None:
    body, headers = get(f"{log}/inclusion?index=3&size=700")
    one = json.loads(body)
    assert headers["cache-control"] == FOR_EVER
    assert (one["index"], one["size"]) == (3, 700)
    assert verify_inclusion(3, 700, hash_leaf(LEAVES[3]), path(one), naive_root(LEAVES[:700]))
    assert (unpacked(one, "leafHash"), unpacked(one, "rootHash")) == (
        hash_leaf(LEAVES[3]),
        naive_root(LEAVES[:700]),
    )
    body, headers = get(f"{log}/consistency?oldSize=700")
    two = json.loads(body)
    assert headers["cache-control"] == "public, max-age=1"
    assert (two["oldSize"], two["newSize"]) == (700, SIZE)
    roots = unpacked(two, "oldRootHash"), unpacked(two, "newRootHash")
    assert roots == (naive_root(LEAVES[:700]), naive_root(LEAVES))
    assert verify_consistency(700, SIZE, *roots, path(two))


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("inclusion?index=5&size=5", 400), ("inclusion?index=-1", 400), ("inclusion?index=x", 400),
        ("inclusion", 400), ("inclusion?index=1&leaf=1", 400), ("inclusion?index=10000000000", 400),
        ("inclusion?index=1300", 404), ("inclusion?index=0&size=1301", 404),
        ("consistency?oldSize=0", 400), ("consistency?oldSize=9&newSize=8", 400), ("consistency?newSize=8", 400),
        ("consistency?oldSize=1301", 404), ("consistency?oldSize=1&newSize=1301", 404), ("checkpoint?x=1", 400),
    ],
)  # fmt: skip
def test_what_cannot_be_proven_is_refused_and_says_why(log: str, query: str, status: int) -> None:
    kind = {400: "badRequest", 404: "resourceNotFound"}[status]
    assert refused(f"{log}/{query}") == (status, kind)


def read_by_others(address: str, old: int, *keys: str) -> subprocess.CompletedProcess[str]:
    program = find_tlog()
    if program is None:
        missing("Go's reader of logs")
    command = [str(program), f"{address}/", str(old), *keys]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def test_a_reader_of_other_peoples_checks_checkpoint_tiles_leaves_and_proofs(log: str) -> None:
    for old in (1, 256, 700, 1299):
        said = read_by_others(log, old, VERIFIER)
        assert (said.returncode, said.stdout, said.stderr) == (0, f"{SIZE}\n", "")


def test_a_reader_of_other_peoples_refuses_another_key_and_another_leaf(log: str, engine: Engine) -> None:
    other = verifier_key("example.org/log", Ed25519PrivateKey.generate().public_key())
    assert "verif" in read_by_others(log, 1, other).stderr
    change = "UPDATE audit_entry SET leaf = ? WHERE leaf_index = 300"
    with engine.begin() as connection:
        connection.exec_driver_sql(change, (sha256(b"another").digest(),))
    try:
        said = read_by_others(log, 1, VERIFIER)
    finally:
        with engine.begin() as connection:
            connection.exec_driver_sql(change, (LEAVES[300],))
    assert said.returncode == 1
    assert "hash" in said.stderr


@pytest.mark.usefixtures("log")
def test_tiles_that_were_altered_are_answered_as_unavailable(engine: Engine) -> None:
    change = "UPDATE audit_tile SET root = ? WHERE tile_index = 4"
    with engine.begin() as connection:
        connection.exec_driver_sql(change, (bytes(32),))
    try:
        with running_log(engine) as fresh:  # one that remembers no tile
            assert refused(f"{fresh}/inclusion?index=3") == (503, "serviceUnavailable")
    finally:
        with engine.begin() as connection:
            connection.exec_driver_sql(change, (naive_root(LEAVES[1024:1280]),))


def test_the_notices_of_bridges_are_public(engine: Engine, log: str) -> None:
    body, headers = get(f"{log}/bridges")
    assert (json.loads(body), headers["cache-control"]) == ({"items": [], "total": 0}, "public, max-age=1")
    with engine.begin() as connection:
        connection.execute(
            insert(BRIDGE).values([{"size": 9, "note": "second"}, {"size": 3, "note": "first"}])
        )
    assert json.loads(get(f"{log}/bridges")[0])["items"] == [{"notice": "first"}, {"notice": "second"}]
