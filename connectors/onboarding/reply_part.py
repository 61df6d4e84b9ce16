"""The reply of a skeleton: where the answer, its subject, its errors and its attributes stand."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from connectors.onboarding.concepts import Kind
from connectors.onboarding.errors_part import Failures, failures, guessed
from connectors.onboarding.fitting import Place, places
from connectors.onboarding.leaves import DATES, Leaf, Trail, base_type, is_repeated, leaves, path_of, type_of
from connectors.onboarding.proposals import Proposal, identifier_in, propose
from connectors.onboarding.reply_paths import JsonPaths, Paths, XmlPaths
from connectors.onboarding.shape import Node, Operation
from connectors.onboarding.sheet import Sheet, flow, one_line, scalar
from connectors.onboarding.words import meanings

__all__ = ["Known", "ReplyPart", "Written"]

_MOST_OTHERS = 20
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


class ReplyPart:
    """What a skeleton says of one operation's reply."""

    def __init__(self, operation: Operation, kind: Kind, known: dict[str, Known]) -> None:
        """Find out where things stand."""
        self._operation, self._kind, self._known = operation, kind, known
        self._root = operation.reply
        self._found = leaves(self._root) if self._root else ()
        self._proposals = propose(operation)
        self._failures = failures(operation)
        self._answer = self._answer_trail()
        self._paths: Paths = JsonPaths() if operation.protocol == "rest" else XmlPaths(self._nodes())

    def _nodes(self) -> Iterator[Node]:
        """All nodes that paths may name, for their namespaces; those of the answer first."""
        yield from self._answer
        for leaf in self._found:
            if self._is_below(leaf):
                yield from leaf.trail
        for trail in self._failures.trails if self._failures else ():
            yield from trail
        if (reference := self._reference()) is not None:
            yield from reference

    def _is_below(self, leaf: Leaf) -> bool:
        return leaf.path[: len(self._answer)] == path_of(self._answer)

    def _answer_trail(self) -> Trail:
        """The deepest element that all proposals stand in."""
        if self._root is None:
            return ()
        inside = [one.at if one.fields and len(one.at) > 1 else one.at[:-1] for one in self._proposals]
        if not inside:
            return (self._root,)
        shared = inside[0]
        for trail in inside[1:]:
            pairs = enumerate(zip(path_of(shared), path_of(trail), strict=False))
            length = next((n for n, (one, other) in pairs if one != other), None)
            shared = shared[: min(len(shared), len(trail)) if length is None else length]
        return shared or (self._root,)

    def reply(self, sheet: Sheet) -> None:
        """Write `reply`."""
        sheet.put(2, "reply:")
        if self._paths.namespaces:  # type: ignore[attr-defined]
            sheet.put(3, "namespaces:")
            for prefix, space in self._paths.namespaces.items():  # type: ignore[attr-defined]
                sheet.put(4, f"{prefix}: {scalar(space)}")
        sheet.put(3, f"answer: {scalar(self._paths.answer(self._answer))}", self._about_answer())
        if self._operation.protocol == "rest" and is_repeated(self._answer, 1):
            sheet.put(3, "many: true", "a list: an empty one says that nothing is held")
        below = [leaf for leaf in self._found if self._is_below(leaf)]
        echo = identifier_in(below, self._kind)
        if echo is not None and not is_repeated(echo.trail, len(self._answer)):
            sheet.put(
                3,
                f"subject: {scalar(self._paths.below(echo.trail, len(self._answer)))}",
                "must be the number that was asked",
            )
        if (reference := self._reference()) is not None:
            sheet.put(
                3,
                f"reference: {scalar(self._paths.answer(reference))}",
                "the source's own reference, for its log and ours",
            )
        self._errors(sheet)

    def _about_answer(self) -> str:
        if self._operation.protocol == "soap" and is_repeated(self._answer, 1):
            return "may stand several times in the contract: exactly one is accepted, unless `many: true`"
        return ""

    def _reference(self) -> Trail | None:
        for place in places(self._found, frozenset()):
            elsewhere = place.others & {"error", "sender", "agent", "previous", "partner"}
            if not elsewhere and _is_reference(place):
                return place.leaf.trail
        return None

    def _errors(self, sheet: Sheet) -> None:
        found, rest = self._failures, self._operation.protocol == "rest"
        meant = {404: "subjectUnknown", 429: "busy"}
        statuses = {s: m for s, m in meant.items() if rest and s in self._operation.statuses}
        if found is None and not statuses:
            sheet.put(3, "errors:", "the contract names no error code of its own; if there is one:", off=True)
            sheet.put(4, f"code: {'error.code' if rest else '//faultstring'}", "where it stands", off=True)
            sheet.put(4, "meanings: {NOT-FOUND: subjectUnknown, TOO-BUSY: busy, DOWN: unavailable}", off=True)
            return
        sheet.put(3, "errors:")
        if statuses:
            sheet.put(4, f"status: {flow({str(s): m for s, m in statuses.items()})}".replace('"', ""))
        if found is not None:
            self._codes(sheet, found)

    def _codes(self, sheet: Sheet, found: Failures) -> None:
        path = self._code_path(found)
        sheet.put(4, f"code: {scalar(path)}")
        sheet.say(
            4,
            "What each code means: subjectUnknown, busy, unavailable or refused. One that is not listed is refused.",
        )
        told = {code: guessed(code) for code in found.codes[:20] if guessed(code) != "refused"}
        if told:
            sheet.put(4, f"meanings: {flow(told)}")
        else:
            sheet.put(4, 'meanings: {"404": subjectUnknown, "503": busy}', "an example", off=True)

    def _code_path(self, found: Failures) -> str:
        if isinstance(self._paths, XmlPaths):
            if found.fine:
                good = " or ".join(f".='{value}'" for value in found.fine)
                return f"{self._paths.answer(found.trails[0])}[not({good})]"
            condition = ""
            if found.severity is not None:
                node, value = found.severity
                condition = f"[{self._paths.step(node)}='{value}'"
                if len(self._answer) > 1:
                    condition += f" or not(//{self._paths.step(self._answer[-1])})"
                condition += "]"
            return self._paths.anywhere(found.trails, condition)
        return self._paths.anywhere(found.trails, "")

    def attributes(self, sheet: Sheet) -> tuple[Written, ...]:
        """Write `attributes`. Gives those that are not turned off."""
        sheet.put(2, "attributes:")
        written: list[Written] = []
        for one in self._proposals:
            known = self._known.get(one.attribute)
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
        return (*written, *self._others(sheet, needed=not written))

    def _one(self, sheet: Sheet, one: Proposal, known: Known | None, *, off: bool) -> bool:
        """One proposal; false if the catalogue has the attribute with a type that it cannot be."""
        kind = known.type if known else one.type
        if (kind == "object") != bool(one.fields):
            sheet.say(
                3,
                f"{one.attribute} is {kind} in the catalogue: {self._paths.below(one.at, len(self._answer))} is not.",
            )
            return False
        if not one.fields:
            rule = self._rule(one.leaf, len(self._answer), kind, join=bool(one.concept and one.concept.join))
            sheet.put(3, f"{one.attribute}: {flow(rule)}", note(one.leaf.node, kind), off=off)
            return True
        sheet.put(3, f"{one.attribute}:", off=off)
        sheet.put(4, "type: object", off=off)
        if len(one.at) > len(self._answer):
            sheet.put(4, f"path: {scalar(self._paths.below(one.at, len(self._answer)))}", off=off)
            if is_repeated(one.at, len(self._answer)):
                sheet.put(4, "many: true", off=off)
        sheet.put(4, "fields:", off=off)
        for field in one.fields:
            rule = self._rule(field.leaf, len(one.at), field.type, join=False)
            sheet.put(5, f"{field.attribute}: {flow(rule)}", off=off)
        return True

    def _rule(self, leaf: Leaf, above: int, kind: str, *, join: bool) -> dict[str, object]:
        rule: dict[str, object] = {"path": self._paths.below(leaf.trail, above)}
        if kind != "text":
            rule["type"] = kind
        if kind == "date" and leaf.node.type.startswith("integer"):
            rule["format"] = "epochSeconds"
        if is_repeated(leaf.trail, above):
            rule |= {"join": " "} if join else {"many": True}
        return rule

    def _others(self, sheet: Sheet, *, needed: bool) -> tuple[Written, ...]:
        """What else the answer holds, ready to be turned on; the first is on if nothing else is."""
        used = {field.path for one in self._proposals for field in (one.fields or (one,))}
        inside = [
            place.leaf
            for place in places(self._found, frozenset())
            if self._is_below(place.leaf)
            and place.leaf.path not in used
            and len(place.leaf.trail) > 1
            and not place.leaf.node.attribute
            and not place.others & {"error", "envelope", "sender", "request"}
        ]
        if needed and not inside:
            inside = [leaf for leaf in self._found if self._is_below(leaf)]
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
            rule = self._rule(leaf, len(self._answer), kind, join=False)
            sheet.put(3, f"{name}: {flow(rule)}", off=not on)
            if on:
                first = (Written(name, kind, {}, "other"),)
        if len(inside) > _MOST_OTHERS:
            sheet.say(3, f"And {len(inside) - _MOST_OTHERS} more: `onlyonce sources inspect` shows them.")
        return first

    def _new_id(self, leaf: Leaf, taken: set[str]) -> str:
        """An attribute's id after an element's name; with its parent's where the name says little, or is taken."""
        names = [node.name for node in leaf.trail[len(self._answer) :] if node.name != "[]"] or [
            leaf.node.name
        ]
        for length in range(2 if _says_little(names) else 1, len(names) + 1):
            found = f"{self._kind}.{_camel(names[-length:])}"
            if found not in taken and found not in self._known:
                break
        else:
            found = next(
                f"{found}{n}" for n in range(2, 999) if f"{found}{n}" not in taken | self._known.keys()
            )
        taken.add(found)
        return found


def _is_reference(place: Place) -> bool:
    known = place.own.known
    named = "reference" in known or {"request", "id"} <= known or {"envelope", "id"} <= known
    other = known & {"date", "time", "income"} or place.own.unknown
    return named and not other and base_type(place.leaf.node) == "string"


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
