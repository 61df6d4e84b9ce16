"""The form of a proof's file: one JSON object, with bytes in base 64."""

import base64
import binascii
import json
from collections.abc import Collection
from typing import Any, Final, TypeAlias

from audit.errors import ProofInvalid

Json: TypeAlias = dict[str, Any]
LARGEST: Final = 4 * 1024 * 1024
"""The most characters of a proof that is read."""

_TABLES: Final = {
    "keys": (("log", "witnesses"), ("handles",)),
    "handle": ((), ("room", "scheme", "proof")),
}


def read_form(text: str, form: str) -> Json:
    """The object that a proof's file holds.

    Raises:
        ProofInvalid: it holds none, or one of another format.
    """
    if len(text) > LARGEST:
        raise ProofInvalid("form", "the file is too large to be a proof")
    try:
        proof = json.loads(text)
    except (ValueError, RecursionError):
        raise ProofInvalid("form", "the file is not JSON") from None
    if not isinstance(proof, dict) or proof.get("format") != form:
        raise ProofInvalid("form", f"the file is not a proof of the format {form}")
    return proof


def check_tables(proof: Json) -> None:
    """Check the form of `keys` and `handle`, where they are there.

    Raises:
        ProofInvalid: it is not theirs.
    """
    for name, (lists, texts) in _TABLES.items():
        if name in proof and not _is_table(proof[name], lists, texts):
            raise ProofInvalid("form", f"`{name}` is not as it should be")


def encoded(data: bytes) -> str:
    """Bytes as a proof has them: base 64, in its standard alphabet, with padding."""
    return base64.b64encode(data).decode()


def decoded(given: object, length: int | None, where: str) -> bytes:
    """The bytes in canonical base 64.

    Raises:
        ProofInvalid: it is not that, or of another length.
    """
    try:
        data = base64.b64decode(given, validate=True) if isinstance(given, str) else None
    except (binascii.Error, ValueError):
        data = None
    if data is None or encoded(data) != given or (length is not None and len(data) != length):
        raise ProofInvalid("form", f"`{where}` holds what is not base 64 of the length that it should have")
    return data


def _is_table(given: object, lists: Collection[str], texts: Collection[str]) -> bool:
    return isinstance(given, dict) and all(
        (name in texts and isinstance(one, str))
        or (name in lists and isinstance(one, list) and all(isinstance(text, str) for text in one))
        for name, one in given.items()
    )
