"""The attributes of a skeleton: those that are proposed, and what else the answer holds."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from connectors.blanks import BLANK
from connectors.onboarding.fitting import places
from connectors.onboarding.layout import Layout
from connectors.onboarding.leaves import DATES, Leaf, Trail, base_type, is_repeated, is_text, type_of
from connectors.onboarding.proposals import Proposal
from connectors.onboarding.shape import Node
from connectors.onboarding.sheet import Sheet, flow, one_line, scalar
from connectors.onboarding.words import meanings

__all__ = ["AttributesPart", "Known", "Written"]

_MOST_OTHERS = 20
_NEED_MORE = frozenset({"period", "multilingual"})
"""Types of the catalogue that a single path does not make."""
_GENERIC = frozenset({"code", "value", "text", "name", "type", "id", "date"})


@dataclass(frozen=True, slots=True)
class Known:
    """An attribute that the catalogue has already: its type, whom it is about, which sources serve it."""

    type: str
    subject: str
    sources: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Written:
    """An attribute of the skeleton, for the catalogue's own record of it."""

    attribute: str
    type: str
    names: dict[str, str]
    category: str


@dataclass(frozen=True, slots=True)
class AttributesPart:
    """Writes `attributes`. `known`: those that the catalogue has."""

    layout: Layout
    known: Mapping[str, Known]

    def write(self, sheet: Sheet) -> tuple[Written, ...]:
        """Write `attributes`. Gives those that are not turned off."""
        sheet.put(2, "attributes:")
        written: list[Written] = []
        for one in self.layout.proposals:
            known = self.known.get(one.attribute)
            served = known.sources if known else ()
            if served:
                sheet.say(
                    3,
                    f"{', '.join(served)} serves this one already; to turn it on, also name one `source` in its record:",
                )
            if self._one(sheet, one, known, off=bool(served)):
                concept = one.concept
                assert concept is not None  # noqa: S101 - every proposal of the top has one
                if not served:
                    written.append(
                        Written(
                            one.attribute,
                            known.type if known else one.type,
                            dict(concept.names),
                            concept.category,
                        )
                    )
        written += self._others(sheet, needed=not written)
        if not written:
            name = f"{self.layout.kind}.value"
            said = "the contract does not say what stands in the answer"
            sheet.put(3, f'{name}: {{path: "{BLANK}"}}', said)
            written.append(Written(name, "text", {}, "other"))
        return tuple(written)

    def _one(self, sheet: Sheet, one: Proposal, known: Known | None, *, off: bool) -> bool:
        """One proposal; false if the catalogue has the attribute with a type that it cannot be."""
        kind = known.type if known else one.type
        if (kind == "object") != bool(one.fields) or kind in _NEED_MORE:
            sheet.say(
                3,
                f"{one.attribute} is {kind} in the catalogue: {self.layout.below(one.at)} is not.",
            )
            return False
        if not one.fields:
            rule = self._rule(
                one.leaf, len(self.layout.answer), kind, join=bool(one.concept and one.concept.join)
            )
            sheet.put(3, f"{one.attribute}: {flow(rule)}", note(one.leaf.node, kind), off=off)
            return True
        sheet.put(3, f"{one.attribute}:", off=off)
        sheet.put(4, "type: object", off=off)
        if len(one.at) > len(self.layout.answer):
            sheet.put(4, f"path: {scalar(self.layout.below(one.at))}", off=off)
            if is_repeated(one.at, len(self.layout.answer)):
                sheet.put(4, "many: true", off=off)
        sheet.put(4, "fields:", off=off)
        for field in one.fields:
            rule = self._rule(field.leaf, len(one.at), field.type, join=False)
            sheet.put(5, f"{field.attribute}: {flow(rule)}", off=off)
        return True

    def _rule(self, leaf: Leaf, above: int, kind: str, *, join: bool) -> dict[str, object]:
        rule: dict[str, object] = {"path": self.layout.paths.below(leaf.trail, above)}
        numbered = _numbered(leaf) if join else []
        if len(numbered) > 1:
            return {"path": self.layout.paths.together(numbered, above), "join": " "}
        if kind != "text":
            rule["type"] = kind
        if kind == "date" and leaf.node.type.startswith("integer"):
            rule["format"] = "epochSeconds"
        if is_repeated(leaf.trail, above):
            rule |= {"join": " "} if join else {"many": True}
        return rule

    def _others(self, sheet: Sheet, *, needed: bool) -> tuple[Written, ...]:
        """What else the answer holds, ready to be turned on; the first is on if nothing else is."""
        used = {field.path for one in self.layout.proposals for field in (one.fields or (one,))}
        inside = [
            place.leaf
            for place in places(self.layout.found, frozenset())
            if self.layout.is_below(place.leaf)
            and place.leaf.path not in used
            and len(place.leaf.trail) > 1
            and not place.leaf.node.attribute
            and not place.others & {"error", "envelope", "sender", "request"}
        ]
        if needed and not inside:
            inside = [leaf for leaf in self.layout.found if self.layout.is_below(leaf)]
        if not inside:
            return ()
        if len(inside) > needed:
            sheet.say(
                3,
                "Not recognised. Name what you need, give it a record under `attributes:`, leave the rest out:",
            )
        ids: set[str] = set()
        first: tuple[Written, ...] = ()
        for position, leaf in enumerate(inside[:_MOST_OTHERS]):
            name, kind = self._new_id(leaf, ids), type_of(leaf.node)
            on = needed and position == 0
            rule = self._rule(leaf, len(self.layout.answer), kind, join=False)
            sheet.put(3, f"{name}: {flow(rule)}", off=not on)
            if on:
                first = (Written(name, kind, {}, "other"),)
        if len(inside) > _MOST_OTHERS:
            sheet.say(3, f"And {len(inside) - _MOST_OTHERS} more: `onlyonce sources inspect` shows them.")
        return first

    def _new_id(self, leaf: Leaf, taken: set[str]) -> str:
        """An attribute's id after an element's name; with its parent's where the name says little, or is taken."""
        names = [node.name for node in leaf.trail[len(self.layout.answer) :] if node.name != "[]"] or [
            leaf.node.name
        ]
        for length in range(2 if _says_little(names) else 1, len(names) + 1):
            found = f"{self.layout.kind}.{_camel(names[-length:])}"
            if found not in taken and found not in self.known:
                break
        else:
            found = next(
                f"{found}{n}" for n in range(2, 999) if f"{found}{n}" not in taken | self.known.keys()
            )
        taken.add(found)
        return found


