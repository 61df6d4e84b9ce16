"""`onlyonce oversight …`: the notices to the data protection officer, listed and acknowledged."""

import argparse
import json
from typing import TYPE_CHECKING

from hub.cli.common import add_catalogue
from hub.cli.desk import Desk, at_desk, since, user, words

if TYPE_CHECKING:
    from hub.oversight import Notice


def add_oversight(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add `oversight` and its actions."""
    actions = commands.add_parser("oversight", help="notices to the data protection officer").add_subparsers(
        required=True, metavar="ACTION"
    )
    notices = actions.add_parser(
        "notices", help="list them, oldest first; exit 1 where one was not acknowledged"
    )
    notices.add_argument(
        "--since", type=since, metavar="DAY", help="given on that day, or at that time, or later"
    )
    notices.add_argument("--controller", metavar="ID", help="of this controller alone")
    notices.add_argument("--open", action="store_true", help="only those that nobody acknowledged")
    notices.add_argument("--json", action="store_true", help="print one JSON object")
    notices.set_defaults(run=_notices)
    acknowledge = actions.add_parser(
        "acknowledge", help="take note of one; who did and what they found is in its subject's log"
    )
    acknowledge.add_argument("notice", metavar="NOTICE")
    acknowledge.add_argument(
        "--reason",
        type=words,
        required=True,
        metavar="TEXT",
        help="what you found, as the subject will read it",
    )
    acknowledge.add_argument("--by", type=words, metavar="NAME", help="default: the user of this machine")
    acknowledge.set_defaults(run=_acknowledge)
    for one in (notices, acknowledge):
        add_catalogue(one)


def _notices(given: argparse.Namespace) -> int:
    async def read(desk: Desk) -> "tuple[Notice, ...]":
        return await desk.notices.listed(
            since=given.since, controller=given.controller, unacknowledged=given.open
        )

    found = at_desk(given.catalogue, read)
    if given.json:
        print(json.dumps({"notices": [_told(one) for one in found]}))
    else:
        print("\n".join(map(_line, found)) or "there are no such notices")
    return 1 if any(one.acknowledged_at is None for one in found) else 0


def _told(notice: "Notice") -> dict[str, object]:
    told = {
        "id": notice.id, "kind": notice.kind, "givenAt": notice.given_at.isoformat(timespec="milliseconds"),
        "controller": notice.controller, "client": notice.client, "activity": notice.activity, "entry": notice.entry,
        "emergencyId": notice.emergency, "acknowledgement": notice.acknowledgement,
        "acknowledgedAt": notice.acknowledged_at and notice.acknowledged_at.isoformat(timespec="milliseconds"),
    }  # fmt: skip
    return {name: value for name, value in told.items() if value is not None}


def _line(notice: "Notice") -> str:
    at = notice.acknowledged_at
    state = f"acknowledged {at.isoformat(timespec='seconds')}" if at else "OPEN"
    about = f"{notice.controller} {notice.client} {notice.activity}"
    return f"{notice.given_at.isoformat(timespec='seconds')} {notice.id} {notice.kind} {about} entry {notice.entry} {state}"


def _acknowledge(given: argparse.Namespace) -> int:
    async def work(desk: Desk) -> None:
        await desk.notices.acknowledge(given.notice, by=given.by or user(), finding=given.reason)

    at_desk(given.catalogue, work)
    print(f"{given.notice}: acknowledged")
    return 0
