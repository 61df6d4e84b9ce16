"""Growing a tree level by level, so that a tree that must be cut keeps its upper levels whole."""

import time
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from connectors.onboarding.shape import Node

__all__ = ["MOST_DEPTH", "MOST_VALUES", "Allowance", "Draft", "Spent", "grow", "shortened"]

MOST_DEPTH = 48
MOST_VALUES = 5000
_MOST_TEXT = 2000
_MOST_NODES = 20_000
_MOST_IN_ALL = 300_000
_MOST_STEPS = 600_000
_MOST_SECONDS = 60.0


class Spent(Exception):
    """The contract is too intricate for its trees to be whole."""


class Allowance:
    """What reading one contract may still take: nodes of its trees in all (300 000; 20 000 each), steps, and seconds."""

    def __init__(self) -> None:
        """Start with all of it."""
        self.left = _MOST_IN_ALL
        self._steps = _MOST_STEPS
        self._until = time.monotonic() + _MOST_SECONDS

    def again(self, size: int) -> bool:
        """Count a tree that is used once more; say whether that is still allowed."""
        if size > self.left:
            return False
        self.left -= size
        return True

    def step(self) -> None:
        """Count one step. Raises `Spent` when there were too many, or when they took too long."""
        self._steps -= 1
        if self._steps < 0 or time.monotonic() > self._until:
            self.left = self._steps = 0
            raise Spent


@dataclass(slots=True, eq=False)
class Draft:
    """A node whose children may still have to be found."""

    node: Node
    source: Any = None
    """What its children are found in; `None`: it has none."""
    open: frozenset[object] = frozenset()
    """The types that are open at it and above."""
    depth: int = 0
    children: list["Draft"] = field(default_factory=list)

    def cut(self) -> None:
        """Leave out the children that were not found."""
        if self.source is not None:
            self.node = replace(self.node, cut=True)


def grow(root: Draft, expand: Callable[[Draft], Iterable[Draft]], allowance: Allowance) -> Node:
    """The whole tree under `root`, as `expand` finds each draft's children."""
    left = min(allowance.left, _MOST_NODES)
    allowance.left -= left
    waiting = deque([root])
    try:
        while waiting:
            left = _grown(waiting, expand, left)
        allowance.left += left
    except Spent:
        for draft in waiting:
            draft.cut()
    return _frozen(root)


def _grown(waiting: deque[Draft], expand: Callable[[Draft], Iterable[Draft]], left: int) -> int:
    """Give the first draft its children, as many as are left; give how many are left then."""
    draft = waiting[0]
    if draft.source is not None and draft.depth >= MOST_DEPTH:
        draft.cut()
    elif draft.source is not None:
        for child in expand(draft):
            if left <= 0:
                draft.cut()
                break
            left -= 1
            child.depth = draft.depth + 1
            draft.children.append(child)
            waiting.append(child)
    waiting.popleft()
    return left


def _frozen(draft: Draft) -> Node:
    """The draft's node with its children; as deep as `MOST_DEPTH`, no deeper."""
    if not draft.children:
        return draft.node
    return replace(draft.node, children=tuple(map(_frozen, draft.children)))


def shortened(text: str | None) -> str:
    """A documentation on one line, of bounded length."""
    return " ".join((text or "")[: 4 * _MOST_TEXT].split())[:_MOST_TEXT]
