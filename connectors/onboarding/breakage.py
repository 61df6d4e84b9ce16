"""What of a declaration a change of its contract breaks."""

from collections import defaultdict
from collections.abc import Mapping
from typing import Any, Literal

from connectors.onboarding.shape import Node
from connectors.onboarding.uses import Use, received, sent

__all__ = ["Judge", "Kind"]

Kind = Literal[
    "added", "removed", "type", "cardinality", "values", "namespace", "facets", "nillable", "operation"
]
"""In what way a part of a contract changed."""


class Judge:
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
    if kind == "facets":
        return bool(node.facets)  # what is sent may not be so
    if kind == "values":
        return bool(node.values) and (use.value is None or use.value not in node.values)
    return False
