"""How attributes are read: what each found item becomes, and what the items are together.

All that a declaration says is settled when it is read: what is left for a call is a chain of small functions. Several plain paths
from one point are found in one pass where the language of paths can do that.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from connectors.source import Value
from connectors.values import Convert, Scalar, Select, Unfit

__all__ = [
    "Attributes",
    "OnePass",
    "PathLanguage",
    "Rule",
    "joined",
    "leaf",
    "listed",
    "of_multilingual",
    "of_object",
    "of_period",
    "one",
    "one_leaf",
    "required",
]

Item = Callable[[Any], Value | None]
"""What one found item is. Raises `Unfit`."""
Together = Callable[[Sequence[Any]], Value | None]
"""What all found items are, also when there are none. Raises `Unfit`."""
OnePass: TypeAlias = Callable[[Any], list[Sequence[Any]]]
"""Finds the items of several paths from one point, in the order of the paths."""


@dataclass(frozen=True, slots=True)
class PathLanguage:
    """What a protocol's answers are read with."""

    compile: Callable[[str], Select]
    """Raises `ValueError` with what is wrong with a path."""
    scalar: Callable[[Any], Scalar]
    """A found item as a leaf. Raises `Unfit`."""
    is_node: Callable[[Any], bool]
    """Whether paths can start from an item."""
    says_none: Callable[[Sequence[Any]], bool]
    """Whether finding this is an empty list of answers, which is an answer. XML cannot tell it from an absent one."""
    one_pass: Callable[[Sequence[Select]], tuple[OnePass, list[int | None]] | None]
    """A pass for those of some paths that it can take, and the place of each path in it; `None` where it is not worth it."""

    def text(self, item: Any) -> str | None:
        """A found item as stripped text; `None` if it holds none. Raises `Unfit`."""
        found = self.scalar(item)
        return None if found is None else str(found).strip() or None


@dataclass(frozen=True, slots=True)
class Rule:
    """How one attribute, or one field of an object, is read."""

    select: Select | None
    """Where it stands; `None`: where its parent stands (objects only)."""
    together: Together

    def read(self, points: Sequence[Any]) -> Value | None:
        """The value, seen from some points of a reply; `None` when the source does not hold it. Raises `Unfit`."""
        select = self.select
        if select is None:
            return self.together(points)
        if len(points) == 1:
            return self.together(select(points[0]))
        return self.together([item for point in points for item in select(point)])


class Attributes:
    """Reads some attributes of an answer, each by its own rule: one that does not fit is broken alone."""

    def __init__(self, rules: Mapping[str, Rule], language: PathLanguage) -> None:
        """Settle how these are found."""
        self._pass, self._entries = _plan(rules, language)

    def read(self, points: Sequence[Any]) -> tuple[dict[str, Value], dict[str, Unfit]]:
        """The values that the source holds, and what is wrong with those that do not fit."""
        values: dict[str, Value] = {}
        broken: dict[str, Unfit] = {}
        found = self._found(points)
        for name, place, rule in self._entries:
            try:
                value = rule.read(points) if place is None else rule.together(found[place])
            except Unfit as error:
                broken[name] = error
            else:
                if value is not None:
                    values[name] = value
        return values, broken

    def _found(self, points: Sequence[Any]) -> Sequence[Sequence[Any]]:
        """What one pass finds, in each of the answers."""
        if self._pass is None:
            return ()
        if len(points) == 1:
            return self._pass(points[0])
        passes = [self._pass(point) for point in points]
        return [[item for items in several for item in items] for several in zip(*passes, strict=True)]


Plan: TypeAlias = tuple[OnePass | None, list[tuple[str, int | None, Rule]]]


def _plan(rules: Mapping[str, Rule], language: PathLanguage) -> Plan:
    """Which rules take their items from one pass, and from which place in it."""
    with_path = {name: rule.select for name, rule in rules.items() if rule.select is not None}
    planned = language.one_pass(list(with_path.values()))
    if planned is None:
        return None, [(name, None, rule) for name, rule in rules.items()]
    one_pass, places = planned
    place = dict(zip(with_path, places, strict=True))
    return one_pass, [(name, place.get(name), rule) for name, rule in rules.items()]


