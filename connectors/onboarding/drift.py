"""What has changed between a stored contract and the live one, element by element, and what of a declaration that breaks."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any, Literal

from connectors.onboarding.shape import Contract, Node, Operation
from connectors.onboarding.text import how_often, plain
from connectors.onboarding.uses import Use, received, sent

__all__ = ["Change", "Drift", "compare", "find_operation", "render_drift"]

Kind = Literal["added", "removed", "type", "cardinality", "values", "namespace", "nillable", "operation"]
_MOST_CHANGES = 1000


@dataclass(frozen=True, slots=True)
class Change:
    """One difference."""

    side: str
    """`request`, `header`, `reply`, `path`, `query`, `cookie` (parameters), or `operation`."""
    path: tuple[str, ...]
    """The names from the message's outermost element on; empty for that itself, if it has no name."""
    kind: Kind
    before: str
    after: str
    breaks: tuple[str, ...] = ()
    """The keys of the declaration that it breaks, or may break. Empty: nothing that the declaration uses."""


@dataclass(frozen=True, slots=True)
class Drift:
    """All differences of one operation."""

    operation: str
    changes: tuple[Change, ...]

    @property
    def breaking(self) -> bool:
        """Whether anything breaks."""
        return any(change.breaks for change in self.changes)

    def as_json(self) -> dict[str, Any]:
        """Plain data, in a stable shape."""
        changes = [
            {
                "side": c.side,
                "path": list(c.path),
                "kind": c.kind,
                "before": c.before,
                "after": c.after,
                "breaks": list(c.breaks),
            }
            for c in self.changes
        ]
        return {"operation": self.operation, "breaking": self.breaking, "changes": changes}


def compare(declaration: Mapping[str, Any], stored: Contract, live: Contract) -> Drift:
    """Compare the operation that a declaration (as YAML has it) uses. Changes that break something come first."""
    before, after = find_operation(declaration, stored), find_operation(declaration, live)
    name = _wanted(declaration)
    if before is None or after is None:
        if before is None:
            text, now = (
                "not in the stored contract",
                "in the live one" if after else "not in the live one either",
            )
        else:
            text, now = "in the stored contract", "not in the live one"
        return Drift(name, (Change("operation", (), "operation", text, now, ("operation",)),))
    judge = _Judge(declaration)
    changes = [*_facts(before, after), *_messages(before, after, judge)]
    return Drift(name, tuple(sorted(changes, key=lambda c: not c.breaks)[:_MOST_CHANGES]))


def _wanted(declaration: Mapping[str, Any]) -> str:
    """The operation's name: for REST, its method and path."""
    if declaration.get("protocol") != "rest":
        return str(declaration.get("operation"))
    request = declaration.get("request")
    found = request if isinstance(request, Mapping) else {}
    return f"{found.get('method', 'GET')} {found.get('path', '')}"


def find_operation(declaration: Mapping[str, Any], contract: Contract) -> Operation | None:
    """The operation that a declaration uses."""
    if declaration.get("protocol") == "rest":
        method, _, path = _wanted(declaration).partition(" ")
        fitting = [o for o in contract.operations if o.method == method and _fits(o.path, path)]
        return min(fitting, key=lambda o: (o.path != path, o.path.count("{")), default=None)
    for one in contract.operations:
        chosen = (declaration.get("operation"), declaration.get("service"), declaration.get("port"))
        if all(
            want in {None, has} for want, has in zip(chosen, (one.name, one.service, one.port), strict=True)
        ):
            return one
    return None


def _fits(template: str, path: str) -> bool:
    """Whether a declared path is one of the contract's: `/person/{subject}` of `/person/{id}`."""
    theirs, ours = template.strip("/").split("/"), path.strip("/").split("/")
    return len(theirs) == len(ours) and all(a == b or "{" in a for a, b in zip(theirs, ours, strict=True))


