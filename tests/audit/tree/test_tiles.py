"""Tiles, and the proofs made from them, against the definitions."""

import asyncio
import re
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from importlib import import_module
from typing import Any

import pytest
from alembic.migration import MigrationContext
from alembic.operations import Operations
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, event, insert

from audit import CheckpointSigner, LogUnavailable, MemoryKeyRing, metadata, verify
from audit.checkpoints.kept import Guard
from audit.checkpoints.signing import sign_head
from audit.tree.merkle import CompactRange, hash_children, hash_leaf, verify_consistency, verify_inclusion
from audit.tree.proofs import Proofs, TileCache, Tree
from audit.tree.tiles import TileName, levels_of, read_path, root_of
from audit.tree.tiling import write_tiles
from tests.audit.conftest import MakeLog, entry, open_engine
from tests.audit.entries.test_format import DOCUMENT
from tests.audit.tree.test_merkle import naive_root

LEAVES = [sha256(b"entry %d" % n).digest() for n in range(1300)]


def grow(engine: Engine, start: int, end: int) -> None:
    """Entries that have a leaf and nothing else of interest, and the head that counts them; signed."""
    tree = CompactRange()
    for leaf in LEAVES[:end]:
        tree.append(hash_leaf(leaf))
    names = ("kind", "controller", "client", "activity", "outcome", "subject", "retention", "key_id")
    columns: dict[str, Any] = dict.fromkeys(names, "x") | dict.fromkeys(
        ("body", "salt", "sealed_digest"), b"x"
    )
    rows = [
        columns | {"leaf_index": n, "id": str(n), "recorded_at": 1, "leaf": LEAVES[n]}
        for n in range(start, end)
    ]
    head = {"id": 1, "size": end, "root": tree.root(), "compact_range": tree.to_bytes()}
    with engine.begin() as connection:
        connection.execute(insert(metadata.tables["audit_entry"]), rows)
        connection.exec_driver_sql("DELETE FROM audit_head")
        connection.execute(insert(metadata.tables["audit_head"]), head)
    signer = CheckpointSigner("example.org/log", Ed25519PrivateKey.from_private_bytes(bytes(32)))
    assert sign_head(engine, signer, Guard()) == end


def stored(engine: Engine) -> list[tuple[int, int]]:
    with engine.connect() as connection:
        rows = connection.exec_driver_sql("SELECT level, tile_index FROM audit_tile ORDER BY 1, 2").all()
    return [(level, index) for level, index in rows]


@pytest.fixture(scope="module")
def grown(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """A log of 1,300 entries, signed at 700 and at 1,300."""
    engine = open_engine(f"sqlite:///{tmp_path_factory.mktemp('tiles') / 'log.sqlite3'}")
    metadata.create_all(engine)
    grow(engine, 0, 700)
    grow(engine, 700, 1300)
    yield engine
    engine.dispose()


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.integers(1, 1300), st.data())
def test_every_proof_from_tiles_holds_against_the_definition(
    grown: Engine, size: int, draw: st.DataObject
) -> None:
    index, old = draw.draw(st.integers(0, size - 1)), draw.draw(st.integers(1, size))
    proofs, root = Proofs(grown), naive_root(LEAVES[:size])
    one, two = proofs.inclusion(index, size), proofs.consistency(old, size)
    assert one is not None
    assert two is not None
    assert (one.leaf_hash, one.root, two.new_root) == (hash_leaf(LEAVES[index]), root, root)
    assert two.old_root == naive_root(LEAVES[:old])
    assert verify_inclusion(index, size, one.leaf_hash, one.path, root)
    assert verify_consistency(old, size, two.old_root, root, two.path)


def test_full_tiles_are_written_with_the_checkpoint_that_counts_them_and_never_again(engine: Engine) -> None:
    grow(engine, 0, 255)
    assert stored(engine) == []
    grow(engine, 255, 256)
    assert stored(engine) == [(0, 0)]
    with statements(engine) as said:
        grow(engine, 256, 1300)
    assert stored(engine) == [(0, index) for index in range(5)]
    read = [one for one in said if "SELECT audit_entry.leaf " in one and "FROM audit_entry" in one]
    assert read  # by ranges of the index, not one by one
    assert len([one for one in said if one.startswith("INSERT INTO audit_tile")]) == 1


