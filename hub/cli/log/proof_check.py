"""`onlyonce log verify --proof FILE`: check a proof of one line, with nothing but the log's key."""

import argparse
import json
from base64 import b64decode
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hub.cli.common import CannotAsk
from hub.cli.log.pinned import pinned
from hub.cli.log.public_keys import public_key_of

if TYPE_CHECKING:
    from audit import Bundle, Trust, WitnessKey

NO_KEY = "give the log's key, as `log keys` prints it, with --public-key: a proof that names its own key proves nothing"


def verify_proof(given: argparse.Namespace, log_keys: Sequence[str]) -> int:
    """Check the proof in a file; 1 if it does not hold.

    Args:
        given: the command line.
        log_keys: the log's, each a verifier key or a public key in PEM.
    """
    from audit import ProofInvalid, check_signatures, read_bundle  # noqa: PLC0415

    if not log_keys:
        raise CannotAsk(NO_KEY)
    text, pins = read_text(given.proof), pinned(given)
    try:
        bundle = read_bundle(text)
        cosigned = check_signatures(bundle, trusted(log_keys, *pins, bundle))
        subject = check_subject(bundle.handle, bundle.keys, bundle.opened.get("subject"), given.subject)
    except ProofInvalid as error:
        refuse(given, error)
        return 1
    if given.json:
        print(
            json.dumps(
                {
                    "ok": True,
                    **_told(bundle),
                    "subject": subject,
                    "witnesses": [one.witness.name for one in cosigned],
                },
                ensure_ascii=False,
            )
        )
    else:
        _show(bundle, subject)
        for one in cosigned:
            print(
                f"  {one.witness.name} cosigned it at {datetime.fromtimestamp(one.timestamp, UTC).isoformat()}"
            )
    return 0


def trusted(
    log_keys: Sequence[str], witnesses: "Sequence[WitnessKey]", quorum: int, bundle: "Bundle"
) -> "Trust":
    """Whose signatures a proof needs, as the command line says it."""
    from audit import Trust  # noqa: PLC0415

    return Trust(
        log=tuple(_as_verifier_key(key, bundle.checkpoint.origin) for key in log_keys),
        witnesses=tuple(witness.text() for witness in witnesses),
        quorum=quorum,
    )


def _as_verifier_key(text: str, origin: str) -> str:
    """The key of the log of that name, given so or in PEM, as a C2SP verifier key."""
    from audit import checkpoint  # noqa: PLC0415

    if not text.startswith("-----BEGIN"):
        return text
    return checkpoint.verifier_key(origin, public_key_of(text))


def check_subject(
    handle: Mapping[str, str] | None, keys: Mapping[str, Any], subject: bytes | None, number: str | None
) -> str:
    """Whether the subject is the one of a number: `notAsked`, `noProof` or `proven`, under the key that the proof itself names.

    Raises:
        ProofInvalid: it is another's.
    """
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey  # noqa: PLC0415
    from cryptography.hazmat.primitives.serialization import load_der_public_key  # noqa: PLC0415

    from audit import ProofInvalid  # noqa: PLC0415
    from hub.identity import HandleProofInvalid, check_handle  # noqa: PLC0415

    if number is None:
        return "notAsked"
    if handle is None or subject is None:
        return "noProof"
    try:
        key = load_der_public_key(b64decode(keys["handles"], validate=True))
        if not isinstance(key, RSAPublicKey):
            raise ValueError  # noqa: TRY301, TRY004 - told like the others
        proven = check_handle(
            key, handle["room"], handle["scheme"], number, b64decode(handle["proof"], validate=True)
        )
    except (ValueError, TypeError, KeyError, HandleProofInvalid):
        raise ProofInvalid("handle", "the proof of the subject is not of this number") from None
    if proven.encode() != subject:
        raise ProofInvalid("handle", "the line is about another subject")
    return "proven"


def refuse(given: argparse.Namespace, error: Any) -> None:
    """Say which part of a proof does not hold."""
    if given.json:
        print(json.dumps({"ok": False, "part": error.part, "field": error.name, "what": str(error)}))
    else:
        print(f"THE PROOF DOES NOT HOLD: {error}")


def _told(bundle: "Bundle") -> dict[str, Any]:
    checkpoint = bundle.checkpoint
    return {
        "index": bundle.index,
        "origin": checkpoint.origin,
        "size": checkpoint.size,
        "leaf": bundle.leaf.hex(),
        "open": {name: _text(value) for name, value in bundle.opened.items()},
        "sealed": {name: _text(value) for name, value in bundle.sealed.items()},
        "closed": bundle.closed,
    }


def _show(bundle: "Bundle", subject: str) -> None:
    told = _told(bundle)
    print(f"entry {told['index']}: the proof holds")
    print(f"  it is among the first {told['size']} entries of {told['origin']}, as that log signed")
    for name, value in (*told["open"].items(), *told["sealed"].items()):
        print(f"  {name}: {value}")
    print(f"  kept closed: {told['closed']} fields")
    if subject == "proven":
        print("  its subject is the one of this number, under the key that the proof names")
    elif subject == "noProof":
        print("  nothing proves whose line it is")


def _text(value: bytes) -> str:
    try:
        text = value.decode()
    except UnicodeDecodeError:
        return value.hex()
    return text if text.isprintable() else json.dumps(text)


def read_text(file: Path) -> str:
    """The text of a file, or `CannotAsk`."""
    try:
        return file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise CannotAsk(f"{file}: cannot be read ({type(error).__name__})") from None
