"""`onlyonce log prove ENTRY`: the proof of one entry, as its subject can take it too.

What is sealed is only opened where it is named, and then the reading is an entry of the subject, before anything is shown.
"""

import argparse
import json

from hub.cli.common import CannotAsk
from hub.cli.policy_room import add_room, opened


def add(actions: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add `prove`."""
    prove = actions.add_parser(
        "prove", help="prove one entry: print a file that anyone can check with `log verify --proof`"
    )
    prove.add_argument("entry", metavar="ENTRY", help="id or index of an entry")
    prove.add_argument(
        "--fields",
        default="",
        metavar="NAMES",
        help="what is opened beside the index, with commas: `outcome,caseId` (default: nothing)",
    )
    prove.add_argument(
        "--size",
        type=int,
        metavar="N",
        help="prove it in the checkpoint that counts N entries, and from there to the last (default: in the last)",
    )
    add_room(prove, reason="A line was proven to somebody.")
    prove.set_defaults(run=prove_entry)


def prove_entry(given: argparse.Namespace) -> int:
    """Print the proof."""
    from audit import NotSigned, Prover  # noqa: PLC0415
    from audit.entries.leaf import OPEN_FIELDS  # noqa: PLC0415
    from hub.keys import KeyFolder  # noqa: PLC0415
    from hub.services.replay import NoSuchEntry, find, note  # noqa: PLC0415

    names = {name for name in given.fields.split(",") if name}
    with opened(given) as room:
        try:
            line = find(room.history, given.entry)
        except NoSuchEntry as error:
            raise CannotAsk(str(error)) from None
        keys = KeyFolder(room.settings.keys, create=False)
        try:
            proof = Prover(room.engine, keys.epochs).prove(line.index, names, size=given.size)
        except NotSigned:
            raise CannotAsk(f"entry {line.index}: no such checkpoint counts it") from None
        if names - {name.decode() for name in OPEN_FIELDS}:
            room.record(lambda readings: note(readings, line, purpose="proof", reader=room.reader))
    print(json.dumps(proof, ensure_ascii=False))
    return 0