@contextmanager
def statements(engine: Engine) -> Iterator[list[str]]:
    said: list[str] = []

    def note(_c: object, _cursor: object, statement: str, *_rest: object) -> None:
        said.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    yield said
    event.remove(engine, "before_cursor_execute", note)


def test_a_proof_reads_a_few_rows_however_many_entries_there_are(grown: Engine) -> None:
    with statements(grown) as said:
        assert Proofs(grown).inclusion(3) is not None
    assert len(said) <= 4  # the checkpoint, the leaf's tile, and the right edge of each level


def test_a_tile_and_its_bundle_are_what_the_specification_says(grown: Engine) -> None:
    proofs = Proofs(grown)
    full, edge = proofs.tile(TileName(0, 1)), proofs.tile(TileName(0, 5, 20))
    assert full == b"".join(map(hash_leaf, LEAVES[256:512]))
    assert edge == b"".join(map(hash_leaf, LEAVES[1280:1300]))
    assert proofs.tile(TileName(0, 1, 7)) == b"".join(map(hash_leaf, LEAVES[256:263]))
    assert proofs.tile(TileName(1, 0, 5)) == b"".join(
        naive_root(LEAVES[at : at + 256]) for at in range(0, 1280, 256)
    )
    assert proofs.tile(TileName(None, 5, 20)) == b"".join(b"\x00\x20" + leaf for leaf in LEAVES[1280:1300])
    for beyond in (
        TileName(0, 5),
        TileName(0, 5, 21),
        TileName(1, 0, 6),
        TileName(2, 0, 1),
        TileName(None, 6, 1),
    ):
        assert proofs.tile(beyond) is None


def test_a_tile_of_the_second_level_is_made_of_the_roots_below(engine: Engine) -> None:
    roots = [sha256(b"tile %d" % n).digest() for n in range(257)]
    rows = [{"level": 0, "tile_index": n, "root": root, "hashes": b""} for n, root in enumerate(roots)]
    with engine.begin() as connection:
        connection.execute(insert(metadata.tables["audit_tile"]), rows)
        assert write_tiles(connection, 257 * 256) == 1
        assert write_tiles(connection, 257 * 256) == 0
        tree = Tree(connection, 257 * 256)
        assert (tree.hashes(1, 0), tree.hashes(1, 1)) == (tuple(roots[:256]), (roots[256],))
        assert tree.root() == hash_children(root_of(roots[:256]), roots[256])
        whole = Tree(connection, 256 * 256)
        assert (whole.hashes(2, 0), whole.root()) == ((root_of(roots[:256]),), root_of(roots[:256]))


def test_nothing_is_told_of_entries_that_are_not_signed(grown: Engine) -> None:
    proofs = Proofs(grown)
    assert proofs.inclusion(0, 1301) is None
    assert proofs.inclusion(1300) is None
    assert proofs.inclusion(-1) is None
    assert proofs.consistency(1, 1301) is None
    assert proofs.consistency(0) is None
    assert proofs.consistency(2, 1) is None


def test_before_the_first_checkpoint_there_is_nothing_to_prove(engine: Engine) -> None:
    proofs = Proofs(engine)
    assert (proofs.checkpoint(), proofs.inclusion(0), proofs.consistency(1), proofs.tile(TileName(0, 0, 1))) == (
        None, None, None, None,
    )  # fmt: skip


@pytest.mark.parametrize(
    "change",
    [
        "DELETE FROM audit_tile WHERE tile_index = 1",
        "UPDATE audit_tile SET hashes = (SELECT hashes FROM audit_tile WHERE tile_index = 2) WHERE tile_index = 1",
        "UPDATE audit_tile SET root = (SELECT root FROM audit_tile WHERE tile_index = 2) WHERE tile_index = 1",
        "UPDATE audit_entry SET leaf = (SELECT leaf FROM audit_entry WHERE leaf_index = 1) WHERE leaf_index = 1290",
    ],
)
def test_no_proof_is_made_from_tiles_or_leaves_that_were_changed(engine: Engine, change: str) -> None:
    grow(engine, 0, 1300)
    with engine.begin() as connection:
        connection.exec_driver_sql(change)
    refused = 0
    for index in (3, 300, 1299):
        try:
            one = Proofs(engine).inclusion(index)
        except LogUnavailable as error:
            assert "log verify" in str(error)  # noqa: PT017 - some of them hold, and those have to be true
            refused += 1
            continue
        assert one is not None
        assert verify_inclusion(index, 1300, hash_leaf(LEAVES[index]), one.path, naive_root(LEAVES))
    assert refused


