"""`onlyonce log deferred`, `log put-off-order` and `log put-off`: lines that their subjects are shown later."""

import argparse
import json
import sys
from dataclasses import asdict
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from hub.cli.common import CannotAsk, add_catalogue
from hub.cli.desk import Desk, at_desk, moment

if TYPE_CHECKING:
    from hub.services.deferrals import Waiting


def add(actions: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add `deferred`, `put-off-order` and `put-off`."""
    listing = actions.add_parser(
        "deferred", help="lines that their subjects are shown later; exit 1 where one is overdue"
    )
    listing.add_argument("--controller", metavar="ID", help="of this controller alone")
    listing.add_argument("--overdue", action="store_true", help="only those that should have been shown")
    listing.add_argument("--json", action="store_true", help="print one JSON object")
    listing.set_defaults(run=_list)
    order = actions.add_parser(
        "put-off-order",
        help="write an order to let a line be shown later still, for two of its controller's people to sign (`keys approve`)",
    )
    order.add_argument("entry", metavar="ENTRY", help="as `log deferred` lists it")
    order.add_argument(
        "--until", type=moment, required=True, metavar="DAY", help="the last day without it, or a time"
    )
    order.add_argument(
        "--days", type=int, default=14, metavar="N", help="how long the order is good for (default: 14)"
    )
    order.set_defaults(run=_order)
    later = actions.add_parser(
        "put-off",
        help="let a line be shown later still, on an order that two people of its controller signed",
    )
    later.add_argument("order", type=Path, metavar="FILE", help="the signed order")
    later.set_defaults(run=_put_off)
    for one in (listing, order, later):
        add_catalogue(one)


def _list(given: argparse.Namespace) -> int:
    async def read(desk: Desk) -> "tuple[Waiting, ...]":
        return await desk.deferrals.waiting()

    found = [
        one
        for one in at_desk(given.catalogue, read)
        if given.controller in {None, one.controller} and (one.overdue or not given.overdue)
    ]
    if given.json:
        print(json.dumps({"deferred": [_told(one) for one in found]}))
    else:
        print("\n".join(map(_line, found)) or "no such line waits for its day")
    return 1 if any(one.overdue for one in found) else 0


def _told(one: "Waiting") -> dict[str, object]:
    told = {name: value for name, value in asdict(one).items() if value is not None and name != "due_at"}
    return {**told, "dueAt": one.due_at.isoformat(timespec="seconds")}


def _line(one: "Waiting") -> str:
    about = f"{one.kind} {one.controller} {one.activity} index {one.index}" if one.kind else "under way"
    return (
        f"{one.due_at.isoformat(timespec='seconds')} {one.entry} {about}{' OVERDUE' if one.overdue else ''}"
    )


def _order(given: argparse.Namespace) -> int:
    from hub.cli.desk import now  # noqa: PLC0415
    from hub.oversight import draft_order  # noqa: PLC0415
    from hub.randomness import new_id  # noqa: PLC0415
    from hub.services.deferrals import PUT_OFF  # noqa: PLC0415

    async def write(desk: Desk) -> bytes:
        line = next((one for one in await desk.deferrals.waiting() if one.entry == given.entry), None)
        if line is None or line.controller is None:
            raise CannotAsk(f"{given.entry}: no such line waits for its day")
        if given.until <= line.due_at:
            raise CannotAsk(
                f"--until: the line is shown after {line.due_at.isoformat(timespec='seconds')} anyway"
            )
        return draft_order(
            PUT_OFF, order_id=new_id(), controller=line.controller, audience=desk.address, issued_at=now(),
            valid_for=timedelta(days=given.days), what={"entry": given.entry, "until": given.until.isoformat()},
        )  # fmt: skip

    sys.stdout.write(at_desk(given.catalogue, write).decode())
    return 0


def _put_off(given: argparse.Namespace) -> int:
    try:
        document = given.order.read_bytes()
    except OSError as error:
        raise CannotAsk(f"{given.order}: cannot be read ({type(error).__name__})") from None

    async def work(desk: Desk) -> datetime:
        return await desk.deferrals.put_off(document, audience=desk.address, catalogue=desk.catalogue)

    until = at_desk(given.catalogue, work)
    print(f"the line is shown after {until.isoformat(timespec='seconds')}")
    return 0
