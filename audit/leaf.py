"""From an entry to its leaf, and its body's exact bytes. docs/log-format.md is the specification of this file.

An entry has *open* fields (the columns) and *sealed* fields (what is readable only with the subject's key). Each field is hashed
with a salt of its own, so that a proof can show some and keep the others to itself; the leaf is one hash over all of them.
"""

from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256, shake_256
from typing import Any

from pydantic_core import PydanticSerializationError, from_json, to_json

from audit.errors import EntryRefused

SALT = 16
OPEN_SEED = 16
SEALED_SEED = 32
OPEN_FIELDS = (
    b"index",
    b"id",
    b"recordedAt",
    b"kind",
    b"controller",
    b"client",
    b"activity",
    b"outcome",
    b"subject",
    b"retention",
    b"keyId",
    b"body",
)
NUMBER, PREVIOUS = "@number", "@previous"

_LEAF = b"onlyonce/leaf/v1\x00"
_SEALED = b"onlyonce/sealed/v1\x00"
_FIELD = b"onlyonce/field/v1\x00"
_SALTS = b"onlyonce/salts/v1\x00"
_OPEN_PREFIXES = tuple(len(name).to_bytes(2, "big") + name for name in OPEN_FIELDS)
_MOST_FIELDS = 0xFFFF


def salts(seed: bytes, count: int) -> list[bytes]:
    """The salts of an entry's fields, in their order. Knowing some of them tells nothing of the others."""
    stream = shake_256(_SALTS + seed).digest(SALT * count)
    return [stream[i : i + SALT] for i in range(0, SALT * count, SALT)]


def field_digest(salt: bytes, name: bytes, value: bytes) -> bytes:
    """The digest that stands for one field in the leaf."""
    return sha256(_FIELD + salt + len(name).to_bytes(2, "big") + name + value).digest()


def sealed_digest(seed: bytes, fields: Iterable[tuple[bytes, bytes]]) -> bytes:
    """One digest over all sealed fields, in their order."""
    pairs = list(fields)
    digests = [
        field_digest(salt, name, value)
        for salt, (name, value) in zip(salts(seed, len(pairs)), pairs, strict=True)
    ]
    return sha256(_SEALED + b"".join(digests)).digest()


def leaf(seed: bytes, values: Sequence[bytes], sealed: bytes) -> bytes:
    """The 32 bytes that stand for an entry in the tree.

    Args:
        seed: of the open fields' salts.
        values: of the open fields, in the order of `OPEN_FIELDS`.
        sealed: the digest over the sealed fields.
    """
    stream = shake_256(_SALTS + seed).digest(SALT * len(_OPEN_PREFIXES))
    message, at = [_LEAF], 0
    for prefix, value in zip(_OPEN_PREFIXES, values, strict=True):
        message.append(sha256(_FIELD + stream[at : at + SALT] + prefix + value).digest())
        at += SALT
    message.append(sealed)
    return sha256(b"".join(message)).digest()


def open_values(row: Mapping[str, Any]) -> list[bytes]:
    """The values of the open fields, from the columns of `audit_entry`."""
    return [
        b"%d" % row["leaf_index"],
        row["id"].encode(),
        b"%d" % row["recorded_at"],
        row["kind"].encode(),
        row["controller"].encode(),
        row["client"].encode(),
        row["activity"].encode(),
        row["outcome"].encode(),
        row["subject"].encode(),
        row["retention"].encode(),
        row["key_id"].encode(),
        row["body"],
    ]


def encode_details(details: Mapping[str, Any]) -> list[tuple[bytes, bytes]]:
    """The sealed fields of an entry: name, and value as JSON. These bytes are kept; they are never made a second time.

    Raises:
        EntryRefused: a name is reserved, or a value is not JSON.
    """
    fields = []
    for name, value in details.items():
        if name.startswith("@"):
            raise EntryRefused("names of details that begin with @ are the log's own")
        try:
            fields.append((name.encode(), to_json(value, inf_nan_mode="constants")))
        except PydanticSerializationError:
            raise EntryRefused(f"the detail {name} cannot be written as JSON") from None
    return fields


def decode_details(fields: Iterable[tuple[bytes, bytes]]) -> dict[str, Any]:
    """The details as they were given."""
    return {name.decode(): from_json(value) for name, value in fields if not name.startswith(b"@")}


def pack_body(seed: bytes, fields: Sequence[tuple[bytes, bytes]]) -> bytes:
    """The body before it is sealed: the salts' seed, then the fields with their lengths."""
    if len(fields) > _MOST_FIELDS:
        raise EntryRefused("an entry has too many details")
    parts = [seed, len(fields).to_bytes(2, "big")]
    for name, value in fields:
        parts += (len(name).to_bytes(2, "big"), name, len(value).to_bytes(4, "big"), value)
    return b"".join(parts)


def unpack_body(body: bytes) -> tuple[bytes, list[tuple[bytes, bytes]]]:
    """The seed and the fields of an opened body.

    Raises:
        ValueError: these are not the bytes of a body.
    """
    seed, at = body[:SEALED_SEED], SEALED_SEED
    count, at = _number(body, at, 2)
    fields = []
    for _ in range(count):
        length, at = _number(body, at, 2)
        name, at = body[at : at + length], at + length
        length, at = _number(body, at, 4)
        value, at = body[at : at + length], at + length
        fields.append((name, value))
    if at != len(body):
        raise ValueError("a body of the wrong length")
    return seed, fields


def _number(data: bytes, at: int, width: int) -> tuple[int, int]:
    return int.from_bytes(data[at : at + width], "big"), at + width
