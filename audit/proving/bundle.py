"""A proof of one line: the file that its holder can show to anybody. docs/log-format.md, "A proof of one line", specifies it.

It opens some fields and keeps the others closed, and leads from there to a signed checkpoint: digests of the fields, leaf, inclusion path, root,
signature, cosignatures, and if wanted on to a later checkpoint. Checking one needs no database and no connection.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from audit.checkpoints.checkpoint import Checkpoint, read_checkpoint
from audit.entries.leaf import OPEN_FIELDS, field_digest, field_salts, leaf_of, sealed_of
from audit.errors import CheckpointInvalid, ProofInvalid
from audit.proving.form import Json, check_tables, decoded, encoded, read_form
from audit.tree.merkle import HASH_SIZE, hash_leaf, verify_consistency, verify_inclusion

FORMAT: Final = "onlyonce/proof/v1"
_MEMBERS: Final = frozenset({"format", "openFields", "sealedDigest", "leaf", "inclusion"})
_MAY: Final = frozenset({"sealedFields", "later", "keys", "handle"})
_MOST_FIELDS: Final = 1002
_LONGEST_PATH: Final = 64
_SALT: Final = 16
_LONGEST_NAME: Final = 1000


@dataclass(frozen=True, slots=True)
class Bundle:
    """A proof that was read and holds as far as it can be checked without any key.

    Attributes:
        index: of the entry.
        leaf: of the entry.
        opened: the open fields that are shown, in their order.
        sealed: the sealed fields that are shown, in their order.
        closed: how many fields are kept closed.
        note: the checkpoint, a signed note; its signatures are not checked yet.
        later: a later one of the same log, if the proof goes on to it.
        keys: the keys that the proof itself names; nobody vouches for them.
        handle: the proof of the subject's handle, if it is there.
    """

    index: int
    leaf: bytes
    opened: Mapping[str, bytes] = field(repr=False)
    sealed: Mapping[str, bytes] = field(repr=False)
    closed: int
    note: str
    later: str | None
    keys: Mapping[str, Any]
    handle: Mapping[str, str] | None = field(repr=False)

    @property
    def checkpoint(self) -> Checkpoint:
        """The checkpoint that the line is in."""
        return read_checkpoint(self.note)


def write_fields(
    names: Sequence[bytes], values: Sequence[bytes], seed: bytes, opened: Collection[str]
) -> list[Json]:
    """Fields as a proof has them: those that are opened with name, salt and value, all with their digest."""
    return [
        _written(name, value, salt, digest=field_digest(salt, name, value), shown=name.decode() in opened)
        for name, value, salt in zip(names, values, field_salts(seed, len(names)), strict=True)
    ]


def _written(name: bytes, value: bytes, salt: bytes, *, digest: bytes, shown: bool) -> Json:
    written: Json = {"digest": encoded(digest)}
    if not shown:
        return written
    written |= {"name": name.decode(), "salt": encoded(salt)}
    try:
        return written | {"value": value.decode()}
    except UnicodeDecodeError:
        return written | {"bytes": encoded(value)}


def read_bundle(text: str) -> Bundle:
    """Read a proof, and check all of it that needs no key.

    Raises:
        ProofInvalid: it is not one, or was altered; says which part does not hold.
    """
    proof = _parse(text)
    line = read_line(proof)
    inclusion = _way(proof["inclusion"], "inclusion")
    checkpoint = _checkpoint(inclusion.note, "inclusion")
    if not verify_inclusion(
        line.index, checkpoint.size, hash_leaf(line.leaf), inclusion.path, checkpoint.root
    ):
        raise ProofInvalid("path", "its path does not lead from the line to the checkpoint's root")
    return Bundle(
        index=line.index,
        leaf=line.leaf,
        opened=line.opened,
        sealed=line.sealed,
        closed=line.closed,
        note=inclusion.note,
        later=_later(proof, checkpoint),
        keys=proof.get("keys") or {},
        handle=proof.get("handle"),
    )


@dataclass(frozen=True, slots=True)
class ShownLine:
    """What of a proof is about the entry alone: its attributes are those of `Bundle`. `is_sealed`: no digest of a sealed field is given."""

    index: int
    leaf: bytes
    opened: Mapping[str, bytes] = field(repr=False)
    sealed: Mapping[str, bytes] = field(repr=False)
    closed: int
    is_sealed: bool


def read_line(given: Json) -> ShownLine:
    """Read `openFields`, `sealedFields`, `sealedDigest` and `leaf`, the first and the last two of which are there.

    Raises:
        ProofInvalid: they are not those of one entry; says which part does not hold.
    """
    opened, open_digests, closed_open = _fields(given["openFields"], "openFields")
    if len(open_digests) != len(OPEN_FIELDS) or not _in_their_places(given["openFields"]):
        raise ProofInvalid("form", "the open fields are not those of an entry, in their order")
    sealed, closed_sealed, sealed_digest = _sealed(given)
    stated = decoded(given["leaf"], HASH_SIZE, "leaf")
    if leaf_of(open_digests, sealed_digest) != stated:
        raise ProofInvalid("line", "the digests of its fields do not give its leaf")
    return ShownLine(
        index=_index(opened),
        leaf=stated,
        opened=opened,
        sealed=sealed,
        closed=closed_open + closed_sealed,
        is_sealed="sealedFields" not in given,
    )


@dataclass(frozen=True, slots=True)
class _Way:
    path: list[bytes]
    note: str


def _parse(text: str) -> Json:
    proof = read_form(text, FORMAT)
    if not _MEMBERS <= set(proof) <= _MEMBERS | _MAY:
        raise ProofInvalid("form", "the proof has not the members that it should have")
    check_tables(proof)
    return proof


def _fields(given: object, where: str) -> tuple[dict[str, bytes], list[bytes], int]:
    """The values that are shown, all digests, and how many fields are kept closed."""
    if not isinstance(given, list) or len(given) > _MOST_FIELDS:
        raise ProofInvalid("form", f"`{where}` is not a list of fields")
    shown: dict[str, bytes] = {}
    digests, closed = [], 0
    for one in given:
        if not isinstance(one, dict):
            raise ProofInvalid("form", f"`{where}` is not a list of fields")
        digest = decoded(one.get("digest"), HASH_SIZE, where)
        digests.append(digest)
        if set(one) == {"digest"}:
            closed += 1
            continue
        name, value, salt = _opened(one, where)
        if name in shown or field_digest(salt, name.encode(), value) != digest:
            raise ProofInvalid("field", f"the field `{name}` is not as it was recorded", name)
        shown[name] = value
    return shown, digests, closed


def _opened(one: Json, where: str) -> tuple[str, bytes, bytes]:
    name, value = one.get("name"), one.get("value")
    salt = decoded(one.get("salt"), _SALT, where)
    if not isinstance(name, str) or len(name) > _LONGEST_NAME:
        raise ProofInvalid("form", f"a field of `{where}` has no name")
    if set(one) == {"digest", "name", "salt", "bytes"}:
        return name, decoded(one["bytes"], None, where), salt
    if set(one) != {"digest", "name", "salt", "value"} or not isinstance(value, str):
        raise ProofInvalid("form", f"a field of `{where}` is not as a field should be")
    try:
        name.encode()
        return name, value.encode(), salt
    except UnicodeEncodeError:
        raise ProofInvalid("form", f"a field of `{where}` is no text") from None


def _in_their_places(given: Sequence[Json]) -> bool:
    places = zip(given, OPEN_FIELDS, strict=True)
    return all("name" not in one or one["name"] == name.decode() for one, name in places)


def _sealed(proof: Json) -> tuple[dict[str, bytes], int, bytes]:
    stated = decoded(proof["sealedDigest"], HASH_SIZE, "sealedDigest")
    if "sealedFields" not in proof:
        return {}, 0, stated
    shown, digests, closed = _fields(proof["sealedFields"], "sealedFields")
    if sealed_of(digests) != stated:
        raise ProofInvalid("line", "the digests of its sealed fields do not give its sealed digest")
    return shown, closed, stated


def _index(opened: Mapping[str, bytes]) -> int:
    value = opened.get("index", b"")
    if not value.isdigit() or len(value) > 18 or str(int(value)).encode() != value:
        raise ProofInvalid("form", "the field `index` is not open, or is no number")
    return int(value)


def _way(given: object, where: str) -> _Way:
    if not isinstance(given, dict) or set(given) != {"path", "checkpoint"}:
        raise ProofInvalid("form", f"`{where}` is not a path and a checkpoint")
    path, note = given["path"], given["checkpoint"]
    if not isinstance(path, list) or len(path) > 2 * _LONGEST_PATH or not isinstance(note, str):
        raise ProofInvalid("form", f"`{where}` is not a path and a checkpoint")
    return _Way([decoded(one, HASH_SIZE, where) for one in path], note)


def _later(proof: Json, first: Checkpoint) -> str | None:
    if "later" not in proof:
        return None
    way = _way(proof["later"], "later")
    last = _checkpoint(way.note, "later")
    same = first.origin == last.origin
    if not same or not verify_consistency(first.size, last.size, first.root, last.root, way.path):
        raise ProofInvalid("later", "the later checkpoint is not of a log that goes on from the first")
    return way.note


def _checkpoint(note: str, where: str) -> Checkpoint:
    try:
        return read_checkpoint(note)
    except CheckpointInvalid as error:
        raise ProofInvalid("signature", f"the checkpoint of `{where}`: {error}") from None
