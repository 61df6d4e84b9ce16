"""`onlyonce policies simulate DIR|BUNDLE`: what would have been decided otherwise, had these been the policies?

Exit codes: 0 nothing more would be disclosed; 1 something would be permitted that was denied, or less would be taken off a value, and
`--allow-new-permits` was not given; 2 it could not be asked.
"""

import argparse
import os
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from hub.cli.common import CannotAsk
from hub.cli.desk import now
from hub.cli.policy_room import Room, active, add_room, opened

if TYPE_CHECKING:
    from collections.abc import Iterator

    from audit import Extent
    from hub.services.simulation import Comparing, Report
    from policies import PolicySet

WORTH_PROCESSES: Final = 5_000
"""From how many entries on other processes are worth their start."""
_MOST_PROCESSES: Final = 8
_BATCH: Final = 250
_BEGINNING: Final = datetime(1970, 1, 1, tzinfo=UTC)


def add_simulate(actions: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add `simulate`."""
    simulate = actions.add_parser(
        "simulate",
        help="try proposed policies on recorded decisions; exit 1 if more would be disclosed than was",
    )
    simulate.add_argument("proposed", type=Path, metavar="DIR|BUNDLE", help="the proposed policies")
    simulate.add_argument("--key", type=Path, metavar="FILE", help="the public key that verifies a bundle")
    simulate.add_argument(
        "--since", type=moment, default=_BEGINNING, metavar="TIME", help="default: from the first entry on"
    )
    simulate.add_argument(
        "--until", type=moment, default=None, metavar="TIME", help="excluded (default: now)"
    )
    simulate.add_argument("--form", metavar="ID", help="only decisions of this form")
    simulate.add_argument("--activity", metavar="ID", help="only decisions of this processing activity")
    simulate.add_argument(
        "--allow-new-permits", action="store_true", help="exit 0 also where more would be disclosed than was"
    )
    simulate.add_argument("--format", choices=("table", "json", "csv"), default="table")
    simulate.add_argument(
        "--processes", type=int, default=None, metavar="N", help="default: one for each core, up to 8"
    )
    add_room(simulate, reason="Proposed access rules were tried on earlier decisions.")
    simulate.set_defaults(run=simulate_set)


def moment(text: str) -> datetime:
    """A time with its zone, or a day, which begins at midnight UTC."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        at = None
    if at is not None and at.tzinfo is None and len(text) <= len("2026-11-23"):
        at = at.replace(tzinfo=UTC)
    if at is None or at.tzinfo is None:
        raise argparse.ArgumentTypeError(
            "is no day (2026-11-23) and no time with a zone (2026-11-23T18:00:00Z)"
        )
    return at


def simulate_set(given: argparse.Namespace) -> int:
    """Record the reading, compare, and show what would change."""
    from hub.cli.simulation_report import show  # noqa: PLC0415
    from hub.services.recorded import PREFILL  # noqa: PLC0415

    proposed = _proposed(given)
    with opened(given) as room:
        until = given.until or now()
        extent = room.history.extent({PREFILL}, since=given.since, until=until, activity=given.activity)
        room.record(
            lambda readings: readings.of_many(
                extent, purpose="simulation", reader=room.reader, revision=proposed.revision
            )
        )
        report = _compare(given, room, proposed, extent)
    show(report, extent, proposed.revision, given.format)
    return 1 if report.opens and not given.allow_new_permits else 0


def _proposed(given: argparse.Namespace) -> "PolicySet":
    from policies import read_policies  # noqa: PLC0415

    if not given.proposed.exists():
        raise CannotAsk(f"{given.proposed}: there is no such folder or bundle")
    return read_policies(given.proposed, key=given.key)


def _compare(given: argparse.Namespace, room: Room, proposed: "PolicySet", extent: "Extent") -> "Report":
    from hub.cli.progress import Progress  # noqa: PLC0415
    from hub.services.simulation import simulate  # noqa: PLC0415

    progress = Progress(extent.count, "decisions compared")
    with _comparing(given, room, proposed, extent.count) as comparing:
        lines = room.history.read(extent, batch=_BATCH)
        report = simulate(lines, comparing, form=given.form, progress=progress.more)
    progress.end()
    return report


@contextmanager
def _comparing(
    given: argparse.Namespace, room: Room, proposed: "PolicySet", count: int
) -> "Iterator[Comparing]":
    processes = given.processes or min(os.cpu_count() or 1, _MOST_PROCESSES)
    if processes < 2 or (count < WORTH_PROCESSES and given.processes is None):
        from hub.services.simulation import here  # noqa: PLC0415
        from policies.simulation import Simulation  # noqa: PLC0415

        yield here(Simulation(proposed, room.sets))
        return
    from hub.cli.simulation_workers import Setup, Workers  # noqa: PLC0415

    workers = Workers(Setup.of(proposed, active(room.settings), room.settings.database_url), processes)
    try:
        yield workers
    finally:
        workers.close()
