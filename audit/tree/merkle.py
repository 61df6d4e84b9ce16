"""The Merkle tree of RFC 9162 §2.1: hashing, compact ranges, proofs.

A *subtree* `[start, end)` is a part of the tree that starts at a multiple of the smallest power of two that holds it
(draft-ietf-plants-merkle-tree-certs §4); the whole tree of `n` leaves is the subtree `[0, n)`, so that each of RFC 9162's two
verifications is the subtree's with `start = 0`.
"""

import hmac
from collections.abc import Callable, Sequence
from hashlib import sha256

from audit.errors import MerkleError

HASH_SIZE = 32
EMPTY_ROOT = sha256().digest()
"""The root of a tree without leaves."""

Node = Callable[[int, int], bytes]
"""`node(level, index)`: the hash of the complete subtree of `2**level` leaves that starts at leaf `index * 2**level`."""


def hash_leaf(data: bytes) -> bytes:
    """The hash of one leaf: SHA-256(0x00 || data)."""
    return sha256(b"\x00" + data).digest()


def hash_children(left: bytes, right: bytes) -> bytes:
    """The hash of an inner node: SHA-256(0x01 || left || right)."""
    return sha256(b"\x01" + left + right).digest()


class CompactRange:
    """The least that must be kept of a tree `[0, size)` to go on appending to it: one hash per set bit of its size."""

    __slots__ = ("_hashes", "size")

    def __init__(self, size: int = 0, hashes: Sequence[bytes] = ()) -> None:
        if len(hashes) != size.bit_count() or any(len(h) != HASH_SIZE for h in hashes):
            raise MerkleError(f"these are not the hashes of a tree of {size} leaves")
        self.size, self._hashes = size, list(hashes)

    def append(self, leaf_hash: bytes) -> None:
        """Add one leaf, given its hash."""
        carried, size = leaf_hash, self.size
        while size & 1:
            carried = hash_children(self._hashes.pop(), carried)
            size >>= 1
        self._hashes.append(carried)
        self.size += 1

    def root(self) -> bytes:
        """The root of the tree as it is now."""
        if not self._hashes:
            return EMPTY_ROOT
        *rest, root = self._hashes
        for left in reversed(rest):
            root = hash_children(left, root)
        return root

    def to_bytes(self) -> bytes:
        """The hashes one after the other, the largest subtree first."""
        return b"".join(self._hashes)

    @classmethod
    def from_bytes(cls, size: int, data: bytes) -> "CompactRange":
        """Take up a stored state again.

        Raises:
            MerkleError: the bytes are not those of a tree of that size.
        """
        if size < 0 or len(data) != HASH_SIZE * size.bit_count():
            raise MerkleError(f"these are not the hashes of a tree of {size} leaves")
        return cls(size, [data[i : i + HASH_SIZE] for i in range(0, len(data), HASH_SIZE)])


def inclusion_proof(index: int, size: int, node: Node) -> list[bytes]:
    """The path from leaf `index` to the root of the tree of `size` leaves (RFC 9162 §2.1.3.1).

    Raises:
        MerkleError: there is no such leaf.
    """
    if not 0 <= index < size:
        raise MerkleError(f"a tree of {size} leaves has no leaf {index}")
    start, end = 0, size
    path: list[bytes] = []
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            path.append(range_hash(middle, end, node))
            end = middle
        else:
            path.append(range_hash(start, middle, node))
            start = middle
    return path[::-1]


def consistency_proof(size1: int, size2: int, node: Node) -> list[bytes]:
    """That the tree of `size1` leaves is the beginning of the tree of `size2` (RFC 9162 §2.1.4.1).

    Raises:
        MerkleError: nothing can be proven from an empty tree, or from a larger one.
    """
    if not 0 < size1 <= size2:
        raise MerkleError(f"there is no consistency proof from {size1} to {size2}")
    start, end = 0, size2
    path: list[bytes] = []
    while end != size1:
        middle = start + _split(end - start)
        if size1 <= middle:
            path.append(range_hash(middle, end, node))
            end = middle
        else:
            path.append(range_hash(start, middle, node))
            start = middle
    if start > 0:
        path.append(range_hash(start, end, node))
    return path[::-1]


def verify_inclusion(index: int, size: int, leaf_hash: bytes, proof: Sequence[bytes], root: bytes) -> bool:
    """Whether the proof shows that `leaf_hash` is leaf `index` of the tree (RFC 9162 §2.1.3.2)."""
    return verify_subtree_inclusion(index, 0, size, leaf_hash, proof, root)


