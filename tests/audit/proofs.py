"""The example of docs/log-format.md, as the code makes it, and what a tamperer does to a proof."""

import json
from collections.abc import Iterator
from copy import deepcopy
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from audit import CheckpointSigner
from audit.entries.leaf import OPEN_FIELDS, encode_details, leaf, open_values, seal_fields
from audit.keys.sealing import DataKey, body_binding
from audit.proving.bundle import FORMAT, write_fields
from audit.proving.form import encoded
from audit.tree.merkle import hash_children, hash_leaf

Json = dict[str, Any]
EXAMPLE_KEY = Ed25519PrivateKey.from_private_bytes(bytes(32))


def example() -> Json:
    """The proof of the entry of docs/log-format.md, in a log whose second leaf is 32 zero bytes."""
    details = encode_details({"asked": ["person.familyName"], "caseId": "c-1"})
    fields = [*details, (b"@number", b"0"), (b"@previous", b"")]
    seed = bytes(range(32, 64))
    sealed, body = seal_fields(seed, fields)
    row: Json = {
        "leaf_index": 0, "id": "e-1", "recorded_at": 1795435200000, "kind": "prefill", "controller": "study-grants",
        "client": "forms", "activity": "grant", "outcome": "disclosed", "subject": "ab" * 32, "retention": "P10Y",
        "key_id": "k1", "salt": bytes(range(16)), "sealed_digest": sealed,
    }  # fmt: skip
    values = open_values(row)
    stored = DataKey("k1", bytes(32)).seal(bytes(12), body, body_binding(row["salt"], values))
    value, other = leaf(row["salt"], values, stored, sealed), hash_leaf(bytes(32))
    root = hash_children(hash_leaf(value), other)
    return {
        "format": FORMAT,
        "openFields": write_fields(OPEN_FIELDS, [*values, stored], row["salt"], {"index", "outcome"}),
        "sealedFields": write_fields([n for n, _ in fields], [v for _, v in fields], seed, {"caseId"}),
        "sealedDigest": encoded(sealed),
        "leaf": encoded(value),
        "inclusion": {
            "path": [encoded(other)],
            "checkpoint": CheckpointSigner("example.org/log", EXAMPLE_KEY).sign(2, root),
        },
    }


def alterations(proof: Json) -> Iterator[tuple[str, Json]]:
    """Every proof in which one text is altered by one character, one thing is left out, or one is there twice; with what it is."""
    for path in _places(proof):
        *way, last = path
        where = ".".join(map(str, path))
        altered = deepcopy(proof)
        at = _follow(altered, way)
        if isinstance(at[last], str):
            for place in {0, len(at[last]) // 2, len(at[last]) - 1} if at[last] else ():
                changed = deepcopy(proof)
                text = _follow(changed, way)[last]
                other = "B" if text[place] != "B" else "C"
                _follow(changed, way)[last] = text[:place] + other + text[place + 1 :]
                yield f"{where}[{place}]", changed
            longer = deepcopy(proof)
            _follow(longer, way)[last] += "A"
            yield f"{where} longer", longer
        else:
            at[last] = None
            yield f"{where} null", deepcopy(altered)
        at.pop(last)
        yield f"{where} left out", altered
        if isinstance(at, list):
            twice = deepcopy(proof)
            _follow(twice, way).insert(last, deepcopy(_follow(proof, path)))
            yield f"{where} twice", twice


def _places(value: Any, way: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    members = (
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    )
    for name, member in members:
        yield (*way, name)
        yield from _places(member, (*way, name))


def _follow(value: Any, way: Any) -> Any:
    for step in way:
        value = value[step]
    return value


def text_of(proof: Json) -> str:
    """The proof as a file."""
    return json.dumps(proof, ensure_ascii=False)
