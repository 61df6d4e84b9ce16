"""What has changed between a stored contract and the live one, element by element, and what of a declaration that breaks."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any
from urllib.parse import urlsplit

from connectors.onboarding.breakage import Judge, Kind
from connectors.onboarding.shape import Contract, Node, Operation
from connectors.onboarding.text import how_often, plain

__all__ = ["Change", "Drift", "compare", "find_operation", "render_drift"]

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
    judge = Judge(declaration)
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
        ours = {path, _base(declaration.get("address")) + path}
        fitting = [
            o
            for o in contract.operations
            if o.method == method
            and any(_fits(base + o.path, one) for base in {"", _base(o.address)} for one in ours)
        ]
        return min(fitting, key=lambda o: (o.path != path, o.path.count("{")), default=None)
    for one in contract.operations:
        chosen = (declaration.get("operation"), declaration.get("service"), declaration.get("port"))
        if all(
            want in {None, has} for want, has in zip(chosen, (one.name, one.service, one.port), strict=True)
        ):
            return one
    return None


def _base(address: object) -> str:
    """The path of an address: what its server has before every path."""
    try:
        return urlsplit(address).path.rstrip("/") if isinstance(address, str) else ""
    except ValueError:
        return ""


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


def _messages(before: Operation, after: Operation, judge: Judge) -> Iterator[Change]:
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

    def __init__(self, side: str, judge: Judge) -> None:
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
    if old.facets != new.facets:
        yield "facets", old.facets, new.facets
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