def _numbered(leaf: Leaf) -> list[Trail]:
    """A text with its siblings of the same name but for a number: `Apellido1`, `Apellido2`."""
    name = leaf.node.name.rstrip("0123456789")
    above = leaf.trail[:-1]
    found = [node for node in (above[-1].children if above else ()) if node.name.rstrip("0123456789") == name]
    return [(*above, node) for node in found if is_text(node)] if name != leaf.node.name else []


def _says_little(names: Sequence[str]) -> bool:
    return len(names) > 1 and meanings(names[-1]).known <= _GENERIC


def note(node: Node, kind: str) -> str:
    """What a person should know of a text that is read."""
    if kind == "date" and node.type.startswith("integer"):
        return "a number in the contract: are these seconds since 1970?"
    if kind == "date" and base_type(node) not in DATES:
        return "a plain text in the contract: set `format` unless it is written 2026-11-23"
    if kind == "amount" and base_type(node) != "decimal":
        return "set `scale: -2` if it counts in cents"
    if node.values:
        return f"one of: {', '.join(node.values[:6])}{', …' if len(node.values) > 6 else ''}"
    text = one_line(node.documentation, 60)
    return text if text and text != node.name else ""


def _camel(names: Sequence[str]) -> str:
    words = [w for name in names for w in re.findall(r"[A-Za-z0-9]+", name)]
    joined = "".join(w[:1].upper() + w[1:] for w in words) or "value"
    joined = joined if joined[0].isalpha() else f"x{joined}"
    start = re.match(r"[A-Z]+(?![a-z])|[A-Z]", joined)
    head = start[0] if start else ""
    return (head.lower() + joined[len(head) :])[:80]
