"""Taking one recorded decision again: same facts, same rules, same outcome?"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from audit import History, Line
from hub.catalogue import holds_ssin
from hub.services.readings import Reader, Readings
from hub.services.recorded import Missing, recorded
from policies import Deny, Permit, PolicySet, PolicyUnavailable, QuestionInvalid
from policies.simulation import Recorded, agrees, evaluate

Outcome = Literal["same", "different", "notReplayable", "notAsked"]
_WHY: Mapping[Missing, str] = {
    "notReplayable": "the line was erased: its facts cannot be read any more",
    "broken": "what is stored is not what was sealed: `log verify` says more",
    "noInput": "the line is of no decision: nothing was asked of the policies",
    "noDecision": "the policies gave no decision then, so nothing was disclosed",
}


@dataclass(frozen=True, slots=True)
class Ruling:
    """One attribute: what was recorded (None where the record does not tell), what the rules say again, whether the two agree."""

    attribute: str
    recorded: str | None
    now: Permit | Deny
    agrees: bool


@dataclass(frozen=True, slots=True)
class Replayed:
    """A decision that was taken again. `why` says why it could not be; `policy_set` is the set that was asked."""

    line: Line
    outcome: Outcome
    revision: str | None = None
    rulings: tuple[Ruling, ...] = ()
    policy_set: PolicySet | None = None
    why: str | None = None


class NoSuchEntry(Exception):
    """The log has no such entry."""


def find(history: History, which: str) -> Line:
    """The line of an entry, by its id, or by its index where it is a number of at most 19 digits.

    Raises:
        NoSuchEntry: there is none.
        LogUnavailable: the database is away.
    """
    line = history.entry(which)
    if line is None and which.isascii() and which.isdigit() and len(which) < _DIGITS:
        line = history.entry(int(which))
    if line is None:
        raise NoSuchEntry(f"the log has no entry {'of that name' if holds_ssin(which) else which}")
    return line


_DIGITS = 19


def replay(line: Line, known: Callable[[str], PolicySet | None]) -> Replayed:
    """Take the decision of a line again, by the very set that took it."""
    decision = recorded(line)
    if not isinstance(decision, Recorded):
        outcome: Outcome = "notReplayable" if decision == "notReplayable" else "notAsked"
        return Replayed(line, outcome, why=_WHY[decision])
    policy_set = known(decision.revision)
    if policy_set is None:
        why = f"the policies of revision {decision.revision} are not at hand"
        return Replayed(line, "notAsked", decision.revision, why=why)
    try:
        again = evaluate(policy_set, decision.question)
    except QuestionInvalid:
        why = "the recorded facts do not fit the questions of today"
        return Replayed(line, "notAsked", decision.revision, policy_set=policy_set, why=why)
    except PolicyUnavailable:
        why = "the policies give no decision"
        return Replayed(line, "notAsked", decision.revision, policy_set=policy_set, why=why)
    rulings = tuple(
        Ruling(name, outcome, again[name], agrees(again[name], outcome))
        for name, outcome in decision.outcomes.items()
    )
    same = all(ruling.agrees for ruling in rulings)
    return Replayed(line, "same" if same else "different", decision.revision, rulings, policy_set)


async def note(readings: Readings, line: Line, *, purpose: str, reader: Reader) -> None:
    """Record that somebody read the decision of a line. What could not be opened was not read.

    Raises:
        NotRecorded: nothing may be shown.
    """
    if line.details is not None:
        await readings.of_decision(line.subject, index=line.index, purpose=purpose, reader=reader)
