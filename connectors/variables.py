"""The variables that a request may hold, and their values in one call."""

from collections.abc import Callable, Mapping
from datetime import datetime, tzinfo

from connectors.parameters import Parameter, Table
from connectors.source import Enquiry
from connectors.template import Unsendable

__all__ = ["BUILT_IN", "FOLLOWED", "GIVEN", "SECRET", "values_of"]

SECRET = "secret:"  # noqa: S105 - the prefix of a variable's name
_TIME: dict[str, Callable[[datetime], str]] = {
    "now": lambda t: t.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
    "today": lambda t: t.date().isoformat(),
    "time": lambda t: t.time().isoformat(timespec="milliseconds"),
    "thisYear": lambda t: f"{t.year:04}",
    "lastYear": lambda t: f"{t.year - 1:04}",
}
FOLLOWED = ("purpose", "legalBasis", "controller", "controllerNumber", "client", "form", "channel", "role")
"""The variables that say in which setting a question is asked, and nothing of whom it is about or who asks it."""
GIVEN = (*FOLLOWED, "caseId", "actor")
"""All that a caller tells of a question."""
BUILT_IN = frozenset({"uuid", "subject", *_TIME, *GIVEN})
"""The variables that every source has; the declaration may add parameters of its own."""


def values_of(
    needed: frozenset[str],
    enquiry: Enquiry,
    parameters: Mapping[str, Parameter],
    *,
    now: datetime,
    zone: tzinfo,
    uuid: Callable[[], str],
) -> dict[str, str]:
    """The value of each variable that a request needs.

    `{uuid}` is one value per call. What a caller tells of a question, such as `{purpose}`, is empty if the enquiry does not give
    it; a parameter that it does not give has its default, or what its table says. Raises `Unsendable` if it has neither.
    """
    local = now if zone is now.tzinfo else now.astimezone(zone)
    values: dict[str, str] = {}
    tables: dict[str, Table] = {}
    for name in needed:
        if name == "subject":
            values[name] = enquiry.subject.value
        elif name == "uuid":
            values[name] = uuid()
        elif name in _TIME:
            values[name] = _TIME[name](local)
        elif isinstance(found := _given(name, enquiry.variables, parameters), Table):
            tables[name] = found
        else:
            values[name] = found
    if tables:
        others = frozenset().union(*map(_used, tables.values())) - values.keys()
        known = values | values_of(others, enquiry, {}, now=now, zone=zone, uuid=uuid)
        values |= {name: _looked_up(name, table, known) for name, table in tables.items()}
    return values


def _given(name: str, given: Mapping[str, str], parameters: Mapping[str, Parameter]) -> str | Table:
    value = given.get(name, parameters.get(name, "" if name in GIVEN else None))
    if value is None:
        raise Unsendable(f"the parameter {name} is not given")
    return value


def _used(table: Table) -> frozenset[str]:
    """The built-in variables that a table may need."""
    texts = [*table.values.values(), *filter(None, [table.default])]
    return frozenset({table.by, *(name for text in texts for name in text.variables)})


def _looked_up(name: str, table: Table, known: Mapping[str, str]) -> str:
    text = table.values.get(known[table.by], table.default)
    if text is None:
        raise Unsendable(f"the parameter {name} says nothing for this {table.by}")
    return text.fill(known, str.encode).decode()