def _facts(before: Operation, after: Operation) -> Iterator[Change]:
    """What is said of the operation itself. Another address alone breaks nothing: a declaration may have its own."""
    for key, breaks in (
        ("version", "port"),
        ("style", "operation"),
        ("action", "operation"),
        ("unsupported", "operation"),
        ("address", ""),
    ):
        old, new = getattr(before, key) or "", getattr(after, key) or ""
        if old != new:
            is_breaking = breaks and not (key == "unsupported" and not new)
            yield Change("operation", (key,), "operation", old, new, (breaks,) if is_breaking else ())


def _messages(before: Operation, after: Operation, judge: "_Judge") -> Iterator[Change]:
    pairs: list[tuple[str, Iterable[Node], Iterable[Node]]] = [
        ("request", filter(None, [before.request]), filter(None, [after.request])),
        ("header", before.headers, after.headers),
        ("reply", filter(None, [before.reply]), filter(None, [after.reply])),
    ]
    for place in ("path", "query", "header", "cookie"):
        old, new = ([p for p in o.parameters if p.place == place] for o in (before, after))
        pairs.append((place, old, new))
    for side, olds, news in pairs:
        yield from _Comparison(side, judge).all((), tuple(olds), tuple(news))


class _Comparison:
    """Compares the trees of one side."""

    def __init__(self, side: str, judge: "_Judge") -> None:
        self._side, self._judge = side, judge

    def all(self, above: tuple[str, ...], old: tuple[Node, ...], new: tuple[Node, ...]) -> Iterator[Change]:
        """Compare siblings by their names; of several of one name, in their order."""
        olds, news = _by_name(old), _by_name(new)
        for key in dict.fromkeys([*olds, *news]):
            for one, other in zip_longest(olds[key], news[key]):
                path = (*above, f"@{key[0]}" if key[1] else key[0])
                if other is None:
                    yield self._change(path, one, ("removed", _brief(one), ""))
                elif one is None:
                    yield self._change(path, other, ("added", "", _brief(other)))
                else:
                    yield from self._pair(path, one, other)

    def _pair(self, path: tuple[str, ...], old: Node, new: Node) -> Iterator[Change]:
        """Compare two elements of one name, then their children."""
        for difference in _differences(old, new):
            yield self._change(path, new, difference, old)
        if not _is_shortened(old, new):
            yield from self.all(path, old.children, new.children)

    def _change(
        self, path: tuple[str, ...], node: Node, difference: "_Difference", old: Node | None = None
    ) -> Change:
        kind, before, after = difference
        breaks = self._judge.of(self._side, path, kind, node, old)
        return Change(self._side, path, kind, before[:500], after[:500], tuple(dict.fromkeys(breaks)))


_Difference = tuple[Kind, str, str]


def _differences(old: Node, new: Node) -> Iterator[_Difference]:
    """How two elements of one name differ, their children aside."""
    if old.namespace != new.namespace:
        yield "namespace", old.namespace or "", new.namespace or ""
    is_leaf = not old.children or not new.children
    if is_leaf and old.type != new.type and not _is_shortened(old, new):
        yield "type", old.type, new.type
    if _often(old) != _often(new):
        yield "cardinality", _often(old), _often(new)
    gone, come = (set(a.values) - set(b.values) for a, b in ((old, new), (new, old)))
    if gone or come:
        yield "values", ", ".join(sorted(gone)), ", ".join(sorted(come))
    if old.nillable != new.nillable:
        yield "nillable", str(old.nillable), str(new.nillable)


def _is_shortened(*nodes: Node) -> bool:
    return any(node.recursive or node.cut for node in nodes)


def _by_name(nodes: tuple[Node, ...]) -> defaultdict[tuple[str, bool], list[Node]]:
    found: defaultdict[tuple[str, bool], list[Node]] = defaultdict(list)
    for node in nodes:
        found[node.name, node.attribute].append(node)
    return found


def _often(node: Node) -> str:
    return how_often(node) + (" (one of several)" if node.choice is not None else "")


def _brief(node: Node) -> str:
    return f"{node.type} [{how_often(node)}]".strip()


