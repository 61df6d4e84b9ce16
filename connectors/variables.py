"""The variables that a request may hold, and their values in one call."""

from collections.abc import Callable, Mapping
from datetime import datetime, tzinfo

from connectors.source import Enquiry
from connectors.template import Unsendable

__all__ = ["BUILT_IN", "SECRET", "values_of"]

SECRET = "secret:"  # noqa: S105 - the prefix of a variable's name
_TIME: dict[str, Callable[[datetime], str]] = {
    "now": lambda t: t.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
    "today": lambda t: t.date().isoformat(),
    "time": lambda t: t.time().isoformat(timespec="milliseconds"),
    "thisYear": lambda t: f"{t.year:04}",
    "lastYear": lambda t: f"{t.year - 1:04}",
}
_GIVEN = ("purpose", "caseId", "legalBasis", "client")
BUILT_IN = frozenset({"uuid", "subject", *_TIME, *_GIVEN})
"""The variables that every source has; the declaration may add parameters of its own."""


def values_of(
    needed: frozenset[str],
    enquiry: Enquiry,
    parameters: Mapping[str, str | None],
    *,
    now: datetime,
    zone: tzinfo,
    uuid: Callable[[], str],
) -> dict[str, str]:
    """The value of each variable that a request needs.

    `{uuid}` is one value per call. `{purpose}`, `{caseId}`, `{legalBasis}` and `{client}` are empty if the enquiry does not give
    them; a parameter that it does not give has its default. Raises `Unsendable` if that parameter has none.
    """
    local = now if zone is now.tzinfo else now.astimezone(zone)
    values = {}
    for name in needed:
        if name == "subject":
            values[name] = enquiry.subject.value
        elif name == "uuid":
            values[name] = uuid()
        elif name in _TIME:
            values[name] = _TIME[name](local)
        else:
            values[name] = _given(name, enquiry.variables, parameters)
    return values


def _given(name: str, given: Mapping[str, str], parameters: Mapping[str, str | None]) -> str:
    value = given.get(name, parameters.get(name, "" if name in _GIVEN else None))
    if value is None:
        raise Unsendable(f"the parameter {name} is not given")
    return value
