"""A source's own request variables: a text, one that the enquiry must give, or one that follows another (a table).

A table is how a source is told what it asks to be told of each processing activity, controller or role: its code for the legal
context, the name of the purpose, the kind of user.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from connectors.scope import Scope
from connectors.template import Template, parse

__all__ = ["Parameter", "Table", "read_parameters"]

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")


@dataclass(frozen=True, slots=True)
class Table:
    """A parameter whose value follows the value of another variable."""

    by: str
    values: Mapping[str, Template]
    """What stands for each value of `by`; it may hold other built-in variables."""
    default: Template | None
    """What stands for any other; `None`: the request cannot be sent."""


Parameter: TypeAlias = str | Table | None
"""`None`: the enquiry must give it."""


def read_parameters(
    scope: Scope, built_in: frozenset[str], followed: tuple[str, ...]
) -> dict[str, Parameter]:
    """Read `parameters`. `followed` are the variables that a table may follow: those that never tell one person from another."""
    below = scope.scope("parameters")
    if below is None:
        return {}
    for key in below.names():
        if key in built_in:
            below.problem("is a built-in variable already", key)
        elif not _NAME.fullmatch(key):
            below.problem("expected a word of letters and digits", key)
    return {key: _parameter(below, key, built_in, followed) for key in below.names()}


def _parameter(scope: Scope, key: str, built_in: frozenset[str], followed: tuple[str, ...]) -> Parameter:
    if not isinstance(scope.peek(key), Mapping):
        return scope.text(key)
    table = scope.scope(key) or Scope({}, (), [])
    by = table.choice("by", followed) or ""
    values = table.scope("values", required=True)
    texts = {} if values is None else {name: _text(values, name, built_in) for name in values.names()}
    if values is not None and not texts:
        values.problem("expected a text for each value that can occur")
    default = _text(table, "default", built_in) if table.peek("default") is not None else None
    table.done()
    return Table(by, {name: text for name, text in texts.items() if text is not None}, default)


def _text(scope: Scope, key: str, built_in: frozenset[str]) -> Template | None:
    """A text of a table. It may hold what is built in, but no subject: it may go where no national number may."""
    text = scope.text(key)
    if text is None:
        return None
    try:
        found = parse(text)
    except ValueError as error:
        scope.problem(str(error), key)
        return None
    for name in found.variables:
        if name not in built_in or name == "subject":
            scope.problem(f"{{{name}}} cannot stand here: only what is built in, and not {{subject}}", key)
    return found