class _Judge:
    """Says which keys of a declaration a change breaks."""

    def __init__(self, declaration: Mapping[str, Any]) -> None:
        self._is_rest = declaration.get("protocol") == "rest"
        self._received = list(received(declaration))
        self._sent: defaultdict[str, list[Use]] = defaultdict(list)
        for side, use in sent(declaration):
            self._sent[side].append(use)

    def of(self, side: str, path: tuple[str, ...], kind: Kind, node: Node, old: Node | None) -> list[str]:
        """The broken keys."""
        names = tuple(name.removeprefix("@") for name in path)
        if side == "reply":
            return self._in_reply(names[1:], kind, node, old)
        if side == "path":
            return ["request.path"]
        below = names if side in {"query", "cookie"} or (side == "header" and self._is_rest) else names[1:]
        if side == "header" and not self._is_rest:  # header blocks are named by their own element
            below = names
        return self._in_request(side, below, kind, node, old)

    def _in_reply(self, names: tuple[str, ...], kind: Kind, node: Node, old: Node | None) -> list[str]:
        if not names:  # the outermost element
            return ["reply.answer"] if kind in {"removed", "added", "namespace"} else []
        return [
            use.key
            for use in self._received
            if use.steps.meets(names) and _breaks_reading(use, names, kind, node, old)
        ]

    def _in_request(
        self, side: str, names: tuple[str, ...], kind: Kind, node: Node, old: Node | None
    ) -> list[str]:
        uses = self._sent[side]
        if not names:
            return ["request"] if kind in {"removed", "added", "namespace"} else []
        ours = [use for use in uses if use.steps.names == names]
        if ours:
            return [use.key for use in ours if _breaks_sending(use, kind, node, old)]
        is_needed = node.least > 0 and node.choice is None and kind in {"added", "cardinality"}
        is_parent_sent = len(names) == 1 or any(use.steps.names == names[:-1] for use in uses)
        if is_needed and is_parent_sent and (old is None or old.least == 0 or old.choice is not None):
            return [f"{side}: {'.'.join(names)} is needed now, and is not sent"]
        return []


def _breaks_reading(use: Use, names: tuple[str, ...], kind: Kind, node: Node, old: Node | None) -> bool:
    """Whether a change of an element that is read breaks what reads it."""
    if kind in {"removed", "namespace", "type"}:
        return True
    if kind == "cardinality" and old is not None:
        becomes_many = node.most != 1 and old.most == 1
        may_be_absent = (node.least == 0 or node.choice is not None) and old.least > 0 and old.choice is None
        return (becomes_many and not use.many) or (may_be_absent and use.required)
    if kind == "values" and use.known is not None and len(names) == len(use.steps.names):
        return bool(set(node.values) - use.known) or not node.values
    return False


def _breaks_sending(use: Use, kind: Kind, node: Node, old: Node | None) -> bool:
    """Whether a change of an element that is sent breaks the request."""
    if kind in {"removed", "namespace", "type"}:
        return True
    if kind == "cardinality" and old is not None:
        return use.many and node.most is not None and (old.most is None or node.most < old.most)
    if kind == "values":
        return bool(node.values) and (use.value is None or use.value not in node.values)
    return False


def render_drift(drift: Drift) -> str:
    """The changes as text, those that break something first."""
    if not drift.changes:
        return f"{plain(drift.operation)}: the live contract is the stored one.\n"
    breaking = sum(bool(change.breaks) for change in drift.changes)
    lines = [f"{plain(drift.operation)}: {len(drift.changes)} changes, {breaking} of them breaking"]
    for change in drift.changes:
        where = "/".join(change.path) or "(body)"
        what = f"{change.before or 'nothing'} -> {change.after or 'nothing'}"
        lines.append(
            plain(
                f"  {'BREAKS' if change.breaks else 'harmless'}  {change.side} {where}: {change.kind}: {what}"
            )
        )
        lines += [plain(f"            breaks {key}") for key in change.breaks]
    return "\n".join([*lines, ""])
