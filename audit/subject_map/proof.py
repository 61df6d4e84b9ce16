"""What the map says of one subject, and the way from there to the root: enough for anyone who has the root."""

import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from audit.errors import MerkleError
from audit.subject_map.hashing import DEPTH, EMPTY, Content, bit, climb, key_of, leaf_hash
from audit.subject_map.pages import WIDTH, One, Page, levels
from audit.tree.merkle import HASH_SIZE, hash_children


@dataclass(frozen=True, slots=True)
class MapProof:
    """A subject's place in the map.

    Attributes:
        content: what the map says of the subject; None: there is no entry.
        siblings: the hashes beside the way from the root, by level (1 to 256), but for those below which there is no subject.
    """

    content: Content | None
    siblings: Mapping[int, bytes]

    def holds(self, handle: str, root: bytes) -> bool:
        """Whether the map with this root says that of this subject."""
        key = key_of(handle)
        if not all(
            1 <= level <= DEPTH and len(sibling) == HASH_SIZE for level, sibling in self.siblings.items()
        ):
            return False
        found = EMPTY[DEPTH] if self.content is None else leaf_hash(key, self.content)
        for level in range(DEPTH, 0, -1):
            sibling = self.siblings.get(level, EMPTY[level])
            found = hash_children(sibling, found) if bit(key, level) else hash_children(found, sibling)
        return hmac.compare_digest(found, root)


def siblings_of(key: str, pages: Sequence[Page]) -> tuple[bool, dict[int, bytes]]:
    """Whether a key is in the map, and the hashes beside the way to it.

    Args:
        key: of a subject.
        pages: the pages on the way to it, from the root.

    Raises:
        MerkleError: these pages do not lie on one way.
    """
    beside: dict[int, bytes] = {}
    for depth, page in enumerate(pages):
        found = levels(page, WIDTH * depth)
        place = int(key[depth], 16)
        for step in range(1, WIDTH + 1):
            level = WIDTH * depth + step
            sibling = found[step][(place >> (WIDTH - step)) ^ 1]
            if sibling != EMPTY[level]:
                beside[level] = sibling
    last = pages[-1][int(key[len(pages) - 1], 16)] if pages else None
    if last is None:
        return False, beside
    if not isinstance(last, One):
        raise MerkleError("a page of the map is missing")
    if last.key == key:
        return True, beside
    parting = next(level for level in range(1, DEPTH + 1) if bit(key, level) != bit(last.key, level))
    beside[parting] = climb(last.key, last.leaf, parting)
    return False, beside
