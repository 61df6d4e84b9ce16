"""Which entries are wanted, told by what is in the clear alone."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, Table

from audit.model import Line, to_millis

NAMES: Final = ("kind", "controller", "client", "activity", "outcome")
"""The columns that entries are chosen by, besides their time."""


@dataclass(frozen=True, slots=True)
class Choice:
    """Conditions that an entry meets all of. None: any.

    Attributes:
        kind, controller, client, activity, outcome: one of these.
        since, until: recorded from `since` on, and before `until`.
    """

    kind: frozenset[str] | None = None
    controller: frozenset[str] | None = None
    client: frozenset[str] | None = None
    activity: frozenset[str] | None = None
    outcome: frozenset[str] | None = None
    since: datetime | None = None
    until: datetime | None = None

    @property
    def is_any(self) -> bool:
        """Whether every entry meets it."""
        return self == EVERYTHING

    def names(self) -> Iterator[tuple[str, frozenset[str]]]:
        """The columns that are limited, each with what it may hold."""
        for name in NAMES:
            wanted: frozenset[str] | None = getattr(self, name)
            if wanted is not None:
                yield name, wanted

    def of_names(self, table: Table) -> list[ColumnElement[bool]]:
        """The conditions on a table that has these columns, but for those on the time."""
        return [table.c[name].in_(sorted(wanted)) for name, wanted in self.names()]

    def of_entries(self, table: Table) -> list[ColumnElement[bool]]:
        """The conditions on `audit_entry`."""
        conditions = self.of_names(table)
        if self.since is not None:
            conditions.append(table.c.recorded_at >= to_millis(self.since))
        if self.until is not None:
            conditions.append(table.c.recorded_at < to_millis(self.until))
        return conditions

    def admits(self, line: Line) -> bool:
        """Whether a line that was read meets it."""
        return (
            all(getattr(line, name) in wanted for name, wanted in self.names())
            and (self.since is None or line.recorded_at >= self.since)
            and (self.until is None or line.recorded_at < self.until)
        )


EVERYTHING: Final = Choice()