def verify_consistency(size1: int, size2: int, root1: bytes, root2: bytes, proof: Sequence[bytes]) -> bool:
    """Whether the proof shows that the first tree is the beginning of the second (RFC 9162 §2.1.4.2).

    Nothing is consistent with an empty tree but an empty tree, and that only if both roots are the empty root.
    """
    if size1 == 0:
        return size2 == 0 and not proof and root1 == root2 == EMPTY_ROOT
    return verify_subtree_consistency(0, size1, size2, root1, root2, proof)


def verify_subtree_inclusion(  # noqa: PLR0917 - the order of the published algorithm
    index: int, start: int, end: int, leaf_hash: bytes, proof: Sequence[bytes], root: bytes
) -> bool:
    """Whether `leaf_hash` is leaf `index` of the tree, inside the subtree `[start, end)` whose root is `root`."""
    if not (start <= index < end and _is_subtree(start, end)):
        return False
    # Without this, an empty root "equals" an empty leaf in a tree of one.
    if len(leaf_hash) != HASH_SIZE or not _are_hashes(proof):
        return False
    fn, sn, found = index - start, end - start - 1, leaf_hash
    for sibling in proof:
        if sn == 0:
            return False
        if fn & 1 or fn == sn:
            found = hash_children(sibling, found)
            fn, sn = _skip_right_edge(fn, sn)
        else:
            found = hash_children(found, sibling)
        fn, sn = fn >> 1, sn >> 1
    return sn == 0 and hmac.compare_digest(found, root)


def verify_subtree_consistency(  # noqa: PLR0917 - the order of the published algorithm
    start: int, end: int, size: int, root1: bytes, root2: bytes, proof: Sequence[bytes]
) -> bool:
    """Whether the subtree `[start, end)` with root `root1` is part of the tree of `size` leaves with root `root2`."""
    if not (_is_subtree(start, end) and end <= size and _are_hashes(proof) and root1 and root2):
        return False
    if start == end:
        return not proof and root1 == EMPTY_ROOT
    if (start, end) == (0, size):
        return not proof and hmac.compare_digest(root1, root2)
    fn, sn, tn = _lowest_common_level(start, end - 1, size - 1)
    rest = list(proof)
    if fn != sn and not rest:
        return False
    first = root1 if fn == sn else rest.pop(0)
    roots = _climb(fn, sn, tn, first, rest)
    return roots is not None and hmac.compare_digest(roots[0], root1) and hmac.compare_digest(roots[1], root2)


def _climb(fn: int, sn: int, tn: int, first: bytes, proof: Sequence[bytes]) -> tuple[bytes, bytes] | None:
    """The roots of the smaller and the larger tree that the proof leads to; None if it is too long or too short."""
    old = new = first
    for sibling in proof:
        if tn == 0:
            return None
        if sn & 1 or sn == tn:
            if fn < sn:
                old = hash_children(sibling, old)
            new = hash_children(sibling, new)
            while sn and not sn & 1:
                fn, sn, tn = fn >> 1, sn >> 1, tn >> 1
        else:
            new = hash_children(new, sibling)
        fn, sn, tn = fn >> 1, sn >> 1, tn >> 1
    return (old, new) if tn == 0 else None


def _skip_right_edge(fn: int, sn: int) -> tuple[int, int]:
    """On the right edge of the tree, levels without a sibling have no hash in the proof."""
    while fn and not fn & 1:
        fn, sn = fn >> 1, sn >> 1
    return fn, sn


def _lowest_common_level(fn: int, sn: int, tn: int) -> tuple[int, int, int]:
    """Climb to where the proof starts: the largest subtree that ends where the smaller tree ends."""
    while fn != sn and (sn == tn or sn & 1):
        fn, sn, tn = fn >> 1, sn >> 1, tn >> 1
    return fn, sn, tn


def _is_subtree(start: int, end: int) -> bool:
    if not 0 <= start <= end:
        return False
    return start == end or start % (1 << (end - start - 1).bit_length()) == 0


def _are_hashes(proof: Sequence[bytes]) -> bool:
    return all(len(h) == HASH_SIZE for h in proof)


def _split(size: int) -> int:
    """The largest power of two smaller than `size`."""
    return 1 << (size - 1).bit_length() - 1


def range_hash(start: int, end: int, node: Node) -> bytes:
    """The root of the leaves `[start, end)`, put together from complete subtrees; `end` is larger than `start`."""
    parts: list[bytes] = []
    while start < end:
        level = (end - start).bit_length() - 1
        if start:
            level = min(level, (start & -start).bit_length() - 1)
        parts.append(node(level, start >> level))
        start += 1 << level
    root = parts.pop()
    while parts:
        root = hash_children(parts.pop(), root)
    return root
