"""Whether the paths of a declaration lead to something that the contract's answer can hold.

Plain paths are followed through the content models (`Name/Family`, `//Person/@id`): a misspelt name, or a name in another namespace, would
else never find anything, which reads as "the source does not hold it". Cleverer ones are left aside, and so is whatever stands
below what the contract leaves open.
"""

import re
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from connectors.binding import Bound, Part
from connectors.content_model import Models, Undefined
from connectors.errors import Problem
from connectors.particles import Element, Group, Kind, Particle, Wildcard, bare, listed
from connectors.scope import Path

__all__ = ["check_answer"]

_STEP = r"(?:[A-Za-z_][\w.-]*:)?[A-Za-z_][\w.-]*"
_PLAIN = re.compile(rf"(?:\.|(//)?({_STEP}(?:/{_STEP})*)?(?:(?<=\w)/)?(?:@({_STEP}))?)", re.ASCII)
_MOST_PLACES = 5_000


@dataclass(frozen=True, slots=True)
class _Inside:
    """What can stand in an element: its elements by name, its attributes."""

    elements: Mapping[str, list[Element]]
    attributes: frozenset[str]
    any_element: bool
    any_attribute: bool


def check_answer(declared: Mapping[str, Any], models: Models, bound: Bound) -> Iterator[Problem]:
    """Each plain path that finds nothing in any answer that the contract admits."""
    reply = _mapping(declared.get("reply"))
    if "document" in reply:
        return
    spaces = {str(k): str(v) for k, v in _mapping(reply.get("namespaces")).items()}
    start = _start(models, bound)
    checker = _Checker(models, spaces, start)
    for key in ("answer", "reference"):
        yield from checker.problems(start, reply.get(key), ("reply", key))
    answers = checker.follow(start, reply.get("answer"))
    if isinstance(answers, list):
        yield from checker.problems(answers, reply.get("subject"), ("reply", "subject"))
        yield from checker.attributes(answers, declared.get("attributes"), ("attributes",))


def _start(models: Models, bound: Bound) -> list[Element | Kind]:
    """Where paths start: the element in the Body, or what holds the parts."""
    parts = [_element(models, part) for part in bound.answer]
    known = tuple(part for part in parts if part is not None)
    if bound.answer_wrapper is None and len(parts) == 1 and known:
        return [known[0]]
    content = Group("sequence", 1, 1, known if len(known) == len(parts) else (*known, Wildcard()))
    return [Kind(content=content)]


def _element(models: Models, part: Part) -> Element | None:
    try:
        return models.element(part.element) if part.element else Element(part.name, "", part.type or "")
    except Undefined:
        return None


class _Checker:
    """Follows paths."""

    def __init__(self, models: Models, spaces: Mapping[str, str], start: list[Element | Kind]) -> None:
        self._models, self._spaces, self._start = models, spaces, start

    def attributes(self, above: list[Element | Kind], rules: object, at: Path) -> Iterator[Problem]:
        """The paths of some attributes, and of their fields."""
        for name, each in _mapping(rules).items():
            rule = _mapping(each)
            yield from self.problems(above, rule.get("path"), (*at, name, "path"))
            below = above if rule.get("path") is None else self.follow(above, rule["path"])
            if isinstance(below, list):
                yield from self.attributes(below, rule.get("fields"), (*at, name, "fields"))

    def problems(self, above: list[Element | Kind], path: object, at: Path) -> Iterator[Problem]:
        """What is wrong with one path."""
        found = self.follow(above, path)
        if isinstance(found, str):
            yield Problem(at, found)

    def follow(self, above: list[Element | Kind], path: object) -> list[Element | Kind] | str | None:
        """Where a path leads; what is not there; `None` if that cannot be told."""
        match = _PLAIN.fullmatch(path) if isinstance(path, str) and path else None
        if match is None:
            return None
        here = above
        steps = match[2].split("/") if match[2] else []
        if match[1]:
            here, steps = self._anywhere(self._clark(steps[0])) if steps else [], steps[1:]
            if not here:
                return None
        for step in steps:
            inside = self._together(here)
            below = inside.elements.get(self._clark(step))
            if below is None:
                return None if inside.any_element else self._missing(step, inside)
            here = [*below]
        return self._attribute(here, match[3]) if match[3] else here

    def _attribute(self, here: list[Element | Kind], step: str) -> list[Element | Kind] | str | None:
        inside = self._together(here)
        if self._clark(step) in inside.attributes:
            return []
        has = listed(map(bare, sorted(inside.attributes))) or "none"
        return (
            None
            if inside.any_attribute
            else f"the contract's answer has no attribute `{step}` there; it has: {has}"
        )

    def _missing(self, step: str, inside: _Inside) -> str:
        name = step.rpartition(":")[2]
        for other in inside.elements:
            if bare(other) == name:
                space = other.rpartition("}")[0][1:]
                where = f"in the namespace {space}" if space else "in no namespace"
                return f"the contract's answer has `{name}` there {where}, which `{step}` is not"
        has = listed(map(bare, inside.elements)) or "no elements"
        return f"the contract's answer has no `{step}` there; it has: {has}"

    def _anywhere(self, name: str) -> list[Element | Kind]:
        """Every element of a name, however deep in the answer. What is in none may still stand in a header."""
        waiting, seen, found = deque(self._start), set[int](), list[Element | Kind]()
        while waiting and len(seen) < _MOST_PLACES:
            one = waiting.popleft()
            key = id(one if isinstance(one, Kind) or isinstance(one.holder, str) else one.holder.node)
            if key not in seen:
                seen.add(key)
                inside = self._together([one])
                found += inside.elements.get(name, [])
                waiting.extend(element for elements in inside.elements.values() for element in elements)
        return found

    def _together(self, here: Iterable[Element | Kind]) -> _Inside:
        """What can stand in any of some elements."""
        elements: dict[str, list[Element]] = {}
        attributes: set[str] = set()
        any_element = any_attribute = False
        for kind in (kind for one in here for kind in self._kinds(one)):
            attributes.update(kind.attributes)
            any_element = any_element or kind.anything
            any_attribute = any_attribute or kind.open_attributes
            for particle in _particles(kind.content):
                if isinstance(particle, Wildcard):
                    any_element = True
                elif isinstance(particle, Element):
                    for element in particle.admitted():
                        elements.setdefault(element.clark, []).append(element)
        return _Inside(elements, frozenset(attributes), any_element, any_attribute)

    def _kinds(self, one: Element | Kind) -> list[Kind]:
        if isinstance(one, Kind):
            return [one]
        try:
            return self._models.all_kinds(one)
        except Undefined:
            return [Kind(anything=True, open_attributes=True)]

    def _clark(self, step: str) -> str:
        prefix, colon, name = step.rpartition(":")
        return f"{{{self._spaces.get(prefix, prefix)}}}{name}" if colon else name


def _particles(group: Group | None) -> Iterator[Particle]:
    """The elements and wildcards of a group, of the groups in it too."""
    for member in () if group is None else group.members:
        if isinstance(member, Group):
            yield from _particles(member)
        else:
            yield member


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