def leaf(scalar: Callable[[Any], Scalar], convert: Convert) -> Item:
    """An item that is a single value."""
    return lambda item: convert(scalar(item))


def of_object(rules: Mapping[str, Rule], language: PathLanguage) -> Item:
    """An item that is an object with fields. One field that does not fit breaks the whole: half an address is none."""
    one_pass, entries = _plan(rules, language)
    is_node = language.is_node

    def read(item: Any) -> Value | None:
        if not is_node(item):
            if item is None or (isinstance(item, str) and not item.strip()):
                return None
            raise Unfit("is a single value where an object was declared")
        found = one_pass(item) if one_pass is not None else ()
        values: dict[str, Value] = {}
        for name, place, rule in entries:
            try:
                value = rule.read((item,)) if place is None else rule.together(found[place])
            except Unfit as error:
                raise Unfit(error.cause, (name, *error.at)) from None
            if value is not None:
                values[name] = value
        return values or None

    return read


def of_period(start: Rule | None, end: Rule | None, language: PathLanguage) -> Item:
    """An item that is a period: `start` and `end` are dates, either may be open, and it does not end before it starts."""
    rules = {name: rule for name, rule in (("start", start), ("end", end)) if rule is not None}
    read_both = of_object(rules, language)

    def read(item: Any) -> Value | None:
        value = read_both(item)
        if isinstance(value, dict) and len(value) == 2:
            first, last = str(value["start"]), str(value["end"])
            known = min(len(first), len(last))
            if last[:known] < first[:known]:
                raise Unfit("is a period that ends before it starts")
        return value

    return read


def one_leaf(scalar: Callable[[Any], Scalar], convert: Convert) -> Together:
    """One single value: what `one` of a `leaf` is, with less ado where it stands once."""
    several = one(leaf(scalar, convert))

    def read(items: Sequence[Any]) -> Value | None:
        return convert(scalar(items[0])) if len(items) == 1 else several(items)

    return read


def one(item: Item) -> Together:
    """One value: items that hold nothing do not count, and two that do are unfit."""

    def read(items: Sequence[Any]) -> Value | None:
        if len(items) == 1:  # by far the most
            return item(items[0])
        values = [value for value in map(item, items) if value is not None]
        if len(values) > 1:
            raise Unfit("stands more than once where one was declared")
        return values[0] if values else None

    return read


def listed(item: Item) -> Together:
    """A list. One element that does not fit breaks the whole: a list with a gap would pass for a complete one."""

    def read(items: Sequence[Any]) -> Value | None:
        return [value for value in map(item, items) if value is not None] or None

    return read


def joined(item: Item, between: str) -> Together:
    """Several texts that become one."""

    def read(items: Sequence[Any]) -> Value | None:
        if len(items) == 1:
            return item(items[0])
        return between.join([str(value) for value in map(item, items) if value is not None]) or None

    return read


_UNDETERMINED = "und"


def of_multilingual(text: Rule, language: Rule, join: str | None) -> Together:
    """A text per language: an object whose fields are language tags (BCP 47); `und` where an item has no language."""

    def read(items: Sequence[Any]) -> Value | None:
        found: dict[str, Value] = {}
        for item in items:
            value = text.read((item,))
            if value is None:
                continue
            tag = str(language.read((item,)) or _UNDETERMINED)
            if tag not in found:
                found[tag] = value
            elif join is not None:
                found[tag] = f"{found[tag]}{join}{value}"
            else:
                raise Unfit("stands more than once in one language")
        return found or None

    return read


def required(together: Together) -> Together:
    """What must be there."""

    def read(items: Sequence[Any]) -> Value | None:
        value = together(items)
        if value is None:
            raise Unfit("is required and absent")
        return value

    return read
