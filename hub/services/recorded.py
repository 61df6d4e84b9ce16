"""A decision as the usage log has it: the facts it was taken on, the revision of the rules that took it, and what came of it."""

from collections.abc import Callable, Mapping
from typing import Any, Final, Literal

from audit import DELIVERY_UNKNOWN, Line
from hub.services.outcomes import OF_SOURCES, REPRESENTATION_UNAVAILABLE
from policies import REASONS
from policies.simulation import DENIED, PERMITTED, Recorded

_Said = Callable[[str], str | None]
PREFILL: Final = "prefill"
Missing = Literal["notReplayable", "broken", "noInput", "noDecision"]
"""Why a decision cannot be taken again: its line was shredded; it is not what was sealed; it was refused before there was a question, or
is not of a decision at all; no decision was given, for the engine was away."""


_DECIDED: Final[Mapping[str | None, str]] = {REPRESENTATION_UNAVAILABLE: "representationNotEstablished"}
"""What the rules said where the line tells a nearer reason."""


def recorded(line: Line) -> Recorded | Missing:
    """The decision of a line, or why there is none to be taken again."""
    details = line.details
    if details is None:
        return "broken" if line.state == "broken" else "notReplayable"
    question = details.get("input")
    if not isinstance(question, dict) or not isinstance(question.get("attributes"), dict):
        return "noInput"
    revision = details.get("policyRevision")
    if not isinstance(revision, str):
        return "noDecision"
    said = _undelivered(details) if line.outcome == DELIVERY_UNKNOWN else _said(details)
    return Recorded(question, revision, {name: said(name) for name in question["attributes"]})


def _said(details: Mapping[str, Any]) -> _Said:
    disclosed, withheld = set(details.get("disclosed", ())), details.get("withheld", {})
    gone = set(details.get("grantGone", ()))

    def said(name: str) -> str | None:
        code = _DECIDED.get(withheld.get(name), withheld.get(name))
        if name in disclosed or name in gone or code in OF_SOURCES:
            return PERMITTED
        return code if code in REASONS else None

    return said


def _undelivered(details: Mapping[str, Any]) -> _Said:
    """Of an intent that nothing closed, the permitted attributes are on record; the others were denied, for whatever reason."""
    permitted = set(details.get("attributes", ()))
    return lambda name: PERMITTED if name in permitted else DENIED
