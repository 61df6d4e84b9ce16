"""Trying a proposed policy set on the decisions that were recorded: what would have come out otherwise?

One pass over an extent of the usage log, a batch at a time, in constant memory. A report holds ids of entries and names of the catalogue,
and nothing of a person.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from audit import Line
from hub.services.recorded import Missing, recorded
from policies import PolicyUnavailable, QuestionInvalid
from policies.simulation import KINDS, OPENING, Comparison, Kind, Recorded, Simulation

Compared = Comparison | Literal["invalid", "failed"]
"""`invalid`: the facts do not fit the questions of today. `failed`: the proposed set gives no decision."""
Seen = Missing | Literal["evaluated", "otherForm", "invalid", "failed"]
SEEN: Final[tuple[Seen, ...]] = (
    "evaluated", "otherForm", "notReplayable", "broken", "noInput", "noDecision", "invalid", "failed",
)  # fmt: skip
EXAMPLES: Final = 5
"""How many entries are named for each change of a group."""
_MOST_WORDS: Final = 200


@dataclass(slots=True)
class Group:
    """The attributes of one form, processing activity or attribute's name, counted by kind of change, with some of their entries."""

    counts: Counter[Kind] = field(default_factory=Counter)
    examples: dict[Kind, list[str]] = field(default_factory=dict)

    def add(self, kind: Kind, entry: str) -> None:
        """Count one attribute of one entry."""
        self.counts[kind] += 1
        if kind in {"unchanged", "notComparable"}:
            return
        examples = self.examples.setdefault(kind, [])
        if len(examples) < EXAMPLES and entry not in examples:
            examples.append(entry)

    def told(self) -> dict[str, Any]:
        """The group as JSON."""
        return {**{kind: self.counts[kind] for kind in KINDS}, "examples": self.examples}


@dataclass(slots=True)
class Report:
    """What a proposed set would change.

    Attributes:
        entries: what became of each entry that was looked at.
        total: every attribute of every decision that was taken again.
        groups: the same by `form`, `purpose` and `attribute`.
        words: what changed, in words → for how many attributes.
        unknown: decisions whose own set is not at hand, so that legal bases and obligations were not compared.
        different: decisions that their own set does not give again.
        changed: decisions of which at least one attribute changed.
    """

    entries: Counter[Seen] = field(default_factory=Counter)
    total: Group = field(default_factory=Group)
    groups: dict[str, dict[str, Group]] = field(
        default_factory=lambda: {"form": {}, "purpose": {}, "attribute": {}}
    )
    words: Counter[str] = field(default_factory=Counter)
    unknown: int = 0
    different: int = 0
    changed: int = 0

    @property
    def opens(self) -> bool:
        """Whether more would be disclosed than was."""
        return any(self.total.counts[kind] for kind in OPENING)

    def add(self, entry: str, decision: Recorded, compared: Compared) -> None:
        """Count one decision that was compared."""
        if not isinstance(compared, Comparison):
            self.entries[compared] += 1
            return
        self.entries["evaluated"] += 1
        self.unknown += compared.reproduced is None
        self.different += compared.reproduced is False
        self.changed += any(kind not in {"unchanged", "notComparable"} for kind in compared.changes.values())
        form, purpose = _id(decision, "form"), _id(decision, "activity")
        for name, kind in compared.changes.items():
            for group in (
                self.total,
                self._group("form", form),
                self._group("purpose", purpose),
                self._group("attribute", name),
            ):
                group.add(kind, entry)
        for words in compared.what.values():
            if words in self.words or len(self.words) < _MOST_WORDS:
                self.words[words] += 1

    def told(self) -> dict[str, Any]:
        """The report as JSON."""
        return {
            "entries": {seen: self.entries[seen] for seen in SEEN},
            "decisions": {"changed": self.changed, "withoutTheirOwnPolicies": self.unknown, "notReproduced": self.different},
            "attributes": self.total.told(),
            "what": dict(self.words.most_common()),
            "by": {by: {name: group.told() for name, group in sorted(found.items())} for by, found in self.groups.items()},
        }  # fmt: skip

    def _group(self, by: str, name: str) -> Group:
        return self.groups[by].setdefault(name, Group())


@dataclass(frozen=True, slots=True)
class Batch:
    """Decisions to be compared together, and the ids of their entries."""

    ids: tuple[str, ...]
    decisions: tuple[Recorded, ...] = field(repr=False)


Comparing = Callable[[Iterable[Batch]], Iterator[tuple[Batch, list[Compared]]]]
"""Compares batches, here or in other processes, and gives them back in order. It takes no more of them than it works on."""


def compare(simulation: Simulation, decisions: Iterable[Recorded]) -> list[Compared]:
    """Compare some decisions."""
    return [_compare(simulation, decision) for decision in decisions]


def here(simulation: Simulation) -> Comparing:
    """Compare in this thread."""

    def comparing(batches: Iterable[Batch]) -> Iterator[tuple[Batch, list[Compared]]]:
        for batch in batches:
            yield batch, compare(simulation, batch.decisions)

    return comparing


def simulate(
    lines: Iterable[tuple[Line, ...]],
    comparing: Comparing,
    *,
    form: str | None = None,
    progress: Callable[[int], None] = lambda _: None,
) -> Report:
    """Compare what was decided with what would be.

    Args:
        lines: opened, in batches.
        comparing: compares.
        form: only decisions of this form.
        progress: is told how many more entries were done.

    Raises:
        LogUnavailable, LogChanged: as `History.read`; there is no report.
    """
    report = Report()

    def batches() -> Iterator[Batch]:
        for some in lines:
            found = [(line.id, decision) for line in some if (decision := _wanted(line, form, report))]
            progress(len(some) - len(found))
            if found:
                yield Batch(tuple(entry for entry, _ in found), tuple(decision for _, decision in found))

    for batch, results in comparing(batches()):
        for entry, decision, compared in zip(batch.ids, batch.decisions, results, strict=True):
            report.add(entry, decision, compared)
        progress(len(results))
    return report


def _wanted(line: Line, form: str | None, report: Report) -> Recorded | None:
    decision = recorded(line)
    if not isinstance(decision, Recorded):
        report.entries[decision] += 1
        return None
    if form is not None and _id(decision, "form") != form:
        report.entries["otherForm"] += 1
        return None
    return decision


def _compare(simulation: Simulation, decision: Recorded) -> Compared:
    try:
        return simulation.compare(decision)
    except QuestionInvalid:
        return "invalid"
    except PolicyUnavailable:
        return "failed"


def _id(decision: Recorded, part: str) -> str:
    facts = decision.question.get(part)
    return str(facts.get("id", "?")) if isinstance(facts, dict) else "?"
