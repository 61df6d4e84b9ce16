"""`onlyonce log reconcile SOURCE FILE`: the source's own list of its calls against the hub's entries.

Exit codes: 0 each call is on both sides; 1 there are findings; 2 it could not be asked.
"""

import argparse
import json
from collections.abc import Iterator
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

from hub.cli.common import CannotAsk
from hub.cli.desk import now, since, words
from hub.cli.policy_room import add_room, opened

if TYPE_CHECKING:
    from audit import Line
    from hub.cli.policy_room import Room
    from hub.services.reconciliation import Call, Counts, Finding, Reconciliation
    from hub.services.source_list import Declared

_SHOWN: Final = 100
_TEXTS: Final = {
    "notLogged": "line {line}: the source was called, and no entry tells of it",
    "notListed": "entry {entry}: tells of a call that is not in the source's list",
    "otherSubject": "line {line}: is about another person than entry {entry}, which has its reference",
    "otherTime": "line {line}: is {seconds:+.1f} s from entry {entry}, which has its reference",
    "broken": "entry {entry}: is not what was sealed: `log verify` says more",
}


def add(actions: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add `reconcile`."""
    parser = actions.add_parser(
        "reconcile",
        help="compare a source's own list of calls with the log; exit 1 if one side has what the other has not",
    )
    parser.add_argument("source", metavar="SOURCE", help="the source's name in the catalogue")
    parser.add_argument("file", type=Path, metavar="FILE", help="its list: CSV or JSON lines")
    parser.add_argument(
        "--mapping",
        type=Path,
        required=True,
        metavar="YAML",
        help="how the list is read (docs/reconciliation.md)",
    )
    parser.add_argument(
        "--since", type=since, metavar="TIME", help="what the list covers (default: from its first line on)"
    )
    parser.add_argument("--until", type=since, metavar="TIME", help="excluded (default: up to its last line)")
    parser.add_argument(
        "--tolerance",
        type=float,
        default=30.0,
        metavar="SECONDS",
        help="how far the two clocks may be apart (default: %(default)s)",
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object a line, the sum at last")
    add_room(parser, reason="The log was compared with a source's own list of its calls.")
    parser.set_defaults(run=reconcile)


def reconcile(given: argparse.Namespace) -> int:
    """Compare; 1 if there are findings."""
    from hub.services.reconciliation import Reconciliation, scratch  # noqa: PLC0415
    from hub.services.source_list import ListInvalid, read_mapping  # noqa: PLC0415

    if not 0 < given.tolerance <= 3600:
        raise CannotAsk("--tolerance: must be more than 0 and at most 3600 seconds")
    try:
        words(given.reason)
    except argparse.ArgumentTypeError as error:
        raise CannotAsk(f"--reason: {error}") from None
    with scratch() as database, opened(given) as room:
        try:
            declared = read_mapping(given.mapping)
            compared = Reconciliation(
                database,
                tolerance=timedelta(seconds=given.tolerance),
                by_subject=declared.subject is not None,
            )
            _compare(compared, declared, room, given)
        except ListInvalid as error:
            raise CannotAsk(str(error)) from None
        _show(compared.counts, compared.findings(), as_json=given.json)
        return 1 if compared.counts.findings else 0


def _compare(
    compared: "Reconciliation", declared: "Declared", room: "Room", given: argparse.Namespace
) -> None:
    """Read both sides. The list comes first: where it cannot be read, nobody's entries are."""
    from hub.services.reconciliation import ENTRY_AFTER, KINDS  # noqa: PLC0415

    listed = compared.take_list(_listed(declared, room, given.file))
    if listed is None and None in {given.since, given.until}:
        raise CannotAsk(f"{given.file}: has no call, so say which time it covers: --since, --until")
    first = given.since or (listed[0] if listed else now())
    last = given.until or (listed[1] + timedelta(milliseconds=1) if listed else now())
    if first >= last:
        raise CannotAsk("--since: must be before --until")
    margin = timedelta(seconds=given.tolerance)
    extent = room.history.extent(KINDS, since=first - margin, until=last + margin + ENTRY_AFTER)
    room.record(lambda readings: readings.of_many(extent, purpose="reconciliation", reader=room.reader))
    lines: Iterator[tuple[Line, ...]] = room.history.read(extent)
    compared.take_log(lines, given.source)
    compared.compare(first, last)


def _listed(declared: "Declared", room: "Room", file: Path) -> Iterator["Call"]:
    from hub.identity import Handles  # noqa: PLC0415
    from hub.keys import KeyFolder  # noqa: PLC0415
    from hub.services.reconciliation import Call  # noqa: PLC0415
    from hub.services.source_list import read_list  # noqa: PLC0415

    handles = Handles(KeyFolder(room.settings.keys, create=False).handles)
    scheme = declared.subject.scheme if declared.subject else ""
    for one in read_list(file, declared):
        subject = handles.of("audit", scheme, one.number) if one.number is not None else None
        yield Call(one.line, one.at, one.reference, subject)


def _show(counts: "Counts", findings: Iterator["Finding"], *, as_json: bool) -> None:
    if as_json:
        for one in findings:
            print(json.dumps({name: what for name, what in asdict(one).items() if what is not None}))
        print(json.dumps({"ok": counts.findings == 0, **asdict(counts)}))
        return
    said = "each is on both sides" if counts.findings == 0 else f"{counts.findings} FINDINGS"
    print(f"{counts.lines} calls in the list, {counts.calls} in the log: {said}")
    print(f"  paired: {counts.by_reference} by reference, {counts.by_time} by time alone")
    if counts.perhaps:
        print(
            f"  {counts.perhaps} entries may tell of a call or not: {counts.forgotten} are forgotten, the others have no answer"
        )
    for place, one in enumerate(findings):
        if place < _SHOWN:
            print("  " + _TEXTS[one.kind].format(line=one.line, entry=one.entry, seconds=one.seconds or 0.0))
    if counts.findings > _SHOWN:
        print(f"  … and {counts.findings - _SHOWN} more: --json prints them all")
