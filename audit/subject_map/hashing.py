"""The hashes of the map: a sparse Merkle tree of depth 256, of which every node that has no subject below it is a constant.

See R. Dahlberg, T. Pulls, R. Peeters, Efficient Sparse Merkle Trees (NordSec 2016). Levels are counted from the root, which is at 0; the
subjects are at 256.
"""

from dataclasses import dataclass
from hashlib import sha256

from audit.tree.merkle import hash_children

DEPTH = 256
SALT = 32
_KEY = b"onlyonce/map/key/v1\x00"
_LEAF = b"onlyonce/map/leaf/v1\x00"
_EMPTY = b"onlyonce/map/empty/v1\x00"


def _empties() -> tuple[bytes, ...]:
    found = [sha256(_EMPTY).digest()]
    for _ in range(DEPTH):
        found.append(hash_children(found[-1], found[-1]))
    return tuple(reversed(found))


EMPTY = _empties()
"""`EMPTY[level]`: the hash of a node at that level below which there is no subject."""


def key_of(handle: str) -> str:
    """The place of a subject: 256 bits, the first of which chooses below the root; in hexadecimal."""
    return sha256(_KEY + handle.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Content:
    """What the map says of one subject.

    Attributes:
        state: the number of the state of the map since which it says this.
        salt: of this subject, in this state: without it nobody can guess what a hash stands for.
        entries: how many there are in the subject's chain.
        last_leaf: of the last of them.
    """

    state: int
    salt: bytes
    entries: int
    last_leaf: bytes


def leaf_hash(key: str, content: Content) -> bytes:
    """The hash at level 256."""
    numbers = content.state.to_bytes(8, "big") + content.entries.to_bytes(8, "big")
    return sha256(_LEAF + bytes.fromhex(key) + content.salt + numbers + content.last_leaf).digest()


def bit(key: str, level: int) -> bool:
    """Whether the way to a key goes right from the level before to this one (1 to 256)."""
    return bool(int(key[(level - 1) >> 2], 16) >> (3 - (level - 1) % 4) & 1)


def climb(key: str, leaf: bytes, level: int) -> bytes:
    """The hash at a level of a subject that is alone below it."""
    number, found = int(key, 16), leaf
    for before, after in _UPWARDS[: DEPTH - level]:
        # `hash_children`, in place: this runs more than two hundred times for each subject.
        found = sha256(before + found if number & 1 else b"\x01" + found + after).digest()
        number >>= 1
    return found


_UPWARDS = [(b"\x01" + empty, empty) for empty in reversed(EMPTY[1:])]
