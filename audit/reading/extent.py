"""A set of entries, named by what is in the clear alone, with a commitment to them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_

from audit.model import to_millis
from audit.reading.choice import Choice
from audit.store import ENTRY
from audit.tree.merkle import CompactRange


@dataclass(frozen=True, slots=True)
class Extent:
    """A set of entries: those that meet some conditions on what is in the clear, among those from one index to another.

    Attributes:
        kinds: the kinds, sorted; none: any.
        since, until: when they were recorded, in milliseconds since 1970, UTC; `until` is excluded.
        activity: of which processing activity; None: of any.
        first, last: the indices of the first and the last of them; `first` is larger than `last` where there is none.
        count: how many they are.
        root: RFC 9162 §2.1 over their leaves, in the order of their indices.
        controllers: of which controllers, sorted; None: of any.
        client: by which client; None: by any.
        outcome: with which outcome; None: with any.
    """

    kinds: tuple[str, ...]
    since: int
    until: int
    activity: str | None
    first: int
    last: int
    count: int
    root: bytes
    controllers: tuple[str, ...] | None = None
    client: str | None = None
    outcome: str | None = None

    def details(self) -> dict[str, Any]:
        """The extent as details of an entry."""
        limits = {
            "activity": self.activity,
            "controllers": self.controllers,
            "client": self.client,
            "outcome": self.outcome,
        }
        return {
            "kinds": list(self.kinds), "since": self.since, "until": self.until,
            **{name: limit for name, limit in limits.items() if limit is not None},
            "first": self.first, "last": self.last, "count": self.count, "root": self.root.hex(),
        }  # fmt: skip

    @classmethod
    def read(cls, details: Mapping[str, Any]) -> "Extent":
        """The extent that an entry's details tell.

        Raises:
            KeyError, TypeError, ValueError: they tell none.
        """
        numbers = {name: int(details[name]) for name in ("since", "until", "first", "last", "count")}
        kinds, root = tuple(map(str, details["kinds"])), bytes.fromhex(details["root"])
        controllers = details.get("controllers")
        return cls(
            kinds=kinds, activity=details.get("activity"), root=root, client=details.get("client"),
            outcome=details.get("outcome"), controllers=None if controllers is None else tuple(map(str, controllers)), **numbers,
        )  # fmt: skip

    @classmethod
    def of(cls, choice: Choice) -> "Extent":
        """An extent of nothing, with a choice's conditions.

        Raises:
            ValueError: it has no beginning or no end, or more than one client, activity or outcome.
        """
        if choice.since is None or choice.until is None:
            raise ValueError("an extent has a beginning and an end")
        activity, client, outcome = map(_only, (choice.activity, choice.client, choice.outcome))
        return cls(
            tuple(sorted(choice.kind or ())), to_millis(choice.since), to_millis(choice.until), activity, 0, -1, 0,
            CompactRange().root(), None if choice.controller is None else tuple(sorted(choice.controller)), client, outcome,
        )  # fmt: skip

    def condition(self) -> ColumnElement[bool]:
        """Which rows of `audit_entry` are in it."""
        return and_(ENTRY.c.leaf_index.between(self.first, self.last), *self.conditions())

    def holds(self, row: Any) -> bool:
        """Whether an entry with these columns has what its entries have in common, whatever its index."""
        return (
            self.since <= row.recorded_at < self.until
            and (not self.kinds or row.kind in self.kinds)
            and (self.controllers is None or row.controller in self.controllers)
            and self.activity in {None, row.activity}
            and self.client in {None, row.client}
            and self.outcome in {None, row.outcome}
        )

    def conditions(self) -> list[ColumnElement[bool]]:
        """What its entries have in common, whatever their indices."""
        conditions = [ENTRY.c.recorded_at >= self.since, ENTRY.c.recorded_at < self.until]
        if self.kinds:
            conditions.append(ENTRY.c.kind.in_(self.kinds))
        if self.controllers is not None:
            conditions.append(ENTRY.c.controller.in_(self.controllers))
        limits = (
            (ENTRY.c.activity, self.activity),
            (ENTRY.c.client, self.client),
            (ENTRY.c.outcome, self.outcome),
        )
        return conditions + [column == limit for column, limit in limits if limit is not None]


def _only(wanted: frozenset[str] | None) -> str | None:
    if wanted is None:
        return None
    (one,) = wanted
    return one
