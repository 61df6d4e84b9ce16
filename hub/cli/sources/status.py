"""`onlyonce sources status`: how the sources of the hubs that run now do."""

import argparse
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from hub.cli.common import CannotAsk, partly

if TYPE_CHECKING:
    from hub.services.source_status import HubStatus

_MADE: Final = ("answered", "subjectUnknown")
_FAILED: Final = ("sourceUnavailable", "contractBroken", "sourceBusy", "sourceRefused")
_HEAD: Final = (
    "SOURCE",
    "STATE",
    "CIRCUIT",
    "ANSWERED",
    "FAILED",
    "NOT MADE",
    "p50 ms",
    "p99 ms",
    "LAST ANSWER",
    "WHY",
)


def add_status(actions: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add `status` to the actions of `sources`."""
    status = actions.add_parser(
        "status", help="show how the sources of the running hubs do; exit 1 if one of them does not work"
    )
    status.add_argument("--json", action="store_true", help="print one JSON object")
    status.set_defaults(run=show_status)


def show_status(given: argparse.Namespace) -> int:
    """Show the sources of every hub that runs on this key folder; 1 if one of them does not work."""
    from hub.services.source_status import read_statuses  # noqa: PLC0415

    folder = partly().status
    found = read_statuses(folder, datetime.now(UTC))
    if not found:
        raise CannotAsk(f"no hub runs on {folder.parent} (ONLYONCE_KEYS), or it has no sources")
    if given.json:
        hubs = [{"hub": one.hub, "at": one.at.isoformat(), "sources": one.sources} for one in found]
        print(json.dumps({"hubs": hubs}))
    else:
        print("\n\n".join(_shown(one) for one in found))
    return 0 if all(_works(source) for one in found for source in one.sources) else 1


def _works(source: Mapping[str, Any]) -> bool:
    return source["state"] in {"up", "untried"}


def _shown(status: "HubStatus") -> str:
    rows = [_HEAD, *(_row(source) for source in status.sources)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEAD))]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    ]
    return "\n".join([f"{status.hub}, {status.at:%Y-%m-%d %H:%M:%S} UTC", *lines])


def _row(source: Mapping[str, Any]) -> tuple[str, ...]:
    counts, latency = source["counts"], source["latencyMs"] or {}
    made, failed = (sum(counts.get(name, 0) for name in names) for names in (_MADE, _FAILED))
    waits = source["retryAfterMs"]
    why = source["cause"] or ""
    if waits:
        why = f"{why}{'; ' if why else ''}asked again in {waits / 1000:.0f} s"
    return (
        source["source"], source["state"], source["circuit"], str(made), str(failed), str(sum(counts.values()) - made - failed),
        str(latency.get("p50", "")), str(latency.get("p99", "")), (source["lastSuccess"] or "never")[:19], why,
    )  # fmt: skip
