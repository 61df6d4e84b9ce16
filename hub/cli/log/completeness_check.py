"""`onlyonce log verify --completeness FILE`: check that lines are all of a subject's, with nothing but the log's key."""

import argparse
import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from hub.cli.common import CannotAsk
from hub.cli.log.pinned import pinned
from hub.cli.log.proof_check import NO_KEY, check_subject, read_text, refuse, trusted

if TYPE_CHECKING:
    from audit import Completeness


def verify_completeness(given: argparse.Namespace, log_keys: Sequence[str]) -> int:
    """Check the proof in a file; 1 if it does not hold.

    Args:
        given: the command line.
        log_keys: the log's, each a verifier key or a public key in PEM.
    """
    from audit import ProofInvalid, check_signatures, read_completeness  # noqa: PLC0415

    if not log_keys:
        raise CannotAsk(NO_KEY)
    text, pins = read_text(given.completeness), pinned(given)
    try:
        found = read_completeness(text)
        for bundle in found.bundles:
            check_signatures(bundle, trusted(log_keys, *pins, bundle))
        subject = check_subject(found.handle, found.keys, found.subject.encode(), given.subject)
    except ProofInvalid as error:
        refuse(given, error)
        return 1
    if given.json:
        print(json.dumps({"ok": True, **_told(found), "subject": subject}))
    else:
        _show(found, subject)
    return 0


def _told(found: "Completeness") -> dict[str, Any]:
    return {
        "size": found.size,
        "entries": found.entries,
        "shown": [line.index for line in found.lines],
        "unreadable": found.unreadable,
        "older": found.older,
        "all": found.all_shown,
        "toldAt": found.told_at,
        "origin": found.bundles[0].checkpoint.origin,
    }


def _show(found: "Completeness", subject: str) -> None:
    told = _told(found)
    print(f"{found.entries} lines of this subject are all there are: the proof holds")
    print(
        f"  among the first {found.size} entries of {told['origin']}, as entry {found.told_at} told, which that log signed"
    )
    if found.lines:
        print("  shown: entries " + ", ".join(map(str, told["shown"])))
    if not found.all_shown:
        older = "perhaps some" if found.older is None else str(found.older)
        print(f"  not all of them are in this file: {older} are older than those shown")
    if found.unreadable:
        print(f"  {found.unreadable} of those shown have no key any more: nobody can read them")
    if subject == "proven":
        print("  their subject is the one of this number, under the key that the proof names")
    elif subject == "noProof":
        print("  nothing proves whose lines they are")
