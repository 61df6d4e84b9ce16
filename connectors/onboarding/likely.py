"""The variable that likely fills a text of a request, by its name, the name above it, and its type."""

from connectors.onboarding.leaves import Trail, base_type
from connectors.onboarding.words import Meanings, meanings

__all__ = ["TEXTS", "likely"]

_BY_MEANING = (
    (frozenset({"purpose"}), "{purpose}"),
    (frozenset({"legal", "basis"}), "{legalBasis}"),
    (frozenset({"legal", "envelope"}), "{legalBasis}"),
    (frozenset({"basis"}), "{legalBasis}"),
    (frozenset({"case"}), "{caseId}"),
    (frozenset({"reference"}), "{uuid}"),
    (frozenset({"request", "id"}), "{uuid}"),
    (frozenset({"request", "number"}), "{uuid}"),
    (frozenset({"envelope", "id"}), "{uuid}"),
    (frozenset({"sender", "id"}), "{client}"),
    (frozenset({"sender"}), "{client}"),
)
_BY_TYPE = {
    "dateTime": "{now}", "date-time": "{now}", "date": "{today}", "time": "{time}", "gYear": "{thisYear}", "string(uuid)": "{uuid}",
}  # fmt: skip
TEXTS = frozenset({"string", "token", "normalizedString", "anyURI", "ID", "NMTOKEN", "NCName"})


def likely(trail: Trail) -> str | None:
    """The variable that likely fills a text; `None`: nobody can tell."""
    node = trail[-1]
    own = meanings(node.name)
    near = own.known | (meanings(trail[-2].name).known if len(trail) > 1 else frozenset())
    base = base_type(node)
    if "birth" in near or base == "boolean" or node.values:
        return None
    if "year" in own.known and base not in {"date", "dateTime", "date-time"}:
        return "{lastYear}" if {"income", "fiscal", "taxable"} & near else "{thisYear}"
    return _BY_TYPE.get(node.type, _BY_TYPE.get(base)) or _by_meaning(own, near, base)


def _by_meaning(own: Meanings, near: frozenset[str], base: str) -> str | None:
    """The variable that a text likely holds by its name and the name above it."""
    if base not in TEXTS or own.known & {"language", "amount"}:
        return None
    for need, variable in _BY_MEANING:
        if need <= near and need & own.known and own.unknown == 0:
            return variable
    return None if own.unknown else _moment(own.known)


def _moment(known: frozenset[str]) -> str | None:
    """The variable of a moment that is a text in the contract."""
    if not known <= {
        "date",
        "time",
        "request",
        "envelope",
        "start",
        "end",
    }:  # `data` alone is as often English
        return None
    if "date" in known:
        return "{now}" if "time" in known else "{today}"
    return "{time}" if known == {"time"} else None
