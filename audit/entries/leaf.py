"""From an entry to its leaf, and its body's exact bytes. docs/log-format.md is the specification of this file.

An entry has *open* fields (the columns) and *sealed* fields (what is readable only with the subject's key). Each field is hashed
with a salt of its own, so that a proof can show some and keep the others to itself; the leaf is one hash over all of them.
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
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
_MOST_FIELDS = 1000
_LARGEST = 1 << 20


@lru_cache(maxsize=4096)
def _prefix(name: bytes) -> bytes:
    return len(name).to_bytes(2, "big") + name


_OPEN_PREFIXES = tuple(_prefix(name) for name in OPEN_FIELDS)


def field_salts(seed: bytes, count: int) -> list[bytes]:
    """The salts of so many fields."""
    stream = shake_256(_SALTS + seed).digest(SALT * count)
    return [stream[at : at + SALT] for at in range(0, SALT * count, SALT)]


def field_digest(salt: bytes, name: bytes, value: bytes) -> bytes:
    """The digest of one field."""
    return sha256(_FIELD + salt + _prefix(name) + value).digest()


def sealed_of(digests: Iterable[bytes]) -> bytes:
    """The digest over all sealed fields, from theirs."""
    return sha256(_SEALED + b"".join(digests)).digest()


def leaf_of(digests: Iterable[bytes], sealed: bytes) -> bytes:
    """The leaf, from the digests of the open fields and that over the sealed ones."""
    return sha256(_LEAF + b"".join(digests) + sealed).digest()


def seal_fields(seed: bytes, fields: Sequence[tuple[bytes, bytes]]) -> tuple[bytes, bytes]:
    """The digest over all sealed fields in their order, and the body before it is sealed.

    The body is the salts' seed, then the fields with their lengths. Knowing some salts tells nothing of the others.
    """
    count = len(fields)
    stream = shake_256(_SALTS + seed).digest(SALT * count)
    digests, body, at = [_SEALED], [seed, count.to_bytes(2, "big")], 0
    for name, value in fields:
        named = _prefix(name)
        digests.append(sha256(_FIELD + stream[at : at + SALT] + named + value).digest())
        body += (named, len(value).to_bytes(4, "big"), value)
        at += SALT
    return sha256(b"".join(digests)).digest(), b"".join(body)


def leaf(seed: bytes, values: Iterable[bytes], body: bytes, sealed: bytes) -> bytes:
    """The 32 bytes that stand for an entry in the tree.

    Args:
        seed: of the open fields' salts.
        values: of the open fields, in the order of `OPEN_FIELDS`, but for the last one.
        body: the last of them, as it is stored.
        sealed: the digest over the sealed fields.
    """
    stream = shake_256(_SALTS + seed).digest(SALT * len(_OPEN_PREFIXES))
    message, at = [_LEAF], 0
    for prefix, value in zip(_OPEN_PREFIXES, (*values, body), strict=True):
        message.append(sha256(_FIELD + stream[at : at + SALT] + prefix + value).digest())
        at += SALT
    message.append(sealed)
    return sha256(b"".join(message)).digest()


def open_values(row: Mapping[str, Any]) -> list[bytes]:
    """The values of the open fields but the body, from the columns of `audit_entry`."""
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
    ]


def encode_details(details: Mapping[str, Any]) -> list[tuple[bytes, bytes]]:
    """The sealed fields of an entry: name, and value as JSON. These bytes are kept; they are never made a second time.

    Raises:
        EntryRefused: there are too many, a name is reserved, a value is not JSON, or all together are larger than 1 MiB.
    """
    check_names(details)
    fields, size = [], 0
    for name, value in details.items():
        try:
            encoded = (name.encode(), to_json(value, inf_nan_mode="strings"))
        except (PydanticSerializationError, ValueError):
            raise EntryRefused("a detail cannot be written as JSON") from None
        fields.append(encoded)
        size += len(encoded[0]) + len(encoded[1])
    if size > _LARGEST:
        raise EntryRefused("the details of an entry take more than 1 MiB")
    return fields


def check_names(details: Mapping[str, Any]) -> None:
    """Check the names of details.

    Raises:
        EntryRefused: there are too many, or one is reserved.
    """
    if len(details) > _MOST_FIELDS:
        raise EntryRefused(f"an entry has at most {_MOST_FIELDS} details")
    if any(name.startswith("@") for name in details):
        raise EntryRefused("names of details that begin with @ are the log's own")


def decode_details(fields: Iterable[tuple[bytes, bytes]]) -> dict[str, Any]:
    """The details as they were given."""
    return {name.decode(): from_json(value) for name, value in fields if not name.startswith(b"@")}


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
