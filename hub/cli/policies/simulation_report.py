"""The report of a simulation: as a table, as JSON, as CSV."""

import csv
import json
import os
import sys
from typing import TYPE_CHECKING, Final

from hub.services.simulation import SEEN
from policies.simulation import KINDS, OPENING, Kind

if TYPE_CHECKING:
    from audit import Extent
    from hub.services.simulation import Group, Report

_HEADS: Final[dict[Kind, str]] = {
    "unchanged": "unchanged", "newlyPermitted": "NEWLY PERMITTED", "lessMinimised": "LESS MINIMISED",
    "newlyDenied": "newly denied", "otherwise": "otherwise", "notComparable": "not comparable",
}  # fmt: skip
_SEEN: Final = {
    "otherForm": "of another form", "notReplayable": "not replayable: erased", "broken": "broken: `log verify` says more",
    "noInput": "refused before anything was asked of the policies", "noDecision": "without a decision: the policies were away",
    "invalid": "invalid: their facts do not fit the questions of today", "failed": "of which the proposed policies give no decision",
}  # fmt: skip
_RED, _PLAIN = "\x1b[31m", "\x1b[0m"


def show(report: "Report", extent: "Extent", revision: str, how: str) -> None:
    """Print a report on standard output."""
    {"table": _table, "json": _json, "csv": _csv}[how](report, extent, revision)


def _json(report: "Report", extent: "Extent", revision: str) -> None:
    told = {"proposedRevision": revision, "extent": extent.details(), "opens": report.opens, **report.told()}
    print(json.dumps(told, ensure_ascii=False))


def _csv(report: "Report", _extent: "Extent", _revision: str) -> None:
    """One row for each form, purpose and attribute, and the total; what was not compared stands in rows of `entries`."""
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(["by", "name", *KINDS, "exampleEntries"])
    writer.writerow(["total", "", *_counts(report.total), _examples(report.total)])
    for by, groups in report.groups.items():
        for name, group in sorted(groups.items()):
            writer.writerow([by, _cell(name), *_counts(group), _examples(group)])
    for seen in SEEN:
        writer.writerow(["entries", seen, report.entries[seen], *[""] * len(KINDS)])


def _cell(text: str) -> str:
    """A name that no spreadsheet takes for a formula."""
    return f"'{text}" if text[:1] in {"=", "+", "-", "@"} else text


def _counts(group: "Group") -> list[int]:
    return [group.counts[kind] for kind in KINDS]


def _examples(group: "Group") -> str:
    """Entries of what would open first, for these are the ones to look at."""
    order = sorted(group.examples, key=lambda kind: kind not in OPENING)
    return " ".join(dict.fromkeys(entry for kind in order for entry in group.examples[kind]))


def _table(report: "Report", extent: "Extent", revision: str) -> None:
    print(f"policies of revision {revision}")
    print(
        f"on {report.entries['evaluated']:,} of {extent.count:,} recorded decisions; {report.changed:,} would change\n"
    )
    rows: list[tuple[str, Group]] = [("all attributes", report.total)]
    for by, groups in report.groups.items():
        rows += [(f"{by} {name}", group) for name, group in sorted(groups.items())]
    width = max(len(name) for name, _ in rows)
    print(" " * width + "".join(f"  {head}" for head in _HEADS.values()))
    for name, group in rows:
        print(f"{name:{width}}" + "".join(f"  {_count(kind, group)}" for kind in KINDS))
    _show_changes(report)
    _show_unseen(report)


def _count(kind: Kind, group: "Group") -> str:
    text = f"{group.counts[kind]:>{len(_HEADS[kind])},}"
    return _red(text) if kind in OPENING and group.counts[kind] else text


def _show_changes(report: "Report") -> None:
    if report.words:
        print("\nwhat changes")
        for words, times in report.words.most_common():
            print(f"  {times:>8,}  {_red(words) if words.endswith('→ permit') else words}")
    for kind, entries in report.total.examples.items():
        print(f"\n{_HEADS[kind]}, for example in {', '.join(entries)}")


def _show_unseen(report: "Report") -> None:
    unseen = [(seen, report.entries[seen]) for seen in SEEN if seen != "evaluated" and report.entries[seen]]
    lines = [f"  {count:>8,}  {_SEEN[seen]}" for seen, count in unseen]
    if lines:
        print("\nnot compared", *lines, sep="\n")
    if report.unknown:
        print(
            f"\n{report.unknown:,} were compared with the record alone: the policies that decided are not at hand"
        )
    if report.different:
        print(
            f"\n{report.different:,} do not come out as recorded by the very policies that decided: `policies replay` shows one"
        )


def _red(text: str) -> str:
    return f"{_RED}{text}{_PLAIN}" if _on_terminal() and not os.environ.get("NO_COLOR") else text


def _on_terminal() -> bool:
    return sys.stdout.isatty()
