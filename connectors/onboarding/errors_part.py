"""Where a source says that something went wrong, in a reply that is no fault of HTTP or SOAP."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from connectors.onboarding.leaves import Trail, is_text, leaves
from connectors.onboarding.shape import Node, Operation
from connectors.onboarding.words import meanings

__all__ = ["Failures", "failures", "guessed"]

_UNKNOWN = re.compile(
    r"NO_?DATA|NOT_?FOUND|UNKNOWN|NO_?RESULT|INCONNU|ONBEKEND|UNBEKANNT|NICHT_?GEFUNDEN|SCONOSCIUT|NIET_?GEVONDEN|ABSENT",
    re.IGNORECASE,
)
_BUSY = re.compile(r"BUSY|TOO_?MANY|RATE|THROTTL|OVERLOAD", re.IGNORECASE)
_DOWN = re.compile(r"TECHNICAL|UNAVAILABLE|TIME_?OUT|INTERNAL|SERVER_?ERROR|INDISPONIBLE", re.IGNORECASE)
_FINE = re.compile(
    r"(DATA_?)?(FOUND|OK|SUCCESS\w*|COMPLETE[DR]?|INCOMPLETE_?DATA|PARTIAL\w*|VALID|GEVONDEN|TROUVE)|00*",
    re.IGNORECASE,
)
_GRAVE = re.compile(r"FOUT|ERROR|ERREUR|FEHLER|ERRORE|FATAL\w*|E|BLOCKING|CRITICAL", re.IGNORECASE)
_CODE = frozenset({"code", "id", "number"})
_WITHIN = 2


@dataclass(frozen=True, slots=True)
class Failures:
    """Where error codes stand. `severity`: the sibling that says how grave one is, and the value that means an error."""

    trails: tuple[Trail, ...]
    severity: tuple[Node, str] | None = None
    fine: tuple[str, ...] = ()
    """Values of the same place that are no error."""

    @property
    def codes(self) -> tuple[str, ...]:
        """The codes that the contract itself names."""
        return tuple(
            dict.fromkeys(v for trail in self.trails for v in trail[-1].values if v not in self.fine)
        )


def guessed(code: str) -> str:
    """What an error code likely means, by its name."""
    if _UNKNOWN.search(code):
        return "subjectUnknown"
    if _BUSY.search(code):
        return "busy"
    return "unavailable" if _DOWN.search(code) else "refused"


def failures(operation: Operation) -> Failures | None:
    """Where an operation's reply or its declared faults hold error codes; `None` if that cannot be told."""
    roots = [*([operation.reply] if operation.reply else []), *operation.faults]
    trails = [trail for root in roots for trail in _in_errors((root,), fault=root in operation.faults)]
    if trails:
        same = tuple(
            t for t in trails if (t[-2].name, t[-1].name) == (trails[0][-2].name, trails[0][-1].name)
        )
        return Failures(same, _severity(trails[0]))
    return _status(operation.reply) if operation.reply else None


def _in_errors(trail: Trail, *, fault: bool) -> Iterator[Trail]:
    """The codes of each element that is named as an error, or stands in a fault."""
    node = trail[-1]
    known = meanings(node.name).known
    if is_text(node):
        if "error" in known and known & _CODE and len(trail) > 1:
            yield trail
        return
    if "error" in known or (fault and len(trail) == 1):
        found = _code_in(trail)
        if found is not None:
            yield found
            return
    for child in node.children:
        yield from _in_errors((*trail, child), fault=fault)


def _code_in(trail: Trail) -> Trail | None:
    """The text that is a code: named as one, the nearest first."""
    candidates = [
        (*trail, *leaf.trail[1:])
        for leaf in leaves(trail[-1])
        if 1 < len(leaf.trail) <= _WITHIN + 1 and not leaf.node.attribute and _is_code(leaf.node)
    ]
    return min(candidates, key=lambda t: (len(t), "code" not in meanings(t[-1].name).known), default=None)


def _is_code(node: Node) -> bool:
    known = meanings(node.name).known
    return bool(known & _CODE) and not known & {"sender", "agent", "language", "date", "text", "envelope"}


def _severity(trail: Trail) -> tuple[Node, str] | None:
    for sibling in trail[-2].children:
        grave = [value for value in sibling.values if _GRAVE.fullmatch(value)]
        if len(sibling.values) > 1 and len(grave) == 1:
            return sibling, grave[0]
    return None


def _status(reply: Node) -> Failures | None:
    """An enumerated status near the top, of which some values are good and some are not."""
    for leaf in leaves(reply):
        if len(leaf.trail) > 3 or not any("status" in meanings(node.name).known for node in leaf.trail[1:]):
            continue
        fine = tuple(value for value in leaf.node.values if _FINE.fullmatch(value))
        if fine and any(guessed(value) != "refused" for value in leaf.node.values):
            return Failures((leaf.trail,), fine=fine)
    return None