def test_a_tree_of_a_size_before_is_read_from_the_same_tiles(grown: Engine) -> None:
    with grown.connect() as connection:
        for size in (1, 255, 256, 257, 700, 1024):
            assert Tree(connection, size).root() == naive_root(LEAVES[:size])


def test_however_many_tiles_were_asked_for_those_that_serve_most_entries_are_kept() -> None:
    cache, levels = TileCache(), levels_of([bytes(32)] * 2)
    names = [TileName(1, 0), TileName(1, 1, 7), TileName(2, 0, 1)]
    for name in [*names, *(TileName(0, n) for n in range(1_000))]:
        cache.put(name, levels)
    assert [cache.get(name) for name in names] == [levels] * 3
    kept = [n for n in range(1_000) if cache.get(TileName(0, n)) is not None]
    assert kept == list(range(1_000 - len(kept), 1_000))
    assert 0 < len(kept) < 300


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("0/000", TileName(0, 0)),
        ("0/x001/x234/067", TileName(0, 1_234_067)),
        ("1/x001/000.p/8", TileName(1, 1000, 8)),
        ("63/999.p/255", TileName(63, 999, 255)),
        ("entries/x123/456", TileName(None, 123_456)),
    ],
)
def test_a_path_names_its_tile_and_the_tile_its_path(path: str, name: TileName) -> None:
    assert read_path(path) == name
    assert name.path() == path


@pytest.mark.parametrize(
    "path",
    [
        "", "0", "0/", "0/1", "0/0001", "0/x000/001", "0/001/x002", "00/001", "64/000", "0/000.p/0", "0/000.p/256",
        "0/000.p/08", "0/000.p", "data/000", "entries/000/", "0/000\n", "0/\u0660\u0660\u0660", "-1/000", "0/../1/000",
    ],
)  # fmt: skip
def test_what_is_no_canonical_path_names_no_tile(path: str) -> None:
    assert read_path(path) is None


def test_the_documents_example_of_a_tile_is_what_the_code_computes() -> None:
    said = re.search(
        r"root of the tile  ([0-9a-f]{64})\nroot of the tree  ([0-9a-f]{64})", DOCUMENT.read_text()
    )
    assert said is not None
    leaves = [sha256(b"%d" % n).digest() for n in range(300)]
    assert said.groups() == (root_of(list(map(hash_leaf, leaves[:256]))).hex(), naive_root(leaves).hex())


@pytest.mark.filterwarnings("ignore:.*expression-based index.*")
def test_a_log_of_before_gets_the_tiles_that_the_signer_would_have_written(
    database_url: str, engine: Engine
) -> None:
    grow(engine, 0, 1300)
    with engine.connect() as connection:
        written = connection.exec_driver_sql("SELECT * FROM audit_tile ORDER BY 1, 2").all()
    with engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE audit_tile")
        operations = Operations(MigrationContext.configure(connection))
        with operations.context(operations.migration_context):
            import_module("hub.migrations.versions.0007_tiles_of_the_log").upgrade()
        made = connection.exec_driver_sql("SELECT * FROM audit_tile ORDER BY 1, 2").all()
    assert len(made) == 5
    assert [tuple(row) for row in made] == [tuple(row) for row in written]


async def test_replicas_that_sign_at_once_write_each_tile_once(
    make_log: MakeLog, engine: Engine, keys: MemoryKeyRing, signing_key: Ed25519PrivateKey
) -> None:
    logs = [make_log(checkpoint_every=0.01) for _ in range(3)]
    for log in logs:
        await log.start()
    for _ in range(9):
        await asyncio.gather(*(log.append(entry(n)) for log in logs for n in range(20)))
    for log in logs:
        await log.close()
    assert stored(engine) == [(0, 0), (0, 1)]
    report = verify(engine, keys=keys, public_key=signing_key.public_key())
    assert (report.problems, report.size, report.signed) == ((), 540, 540)
