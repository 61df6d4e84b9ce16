"""The tree, against RFC 9162's definitions and the vectors that others published."""

import base64
import json
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit import MerkleError
from audit.tree.merkle import (
    EMPTY_ROOT,
    CompactRange,
    consistency_proof,
    hash_children,
    hash_leaf,
    inclusion_proof,
    verify_consistency,
    verify_inclusion,
    verify_subtree_consistency,
    verify_subtree_inclusion,
)

VECTORS = 518
SIZES = st.integers(1, 70)


def naive_root(leaves: list[bytes]) -> bytes:
    """RFC 9162 §2.1.1, word for word."""
    if not leaves:
        return sha256(b"").digest()
    if len(leaves) == 1:
        return sha256(b"\x00" + leaves[0]).digest()
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return sha256(b"\x01" + naive_root(leaves[:k]) + naive_root(leaves[k:])).digest()


def data(size: int) -> list[bytes]:
    return [b"leaf %d" % n for n in range(size)]


def node(level: int, index: int) -> bytes:
    return naive_root(data((index + 1) << level)[index << level :])


def decode(text: str | None) -> bytes:
    return base64.b64decode(text or "")


def verdict(kind: str, case: dict[str, Any]) -> bool:
    proof = [decode(p) for p in case["proof"] or []]
    match kind:
        case "inclusion":
            leaf, root = decode(case["leafHash"]), decode(case["root"])
            return verify_inclusion(case["leafIdx"], case["treeSize"], leaf, proof, root)
        case "consistency":
            roots = decode(case["root1"]), decode(case["root2"])
            return verify_consistency(case["size1"], case["size2"], *roots, proof)
        case "subtreeinclusion":
            leaf, root = decode(case["leafHash"]), decode(case["root"])
            return verify_subtree_inclusion(case["leafIdx"], case["start"], case["end"], leaf, proof, root)
        case _:
            roots = decode(case["root1"]), decode(case["root2"])
            return verify_subtree_consistency(case["start"], case["end"], case["size"], *roots, proof)


def test_every_published_proof_is_judged_as_its_publishers_say(realworld: Path) -> None:
    folder = realworld / "vectors" / "merkle" / "testdata"
    cases = {path: json.loads(path.read_text()) for path in sorted(folder.rglob("*.json"))}
    assert len(cases) == VECTORS
    wrong = [
        str(path.relative_to(folder))
        for path, case in cases.items()
        if verdict(path.relative_to(folder).parts[0], case) == case["wantErr"]
    ]
    assert not wrong


@given(st.integers(0, 130))
def test_a_compact_range_has_the_root_of_the_definition_and_survives_storage(size: int) -> None:
    tree = CompactRange()
    for leaf in data(size):
        tree = CompactRange.from_bytes(tree.size, tree.to_bytes())
        tree.append(hash_leaf(leaf))
    assert (tree.size, tree.root()) == (size, naive_root(data(size)))


@given(SIZES, st.data())
def test_an_inclusion_proof_holds_for_its_leaf_and_place_alone(size: int, draw: st.DataObject) -> None:
    index = draw.draw(st.integers(0, size - 1))
    proof = inclusion_proof(index, size, node)
    leaf, root = hash_leaf(data(size)[index]), naive_root(data(size))
    assert verify_inclusion(index, size, leaf, proof, root)
    other = draw.draw(st.integers(0, size + 1))
    assert verify_inclusion(other, size, leaf, proof, root) == (other == index)
    assert not verify_inclusion(index, size, hash_leaf(b"another"), proof, root)
    assert not verify_inclusion(index, size, leaf, [*proof, root], root)
    assert not proof or not verify_inclusion(index, size, leaf, proof[:-1], root)


@given(SIZES, st.data())
def test_a_consistency_proof_holds_for_its_two_trees_alone(size2: int, draw: st.DataObject) -> None:
    size1 = draw.draw(st.integers(1, size2))
    proof = consistency_proof(size1, size2, node)
    root1, root2 = naive_root(data(size1)), naive_root(data(size2))
    assert verify_consistency(size1, size2, root1, root2, proof)
    fork = naive_root([*data(size1)[:-1], b"another"])
    assert not verify_consistency(size1, size2, fork, root2, proof)
    assert not verify_consistency(size1, size2, root1, root2, [*proof, root2])
    assert size1 == size2 or not verify_consistency(size1, size2, root1, naive_root([b"x"]), proof)


@given(SIZES, st.data())
def test_a_subtree_is_proven_by_its_own_leaves(size: int, draw: st.DataObject) -> None:
    width = draw.draw(st.integers(1, size))
    start = draw.draw(st.integers(0, (size - width) >> (width - 1).bit_length())) << (width - 1).bit_length()
    end = start + width
    root = naive_root(data(size)[start:end])
    index = draw.draw(st.integers(start, end - 1))
    proof = inclusion_proof(index - start, width, lambda level, i: node(level, i + (start >> level)))
    assert verify_subtree_inclusion(index, start, end, hash_leaf(data(size)[index]), proof, root)


def test_nothing_is_proven_by_empty_hashes_or_from_an_empty_tree() -> None:
    leaf = hash_leaf(b"x")
    assert not verify_inclusion(0, 1, b"", [], b"")
    assert not verify_inclusion(0, 0, leaf, [], EMPTY_ROOT)
    assert not verify_consistency(0, 0, b"", b"", [])
    assert not verify_consistency(0, 0, leaf, leaf, [])
    assert not verify_consistency(0, 1, EMPTY_ROOT, leaf, [])
    assert not verify_consistency(1, 1, b"", b"", [])
    assert not verify_consistency(2, 1, leaf, leaf, [])


@pytest.mark.parametrize(("size", "stored"), [(1, b""), (3, bytes(32)), (-1, b""), (2, bytes(31))])
def test_a_stored_tree_of_the_wrong_length_is_refused(size: int, stored: bytes) -> None:
    with pytest.raises(MerkleError):
        CompactRange.from_bytes(size, stored)


def test_a_proof_that_cannot_be_is_refused() -> None:
    with pytest.raises(MerkleError):
        inclusion_proof(3, 3, node)
    with pytest.raises(MerkleError):
        consistency_proof(0, 3, node)
    with pytest.raises(MerkleError):
        consistency_proof(4, 3, node)


def test_a_leaf_is_never_a_node() -> None:
    left, right = hash_leaf(b"a"), hash_leaf(b"b")
    assert hash_leaf(left + right) != hash_children(left, right)
